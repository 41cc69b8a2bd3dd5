import json
from dataclasses import replace

import numpy as np
import pytest

from outreach.dedup.facts import facts_of
from outreach.dedup.features import EVIDENCE_OF, EVIDENCES, FEATURES, feature_matrix
from outreach.dedup.frequencies import Frequencies, counted, shipped_frequencies
from outreach.dedup.scoring import (
    ModelUnusable,
    contributions,
    model_of,
    probability,
    scores,
    shipped_model,
)
from tests.outreach.dedup.people import AMINAH, compared, record


def test_the_shipped_model_fits_its_table_and_says_where_it_comes_from() -> None:
    model = shipped_model()
    assert model.frequencies == shipped_frequencies().version
    assert {"on", "date", "seed", "pairs", "true_pairs", "automatic_precision"} <= set(
        model.trained
    )
    assert model.unsure_at < model.same_at
    assert model.trained["automatic_precision"] >= 0.999


def test_a_model_survives_being_written_and_read() -> None:
    model = shipped_model()
    assert model_of(json.loads(json.dumps(model.as_json()))) == model


def test_a_model_for_other_features_is_refused() -> None:
    document = shipped_model().as_json()
    del document["weights"]["nik_same"]
    with pytest.raises(ModelUnusable, match=r"nik_same.*train it again"):
        model_of(document)


def test_contributions_add_up_to_the_score() -> None:
    model = shipped_model()
    for other in (record(), record(nik="", full_name="Aminah"), record(sex="male", phone="")):
        pair = compared(facts_of(**AMINAH), other)
        score = scores(model, feature_matrix(pair))[0]
        [parts] = contributions(model, pair)
        assert sum(part.weight for part in parts) + model.intercept == pytest.approx(score)
        assert {part.evidence for part in parts} <= set(EVIDENCES)
        weights = [abs(part.weight) for part in parts]
        assert weights == sorted(weights, reverse=True)


def test_every_feature_speaks_of_something() -> None:
    assert set(EVIDENCE_OF) == set(FEATURES)
    assert {one for evidences in EVIDENCE_OF.values() for one in evidences} == set(EVIDENCES)
    assert len(set(FEATURES)) == len(FEATURES)


def test_more_agreement_scores_higher() -> None:
    model, one = shipped_model(), facts_of(**AMINAH)

    def score(**changes: object) -> float:
        return float(scores(model, feature_matrix(compared(one, record(**changes))))[0])

    again = score()
    assert probability(again) > 0.999
    assert again > score(nik="") > score(nik="", mother_name="Painem") - 5
    assert score(nik="", phone="") > score(nik="", phone="", birth_date=None)
    elsewhere: dict[str, object] = {"village": "33.72.01.1001", "address": "", "phone": ""}
    assert score(nik="3204114503840021", **elsewhere) < score(nik="", **elsewhere)
    assert score(full_name="Sulastri", sex="male", nik="") < model.same_at


@pytest.mark.parametrize("score", [-1e9, -40.0, 0.0, 40.0, 1e9])
def test_a_probability_is_one(score: float) -> None:
    assert 0 <= probability(score) <= 1


def test_frequencies_are_counted_once_a_person() -> None:
    table = counted("t", ["siti wati", "wati siti", "siti siti", "ali"] + ["budi"] * 96)
    assert table.people == 100
    assert table.words == {"siti": 3, "budi": 96}
    assert table.names == {"budi": 96}
    assert table.rarity("budi") < table.rarity("siti") < table.rarity("painem") + 5
    assert table.rarity("b") == 1.0
    assert table.commonness("budi") > table.commonness("siti wati") == 0


def test_an_empty_table_is_a_table() -> None:
    empty = Frequencies("none", 1, {})
    model = replace(shipped_model(), frequencies="none")
    assert empty.rarity("siti") == empty.rarity("wati")
    assert np.isfinite(scores(model, feature_matrix(compared(record(), record())))).all()
