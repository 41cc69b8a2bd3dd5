"""A switch and its undo, in any order with pushes and decisions."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach import reviewing
from outreach.models import (
    BoundaryChange,
    Campaign,
    Decision,
)
from outreach.places.boundaries.switching import undo
from outreach.reattribution.reattributing import reattribute
from tests.cast import Cast
from tests.outreach.places.reattributing.three_villages import (
    MUARA,
    A,
    B,
    C,
    Sets,
    assert_equal_to_a_recount,
    send,
    state,
    switched,
    worker,
)
from tests.records import NOW

pytestmark = pytest.mark.django_db


captures = st.lists(
    st.tuples(
        st.floats(-1.0, 4.0),
        st.sampled_from([5.0, 40.0, 150.0, 400.0, 3000.0]),
        st.booleans(),
        st.sampled_from([A, B, C, MUARA, "99.09.09.9009"]),
        st.integers(1, 5),
    ),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(early=captures, late=captures, verified=st.sets(st.integers(0, 5), max_size=3))
def test_a_switch_and_its_undo_are_as_if_nothing_had_been(
    cast: Cast,
    sets: Sets,
    home_visits: Campaign,
    early: list[Any],
    late: list[Any],
    verified: set[int],
) -> None:
    first = [_drawn(cast, home_visits, n, *drawn) for n, drawn in enumerate(early)]
    then = [_drawn(cast, home_visits, 10 + n, *drawn) for n, drawn in enumerate(late)]
    ids = [UUID(sent["id"]) for n, sent in enumerate(first) if n in verified]

    def decide() -> None:
        reviewing.decide(Decision.Kind.VERIFY, ids, cast.rina, "seen", NOW)

    send_first, send_then = (lambda: send(cast, *first)), (lambda: send(cast, *then))
    plain = _after([send_first, send_then])
    switch_, undo_ = (lambda: switched(sets[1])), _undo_last
    assert _after([send_first, switch_, undo_, send_then]) == plain
    assert _after([switch_, send_first, undo_, send_then]) == plain
    assert _after([switch_, send_first, send_then, undo_]) == plain
    there = _after([switch_, send_first, send_then])
    assert _after([send_first, switch_, send_then]) == there
    assert _after([send_first, send_then, switch_]) == there
    decided = _after([send_first, decide, send_then])
    assert _after([send_first, decide, switch_, send_then, undo_]) == decided


def _drawn(
    cast: Cast,
    home_visits: Campaign,
    number: int,
    column: float,
    accuracy_m: float,
    at_home: bool,
    home: str,
    person: int,
) -> Any:
    where = home_visits if at_home else cast.market
    sent = worker(number, where, column, home, accuracy_m=accuracy_m)
    return sent | {"nik": f"990101450384{person:04}", "full_name": f"Worker {person}"}


def _undo_last() -> None:
    undo(BoundaryChange.objects.latest("pk").pk, reason="back")
    reattribute(NOW)


def _after(steps: Iterable[Any]) -> dict[str, Any]:
    """What the database says after these steps, which are then taken back; people by their own."""
    with transaction.atomic():
        for step in steps:
            step()
        assert_equal_to_a_recount()
        found = state()
        owners = {row["id"]: row["person_id"] for row in found["registrations"]}
        named = {
            person: min(r for r, owner in owners.items() if owner == person)
            for person in owners.values()
        }
        for row in found["registrations"]:
            row["person_id"] = named[row["person_id"]]
            for evidence in row["flags"].values():
                if "people" in evidence:
                    evidence["people"] = sorted(str(named[UUID(p)]) for p in evidence["people"])
        found["people"] = sorted(
            [row | {"id": named[row["id"]]} for row in found["people"] if row["id"] in named],
            key=lambda row: row["id"],
        )
        transaction.set_rollback(True)
    return found
