"""Corrections that coordinators ask for, and what the tablet is told of decisions."""

from typing import Any

import pytest

from tests.cast import Cast, client_of
from tests.sync.contents import (
    REASON,
    V1,
    captured,
    decide,
    edited,
    receipt,
    revisions,
)
from tests.tablet import Tablet

pytestmark = pytest.mark.django_db

ENGLISH = {"Accept-Language": "en"}


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


def test_problems_speak_the_language_of_who_asks(cast: Cast, first: Tablet) -> None:
    faulty = captured(cast, nik="12", sex="9901014503840002")
    problems = first.result(faulty)["problems"]
    assert {one["pointer"]: one["detail"] for one in problems}[
        "/nik"
    ] == "NIK terdiri dari 16 angka."
    told = receipt(first, faulty["id"], **ENGLISH)["problems"]
    assert {one["pointer"]: one["detail"] for one in told}["/nik"] == "A NIK is 16 digits."
    assert "9901014503840002" not in str(told)
