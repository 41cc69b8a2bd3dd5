"""What an answer about who is who is given on: the score, and what speaks for and against.

By the model in force: a pair that an older one scored may add up to another score.
"""

from collections.abc import Collection, Iterable
from itertools import product
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

from outreach.dedup.columns import columns_of
from outreach.dedup.deciding import judge
from outreach.dedup.explaining import explain
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.names import is_written_alike
from outreach.dedup.reasons import Reason, as_written
from outreach.dedup.scoring import shipped_model
from outreach.matching.candidates import holders_of
from outreach.matching.judging import shared_numbers
from outreach.matching.keys import without
from outreach.matching.pairs import Ids, ids_of
from outreach.matching.records import packed_known_of
from outreach.models import MatchPair, Registration
from outreach.sealing import readable


class _Explained(NamedTuple):
    ids: Ids
    score: float
    reasons: list[Reason]


def reasons_of(pair: MatchPair) -> list[Reason]:
    """What speaks for and against a pair as its registrations are now, by the model in force;
    nothing where one was never matched."""
    best = _explained([(pair.left_id, pair.right_id)])
    return best.reasons if best else []


def frequencies_of(version: str) -> str | None:
    """The table of names that a version of the model was trained with; older ones are not known."""
    model = shipped_model()
    return model.frequencies if version == model.version else None


def grounds_of(pair: MatchPair) -> dict[str, Any]:
    """What an answer about a pair is given on, to be kept with it."""
    return _grounds((pair.left_id, pair.right_id), pair.score, pair.model, reasons_of(pair))


def grounds_across(one: Collection[UUID], other: Collection[UUID]) -> dict[str, Any]:
    """The same of the pair across two groups that looks most alike; {} if none was ever matched."""
    across = {ids_of(*pair) for pair in product(one, other)}
    ends = [*one, *other]
    stored = [
        pair
        for pair in MatchPair.objects.filter(left__in=ends, right__in=ends)
        if (pair.left_id, pair.right_id) in across
    ]
    if stored:
        return grounds_of(min(stored, key=lambda pair: (-pair.score, pair.left_id, pair.right_id)))
    # Too unlike for anybody to be asked.
    best = _explained(sorted(across))
    return _grounds(best.ids, best.score, shipped_model().version, best.reasons) if best else {}


def _explained(pairs: Collection[Ids]) -> _Explained | None:
    """The best of pairs by the model in force, and why; None if none was ever matched."""
    known = packed_known_of({one.bytes for ids in pairs for one in ids})
    matched = [ids for ids in pairs if ids[0].bytes in known and ids[1].bytes in known]
    if not matched:
        return None
    # How many use a number that two have in common says what it is worth.
    numbers = shared_numbers(((left.bytes, right.bytes) for left, right in matched), known)
    if numbers:
        known |= packed_known_of(holders_of(numbers).everyone())
    model, place = shipped_model(), {one: at for at, one in enumerate(known)}
    facts = [without(record.facts, record.blank) for record in known.values()]
    columns = columns_of(facts, shipped_frequencies())
    left, right = (np.array([place[ids[side].bytes] for ids in matched]) for side in (0, 1))
    scores = judge(model, columns, left, right).scores
    best = int(np.argmax(scores))
    [reasons] = explain(model, columns, left[[best]], right[[best]])
    return _Explained(matched[best], float(scores[best]), _as_written(matched[best], reasons))


def _as_written(ids: Ids, reasons: Iterable[Reason]) -> list[Reason]:
    """The reasons in words that are true of the names as they were captured."""
    rows = Registration.objects.only("full_name", "mother_name").in_bulk(ids)
    one, other = rows[ids[0]], rows[ids[1]]
    name = is_written_alike(one.full_name, other.full_name)
    mother = is_written_alike(_mother(one), _mother(other))
    return [as_written(reason, name=name, mother=mother) for reason in reasons]


def _mother(row: Registration) -> str:
    return (row.mother_name and readable(row.mother_name, row.id)) or ""


def _grounds(ids: Ids, score: float, version: str, reasons: Iterable[Reason]) -> dict[str, Any]:
    return {
        "left": str(ids[0]),
        "right": str(ids[1]),
        "score": score,
        "model": version,
        "frequencies": frequencies_of(version),
        "evidence": [[one.code, round(one.weight, 4), dict(one.figures)] for one in reasons],
    }
