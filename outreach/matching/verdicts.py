"""What people say of pairs of registrations, and what follows from it.

Both functions run in the caller's transaction, which `transactions.attempt` starts over when it
was overtaken, and end in the change log's lock.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from outreach import bulk, people
from outreach.matching import storing, watching
from outreach.matching.pairs import Ids, ids_of
from outreach.matching.settled import Change
from outreach.matching.settling import settlement
from outreach.matching.watching import Since
from outreach.models import Decision, PairVerdict


def say(decision: Decision, pairs: Mapping[Ids, bool], since: Since) -> None:
    """Keep a new decision with what it says of pairs, True for one person, and settle who is who.

    The decision is not saved yet, and was come to by what was read after `since`. Moves
    registrations, and with them credit, standings, statuses and flags; logs the change of every
    registration named.
    """
    decision.save(force_insert=True)
    bulk.insert(
        PairVerdict,
        [
            {
                "decision_id": decision.pk,
                "left_id": left,
                "right_id": right,
                "is_same": is_same,
                "is_undone": False,
            }
            for (left, right), is_same in sorted(
                (ids_of(*ids), is_same) for ids, is_same in pairs.items()
            )
        ],
    )
    _settle(since, {one for ids in pairs for one in ids}, decision)


def take_back(undoing: Decision, since: Since) -> None:
    """Keep a new decision that undoes another one, and settle who is who without it."""
    assert undoing.undoes_id is not None
    undoing.save(force_insert=True)
    taken = bulk.run(
        "UPDATE outreach_pairverdict SET is_undone = true WHERE decision_id = %s"
        " RETURNING left_id, right_id",
        [undoing.undoes_id],
    )
    _settle(since, {one for ids in taken for one in ids}, undoing)


def _settle(since: Since, about: Collection[UUID], decision: Decision) -> None:
    settled = settlement(Change(starts=about))
    known = storing.move(settled, about, decision.decided_at)
    _, changed = watching.settle_log(since)
    watching.hold_true(settled, changed)
    people.recount(known, {})
    storing.store_found(settled, decision.decided_at, also=about)
