"""Held records: found, shown masked, corrected and released, dismissed, opened again."""

import json
from typing import Any
from uuid import uuid4

import pytest

from outreach import capturing
from outreach.models import Decision, Registration, Revision
from outreach.sealing import unseal
from sync.models import HeldDecision, HeldDisclosure, HeldRecord
from tests.cast import Cast, campaign, client_of
from tests.garbage import VALUES, survives_garbage
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
from tests.tablet import Tablet, tablet_of

pytestmark = pytest.mark.django_db

QUEUE = f"{V1}held-records/"


@pytest.fixture
def siti(cast: Cast) -> Tablet:
    return tablet_of(cast.siti)


@pytest.fixture
def faulty(cast: Cast) -> dict[str, Any]:
    """A record with a NIK that is too short."""
    return captured(cast, nik="99010145038400", mother_name="Nurhayati")


def queue(user: Any, **query: Any) -> list[dict[str, Any]]:
    answer = client_of(user).get(QUEUE, query)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["count"] == len(body["results"]) or body["next"]
    return list(body["results"])


def do(user: Any, held: object, what: str, **body: Any) -> Any:
    """The answer to deciding about a held record."""
    return client_of(user).post(f"{QUEUE}{held}/{what}/", REASON | body)


def the_held() -> HeldRecord:
    return HeldRecord.objects.latest("pk")


def test_a_record_is_seen_corrected_and_released(
    cast: Cast, siti: Tablet, faulty: dict[str, Any]
) -> None:
    sent = siti.result(faulty)
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
    told = receipt(siti, faulty["id"])
    assert (told["outcome"], told["revision"], told["stored_as"]) == ("accepted", 1, faulty["id"])
    again = siti.result(faulty)
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
    cast: Cast, siti: Tablet, faulty: dict[str, Any]
) -> None:
    siti.push(faulty)
    do(cast.rina, the_held().pk, "release", registration={"nik": "9901014503840002"})
    own = faulty | {"nik": "9901014503840003"}

    late = siti.result(own)
    edit = siti.result(own | {"base_revision": 1, "work_place": "Kios 9"})

    assert (late["outcome"], late["server"]["nik"]) == ("conflict", "9901014503840002")
    assert (edit["outcome"], edit["revision"]) == ("accepted", 2)
    assert_nothing_is_lost([faulty, own], cast.siti.pk)


def test_what_is_still_wrong_changes_nothing(
    cast: Cast, siti: Tablet, faulty: dict[str, Any]
) -> None:
    siti.push(faulty)
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
    cast: Cast, siti: Tablet, faulty: dict[str, Any]
) -> None:
    siti.push(faulty)
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


def test_a_dismissed_record_is_kept_told_and_opened_again(
    cast: Cast, siti: Tablet, faulty: dict[str, Any]
) -> None:
    siti.push(faulty)
    held = the_held().pk

    answer = do(cast.rina, held, "dismiss", reason="Bukan pekerja")
    again = do(cast.rina, held, "dismiss")

    assert (answer.status_code, answer.json()["state"]) == (200, "dismissed")
    assert again.json() == answer.json()
    assert do(cast.regional_coordinator, held, "dismiss").status_code == 409
    assert do(cast.rina, held, "release").json()["code"] == "already_decided"
    for told in (receipt(siti, faulty["id"]), siti.result(faulty)):
        assert (told["outcome"], told["action"], told["state"]) == (
            "rejected",
            "drop",
            "dismissed",
        )
        assert told["dismissed"]["reason"] == "Bukan pekerja"
    assert [one["id"] for one in queue(cast.rina, state="dismissed")] == [held]
    assert queue(cast.rina) == []

    opened = do(cast.rina, held, "reopen")
    assert (opened.status_code, opened.json()["state"]) == (200, "held")
    assert do(cast.rina, held, "reopen").json() == opened.json()
    told = receipt(siti, faulty["id"])
    assert (told["action"], "dismissed" in told) == ("fix", False)
    shown = client_of(cast.rina).get(f"{QUEUE}{held}/").json()
    assert [one["kind"] for one in shown["decisions"]] == ["reopen", "dismiss"]
    assert do(cast.regional_coordinator, held, "reopen").status_code == 409


