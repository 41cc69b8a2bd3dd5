"""The pages without a browser: who gets what, and what stands in it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from outreach.models import Office, Region, Standing, User
from tests.cast import look_after
from tests.outreach.standings.conftest import LOWER, TINY, UPPER
from tests.pages.conftest import PASSWORD

Staff = dict[str, User]


def page(user: User | None, address: str, status: int = 200, **headers: Any) -> str:
    client = Client(headers=headers)
    if user:
        client.force_login(user, "backend.accounts.AccountBackend")
    answer = client.get(address, follow=True)
    assert answer.status_code == status
    return answer.content.decode()


def test_who_is_not_signed_in_comes_back_after_signing_in(staff: Staff) -> None:
    client = Client()
    answer = client.get("/standings/97.01/?period=2026-01")
    assert answer.status_code == 302
    form = client.get(answer["Location"])
    answer = client.post(
        answer["Location"],
        {
            "username": "uji.supervisor",
            "password": PASSWORD,
            "next": form.context["next"],
        },
    )
    assert answer["Location"] == "/standings/97.01/?period=2026-01"


def test_signing_in_leads_to_no_other_site(staff: Staff) -> None:
    answer = Client().post(
        "/sign-in/?next=https://example.com/",
        {"username": "uji.officer", "password": PASSWORD, "next": "//example.com/"},
    )
    assert answer["Location"] == "/"


def test_the_sign_in_page_names_nobody(staff: Staff) -> None:
    assert "uji." not in page(None, "/sign-in/")


def test_too_many_wrong_passwords_give_a_page_that_says_how_long(staff: Staff) -> None:
    client = Client()
    wrong = {"username": "uji.officer", "password": "salah"}
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post("/sign-in/", wrong)
    assert answer.status_code == 429
    assert "<!doctype html>" in answer.content.decode()
    assert "15 menit" in answer.content.decode()


def test_the_start_leads_to_the_offices_first_region(staff: Staff, office: Office) -> None:
    client = Client()
    client.force_login(staff["officer"], "backend.accounts.AccountBackend")
    assert client.get("/")["Location"] == "/standings/own/"
    assert client.get("/standings/own/")["Location"] == "/standings/97.01/"
    look_after(office, "97")
    assert client.get("/standings/own/")["Location"] == "/standings/97/"
    client.force_login(staff["administrator"], "backend.accounts.AccountBackend")
    assert client.get("/standings/own/")["Location"] == "/standings/"


@pytest.mark.parametrize("address", ["/", "/standings/", "/standings/97.01/"])
def test_a_kader_is_told_where_their_own_figures_are(staff: Staff, address: str) -> None:
    assert "tablet" in page(staff["kader"], address, 403)


@pytest.mark.parametrize("code", ["96", "97.01.01.2999", "x", "97.01.", "97%00", "97.%000"])
def test_an_unknown_region_is_a_page_of_its_own(staff: Staff, code: str) -> None:
    assert "Kembali ke halaman awal" in page(staff["officer"], f"/standings/{code}/", 404)


@pytest.mark.parametrize("within", ["//evil.com", "https://evil.com", "../sign-out", "96", "97\0"])
def test_the_filter_leads_to_regions_only(staff: Staff, within: str) -> None:
    client = Client()
    client.force_login(staff["officer"], "backend.accounts.AccountBackend")
    assert client.get("/standings/", {"within": within}).status_code == 404
    answer = client.get("/standings/", {"within": "97.01", "period": "2026-01"})
    assert answer["Location"] == "/standings/97.01/?period=2026-01"
    assert client.get("/standings/", {"within": ""})["Location"] == "/standings/"
    assert client.get("/standings/97.01/", {"within": within}).status_code == 200


def test_pages_speak_indonesian_whatever_the_browser_is_set_to(staff: Staff) -> None:
    text = page(staff["officer"], "/standings/97.01/", accept_language="en-US")
    assert '<html lang="id">' in text
    assert "Peringkat desa" in text


def test_the_switch_changes_the_language_for_good(staff: Staff) -> None:
    client = Client()
    client.force_login(staff["officer"], "backend.accounts.AccountBackend")
    answer = client.post("/language/", {"language": "en", "next": "/standings/97.01/"})
    assert answer["Location"] == "/standings/97.01/"
    assert "Village standings" in client.get("/standings/97.01/").content.decode()


@pytest.mark.parametrize("code", ["", "97/", "97.01/", "97.01.01/", f"{LOWER}/", f"{TINY}/"])
def test_pages_obey_the_content_security_policy(staff: Staff, code: str) -> None:
    text = page(staff["supervisor"], f"/standings/{code}")
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


def test_parameters_that_make_no_sense_are_left_out_and_named(staff: Staff) -> None:
    text = page(staff["officer"], "/standings/97.01/?period=2026-99&stratum=x&cursor=y")
    assert "bulan, kelompok, halaman" in text
    assert "Hilir" in text


def test_a_cursor_of_another_region_is_left_out_and_named(staff: Staff) -> None:
    text = page(staff["officer"], "/standings/97.01/?cursor=97.71.01.1001")
    assert re.search(r"halaman\s*\.</p>", text)
    assert "Hilir" in text and "Kembali ke awal" not in text


def test_unranked_villages_stand_apart_with_the_reason(staff: Staff) -> None:
    text = page(staff["coordinator"], "/standings/97.01/")
    apart = text[text.index("Tanpa peringkat") :]
    assert "Penduduk bekerja terlalu sedikit" in apart
    assert "Penduduk bekerja belum diketahui" in apart


def test_a_page_says_what_its_figures_are(staff: Staff) -> None:
    text = page(staff["coordinator"], "/standings/97.01/")
    assert "WITA" in text
    assert "Retensi" in text
    assert text.count("belum ada data") == 2
    assert "census 2025 (resmi)" in text
    assert "Belum ada bobot resmi" in text


def test_long_rankings_go_on_on_a_next_page(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outreach.pages.standings.PAGE_SIZE", 2)
    first = page(staff["coordinator"], "/standings/97.01/")
    assert "2 desa tanpa peringkat" in first
    [following] = re.findall(r'href="([^"]*cursor=[^"]*)">Desa berikutnya', first)
    assert re.fullmatch(r"/standings/97.01/\?period=[-0-9]+&amp;cursor=97.01.01.2001", following)
    second = page(staff["coordinator"], following.replace("&amp;", "&"))
    assert "Seberang" in second
    assert "Kembali ke awal" in second
    [unranked] = re.findall(r'href="([^"]*cursor=[^"]*)">2 desa', first)
    assert "Tanpa peringkat" in page(staff["coordinator"], unranked.replace("&amp;", "&"))


def test_a_group_without_villages_says_so(staff: Staff) -> None:
    text = page(staff["coordinator"], "/standings/97.01/?stratum=city.desa.large")
    assert "Tidak ada desa dalam kelompok ini" in text


def test_a_region_without_villages_says_so(staff: Staff) -> None:
    Region.objects.create(
        code="97.02",
        level=2,
        kind="regency",
        name="Kabupaten Sunyi",
        parent_id="97",
        time_zone="Asia/Makassar",
    )
    assert "belum dimuat" in page(staff["coordinator"], "/standings/97.02/")


def test_a_month_that_is_not_kept_is_counted_from_the_tallies(staff: Staff) -> None:
    kept = page(staff["coordinator"], "/standings/97.01/")
    Standing.objects.all().delete()
    counted = page(staff["coordinator"], "/standings/97.01/")
    [table, again] = [
        text[text.index("<tbody>") : text.index("</table>")] for text in (kept, counted)
    ]
    assert table == again


def test_small_counts_are_not_in_a_supervisors_page(
    staff: Staff, count: Callable[..., None]
) -> None:
    seen = page(staff["supervisor"], f"/standings/{UPPER}/")
    assert "&lt;5" in seen
    coordinators = page(staff["coordinator"], f"/standings/{UPPER}/")
    assert "&lt;5" not in coordinators


def test_a_score_that_tells_a_small_month_is_not_in_a_supervisors_page(staff: Staff) -> None:
    in_ranking = page(staff["supervisor"], "/standings/97.01/")
    alone = page(staff["supervisor"], f"/standings/{LOWER}/")
    assert "tidak ditampilkan" in in_ranking and "tidak ditampilkan" in alone
    for text in (in_ranking, alone):
        assert "8,25 %" in text, "coverage of 33 in 400 is told"
        assert "7,56 %" not in text, "30 of a gap of 397 is not"
    coordinators = page(staff["coordinator"], f"/standings/{LOWER}/")
    assert "7,56 %" in coordinators and "tidak ditampilkan" not in coordinators


def test_a_village_without_people_says_so(staff: Staff) -> None:
    assert "Belum ada warga desa ini" in page(
        staff["coordinator"], "/standings/97.01.01.2003/?period=2026-01"
    )
