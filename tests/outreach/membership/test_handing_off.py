"""Hand-offs: who is in them, their file, and taking them back."""

import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from outreach.models import Change, Disclosure, HandOff, Payment, Registration
from outreach.sealing import unseal
from tests.cast import Cast, client_of
from tests.counting import Counting
from tests.garbage import survives_garbage
from tests.outreach.imports.sending import confirm, send
from tests.outreach.membership.stories import (
    accepted,
    csv_rows,
    handed_off,
    imported,
    status_of,
    verified,
)
from tests.threads import at_once

URL = "/api/v1/hand-offs/"


def test_verified_registrations_are_handed_off_once(cast: Cast) -> None:
    registrations = verified(cast, 3)
    client: Any = client_of(cast.dewi)

    assert len(client.get(f"{URL}waiting/").json()["results"]) == 3
    made = client.post(URL, {"most": 2}).json()
    rest = client.post(URL, {"campaign": str(cast.market.pk)}).json()
    none = client.post(URL, {})

    assert (made["row_count"], made["left_out"], rest["row_count"]) == (2, [], 1)
    assert (none.status_code, none.json()["code"]) == (409, "nobody_waits")
    assert {status_of(one) for one in registrations} == {"handed_off"}
    assert client.get(f"{URL}waiting/").json()["results"] == []
    assert [one["id"] for one in client.get(URL).json()["results"]] == [rest["id"], made["id"]]


def test_asking_again_for_the_same_batch_makes_no_second(cast: Cast) -> None:
    verified(cast, 3)
    client: Any = client_of(cast.dewi)
    batch = str(uuid4())

    first = client.post(URL, {"id": batch, "most": 1})
    again = client.post(URL, {"id": batch, "most": 1})

    assert (first.status_code, again.status_code) == (201, 200)
    assert HandOff.objects.count() == 1
    assert Registration.objects.filter(status="handed_off").count() == 1
    assert client_of(cast.outsider_officer).post(URL, {"id": batch}).status_code == 404


def test_who_cannot_be_handed_off_is_left_out_and_told(cast: Cast) -> None:
    one, other = verified(cast, 2)
    Registration.objects.filter(pk=other.pk).update(status="rejected")
    stranger = uuid4()

    asked = [str(one.pk), str(other.pk), str(stranger)]
    made = client_of(cast.dewi).post(URL, {"ids": asked}).json()

    assert made["row_count"] == 1
    assert made["left_out"] == [str(other.pk), str(stranger)]
    assert client_of(cast.outsider_officer).post(URL, {"ids": asked}).status_code == 409


def test_a_village_s_are_handed_off_by_its_code(cast: Cast) -> None:
    verified(cast, 2)

    client = client_of(cast.dewi)
    assert client.post(URL, {"village": cast.villages[1].code}).status_code == 409
    assert client.post(URL, {"village": "99.01"}).json()["row_count"] == 2


def test_the_kader_s_tablet_hears_of_it(cast: Cast) -> None:
    registrations = verified(cast, 2)
    before = Change.objects.latest("seq").seq
    client_of(cast.dewi).post(URL, {})

    changed = Change.objects.filter(seq__gt=before, kader=cast.siti, kind="registration")
    assert {one.object_id for one in changed} == {str(one.pk) for one in registrations}


def file_of(cast: Cast, form: str) -> bytes:
    batch = HandOff.objects.latest("made_at")
    answer: Any = client_of(cast.dewi).get(f"{URL}{batch.pk}/file/", {"form": form})
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def test_the_file_says_everything_in_clear_and_every_time_it_is_noted(cast: Cast) -> None:
    one, other = handed_off(cast, 2)
    Registration.objects.filter(pk=one.pk).update(address='=HYPERLINK("x")')

    rows = csv_rows(file_of(cast, "csv"))
    again = file_of(cast, "csv")

    assert [row["No"] for row in rows] == ["1", "2"]
    assert [row["ID Pendaftaran"] for row in rows] == [str(one.pk), str(other.pk)]
    assert one.nik is not None
    assert rows[0]["NIK"] == unseal(one.nik, one.pk)
    assert rows[0]["Alamat"] == '\'=HYPERLINK("x")'
    assert rows[0]["Hasil"] == ""
    assert csv_rows(again) == rows
    assert Disclosure.objects.filter(registration=one, user=cast.dewi).count() == 2
    assert Disclosure.objects.filter(registration=other, fields__contains=["nik"]).count() == 2


