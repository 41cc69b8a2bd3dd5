"""Held records corrected by a coordinator and made registrations."""

from typing import Any
from uuid import uuid4

import pytest

from outreach import capturing
from outreach.models import Decision, Registration, Revision
from outreach.sealing import unseal
from sync.models import HeldDecision, HeldRecord
from tests.cast import Cast, client_of
from tests.records import strangers
from tests.sync.contents import (
    REASON,
    V1,
    assert_nothing_is_lost,
    captured,
    decide,
    receipt,
    revisions,
)
from tests.sync.held import QUEUE, do, queue, the_held
from tests.tablet import Tablet, tablet_of

pytestmark = pytest.mark.django_db


def test_a_record_is_seen_corrected_and_released(
    cast: Cast, tablet: Tablet, faulty: dict[str, Any]
) -> None:
    sent = tablet.result(faulty)
    [row] = queue(cast.rina)
    assert (row["record_id"], row["kader"]["full_name"], row["problems"]) == (
        faulty["id"],
        "Siti Rahayu",
        sent["problems"],
    )
    shown = client_of(cast.rina).get(f"{QUEUE}{row['id']}/").json()
    content = shown["content"]
    assert (content["nik"], content["mother_name"]) == ("990101••••8400", "••••••")
    assert (content["phone"], content["birth_date"]) == ("+6281••••••890", "1984-••-••")
    assert shown["would_be"] == {"id": faulty["id"], "revision": 0, "state": None}

    answer = do(cast.rina, row["id"], "release", registration={"nik": "9901014503840002"})

    body = answer.json()
    assert (answer.status_code, body["state"], body["outcome"], body["revision"]) == (
        200,
        "released",
        "accepted",
        1,
    )
    stored = Registration.objects.get(pk=faulty["id"])
    assert (stored.kader, stored.mother_name and unseal(stored.mother_name, stored.id)) == (
        cast.siti,
        "Nurhayati",
    )
    assert "unenrolled_device" not in stored.flags.values_list("code", flat=True)
    told = receipt(tablet, faulty["id"])
    assert (told["outcome"], told["revision"], told["stored_as"]) == ("accepted", 1, faulty["id"])
    again = tablet.result(faulty)
    assert (again["outcome"], again["replayed"], again["revision"]) == ("accepted", True, 1)
    [as_sent] = revisions(cast.rina, faulty["id"])
    assert (as_sent["kept_as"], as_sent["number"]) == ("held", None)
    assert as_sent["differs"] == [
        {"field": "nik", "kept": "990101••••8400", "current": "990101••••••0002"}
    ]
    decision = Decision.objects.get()
    assert (decision.kind, decision.actor, decision.reason) == ("release", cast.rina, "papers seen")
    undo = client_of(cast.rina).post(f"{V1}decisions/{decision.pk}/undo/", REASON)
    assert undo.json()["code"] == "no_undo"
    assert queue(cast.rina) == []
    assert_nothing_is_lost([faulty], cast.siti.pk)


def test_the_kaders_own_correction_comes_later_as_a_conflict_or_an_edit(
    cast: Cast, tablet: Tablet, faulty: dict[str, Any]
) -> None:
    tablet.push(faulty)
    do(cast.rina, the_held().pk, "release", registration={"nik": "9901014503840002"})
    own = faulty | {"nik": "9901014503840003"}

    late = tablet.result(own)
    edit = tablet.result(own | {"base_revision": 1, "work_place": "Kios 9"})

    assert (late["outcome"], late["server"]["nik"]) == ("conflict", "9901014503840002")
    assert (edit["outcome"], edit["revision"]) == ("accepted", 2)
    assert_nothing_is_lost([faulty, own], cast.siti.pk)


def test_what_is_still_wrong_changes_nothing(
    cast: Cast, tablet: Tablet, faulty: dict[str, Any]
) -> None:
    tablet.push(faulty)
    held = the_held()
    for changes, pointer in (
        ({}, "/registration/nik"),
        ({"nik": "12"}, "/registration/nik"),
        ({"nik": None}, "/registration/nik"),
        ({"nik": "9901014503840002", "sex": "?"}, "/registration/sex"),
        ({"nik": "9901014503840002", "campaign": str(uuid4())}, "/registration/campaign"),
        (
            {"nik": "9901014503840002", "campaign": str(cast.other_market.pk)},
            "/registration/campaign",
        ),
    ):
        answer = do(cast.rina, held.pk, "release", registration=changes)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), changes
        assert [one["pointer"] for one in answer.json()["problems"]] == [pointer]
    held.refresh_from_db()
    assert held.state == "held"
    assert HeldRecord.objects.count() == 1
    assert not Registration.objects.exists()
    assert not HeldDecision.objects.exists()


def test_releasing_again_gives_the_same_and_others_are_told(
    cast: Cast, tablet: Tablet, faulty: dict[str, Any]
) -> None:
    tablet.push(faulty)
    held = the_held().pk
    fixed = {"nik": "9901014503840002"}

    first = do(cast.rina, held, "release", registration=fixed)
    again = do(cast.rina, held, "release", registration=fixed)
    otherwise = do(cast.rina, held, "release", registration={"nik": "9901014503840003"})
    by_another = do(cast.regional_coordinator, held, "release", registration=fixed)
    dismissed = do(cast.rina, held, "dismiss")

    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    for refused in (otherwise, by_another, dismissed):
        assert (refused.status_code, refused.json()["code"]) == (409, "already_decided")
    assert Registration.objects.get().revision == 1
    assert HeldDecision.objects.count() == 1


