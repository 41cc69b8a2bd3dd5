"""What an answer about who is who is given on: the score, and what speaks for and against."""

from collections.abc import Collection
from itertools import product
from typing import Any
from uuid import UUID

import numpy as np

from outreach.dedup.columns import columns_of
from outreach.dedup.deciding import judge
from outreach.dedup.explaining import Reason, explain
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.scoring import shipped_model
from outreach.matching.judging import Ids, as_evidence, ids_of
from outreach.matching.keys import without
from outreach.matching.records import known_of
from outreach.models import MatchPair


def reasons_of(pair: MatchPair) -> list[Reason]:
    """What was found to speak for and against a pair, as the engine says it."""
    return [Reason(*reason) for reason in pair.evidence or ()]


def frequencies_of(version: str) -> str | None:
    """The table of names that a version of the model was trained with; older ones are not known."""
    model = shipped_model()
    return model.frequencies if version == model.version else None


def grounds_of(pair: MatchPair) -> dict[str, Any]:
    """What an answer about a pair is given on, to be kept with it."""
    return _grounds((pair.left_id, pair.right_id), pair.score, pair.model, pair.evidence)


def grounds_across(one: Collection[UUID], other: Collection[UUID]) -> dict[str, Any]:
    """The same of the pair across two groups that looks most alike; {} if none was ever matched."""
    across = sorted(ids_of(*pair) for pair in product(one, other))
    ends = [*one, *other]
    stored = MatchPair.objects.filter(left__in=ends, right__in=ends, evidence__isnull=False)
    ranked = sorted(
        (pair for pair in stored if (pair.left_id, pair.right_id) in set(across)),
        key=lambda pair: (-pair.score, pair.left_id, pair.right_id),
    )
    return grounds_of(ranked[0]) if ranked else _judged_now(across)


def _judged_now(pairs: Collection[Ids]) -> dict[str, Any]:
    """The best of pairs that are too unlike, or were too plain, for anybody to be asked."""
    known = known_of({one for ids in pairs for one in ids})
    matched = [ids for ids in pairs if ids[0] in known and ids[1] in known]
    if not matched:
        return {}
    model, place = shipped_model(), {one: at for at, one in enumerate(known)}
    facts = [without(record.facts, record.blank) for record in known.values()]
    columns = columns_of(facts, shipped_frequencies())
    left, right = (np.array([place[ids[side]] for ids in matched]) for side in (0, 1))
    scores = judge(model, columns, left, right).scores
    best = int(np.argmax(scores))
    [reasons] = explain(model, columns, left[[best]], right[[best]])
    return _grounds(matched[best], float(scores[best]), model.version, as_evidence(reasons))


def _grounds(ids: Ids, score: float, version: str, evidence: Any) -> dict[str, Any]:
    return {
        "left": str(ids[0]),
        "right": str(ids[1]),
        "score": score,
        "model": version,
        "frequencies": frequencies_of(version),
        "evidence": evidence,
    }