def test_the_workbook_says_the_same_as_text(cast: Cast) -> None:
    one, _ = handed_off(cast, 2)
    what_no_workbook_holds = "Jl.\x0bMesjid\x1f4\ufffe"
    Registration.objects.filter(pk=one.pk).update(address=what_no_workbook_holds)

    rows = csv_rows(file_of(cast, "csv"))
    sheet: Any = load_workbook(io.BytesIO(file_of(cast, "xlsx"))).active
    headings, *cells = [[cell.value for cell in row] for row in sheet.rows]

    assert rows[0]["Alamat"] == what_no_workbook_holds
    rows[0]["Alamat"] = "Jl. Mesjid 4 "
    assert [dict(zip(headings, [c or "" for c in row], strict=True)) for row in cells] == rows
    assert {cell.number_format for row in list(sheet.rows)[1:] for cell in row} == {"@"}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_file_filled_in_is_a_result_file_as_it_is(cast: Cast, form: str) -> None:
    one, other = handed_off(cast, 2)
    content = file_of(cast, form)
    if form == "csv":
        text = content.decode("utf-8-sig")
        first, *rest = text.splitlines()[1:]
        said = ("Lunas", "8801", "20-11-2026", "November 2026", "1", "12345678901", "", "Peserta")
        filled = first.removesuffix(";" * 8) + ";" + ";".join(said)
        content = "\r\n".join([text.splitlines()[0], filled, *rest]).encode()
    else:
        book = load_workbook(io.BytesIO(content))
        sheet: Any = book.active
        columns = {cell.value: cell.column for cell in sheet[1]}
        for name, value in {
            "Hasil": "Lunas",
            "Tanggal Bayar": "20-11-2026",
            "Bulan Pertama": 46327,
            "Jumlah Bulan": 1,
        }.items():
            sheet.cell(2, columns[name]).value = value
        file = io.BytesIO()
        book.save(file)
        content = file.getvalue()

    shown = send(cast.dewi, content, "hand_off_results").json()

    assert (shown["state"], shown["problem_count"]) == ("ready", 0), shown
    assert confirm(cast.dewi, shown["id"]).json()["report"]["paid"] == 1
    assert (status_of(one), status_of(other)) == ("active", "handed_off")
    assert Payment.objects.get().payer == ("self" if form == "csv" else None)


def test_only_officers_of_the_office_get_the_file(cast: Cast) -> None:
    handed_off(cast, 1)
    url = f"{URL}{HandOff.objects.get().pk}/file/"

    codes = [
        client_of(user).get(url).status_code
        for user in (cast.rina, cast.siti, cast.agus, cast.andi, cast.outsider_officer)
    ]
    assert codes == [403, 403, 403, 403, 404]
    assert not Disclosure.objects.exists()


def test_who_withdrew_is_not_in_the_file(cast: Cast) -> None:
    one, other = handed_off(cast, 2)
    client_of(cast.rina).post(f"/api/v1/registrations/{one.pk}/withdraw/", {"reason": "no more"})

    assert [row["No"] for row in csv_rows(file_of(cast, "csv"))] == ["2"]
    assert not Disclosure.objects.filter(registration=one).exists()
    assert Disclosure.objects.filter(registration=other).exists()


def test_a_batch_is_taken_back_until_a_result_has_come(cast: Cast) -> None:
    one, other = handed_off(cast, 2)
    client: Any = client_of(cast.dewi)
    url = f"{URL}{HandOff.objects.get().pk}/"

    back = client.post(f"{url}take-back/", {"reason": "wrong campaign"})
    again = client.post(f"{url}take-back/", {"reason": "wrong campaign"})

    assert (back.status_code, again.status_code) == (200, 200)
    assert {status_of(one), status_of(other)} == {"verified"}
    assert client.get(f"{url}file/").json()["code"] == "hand_off_taken_back"

    made = client.post(URL, {}).json()
    imported(cast, accepted(one))
    late = client.post(f"{URL}{made['id']}/take-back/", {"reason": "too late"})
    assert (late.status_code, late.json()["code"]) == (409, "hand_off_answered")
    assert status_of(one) == "awaiting_payment"


@pytest.mark.parametrize("number", [2, 40])
def test_statements_do_not_grow_with_the_batch(
    cast: Cast, number: int, count_queries: Counting
) -> None:
    verified(cast, number)
    client: Any = client_of(cast.dewi)
    with count_queries("GET hand-offs/waiting/"):
        client.get(f"{URL}waiting/")
    with count_queries("POST hand-offs/"):
        client.post(URL, {})
    with count_queries("GET hand-offs/"):
        client.get(URL)
    with count_queries("GET hand-offs/{id}/file/"):
        file_of(cast, "csv")
    with count_queries("POST hand-offs/{id}/take-back/"):
        client.post(f"{URL}{HandOff.objects.get().pk}/take-back/", {"reason": "wrong"})


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_once_hand_off_nobody_twice(cast: Cast) -> None:
    verified(cast, 6)

    def make() -> int:
        answer = client_of(cast.dewi).post(URL, {"most": 4})
        return int(answer.json().get("row_count", 0))

    counts = at_once([make, make, make])

    assert sum(counts) == 6
    assert Registration.objects.filter(status="handed_off").count() == 6


@pytest.mark.django_db(transaction=True)
def test_one_batch_asked_for_twice_at_once_is_one(cast: Cast) -> None:
    waiting = verified(cast, 6)
    batch = str(uuid4())

    def make(some: list[Registration]) -> Callable[[], int]:
        asked = {"id": batch, "ids": [str(one.pk) for one in some]}
        return lambda: client_of(cast.dewi).post(URL, asked).status_code

    codes = at_once([make(waiting[:3]), make(waiting[3:])])

    assert sorted(codes) == [200, 201]
    assert HandOff.objects.get().row_count == 3


def test_garbage_is_refused_in_words(cast: Cast) -> None:
    batch = handed_off(cast, 1)[0].hand_off_rows.get().hand_off_id
    client = client_of(cast.dewi)

    good = {"id": str(uuid4()), "campaign": str(uuid4()), "village": "99.01", "most": 5}
    survives_garbage(client, "POST", URL, good)
    survives_garbage(client, "POST", URL, {"ids": [str(uuid4())]})
    survives_garbage(client, "POST", f"{URL}{batch}/take-back/", {"reason": ""})