def test_versions_are_shown_and_decided_together_up_to_the_one_seen(
    cast: Cast, siti: Tablet, faulty: dict[str, Any]
) -> None:
    versions = [faulty | {"nik": "9" * digits} for digits in (3, 4, 5)]
    for version in versions[:2]:
        siti.push(version)
    [row] = queue(cast.rina)
    siti.push(versions[2])
    shown = client_of(cast.rina).get(f"{QUEUE}{row['id']}/").json()
    assert [len(one["content"]["nik"]) for one in shown["versions"]] == [5, 4, 3]

    do(cast.rina, row["id"], "dismiss")

    states = HeldRecord.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["dismissed", "dismissed", "held"]
    [waiting] = queue(cast.rina)
    do(cast.rina, waiting["id"], "release", registration={"nik": "9901014503840002"})
    assert [siti.result(version)["outcome"] for version in versions] == [
        "rejected",
        "rejected",
        "accepted",
    ]
    assert_nothing_is_lost(versions, cast.siti.pk)


def test_somebody_elses_id_is_never_written_over(
    cast: Cast, siti: Tablet, faulty: dict[str, Any]
) -> None:
    original = captured(cast)
    siti.push(original)
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
    assert "stored_as" not in receipt(siti, original["id"])
    later = foreign | {"work_place": "Kios 8"}
    assert budi.result(later)["outcome"] == "rejected"
    edit = do(cast.rina, the_held().pk, "release", base_revision=1).json()
    assert (edit["registration"], edit["revision"]) == (fresh, 2)
    assert Registration.objects.count() == 2


def test_a_tablet_pulls_what_was_decided_and_no_copy_of_somebody_elses(
    cast: Cast, siti: Tablet, faulty: dict[str, Any]
) -> None:
    original = captured(cast)
    siti.push(original)
    budi = tablet_of(cast.budi)
    client = client_of(cast.budi, budi.device)

    def pulled(cursor: str | None = None) -> tuple[dict[str, Any], str]:
        told: dict[str, Any] = {}
        while True:
            query = {"cursor": cursor} if cursor else {}
            page = client.get(f"{V1}sync/changes/", query).json()
            told |= {one["id"]: one for one in page["changes"] if one["kind"] == "registration"}
            cursor = page["cursor"]
            if not page["has_more"]:
                return told, str(cursor)

    [stranger] = strangers(1)
    budi.push(original | stranger, faulty)
    _, cursor = pulled()
    own, foreign = HeldRecord.objects.order_by("pk")
    do(cast.rina, own.pk, "dismiss", reason="Bukan pekerja")
    fresh = do(cast.rina, foreign.pk, "release").json()["registration"]

    told, cursor = pulled(cursor)
    assert told[faulty["id"]]["data"]["dismissed"]["reason"] == "Bukan pekerja"
    assert told[original["id"]]["data"]["stored_as"] == fresh
    assert told[fresh]["data"]["outcome"] == "accepted"
    decide(cast.rina, fresh, "request-correction")
    decide(cast.rina, original["id"], "request-correction")
    do(cast.rina, own.pk, "reopen")
    everything, _ = pulled()
    assert original["nik"] not in str(everything)
    assert everything[original["id"]]["data"]["server"]["nik"] == stranger["nik"]
    assert everything[faulty["id"]]["data"]["action"] == "fix"


@pytest.mark.parametrize("sent", [7, "text", None, [], {"id": 5, "full_name": "Siti"}])
def test_what_is_no_record_is_released_once_it_is_whole(
    cast: Cast, siti: Tablet, sent: Any
) -> None:
    siti.push(sent)
    held = the_held()
    assert do(cast.rina, held.pk, "release").status_code == 400

    answer = do(cast.rina, held.pk, "release", registration=captured(cast))

    assert (answer.status_code, answer.json()["registration"]) == (200, str(held.record_id))
    assert siti.result(sent)["outcome"] == "accepted"
    assert_nothing_is_lost([sent], cast.siti.pk)
    [kept] = revisions(cast.rina, held.record_id)
    assert kept["kept_as"] == "held"