def test_somebody_elses_id_is_never_written_over(
    cast: Cast, tablet: Tablet, faulty: dict[str, Any]
) -> None:
    original = captured(cast)
    tablet.push(original)
    [stranger] = strangers(1)
    foreign = original | stranger | {"work_place": "Kios 7"}
    budi = tablet_of(cast.budi)
    budi.push(foreign)
    shown = client_of(cast.rina).get(f"{QUEUE}{the_held().pk}/").json()
    assert shown["would_be"] == {"id": None, "revision": 0, "state": None}

    answer = do(cast.rina, the_held().pk, "release")

    fresh = answer.json()["registration"]
    assert (answer.status_code, fresh != original["id"]) == (200, True)
    assert Registration.objects.get(pk=fresh).kader == cast.budi
    assert Registration.objects.get(pk=original["id"]).work_place == original["work_place"]
    assert do(cast.rina, the_held().pk, "release").json() == answer.json()
    for told in (
        receipt(budi, original["id"]),
        budi.result(foreign),
        budi.result(foreign | {"base_revision": 1}),
    ):
        assert (told["id"], told["outcome"], told["stored_as"], told["revision"]) == (
            original["id"],
            "accepted",
            fresh,
            1,
        )
    assert "stored_as" not in receipt(tablet, original["id"])
    later = foreign | {"work_place": "Kios 8"}
    assert budi.result(later)["outcome"] == "rejected"
    edit = do(cast.rina, the_held().pk, "release", base_revision=1).json()
    assert (edit["registration"], edit["revision"]) == (fresh, 2)
    assert Registration.objects.count() == 2


@pytest.mark.parametrize("sent", [7, "text", None, [], {"id": 5, "full_name": "Siti"}])
def test_what_is_no_record_is_released_once_it_is_whole(
    cast: Cast, tablet: Tablet, sent: Any
) -> None:
    tablet.push(sent)
    held = the_held()
    assert do(cast.rina, held.pk, "release").status_code == 400

    answer = do(cast.rina, held.pk, "release", registration=captured(cast))

    assert (answer.status_code, answer.json()["registration"]) == (200, str(held.record_id))
    assert tablet.result(sent)["outcome"] == "accepted"
    assert_nothing_is_lost([sent], cast.siti.pk)
    [kept] = revisions(cast.rina, held.record_id)
    assert kept["kept_as"] == "held"


def test_an_unknown_field_that_cannot_be_kept_is_taken_out(cast: Cast, tablet: Tablet) -> None:
    tablet.push(captured(cast, kios=[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]))
    answer = do(cast.rina, the_held().pk, "release", registration={"kios": None})
    assert answer.status_code == 200
    assert Registration.objects.get().extra is None


def test_what_the_server_failed_on_is_released_as_it_is(
    cast: Cast, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> Any:
        raise ZeroDivisionError

    sent = captured(cast)
    with monkeypatch.context() as patch:
        patch.setattr(capturing, "_prepare_one", failing)
        assert tablet.result(sent)["action"] == "retry"
        assert receipt(tablet, sent["id"])["action"] == "retry"
        answer = do(cast.rina, the_held().pk, "release")
        assert (answer.status_code, answer.json()["code"]) == (500, "server_fault")
        assert the_held().state == "held"
    [row] = queue(cast.rina, problem="server_fault")
    assert queue(cast.rina, problem="id_taken") == []

    assert do(cast.rina, row["id"], "release").json()["outcome"] == "accepted"
    assert tablet.result(sent)["replayed"] is True
    assert Revision.objects.count() == 0


def test_a_server_fault_corrected_by_a_coordinator_is_no_conflict_for_the_tablet(
    cast: Cast, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> Any:
        raise ZeroDivisionError

    sent = captured(cast)
    with monkeypatch.context() as patch:
        patch.setattr(capturing, "_prepare_one", failing)
        tablet.push(sent)
    do(cast.rina, the_held().pk, "release", registration={"rt": "003"})
    again = tablet.result(sent)
    assert (again["outcome"], again["replayed"]) == ("accepted", True)


def test_a_faulty_edit_is_released_as_an_edit_of_what_is_there(
    cast: Cast, tablet: Tablet, faulty: dict[str, Any]
) -> None:
    good = faulty | {"nik": "9901014503840002"}
    tablet.push(good, faulty | {"base_revision": 1, "work_place": "Kios 9"})
    held = the_held().pk
    shown = client_of(cast.rina).get(f"{QUEUE}{held}/").json()
    assert shown["would_be"] == {"id": faulty["id"], "revision": 1, "state": "flagged"}
    fixed = {"nik": "9901014503840002"}

    stale = do(cast.rina, held, "release", registration=fixed, base_revision=0)
    decide(cast.rina, faulty["id"], "reject")
    decided = do(cast.rina, held, "release", registration=fixed, base_revision=1)
    undo = f"{V1}decisions/{Decision.objects.get(kind='reject').pk}/undo/"
    client_of(cast.rina).post(undo, REASON)
    done = do(cast.rina, held, "release", registration=fixed, base_revision=1)

    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    assert (decided.json()["code"], decided.json()["state"]) == ("not_possible", "rejected")
    assert done.json()["revision"] == 2
    assert Registration.objects.get().work_place == "Kios 9"


def test_an_edit_of_another_offices_registration_is_not_released_here(
    cast: Cast, tablet: Tablet, faulty: dict[str, Any]
) -> None:
    there = {"campaign": str(cast.other_market.pk)}
    tablet.push(faulty | {"nik": "9901014503840002"} | there, faulty | {"base_revision": 1})
    held = the_held().pk
    shown = client_of(cast.rina).get(f"{QUEUE}{held}/").json()
    assert shown["would_be"] == {"id": faulty["id"], "revision": 0, "state": None}

    answer = do(cast.rina, held, "release", registration={"nik": "9901014503840002"})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_possible")
    assert Registration.objects.get().campaign == cast.other_market
