"""Corrections, edits and conflicts: each has one outcome, and no content is lost."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from outreach.models import Decision, Disclosure, Registration, Revision, VillageTally
from tests.cast import Cast, client_of
from tests.garbage import survives_garbage
from tests.outreach.matching.asked import person_of
from tests.records import strangers
from tests.sync.contents import (
    REASON,
    V1,
    assert_nothing_is_lost,
    captured,
    decide,
    receipt,
    restore,
    revisions,
)
from tests.tablet import Tablet, tablet_of

pytestmark = pytest.mark.django_db

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def siti(cast: Cast) -> dict[str, Any]:
    return captured(cast)


@pytest.fixture
def first(cast: Cast) -> Tablet:
    return tablet_of(cast.siti)


@pytest.fixture
def second(cast: Cast) -> Tablet:
    """Another tablet of the same kader."""
    return tablet_of(cast.siti)


def edited(sent: dict[str, Any], base: int, **changes: Any) -> dict[str, Any]:
    return sent | {"base_revision": base} | changes


def test_the_correction_cycle(cast: Cast, first: Tablet, siti: dict[str, Any]) -> None:
    first.push(siti)
    asked = decide(cast.rina, siti["id"], "request-correction", reason="Alamat belum lengkap")

    told = receipt(first, siti["id"])
    assert (told["state"], told["action"]) == ("needs_correction", "fix")
    assert told["correction"]["reason"] == "Alamat belum lengkap"
    assert told["correction"]["asked_at"]
    result = first.result(edited(siti, 1, address="Jl. Mesjid 4, gang 2", nik="9901014503840003"))

    assert (result["outcome"], result["revision"]) == ("accepted", 2)
    now = receipt(first, siti["id"])
    assert (now["state"], now["action"]) == ("flagged", "drop")
    assert "correction" not in now
    detail = client_of(cast.rina).get(f"{V1}registrations/{siti['id']}/").json()
    assert [one["id"] for one in detail["decisions"]] == [asked["decision"]]
    [old] = revisions(cast.rina, siti["id"])
    assert (old["number"], old["kept_as"], old["kader"]["full_name"]) == (
        1,
        "replaced",
        "Siti Rahayu",
    )
    assert {one["field"]: (one["kept"], one["current"]) for one in old["differs"]} == {
        "address": ("Jl. Mesjid 4", "Jl. Mesjid 4, gang 2"),
        "nik": ("990101••••••0002", "990101••••••0003"),
    }
    assert (
        decide(cast.rina, siti["id"], "request-correction", reason="Masih salah")["state"]
        == "needs_correction"
    )
    assert receipt(first, siti["id"])["correction"]["reason"] == "Masih salah"


def test_what_is_right_as_it_is_answers_a_request(
    cast: Cast, first: Tablet, siti: dict[str, Any]
) -> None:
    first.push(siti)
    decide(cast.rina, siti["id"], "request-correction", reason="Periksa lagi")

    again = first.result(siti)
    confirmed = first.result(edited(siti, 1))
    repeated = first.result(edited(siti, 1))

    assert again["replayed"] and not confirmed["replayed"] and repeated["replayed"]
    assert confirmed["revision"] == repeated["revision"] == 2
    told = receipt(first, siti["id"])
    assert (told["state"], told["action"], told["revision"]) == ("flagged", "drop", 2)
    assert "correction" not in told


def test_a_second_request_tells_the_tablet_the_second_reason(
    cast: Cast, first: Tablet, siti: dict[str, Any]
) -> None:
    first.push(siti)
    asked = decide(cast.rina, siti["id"], "request-correction", reason="Alamat")
    same = decide(cast.rina, siti["id"], "request-correction", reason="Alamat")
    other = decide(cast.rina, siti["id"], "request-correction", reason="Alamat dan telepon")

    assert asked["decision"] and other["decision"] and same["decision"] is None
    assert receipt(first, siti["id"])["correction"]["reason"] == "Alamat dan telepon"


def test_a_kader_reads_why_a_record_was_rejected(
    cast: Cast, first: Tablet, siti: dict[str, Any]
) -> None:
    first.push(siti)
    decide(cast.rina, siti["id"], "reject", reason="Bukan pekerja")

    told = receipt(first, siti["id"])

    assert (told["state"], told["rejection"]["reason"]) == ("rejected", "Bukan pekerja")
    assert "correction" not in told


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


def test_a_request_taken_back_is_no_request(
    cast: Cast, first: Tablet, siti: dict[str, Any]
) -> None:
    first.push(siti)
    asked = decide(cast.rina, siti["id"], "request-correction")
    undo = f"{V1}decisions/{asked['decision']}/undo/"
    assert client_of(cast.rina).post(undo, REASON).status_code == 200

    told = receipt(first, siti["id"])
    assert told["state"] != "needs_correction"
    assert "correction" not in told


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


def test_what_lost_is_restored_and_that_is_undone_the_same_way(
    cast: Cast, first: Tablet, second: Tablet, siti: dict[str, Any]
) -> None:
    first.push(siti)
    won, lost = edited(siti, 1, work_place="A"), edited(siti, 1, work_place="B")
    first.push(won)
    second.push(lost)
    late = revisions(cast.rina, siti["id"])[0]["id"]

    answer = restore(cast.rina, siti["id"], late, base_revision=2)

    body = answer.json()
    assert (answer.status_code, body["revision"], body["state"]) == (200, 3, "flagged")
    assert Registration.objects.get().work_place == "B"
    again = second.result(lost)
    assert (again["outcome"], again["replayed"], again["revision"]) == ("accepted", True, 3)
    assert first.result(edited(won, 2, work_place="C"))["outcome"] == "conflict"
    decision = Decision.objects.get(kind="restore")
    assert (decision.actor, decision.reason, decision.status_before) == (
        cast.rina,
        "papers seen",
        "flagged",
    )
    undo = client_of(cast.rina).post(f"{V1}decisions/{decision.pk}/undo/", REASON)
    assert (undo.status_code, undo.json()["code"]) == (409, "no_undo")
    [other] = [one for one in revisions(cast.rina, siti["id"]) if one["number"] == 2]
    assert restore(cast.rina, siti["id"], other["id"], base_revision=3).json()["revision"] == 4
    assert Registration.objects.get().work_place == "A"
    [back] = [one for one in revisions(cast.rina, siti["id"]) if one["id"] == late]
    assert back["number"] == 3
    assert second.result(edited(lost, 4, work_place="D"))["outcome"] == "accepted"
    assert_nothing_is_lost([siti, won, lost], cast.siti.pk)


def test_restoring_again_changes_nothing_and_on_another_base_nothing_happens(
    cast: Cast, first: Tablet, siti: dict[str, Any]
) -> None:
    first.push(siti, edited(siti, 1, work_place="A"), edited(siti, 1, work_place="B"))
    late, replaced = (one["id"] for one in revisions(cast.rina, siti["id"]))

    done = restore(cast.rina, siti["id"], late, base_revision=2)
    again = restore(cast.rina, siti["id"], late, base_revision=2)
    by_another = restore(cast.regional_coordinator, siti["id"], late, base_revision=2)
    other = restore(cast.regional_coordinator, siti["id"], replaced, base_revision=2)

    assert (done.status_code, done.json()) == (200, again.json())
    for refused in (by_another, other):
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert refused.json()["revision"] == 3
    assert Decision.objects.filter(kind="restore").count() == 1
    assert Registration.objects.get().revision == 3


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


def test_an_edit_may_leave_a_person_and_restoring_joins_it_again(
    cast: Cast, first: Tablet, siti: dict[str, Any]
) -> None:
    twin = captured(cast, address="Elsewhere 9", work_place="Kios 2")
    first.push(siti, twin)
    row = Registration.objects.get(pk=twin["id"])
    assert row.status == "duplicate"
    [stranger] = strangers(1)

    left = first.result(edited(twin, 1, **stranger))

    assert left["outcome"] == "accepted"
    assert person_of(Registration.objects.get(pk=twin["id"])) != person_of(
        Registration.objects.get(pk=siti["id"])
    )
    [old] = revisions(cast.rina, twin["id"])
    joined = restore(cast.rina, twin["id"], old["id"]).json()
    assert joined["state"] == "duplicate"
    assert person_of(Registration.objects.get(pk=twin["id"])) == person_of(
        Registration.objects.get(pk=siti["id"])
    )
    tally = VillageTally.objects.exclude(provisional=0).get()
    assert tally.provisional == 1


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


def test_nobody_restores_their_own_or_into_a_campaign_out_of_sight(
    cast: Cast, first: Tablet, siti: dict[str, Any]
) -> None:
    elsewhere = edited(siti, 1, campaign=str(cast.other_market.pk))
    first.push(siti, edited(siti, 1, work_place="A"), elsewhere)
    away, old = (one["id"] for one in revisions(cast.rina, siti["id"]))

    refused = restore(cast.rina, siti["id"], away)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_possible")
    Registration.objects.update(kader=cast.rina)
    refused = restore(cast.rina, siti["id"], old)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_record")
    Registration.objects.update(kader=cast.siti)
    assert restore(cast.regional_coordinator, siti["id"], away).status_code == 200


def test_what_is_restored_counts_by_the_clock_that_it_was_sent_with(
    cast: Cast, first: Tablet, siti: dict[str, Any]
) -> None:
    first.push(siti, edited(siti, 1, work_place="A"))
    slow = timezone.now() - timedelta(days=2)
    first.push(edited(siti, 1, work_place="B"), sent_at=slow.isoformat())
    late = revisions(cast.rina, siti["id"])[0]["id"]

    restore(cast.rina, siti["id"], late)

    stored = Registration.objects.get()
    assert not stored.clock_trusted
    assert stored.clock_skew_s == pytest.approx(-2 * 86400, abs=120)
    assert stored.flags.filter(code="clock_skew").exists()


def test_another_kader_edits_nothing(cast: Cast, first: Tablet, siti: dict[str, Any]) -> None:
    first.push(siti)
    told = tablet_of(cast.budi).result(edited(siti, 1, work_place="A"))
    assert [one["code"] for one in told["problems"]] == ["id_taken"]
    assert revisions(cast.rina, siti["id"]) == []


def test_kept_content_is_masked_and_disclosed_on_the_record(
    cast: Cast, first: Tablet, siti: dict[str, Any]
) -> None:
    first.push(siti | {"mother_name": "Nurhayati"})
    first.push(
        edited(siti, 1, nik="9901014503840003", phone="+6281111111111", birth_date="1984-03-06")
    )
    [kept] = revisions(cast.rina, siti["id"])
    shown = {one["field"]: one["kept"] for one in kept["differs"]}
    assert shown == {
        "nik": "990101••••••0002",
        "phone": "+6281••••••890",
        "mother_name": "••••••",
        "birth_date": "1984-••-••",
    }
    url = f"{V1}registrations/{siti['id']}/revisions/{kept['id']}/disclose/"
    answer = client_of(cast.rina).post(url, REASON | {"fields": ["nik", "mother_name"]})
    assert answer.json()["values"] == {"nik": siti["nik"], "mother_name": "Nurhayati"}
    logged = Disclosure.objects.get()
    assert (logged.revision_id, logged.user, logged.fields) == (
        kept["id"],
        cast.rina,
        ["nik", "mother_name"],
    )
    foreign = client_of(cast.rina).post(url.replace(siti["id"], str(uuid4())), REASON)
    assert foreign.status_code in {400, 404}


def test_pages_of_revisions(cast: Cast, first: Tablet, siti: dict[str, Any]) -> None:
    first.push(siti)
    for base in range(1, 4):
        first.push(edited(siti, base, work_place=f"Kios {base}"))
    client = client_of(cast.rina)
    url = f"{V1}registrations/{siti['id']}/revisions/"
    page = client.get(url, {"limit": 2}).json()
    rest = client.get(url, {"limit": 2, "cursor": page["next"]}).json()
    assert [one["number"] for one in page["results"] + rest["results"]] == [3, 2, 1]
    assert page["current"]["revision"] == 4
    assert client.get(url, {"cursor": "x"}).status_code == 400


def test_garbage(cast: Cast, first: Tablet, siti: dict[str, Any]) -> None:
    first.push(siti, edited(siti, 1, work_place="A"))
    [kept] = Revision.objects.all()
    url = f"{V1}registrations/{siti['id']}/revisions/{kept.pk}/restore/"
    client = client_of(cast.rina)
    survives_garbage(client, "POST", url, REASON | {"base_revision": 7})
    assert Registration.objects.get().revision == 2
    for wrong in (0, 10**30):
        assert restore(cast.rina, siti["id"], wrong).status_code == 404
    assert restore(cast.rina, uuid4(), kept.pk).status_code == 404


def test_problems_speak_the_language_of_who_asks(cast: Cast, first: Tablet) -> None:
    faulty = captured(cast, nik="12", sex="9901014503840002")
    problems = first.result(faulty)["problems"]
    assert {one["pointer"]: one["detail"] for one in problems}[
        "/nik"
    ] == "NIK terdiri dari 16 angka."
    told = receipt(first, faulty["id"], **ENGLISH)["problems"]
    assert {one["pointer"]: one["detail"] for one in told}["/nik"] == "A NIK is 16 digits."
    assert "9901014503840002" not in str(told)


def test_an_edit_of_the_village_moves_what_is_counted(
    cast: Cast, first: Tablet, siti: dict[str, Any]
) -> None:
    first.push(siti)
    first.push(edited(siti, 1, domicile_village=cast.villages[1].code))
    [old] = revisions(cast.rina, siti["id"])

    def counted() -> list[str]:
        return list(VillageTally.objects.filter(provisional=1).values_list("village", flat=True))

    assert counted() == [cast.villages[1].code]
    restore(cast.rina, siti["id"], old["id"])
    assert counted() == [cast.villages[0].code]
