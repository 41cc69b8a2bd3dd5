"""Kader from a spreadsheet: accounts without passwords, and letters."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from outreach.kader.letters import assignment_of
from outreach.models import AccountChange, AssignmentLetter, Flag, User
from outreach.offices.territory import today
from tests.cast import Cast, client_of, pushed
from tests.outreach.imports.sending import confirm, send
from tests.outreach.imports.workbooks import csv_of
from tests.threads import at_once

HEADINGS = (
    "Nama Pengguna", "Nama Lengkap", "Nomor HP", "Kantor", "Nomor Surat Tugas", "Tanggal Surat",
    "Berlaku Mulai", "Berlaku Sampai", "Penanda Tangan",
)  # fmt: skip
TODAY = today(timezone.now())
LETTER = (
    "ST/7",
    str(TODAY),
    str(TODAY - timedelta(days=30)),
    str(TODAY + timedelta(days=90)),
    "R.",
)
NO_LETTER = ("",) * 5


def sent(user: User, *rows: Any) -> Any:
    return send(user, csv_of([HEADINGS, *rows]), "kader", "kader.csv").json()


def codes(shown: Any) -> list[list[str]]:
    return [[found["code"] for found in row["findings"]] for row in shown["first_rows"]]


def test_a_list_makes_accounts_with_letters_once(cast: Cast) -> None:
    rows = [
        ("ani.baru", "Ani Baru", "0812 3456 7890", "", *LETTER),
        ("tono.baru", "Tono", "", cast.branch.name.upper(), *NO_LETTER),
    ]
    shown = sent(cast.rina, *rows)
    assert (shown["problem_count"], codes(shown)) == (0, [[], []])
    assert "3456" not in str(shown)
    assert not User.objects.filter(username="tono.baru").exists()

    answer = confirm(cast.rina, shown["id"])

    assert answer.json()["report"] == {"made": 2, "letters": 1, "unchanged": 0}
    assert "password" not in answer.content.decode()
    ani = User.objects.get(username="ani.baru")
    assert (ani.role, ani.office, ani.phone) == ("kader", cast.branch, "+6281234567890")
    assert not ani.has_usable_password()
    assert assignment_of(ani.letters.all(), TODAY).state == "valid"
    log = client_of(cast.rina).get(f"/api/v1/users/{ani.pk}/changes/").json()["results"]
    assert [one["actor"] for one in log] == [cast.rina.pk] * 2
    code = client_of(cast.rina).post("/api/v1/sync/devices/", {"kader": ani.pk, "label": "T1"})
    assert code.status_code == 201

    again = sent(cast.rina, *rows, ("ANI.baru", "Ani Baru", "", "", *LETTER))
    assert codes(again) == [["said_before"], ["said_before"], ["repeated", "said_before"]]
    assert confirm(cast.rina, sent(cast.rina, *reversed(rows))["id"]).json()["report"] == {
        "made": 0,
        "letters": 0,
        "unchanged": 2,
    }
    assert AccountChange.objects.filter(user=ani).count() == 2


def test_what_is_wrong_is_told_row_by_row(cast: Cast) -> None:
    shown = sent(
        cast.rina,
        ("a b", "Ani", "", "", *NO_LETTER),
        ("ani", "Ani", "12", "", *NO_LETTER),
        ("budi.baru", "Budi", "", cast.other_branch.name, *NO_LETTER),
        ("joko.baru", "Joko", "", "", "ST/8", str(TODAY), "", "", "R."),
        ("jono.baru", "Jono", "", "", "ST/8", str(TODAY), str(TODAY), "01-01-2020", "R."),
        (cast.siti.username, "Somebody Else", "", "", *NO_LETTER),
        (cast.outsider_kader.username, cast.outsider_kader.full_name, "", "", *NO_LETTER),
        (cast.andi.username, cast.andi.full_name, "", "", *NO_LETTER),
    )

    assert codes(shown) == [
        ["no_user_name"],
        ["no_phone"],
        ["no_office"],
        ["letter_incomplete", "letter_incomplete"],
        ["before_start"],
        ["user_name_taken"],
        ["user_name_taken"],
        ["user_name_taken"],
    ]
    assert confirm(cast.rina, shown["id"]).status_code == 409
    assert codes(sent(cast.andi, ("ani", "Ani", "", "", *NO_LETTER))) == [["which_office"]]
    assert sent(cast.dewi, ("ani", "Ani", "", "", *NO_LETTER))["code"] == "forbidden"


def test_a_letter_for_who_is_known_takes_doubts_back(cast: Cast) -> None:
    AssignmentLetter.objects.create(
        kader=cast.siti,
        number="ST/1",
        issued_on=TODAY - timedelta(days=400),
        valid_from=TODAY - timedelta(days=400),
        valid_to=TODAY - timedelta(days=200),
        office=cast.branch,
        signed_by="R.",
        noted_at=timezone.now(),
    )
    one = pushed(cast)
    assert Flag.objects.filter(registration=one, code="assignment_expired").exists()

    shown = sent(cast.rina, (cast.siti.username, cast.siti.full_name, "", "", *LETTER))
    confirm(cast.rina, shown["id"])

    assert not Flag.objects.filter(registration=one, code="assignment_expired").exists()
    other = (*LETTER[:3], str(TODAY + timedelta(days=5)), "R.")
    differs = sent(cast.rina, (cast.siti.username, cast.siti.full_name, "", "", *other))
    assert codes(differs) == [["letter_differs"]]


@pytest.mark.django_db(transaction=True)
def test_two_lists_with_the_same_kader_at_once_make_one(cast: Cast) -> None:
    row = ("ani.baru", "Ani Baru", "", "", *LETTER)
    files = [
        sent(cast.rina, row)["id"],
        sent(cast.rina, row, ("tono.baru", "T.", "", "", *NO_LETTER))["id"],
    ]

    def confirming(import_id: str) -> Any:
        return lambda: confirm(cast.rina, import_id).status_code

    assert at_once([confirming(one) for one in files]) == [200, 200]
    assert User.objects.filter(username__in=["ani.baru", "tono.baru"]).count() == 2
    assert AssignmentLetter.objects.count() == 1
