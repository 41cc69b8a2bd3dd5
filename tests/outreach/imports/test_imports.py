"""Imports over HTTP: a preview, its rows, and confirming it once."""

import io
from datetime import timedelta
from typing import Any
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.utils import timezone

from outreach.imports import arriving, confirming
from outreach.imports.erasing import KEPT_CONFIRMED, KEPT_UNCONFIRMED, erase_due
from outreach.models import ConsentNotice, Import, ImportedFile, ImportRow
from outreach.tasks import confirm_import, read_import
from tests.cast import Cast, client_of
from tests.counting import Counting
from tests.outreach.imports.sending import confirm, send
from tests.outreach.imports.workbooks import HEADINGS, csv_of, xlsx
from tests.threads import at_once

NIK = "9901014503840002"
GOOD = xlsx([HEADINGS, ("v1", "20-11-2026", "satu", 1, NIK), ("v2", "1 Desember 2026", "", "", "")])


def _made() -> set[str]:
    notices = ConsentNotice.objects.filter(pk__startswith="v")
    return set(notices.values_list("pk", flat=True))


def test_a_preview_of_the_whole_file_and_then_all_of_it(cast: Cast) -> None:
    answer = send(cast.dewi, GOOD)
    preview = answer.json()

    assert answer.status_code == 201
    assert (preview["state"], preview["row_count"], preview["problem_count"]) == ("ready", 2, 0)
    assert preview["first_rows"][0]["values"] == {
        "version": "v1",
        "valid_from": "2026-11-20",
        "text": "satu",
        "count": "1",
        "nik": "990101••••••0002",
    }
    assert not _made()

    done = confirm(cast.dewi, preview["id"])

    assert (done.status_code, done.json()["state"]) == (200, "confirmed")
    assert done.json()["report"] == {"made": 2}
    assert _made() == {"v1", "v2"}
    assert confirm(cast.dewi, preview["id"]).json()["report"] == {"made": 2}
    assert not ImportedFile.objects.exists()


def test_no_personal_data_lies_in_the_open(cast: Cast) -> None:
    send(cast.dewi, GOOD)

    row = ImportRow.objects.get(number=2)
    assert NIK.encode() not in bytes(row.content)
    assert b"satu" not in bytes(row.content)


def test_the_same_file_again_is_the_import_that_is_there(cast: Cast) -> None:
    first = send(cast.dewi, GOOD).json()
    again = send(cast.dewi, GOOD, name="another name.xlsx")
    confirm(cast.dewi, first["id"])
    after = send(cast.dewi, GOOD)

    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert (after.json()["id"], after.json()["state"]) == (first["id"], "confirmed")
    assert send(cast.outsider_officer, GOOD).status_code == 201


