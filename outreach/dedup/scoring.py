"""How likely two records are one person, by weights from a versioned file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outreach.dedup.comparing import Comparison
from outreach.dedup.features import EVIDENCE_OF, EVIDENCES, FEATURES, Matrix, feature_matrix

Scores = NDArray[np.float64]


class ModelUnusable(ValueError):
    """A file of weights that is not for this version of the features."""


@dataclass(frozen=True, slots=True)
class Model:
    """Weights and fixed thresholds. Scores are natural log odds of being one person.

    From `same_at` on two records are one person unless a veto says no; below `unsure_at` nobody is
    asked. `runner_up_margin`: how much better than a rival a join must be. `frequencies` is the
    version of the table of names it was trained with. `trained` says on what, when and how well.
    """

    version: str
    intercept: float
    weights: Mapping[str, float]
    same_at: float
    unsure_at: float
    runner_up_margin: float
    frequencies: str
    trained: Mapping[str, Any]

    def vector(self) -> NDArray[np.float64]:
        return np.array([self.weights[name] for name in FEATURES])

    def as_json(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "trained": dict(self.trained),
            "frequencies": self.frequencies,
            "thresholds": {
                "same_at": self.same_at,
                "unsure_at": self.unsure_at,
                "runner_up_margin": self.runner_up_margin,
            },
            "intercept": self.intercept,
            "weights": dict(self.weights),
        }


def model_of(document: Mapping[str, Any]) -> Model:
    """The model in a JSON document. Raises ModelUnusable when its features are other ones."""
    weights = document["weights"]
    if set(weights) != set(FEATURES):
        odd = ", ".join(sorted(set(weights) ^ set(FEATURES))[:3])
        raise ModelUnusable(
            f"Model {document['version']} was trained for other features ({odd}): train it again."
        )
    return Model(
        version=document["version"],
        intercept=document["intercept"],
        weights={name: weights[name] for name in FEATURES},
        frequencies=document["frequencies"],
        trained=document["trained"],
        **document["thresholds"],
    )


@cache
def shipped_model() -> Model:
    """The model that comes with this version."""
    return model_of(json.loads(files("outreach.dedup").joinpath("model.json").read_text("utf-8")))


def scores(model: Model, features: Matrix) -> Scores:
    """The log odds of each row of a feature matrix."""
    # Not by a matrix product: its sums depend on how many rows there are.
    found: Scores = np.einsum("ij,j->i", features.astype(np.float64), model.vector())
    return found + model.intercept


def probability(score: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(score, -40, 40))))


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one kind of evidence (see EVIDENCES) added to the log odds."""

    evidence: str
    weight: float


def contributions(model: Model, pair: Comparison) -> list[list[Contribution]]:
    """For each pair what speaks for one person and what against it, weightiest first.

    With the intercept they add up to the score. A feature of two evidences is shared equally.
    """
    parts = feature_matrix(pair) * model.vector()
    shares = parts @ _shares()
    return [_sorted(row) for row in shares.tolist()]


def _sorted(row: Sequence[float]) -> list[Contribution]:
    found = [
        Contribution(evidence, weight) for evidence, weight in zip(EVIDENCES, row, strict=True)
    ]
    return sorted(found, key=lambda one: (-abs(one.weight), one.evidence))


@cache
def _shares() -> NDArray[np.float64]:
    """Features × evidences: which share of a feature's weight belongs to which evidence."""
    shares = np.zeros((len(FEATURES), len(EVIDENCES)))
    for place, name in enumerate(FEATURES):
        for evidence in EVIDENCE_OF[name]:
            shares[place, EVIDENCES.index(evidence)] = 1 / len(EVIDENCE_OF[name])
    return shares
