"""Doubts about registrations when boundaries are switched."""

from uuid import uuid5

import pytest
from django.utils.translation import override

from outreach import reviewing
from outreach.flags import flag_text
from outreach.models import (
    BoundaryChange,
    Campaign,
    Decision,
    Flag,
    Registration,
)
from outreach.places.boundaries.switching import make_current, undo
from outreach.reattribution.reattributing import reattribute
from tests.cast import Cast, client_of
from tests.outreach.places.reattributing.three_villages import (
    HILIR,
    MUARA,
    NAMESPACE,
    A,
    B,
    C,
    Sets,
    assert_equal_to_a_recount,
    findings,
    flags_of,
    flags_of_id,
    send,
    state,
    switched,
    worker,
)
from tests.outreach.places.squares import fix, square, stored_set
from tests.records import NOW
from tests.tablet import tablet_of

pytestmark = pytest.mark.django_db


def test_doubts_come_and_go_with_boundaries_but_decisions_stand(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    send(
        cast,
        worker(1, home_visits, 0.8),
        worker(2, home_visits, 0.8),
        worker(3, home_visits, 0.8, home=B),
        worker(4, home_visits, 0.8, birth_date="2015-01-01"),
        worker(5, home_visits, 0.2),
    )
    ids = [uuid5(NAMESPACE, str(n)) for n in range(1, 6)]
    [ruling] = reviewing.decide(Decision.Kind.VERIFY, [ids[1]], cast.rina, "seen", NOW)
    assert ruling.done
    before = state()

    change = switched(sets[1])

    statuses = dict(Registration.objects.values_list("id", "status"))
    assert [statuses[i] for i in ids] == [
        "conflict",
        "verified",
        "submitted",
        "conflict",
        "submitted",
    ]
    contradicted = Flag.objects.filter(code="village_contradicted")
    assert {flag.registration_id for flag in contradicted} == {ids[0], ids[3]}
    found = findings(change)
    assert (found.raised["village_contradicted"], found.taken_back["village_contradicted"]) == (
        2,
        1,
    )
    assert found.statuses == {
        ("submitted", "conflict"): 1,
        ("flagged", "conflict"): 1,
        ("conflict", "submitted"): 1,
    }
    assert found.decided == [
        {
            "id": str(ids[1]),
            "status": "verified",
            "would_raise": ["village_contradicted"],
            "would_take_back": [],
        }
    ]
    assert_equal_to_a_recount()

    undo(change.pk, reason="no")
    reattribute(NOW)
    assert state() == before

    redone = switched(sets[1])
    assert ruling.decision
    undoing = reviewing.undo(ruling.decision, cast.rina, "not yet", NOW)
    assert (undoing.status, "village_contradicted" in flags_of_id(ids[1])) == ("conflict", True)
    undo(redone.pk, reason="no")
    reattribute(NOW)
    assert Registration.objects.get(pk=ids[1]).status == "submitted"


def test_a_doubt_that_an_undo_brings_back_is_as_old_as_it_was(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    send(cast, worker(1, home_visits, 0.8, home=B), worker(2, home_visits, 0.8, home=C))
    before = list(Flag.objects.order_by("registration").values_list("code", "raised_at"))
    assert before == [("village_contradicted", NOW)] * 2

    change = switched(sets[1])
    assert Flag.objects.count() == 1
    undo(change.pk, reason="no")
    reattribute(NOW)

    after = list(Flag.objects.order_by("registration").values_list("code", "raised_at"))
    assert after == before


def test_a_fix_mostly_outside_is_flagged_and_blocks_nobody(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    outside = worker(1, home_visits, 0.5, location=fix(0.5, 1.1, 60.0))
    told = tablet_of(cast.siti).result(outside)
    assert (told["outcome"], [flag["code"] for flag in told["flags"]]) == (
        "accepted",
        ["village_outside"],
    )
    assert (
        f"di luar semua desa yang dimuat (97 %); desa yang dinyatakan {A}"
        in (told["flags"][0]["detail"])
    )
    with override("en"):
        assert flag_text(
            "village_outside", flags_of(Registration.objects.get())["village_outside"]
        ) == (f"The position lies outside all loaded villages (97 %); the declared village is {A}.")
    assert Registration.objects.get().status == "flagged"


def test_a_coordinator_reads_the_villages_of_a_doubt_by_name(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    send(cast, worker(1, home_visits, 0.5, home=B))
    with override("en"):
        [row] = client_of(cast.rina).get("/api/v1/registrations/").json()["results"]
    [detail] = [f["detail"] for f in row["flags"] if f["code"] == "village_contradicted"]
    assert f"{A} Pasar Lama" in detail and f"{B} Sumber Rejo" in detail


def test_a_duplicate_stays_one_and_a_correction_stays_asked_for(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    send(cast, worker(1, home_visits, 0.8), worker(2, home_visits, 0.8))
    send(cast, worker(1, home_visits, 0.8) | {"id": str(uuid5(NAMESPACE, "3"))})
    second = uuid5(NAMESPACE, "2")
    reviewing.decide(Decision.Kind.REQUEST_CORRECTION, [second], cast.rina, "blurred", NOW)

    switched(sets[1])

    assert Flag.objects.filter(code="village_contradicted").count() == 3
    assert Registration.objects.get(pk=uuid5(NAMESPACE, "3")).status == "duplicate"
    assert Registration.objects.get(pk=second).status == "needs_correction"


def test_a_village_that_gets_its_boundary_far_away_can_be_contradicted(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    send(cast, worker(1, home_visits, 0.5, home=MUARA))
    assert Registration.objects.get().status == "submitted"
    far = stored_set({MUARA: square(500, 0)})

    make_current(far.id, [HILIR], BoundaryChange.Kind.LOAD)
    reattribute(NOW)

    assert Registration.objects.get().status == "conflict"