def test_one_bad_row_stops_all_until_it_is_put_right(cast: Cast) -> None:
    ConsentNotice.objects.create(version="v1", text_id="lain", text_en="", valid_from="2026-01-01")
    preview = send(cast.dewi, GOOD).json()

    [row] = preview["problems"]
    assert row["number"] == 2
    assert row["findings"][0]["detail"] == "A notice of this version says something else."
    refused = confirm(cast.dewi, preview["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "import_not_ready")
    assert _made() == {"v1"}

    ConsentNotice.objects.filter(pk="v1").delete()
    assert send(cast.dewi, GOOD).json()["problem_count"] == 0
    assert confirm(cast.dewi, preview["id"]).status_code == 200


def test_what_changed_since_the_preview_stops_it_and_is_shown(cast: Cast) -> None:
    preview = send(cast.dewi, GOOD).json()
    ConsentNotice.objects.create(version="v2", text_id="lain", text_en="", valid_from="2026-01-01")

    refused = confirm(cast.dewi, preview["id"])

    assert (refused.status_code, refused.json()["problem_count"]) == (409, 1)
    assert _made() == {"v2"}
    shown = client_of(cast.dewi).get(f"/api/v1/imports/{preview['id']}/").json()
    assert [row["number"] for row in shown["problems"]] == [3]


def test_rows_by_pages_and_only_those_with_problems(cast: Cast) -> None:
    rows = [(f"v{number}", "x" if number % 10 == 0 else "20-11-2026") for number in range(120)]
    preview = send(cast.dewi, csv_of([HEADINGS[:2], *rows]), name="a.csv").json()
    client: Any = client_of(cast.dewi)
    url = f"/api/v1/imports/{preview['id']}/rows/"

    first = client.get(url, {"limit": 100}).json()
    second = client.get(url, {"limit": 100, "cursor": first["next"]}).json()
    wrong = client.get(url, {"problem": "true"}).json()["results"]
    right = client.get(url, {"problem": "false", "limit": 200}).json()["results"]

    assert [row["number"] for row in first["results"] + second["results"]] == [*range(2, 122)]
    assert [row["number"] for row in wrong] == [*range(2, 122, 10)]
    assert len(right) == 108
    assert wrong[0]["findings"][0]["code"] == "no_date"
    assert wrong[0]["values"]["valid_from"] == "x"


def test_a_row_that_is_there_twice_is_told(cast: Cast) -> None:
    preview = send(cast.dewi, csv_of([HEADINGS[:2], *[("v1", "20-11-2026")] * 2])).json()

    assert preview["problems"][0]["number"] == 3
    assert preview["problems"][0]["findings"][0]["code"] == "repeated"


def test_a_file_that_cannot_be_read_says_why_in_the_readers_language(cast: Cast) -> None:
    client: Any = client_of(cast.dewi)
    preview = send(cast.dewi, b"\xd0\xcf\x11\xe0old").json()

    assert (preview["state"], preview["refusal"]["code"]) == ("refused", "old_xls")
    url = f"/api/v1/imports/{preview['id']}/"
    english = client.get(url, headers={"Accept-Language": "en"}).json()["refusal"]["detail"]
    indonesian = client.get(url, headers={"Accept-Language": "id"}).json()["refusal"]["detail"]
    assert english.startswith("This is an old .xls workbook")
    assert indonesian != english
    assert confirm(cast.dewi, preview["id"]).status_code == 409


def test_only_its_office_sees_an_import(cast: Cast) -> None:
    preview = send(cast.dewi, GOOD).json()

    for path in ("", "rows/"):
        url = f"/api/v1/imports/{preview['id']}/{path}"
        assert client_of(cast.outsider_officer).get(url).status_code == 404
        assert client_of(cast.rina).get(url).status_code == 200
    assert confirm(cast.outsider_officer, preview["id"]).status_code == 404
    assert send(cast.dewi, GOOD, kind="nothing").status_code == 404
    assert confirm(cast.dewi, str(uuid4())).status_code == 404


def test_a_large_file_is_read_and_applied_by_the_worker(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "MOST_READ_AT_ONCE", 10)
    monkeypatch.setattr("outreach.api.imports.MOST_CONFIRMED_AT_ONCE", 1)
    preview = send(cast.dewi, GOOD).json()

    assert preview["state"] == "reading"
    assert confirm(cast.dewi, preview["id"]).status_code == 409
    assert b"xl/workbook.xml" in GOOD
    assert b"xl/workbook.xml" not in bytes(ImportedFile.objects.get().content)
    read_import(preview["id"])
    assert Import.objects.get().state == "ready"

    assert confirm(cast.dewi, preview["id"]).json()["state"] == "confirming"
    assert confirm(cast.dewi, preview["id"]).json()["state"] == "confirming"
    confirm_import(preview["id"])
    confirm_import(preview["id"])
    assert Import.objects.get().report == {"made": 2}


def test_a_large_file_that_we_fail_on_says_so_and_can_be_tried_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "MOST_READ_AT_ONCE", 10)
    monkeypatch.setattr("outreach.api.imports.MOST_CONFIRMED_AT_ONCE", 1)
    import_id = send(cast.dewi, GOOD).json()["id"]

    def after(error: type[Exception], part: str, job: Any) -> tuple[str, str | None]:
        with monkeypatch.context() as patch:
            patch.setattr(part, Mock(side_effect=error))
            with pytest.raises(error):
                job(import_id)
        told = client_of(cast.dewi).get(f"/api/v1/imports/{import_id}/").json()
        return told["state"], told["refusal"] and told["refusal"]["detail"]

    reading = "outreach.imports.arriving.read"
    assert after(OperationalError, reading, read_import) == ("reading", None)
    state, why = after(RuntimeError, reading, read_import)
    assert state == "refused" and why and "kirim lagi" in why
    assert not ImportedFile.objects.exists()
    again = send(cast.dewi, GOOD).json()
    assert (again["id"], again["state"]) == (import_id, "reading")
    read_import(import_id)

    confirm(cast.dewi, import_id)
    applying = "outreach.imports.confirming._apply"
    assert after(OperationalError, applying, confirm_import) == ("confirming", None)
    state, why = after(RuntimeError, applying, confirm_import)
    assert state == "ready" and why and "coba lagi" in why
    confirm(cast.dewi, import_id)
    confirm_import(import_id)
    done = Import.objects.get()
    assert (done.state, done.refusal, done.report) == ("confirmed", None, {"made": 2})


def test_rows_are_erased_some_weeks_after(cast: Cast) -> None:
    now = timezone.now()
    confirmed = send(cast.dewi, GOOD).json()
    confirm(cast.dewi, confirmed["id"])
    left = send(cast.dewi, csv_of([HEADINGS[:2], ("v9", "20-11-2026")])).json()

    assert erase_due(now + KEPT_CONFIRMED - timedelta(hours=1)) == 0
    assert erase_due(now + KEPT_CONFIRMED + timedelta(hours=1)) == 1
    assert {str(row.of_import_id) for row in ImportRow.objects.all()} == {left["id"]}
    assert erase_due(now + KEPT_UNCONFIRMED + timedelta(hours=1)) == 1
    assert not ImportRow.objects.exists()
    assert Import.objects.filter(erased_at__isnull=False).count() == 2
    refused = confirm(cast.dewi, left["id"])
    assert (refused.status_code, refused.json()["erased"]) == (409, True)
    assert send(cast.dewi, GOOD).json()["state"] == "confirmed"


def test_a_body_that_is_cut_short_or_too_large_is_told(cast: Cast) -> None:
    client: Any = client_of(cast.dewi)
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        + csv_of([HEADINGS[:2], ("v1", "20-11-2026")])
        + b"\r\n--x--\r\n"
    )
    form = {"content_type": "multipart/form-data; boundary=x"}

    short = {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body[:-40])}
    cut = client.generic("POST", "/api/v1/imports/notices/", body, **form, **short)
    whole = client.generic("POST", "/api/v1/imports/notices/", body, **form)
    much = {"CONTENT_LENGTH": str(30 * 10**6)}
    large = client.generic("POST", "/api/v1/imports/notices/", body, **form, **much)

    assert (cut.status_code, cut.json()["code"]) == (400, "incomplete")
    assert whole.status_code == 201
    assert (large.status_code, large.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("body", [b"", b"{}", b"--x\r\n", b"\xff" * 100])
def test_garbage_is_a_problem(cast: Cast, body: bytes) -> None:
    client: Any = client_of(cast.dewi)
    for content_type in ("multipart/form-data; boundary=x", "multipart/form-data", "text/csv"):
        answer = client.generic("POST", "/api/v1/imports/notices/", body, content_type=content_type)
        assert 400 <= answer.status_code < 500
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_confirm_at_once_one_does(cast: Cast) -> None:
    preview = send(cast.dewi, GOOD).json()
    codes = at_once([lambda: confirm(cast.dewi, preview["id"]).status_code] * 4)

    assert codes == [200] * 4
    assert Import.objects.get().report == {"made": 2}


@pytest.mark.django_db(transaction=True)
def test_the_same_file_sent_twice_at_once_is_one_import(cast: Cast) -> None:
    ids = at_once([lambda: send(cast.dewi, GOOD).json()["id"]] * 4)

    assert len(set(ids)) == 1
    assert ImportRow.objects.count() == 2
    assert confirming.left_unapplied(timezone.now()) == []


def test_what_can_be_sent_is_listed_with_its_columns(cast: Cast) -> None:
    kinds = client_of(cast.dewi).get("/api/v1/imports/kinds/").json()

    notices = next(kind for kind in kinds if kind["name"] == "notices")
    assert [column["name"] for column in notices["columns"] if column["needed"]] == [
        "version",
        "valid_from",
    ]


@pytest.mark.parametrize("rows", [3, 900])
def test_statements_do_not_grow_with_the_rows(
    cast: Cast, rows: int, count_queries: Counting
) -> None:
    file = csv_of([HEADINGS[:2], *[(f"v{number}", "20-11-2026") for number in range(rows)]])
    with count_queries("POST imports/{kind}/"):
        preview = send(cast.dewi, file).json()
    with count_queries("POST imports/{id}/confirm/"):
        assert confirm(cast.dewi, preview["id"]).status_code == 200
    client = client_of(cast.dewi)
    with count_queries("GET imports/{id}/rows/"):
        client.get(f"/api/v1/imports/{preview['id']}/rows/")
    with count_queries("GET imports/"):
        client.get("/api/v1/imports/")