def test_an_unknown_field_that_cannot_be_kept_is_taken_out(cast: Cast, siti: Tablet) -> None:
    siti.push(captured(cast, kios=[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]))
    answer = do(cast.rina, the_held().pk, "release", registration={"kios": None})
    assert answer.status_code == 200
    assert Registration.objects.get().extra is None


def test_what_the_server_failed_on_is_released_as_it_is(
    cast: Cast, siti: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> Any:
        raise ZeroDivisionError

    sent = captured(cast)
    with monkeypatch.context() as patch:
        patch.setattr(capturing, "_prepare_one", failing)
        assert siti.result(sent)["action"] == "retry"
        assert receipt(siti, sent["id"])["action"] == "retry"
        answer = do(cast.rina, the_held().pk, "release")
        assert (answer.status_code, answer.json()["code"]) == (500, "server_fault")
        assert the_held().state == "held"
    [row] = queue(cast.rina, problem="server_fault")
    assert queue(cast.rina, problem="id_taken") == []

    assert do(cast.rina, row["id"], "release").json()["outcome"] == "accepted"
    assert siti.result(sent)["replayed"] is True
    assert Revision.objects.count() == 0


def test_a_server_fault_corrected_by_a_coordinator_is_no_conflict_for_the_tablet(
    cast: Cast, siti: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> Any:
        raise ZeroDivisionError

    sent = captured(cast)
    with monkeypatch.context() as patch:
        patch.setattr(capturing, "_prepare_one", failing)
        siti.push(sent)
    do(cast.rina, the_held().pk, "release", registration={"rt": "003"})
    again = siti.result(sent)
    assert (again["outcome"], again["replayed"]) == ("accepted", True)


def test_a_faulty_edit_is_released_as_an_edit_of_what_is_there(
    cast: Cast, siti: Tablet, faulty: dict[str, Any]
) -> None:
    good = faulty | {"nik": "9901014503840002"}
    siti.push(good, faulty | {"base_revision": 1, "work_place": "Kios 9"})
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
    cast: Cast, siti: Tablet, faulty: dict[str, Any]
) -> None:
    there = {"campaign": str(cast.other_market.pk)}
    siti.push(faulty | {"nik": "9901014503840002"} | there, faulty | {"base_revision": 1})
    held = the_held().pk
    shown = client_of(cast.rina).get(f"{QUEUE}{held}/").json()
    assert shown["would_be"] == {"id": faulty["id"], "revision": 0, "state": None}

    answer = do(cast.rina, held, "release", registration={"nik": "9901014503840002"})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_possible")
    assert Registration.objects.get().campaign == cast.other_market


def test_the_kaders_own_push_takes_it_out_of_the_queue(
    cast: Cast, siti: Tablet, faulty: dict[str, Any]
) -> None:
    siti.push(faulty)
    siti.push(faulty | {"nik": "9901014503840002"})
    assert queue(cast.rina) == []
    answer = do(cast.rina, the_held().pk, "release", registration={"nik": "9901014503840003"})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")


def test_nobody_decides_about_their_own(cast: Cast, siti: Tablet, faulty: dict[str, Any]) -> None:
    siti.push(faulty)
    HeldRecord.objects.update(kader=cast.rina)
    for what in ("release", "dismiss", "reopen"):
        refused = do(cast.rina, the_held().pk, what)
        assert (refused.status_code, refused.json()["code"]) == (403, "own_record")


def test_whose_queue_it_is_in(cast: Cast, siti: Tablet) -> None:
    outsider = tablet_of(cast.outsider_kader)
    abroad = campaign("Gerebek bersama", cast.other_branch, cast.siti)
    siti.push(captured(cast, sex="?"))
    siti.push(captured(cast, sex="?", campaign=str(abroad.pk)))
    siti.push(captured(cast, sex="?", campaign="nowhere"))
    outsider.push(captured(cast, sex="?", campaign=str(uuid4())))

    def seen(user: Any, **query: Any) -> list[str]:
        return [one["kader"]["full_name"] for one in queue(user, **query)]

    assert seen(cast.rina) == ["Siti Rahayu"] * 2
    assert seen(cast.outsider_coordinator) == ["Siti Rahayu", "Joko Widagdo"]
    everybody = ["Siti Rahayu"] * 3 + ["Joko Widagdo"]
    assert seen(cast.regional_coordinator) == seen(cast.andi) == everybody
    assert seen(cast.andi, kader=cast.outsider_kader.pk) == ["Joko Widagdo"]
    first = client_of(cast.andi).get(QUEUE, {"limit": 3}).json()
    rest = client_of(cast.andi).get(QUEUE, {"limit": 3, "cursor": first["next"]}).json()
    assert (first["count"], rest["count"], rest["next"]) == (4, 4, None)
    names = [one["kader"]["full_name"] for one in first["results"] + rest["results"]]
    assert names == everybody
    foreign = queue(cast.outsider_coordinator)[1]["id"]
    for what in ("release", "dismiss", "reopen"):
        assert do(cast.rina, foreign, what).status_code == 404


def test_personal_data_is_disclosed_on_the_record_and_nowhere_else(
    cast: Cast, siti: Tablet, faulty: dict[str, Any]
) -> None:
    siti.push(faulty | {"address": "NIK 9901014503840002", "9901014503840002": "x"})
    held = the_held()
    shown = client_of(cast.rina).get(f"{QUEUE}{held.pk}/")
    for secret in ("99010145038400", "Nurhayati", "1234567890", "1984-03"):
        assert secret not in shown.content.decode()

    answer = do(cast.rina, held.pk, "disclose", fields=["nik", "mother_name"])

    assert answer.json()["values"] == {"nik": faulty["nik"], "mother_name": "Nurhayati"}
    logged = HeldDisclosure.objects.get()
    assert (logged.user, logged.reason, logged.fields) == (
        cast.rina,
        "papers seen",
        ["nik", "mother_name"],
    )


def test_garbage_in_held_records_is_shown(cast: Cast, siti: Tablet) -> None:
    odd = [{"nik": value, "x": value, "id": str(uuid4())} for value in VALUES]
    odd.append({"nik": "\ud800", "id": str(uuid4()), "deep": json.loads("[" * 300 + "]" * 300)})
    siti.push(*odd, *VALUES)
    for pk in HeldRecord.objects.values_list("pk", flat=True):
        shown = client_of(cast.rina).get(f"{QUEUE}{pk}/")
        assert shown.status_code == 200
        assert do(cast.rina, pk, "disclose", fields=["nik"]).status_code == 200
        assert do(cast.rina, pk, "release").status_code == 400
    assert client_of(cast.rina).get(QUEUE).status_code == 200


def test_garbage_sent_by_coordinators(cast: Cast, siti: Tablet, faulty: dict[str, Any]) -> None:
    siti.push(faulty)
    held = the_held().pk
    client = client_of(cast.rina)
    url = f"{QUEUE}{held}/release/"
    survives_garbage(client, "POST", url, REASON | {"registration": {"nik": "1"}})
    survives_garbage(client, "POST", url, REASON | {"base_revision": 0})
    for value in VALUES:
        body = json.dumps(REASON | {"registration": {"nik": value, "x": value}})
        answer = client.generic("POST", url, body, content_type="application/json")
        assert answer.status_code == 400, value
    for query in ({"state": "x"}, {"kader": "x"}, {"problem": "x"}, {"cursor": "x"}, {"who": "x"}):
        assert client.get(QUEUE, query).status_code == 400
    assert client.get(f"{QUEUE}{10**30}/").status_code == 404
    assert the_held().state == "held"
