"""Held records: found, shown masked, disclosed, dismissed, opened again."""

import json
from typing import Any
from uuid import uuid4

import pytest

from sync import copies
from sync.models import HeldDisclosure, HeldRecord
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
)
from tests.sync.held import QUEUE, do, queue, the_held
from tests.tablet import Tablet, tablet_of

pytestmark = pytest.mark.django_db


def test_a_dismissed_record_is_kept_told_and_opened_again(
    cast: Cast, tablet: Tablet, faulty: dict[str, Any]
) -> None:
    tablet.push(faulty)
    held = the_held().pk

    answer = do(cast.rina, held, "dismiss", reason="Bukan pekerja")
    again = do(cast.rina, held, "dismiss")

    assert (answer.status_code, answer.json()["state"]) == (200, "dismissed")
    assert again.json() == answer.json()
    assert do(cast.regional_coordinator, held, "dismiss").status_code == 409
    refused = do(cast.rina, held, "release").json()
    assert (refused["code"], refused["state"]) == ("already_decided", "dismissed")
    assert "buka kembali" in refused["detail"]
    for told in (receipt(tablet, faulty["id"]), tablet.result(faulty)):
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
    told = receipt(tablet, faulty["id"])
    assert (told["action"], "dismissed" in told) == ("fix", False)
    shown = client_of(cast.rina).get(f"{QUEUE}{held}/").json()
    assert [one["kind"] for one in shown["decisions"]] == ["reopen", "dismiss"]
    assert do(cast.regional_coordinator, held, "reopen").status_code == 409


def test_versions_are_shown_and_decided_together_up_to_the_one_seen(
    cast: Cast, tablet: Tablet, faulty: dict[str, Any]
) -> None:
    versions = [faulty | {"nik": "9" * digits} for digits in (3, 4, 5)]
    for version in versions[:2]:
        tablet.push(version)
    [row] = queue(cast.rina)
    tablet.push(versions[2])
    shown = client_of(cast.rina).get(f"{QUEUE}{row['id']}/").json()
    assert [len(one["content"]["nik"]) for one in shown["versions"]] == [5, 4, 3]

    do(cast.rina, row["id"], "dismiss")

    states = HeldRecord.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["dismissed", "dismissed", "held"]
    [waiting] = queue(cast.rina)
    do(cast.rina, waiting["id"], "release", registration={"nik": "9901014503840002"})
    assert [tablet.result(version)["outcome"] for version in versions] == [
        "rejected",
        "rejected",
        "accepted",
    ]
    assert_nothing_is_lost(versions, cast.siti.pk)


def test_a_tablet_pulls_what_was_decided_and_no_copy_of_somebody_elses(
    cast: Cast, tablet: Tablet, faulty: dict[str, Any]
) -> None:
    original = captured(cast)
    tablet.push(original)
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
    assert everything[original["id"]]["data"]["stored_as"] == fresh
    assert everything[fresh]["data"]["server"]["nik"] == stranger["nik"]
    again = everything[faulty["id"]]["data"]
    sent = {name: faulty.get(name) for name in ("full_name", "birth_date", "nik", "programmes")}
    assert again["action"] == "fix"
    assert {name: again["server"].get(name) for name in sent} == sent
    assert "server" not in told[faulty["id"]]["data"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copies, "MOST_HELD_BYTES", 1)
        assert "server" not in receipt(budi, faulty["id"])
    assert "server" in receipt(budi, faulty["id"])
    # The newest content or none.
    budi.push(faulty | {"remark": "x" * copies.LARGEST_COPY})
    assert "server" not in receipt(budi, faulty["id"])


def test_the_kaders_own_push_takes_it_out_of_the_queue(
    cast: Cast, tablet: Tablet, faulty: dict[str, Any]
) -> None:
    tablet.push(faulty)
    tablet.push(faulty | {"nik": "9901014503840002"})
    assert queue(cast.rina) == []
    answer = do(cast.rina, the_held().pk, "release", registration={"nik": "9901014503840003"})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")


def test_nobody_decides_about_their_own(cast: Cast, tablet: Tablet, faulty: dict[str, Any]) -> None:
    tablet.push(faulty)
    HeldRecord.objects.update(kader=cast.rina)
    for what in ("release", "dismiss", "reopen"):
        refused = do(cast.rina, the_held().pk, what)
        assert (refused.status_code, refused.json()["code"]) == (403, "own_record")


def test_whose_queue_it_is_in(cast: Cast, tablet: Tablet) -> None:
    outsider = tablet_of(cast.outsider_kader)
    abroad = campaign("Gerebek bersama", cast.other_branch, cast.siti)
    tablet.push(captured(cast, sex="?"))
    tablet.push(captured(cast, sex="?", campaign=str(abroad.pk)))
    tablet.push(captured(cast, sex="?", campaign="nowhere"))
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
    cast: Cast, tablet: Tablet, faulty: dict[str, Any]
) -> None:
    tablet.push(faulty | {"address": "NIK 9901014503840002", "9901014503840002": "x"})
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


def test_garbage_in_held_records_is_shown(cast: Cast, tablet: Tablet) -> None:
    odd = [{"nik": value, "x": value, "id": str(uuid4())} for value in VALUES]
    odd.append({"nik": "\ud800", "id": str(uuid4()), "deep": json.loads("[" * 300 + "]" * 300)})
    tablet.push(*odd, *VALUES)
    for pk in HeldRecord.objects.values_list("pk", flat=True):
        shown = client_of(cast.rina).get(f"{QUEUE}{pk}/")
        assert shown.status_code == 200
        assert do(cast.rina, pk, "disclose", fields=["nik"]).status_code == 200
        assert do(cast.rina, pk, "release").status_code == 400
    assert client_of(cast.rina).get(QUEUE).status_code == 200


def test_garbage_sent_by_coordinators(cast: Cast, tablet: Tablet, faulty: dict[str, Any]) -> None:
    tablet.push(faulty)
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
