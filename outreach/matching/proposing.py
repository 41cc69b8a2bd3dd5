"""What another set of weights would judge otherwise: questions, and nobody moved.

A pair belongs to the model that compared its records. The one in force only proposes, about pairs
of which it compared neither record. So proposals end with the model that made them: once another is
in force, `rematch --all` leaves the questions that this one alone would have raised.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from outreach import bulk
from outreach.dedup.scoring import shipped_model
from outreach.matching.arrivals import Arrival
from outreach.matching.groups import Stored, pairs_with
from outreach.matching.judging import match
from outreach.matching.pairs import Ids, Pair
from outreach.matching.records import Known, known_of
from outreach.models import MatchPair


class Proposed(NamedTuple):
    """How many questions are new or asked otherwise, and how many are no more."""

    made: int
    withdrawn: int


def propose(known: Mapping[UUID, Known]) -> Proposed:
    """Note where this model judges otherwise than the one that these records were compared by."""
    if not known:
        return Proposed(0, 0)
    found = match([Arrival(one, was.facts, was) for one, was in known.items()])
    stored = pairs_with(known.keys())
    models = {UUID(bytes=one): it.model for one, it in found.known.items()}
    models |= {one: was.model for one, was in known.items()}
    ends = {one for ids in stored for one in ids}
    models |= {one: it.model for one, it in known_of(ends - models.keys()).items()}
    updates, new, gone = [], [], []
    for ids in stored.keys() | found.pairs.keys():
        compared_by = {models.get(one, "") for one in ids}
        if not compared_by.isdisjoint(("", shipped_model().version)):
            continue
        was, now = stored.get(ids), found.pairs.get(ids)
        if was and was.pair.model in compared_by:
            score = _otherwise(was.pair, now)
            if score != was.proposed:
                updates.append({"id": was.id, "proposed": score})
        elif not _is_as_proposed(was, now):
            new += [_proposal(ids, now)] if now else []
            gone += [was.id] if was else []
    if gone:
        bulk.run("DELETE FROM outreach_matchpair WHERE id = ANY(%s)", [gone])
    bulk.update(MatchPair, updates)
    bulk.insert(MatchPair, new)
    ended = sum(update["proposed"] is None for update in updates)
    return Proposed(
        made=len(updates) - ended + len(new), withdrawn=ended + max(len(gone) - len(new), 0)
    )


def withdraw(ids: Collection[UUID]) -> int:
    """Forget what another model proposed about pairs of these that this one judged; gives how many
    they were."""
    if not ids:
        return 0
    withdrawn = bulk.run(
        "UPDATE outreach_matchpair SET proposed = NULL WHERE proposed IS NOT NULL AND model = %s"
        " AND (left_id = ANY(%s) OR right_id = ANY(%s)) RETURNING id",
        [shipped_model().version, list(ids), list(ids)],
    )
    return len(withdrawn)


def _otherwise(was: Pair, now: Pair | None) -> float | None:
    """The score by this model where it means something else than the one by which a pair is kept;
    0 where it would not keep the pair."""
    if now is None:
        return 0.0
    is_other = (now.is_same, now.is_apart) != (was.is_same, was.is_apart)
    return now.score if is_other else None


def _is_as_proposed(was: Stored | None, now: Pair | None) -> bool:
    """Whether a pair that only a proposal keeps stays as it is."""
    if was is None or now is None:
        return was is None and now is None
    return (was.pair.model, was.proposed) == (now.model, now.score)


def _proposal(ids: Ids, pair: Pair) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "left_id": ids[0],
        "right_id": ids[1],
        **pair._replace(is_same=False)._asdict(),
        "is_open": False,
        "proposed": pair.score,
        "settles": 0.0,
    }
