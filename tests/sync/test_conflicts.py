"""Edits that meet others or decisions: each has one outcome, and no content is lost."""

from typing import Any

import pytest

from outreach.models import Decision, Registration, VillageTally
from tests.cast import Cast, client_of
from tests.records import strangers
from tests.sync.contents import (
    REASON,
    V1,
    assert_nothing_is_lost,
    captured,
    decide,
    edited,
    restore,
    revisions,
)
from tests.tablet import Tablet, tablet_of

pytestmark = pytest.mark.django_db


def test_registrations_with_late_content_are_found(
    cast: Cast, first: Tablet, second: Tablet, siti: dict[str, Any]
) -> None:
    first.push(siti, captured(cast, **strangers(1)[0]))
    first.push(edited(siti, 1, work_place="A"))
    client = client_of(cast.rina)
    assert client.get(f"{V1}registrations/?late=true").json()["results"] == []
    second.push(edited(siti, 1, work_place="B"))

    [found] = client.get(f"{V1}registrations/?late=true").json()["results"]
    [other] = client.get(f"{V1}registrations/?late=false").json()["results"]
    assert found["id"] == siti["id"] != other["id"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_tablets_the_first_to_arrive_wins_and_the_other_is_kept(
    cast: Cast, first: Tablet, second: Tablet, siti: dict[str, Any], order: tuple[int, int]
) -> None:
    first.push(siti)
    edits = [(first, edited(siti, 1, work_place="A")), (second, edited(siti, 1, work_place="B"))]
    (winner, won), (loser, lost) = (edits[place] for place in order)

    assert winner.result(won)["outcome"] == "accepted"
    told = loser.result(lost)

    assert (told["outcome"], told["action"], told["state"]) == ("conflict", "fix", "flagged")
    assert told["server"]["work_place"] == won["work_place"]
    late, replaced = revisions(cast.rina, siti["id"])
    assert (late["kept_as"], late["number"], late["is_current"]) == ("late", None, False)
    assert late["differs"] == [
        {"field": "work_place", "kept": lost["work_place"], "current": won["work_place"]}
    ]
    assert replaced["kept_as"] == "replaced"
    assert_nothing_is_lost([siti, won, lost], cast.siti.pk)


@pytest.mark.parametrize(("decision", "restorable"), [("verify", True), ("reject", False)])
def test_an_edit_of_what_was_decided_meanwhile_is_kept_and_may_be_restored(
    cast: Cast, first: Tablet, siti: dict[str, Any], decision: str, *, restorable: bool
) -> None:
    first.push(siti)
    decide(cast.rina, siti["id"], decision)
    late = edited(siti, 1, work_place="A")

    told = first.result(late)

    state = Registration.objects.get().status
    assert (told["outcome"], told["state"], told["revision"]) == ("conflict", state, 1)
    assert first.result(late) == told | {"replayed": True}
    [kept] = revisions(cast.rina, siti["id"])
    answer = restore(cast.rina, siti["id"], kept["id"])
    if not restorable:
        assert (answer.status_code, answer.json()["code"]) == (409, "not_possible")
        assert Registration.objects.get().revision == 1
        return
    assert (answer.status_code, answer.json()["state"]) == (200, "flagged")
    tally = VillageTally.objects.get()
    assert (tally.provisional, tally.verified) == (1, 0)
    verify = Decision.objects.get(kind="verify")
    undo = client_of(cast.rina).post(f"{V1}decisions/{verify.pk}/undo/", REASON)
    assert (undo.status_code, undo.json()["code"]) == (409, "superseded")


@pytest.mark.parametrize("status", ["withdrawn", "handed_off", "active"])
def test_an_edit_after_withdrawal_or_hand_off_is_kept_and_never_restored(
    cast: Cast, first: Tablet, siti: dict[str, Any], status: str
) -> None:
    first.push(siti)
    Registration.objects.update(status=status)

    told = first.result(edited(siti, 1, work_place="A"))

    assert (told["outcome"], told["state"]) == ("conflict", status)
    [kept] = revisions(cast.rina, siti["id"])
    assert restore(cast.rina, siti["id"], kept["id"]).status_code == 409


def test_the_same_edit_from_two_tablets_is_one(
    cast: Cast, first: Tablet, second: Tablet, siti: dict[str, Any]
) -> None:
    first.push(siti)
    edit = edited(siti, 1, work_place="A")
    told = [tablet.result(edit) for tablet in (first, second)]
    assert [(one["outcome"], one["revision"], one["replayed"]) for one in told] == [
        ("accepted", 2, False),
        ("accepted", 2, True),
    ]
    assert len(revisions(cast.rina, siti["id"])) == 1


def test_another_kader_edits_nothing(cast: Cast, first: Tablet, siti: dict[str, Any]) -> None:
    first.push(siti)
    told = tablet_of(cast.budi).result(edited(siti, 1, work_place="A"))
    assert [one["code"] for one in told["problems"]] == ["id_taken"]
    assert revisions(cast.rina, siti["id"]) == []
