"""The pages about regions without a browser: who gets them, and what stands in them."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from outreach.models import BoundaryChange, BoundarySet, Region, RegionAlias, User
from outreach.places.outlines import refresh_pending_outlines
from tests.counting import Counting
from tests.outreach.standings.conftest import FAR, LOWER, TINY, UNKNOWN, UPPER
from tests.pages.test_pages import page

Staff = dict[str, User]


@pytest.mark.parametrize("address", ["/regions/", "/regions/97.01/", f"/regions/{UPPER}/"])
def test_a_kader_is_told_where_their_own_figures_are(
    staff: Staff, boundaries: None, address: str
) -> None:
    assert "tablet" in page(staff["kader"], address, 403)
    assert Client().get(address).status_code == 302


def test_a_village_shows_its_sets_over_each_other(staff: Staff, boundaries: None) -> None:
    text = page(staff["supervisor"], f"/regions/{UPPER}/", accept_language="en")
    surveyors, census = text.split('class="set"')[1:]
    assert "Surveyors 2026" in surveyors and "berlaku" in surveyors and "12 m" in surveyors
    assert "Census 2020" in census and "CC BY" in census and "indikatif" in census
    assert "% sama" in census and "paling jauh 157 m" in census
    assert text.count('class="line line-') == 4
    assert "200 m" in text and "Hilir" in text and "diakui keduanya" in text


def test_a_village_tells_since_when_its_boundary_is_current_by_whom_and_why(
    staff: Staff, boundaries: None
) -> None:
    change = BoundaryChange.objects.latest("id")
    BoundaryChange.objects.filter(pk=change.pk).update(
        actor=staff["administrator"],
        reason="newer survey",
        reattributed_at=timezone.now(),
        report={"looked_at": 120, "changed": 3, "raised": [["village_contradicted", 7]]},
    )
    text = page(staff["officer"], f"/regions/{UPPER}/")
    assert f'<a href="#change-{change.pk}">' in text and f'id="change-{change.pk}"' in text
    assert "Uji Administrator" in text and "newer survey" in text
    assert "&lt;5 dari 120 pendaftaran" in text and "7 keraguan muncul" in text


def test_a_village_without_a_boundary_says_so(staff: Staff, boundaries: None) -> None:
    assert "tidak punya poligonnya" in page(staff["officer"], f"/regions/{TINY}/")
    assert "tidak ada himpunan yang dimuat" in page(staff["officer"], f"/regions/{UNKNOWN}/")


def test_a_village_that_only_another_set_has_is_drawn_as_that_has_it(
    staff: Staff, boundaries: None
) -> None:
    text = page(staff["officer"], f"/regions/{FAR}/")
    assert "Tidak ada batas yang berlaku" in text
    assert "Census 2020" in text and text.count('class="line line-0"') == 2


def test_larger_regions_show_a_map_and_their_villages_with_their_state(
    staff: Staff, boundaries: None
) -> None:
    for refreshed in (False, True):
        if refreshed:
            refresh_pending_outlines()
        for code, areas in (("97", 1), ("97.01", 1), ("97.01.01", 2)):
            text = page(staff["coordinator"], f"/regions/{code}/")
            assert text.count('class="area"') == areas
            assert ("sedang digambar ulang" in text) is not refreshed
    assert "tanpa batas di sumbernya" in text
    assert "Surveyors 2026" in text and "Census 2020" in text
    empty = page(staff["coordinator"], "/regions/97.71/")
    assert "tidak ada peta" in empty and "Kota Lama" in empty


def test_an_older_code_leads_to_its_successor(staff: Staff, boundaries: None) -> None:
    for code, region, confidence in (("97.09", "97.01", "high"), ("97.08", None, "none")):
        RegionAlias.objects.create(
            system="kemendagri",
            code=code,
            level=2,
            name="Kabupaten Lama",
            region_id=region,
            basis="name",
            confidence=confidence,
            source="a list",
        )
    older = page(staff["officer"], "/regions/97.09/", 404)
    assert "Kabupaten Lama" in older and '<a href="/regions/97.01/">' in older
    assert "Tidak ada satu wilayah" in page(staff["officer"], "/regions/97.08/", 404)
    assert "97.09" in page(staff["officer"], "/regions/97.01/")
    assert "Kabupaten Contoh" in page(staff["officer"], "/regions/?q=97.09")


@pytest.mark.parametrize("code", ["96", "97.01.01.2999", "x", "97.01.", "97%00", "97.%000"])
def test_an_unknown_region_is_a_page_of_its_own(staff: Staff, code: str) -> None:
    assert "Kembali ke halaman awal" in page(staff["officer"], f"/regions/{code}/", 404)


def test_a_search_finds_names_and_goes_straight_to_a_code(staff: Staff) -> None:
    client = Client()
    client.force_login(staff["officer"], "backend.accounts.AccountBackend")
    assert client.get("/regions/", {"q": UPPER})["Location"] == f"/regions/{UPPER}/"
    text = client.get("/regions/", {"q": " CONTOH  utara "}).content.decode()
    assert f'href="/regions/{UPPER[:8]}/"' in text and "Kabupaten Contoh" in text
    for nothing in ("tidak ada ini", "%", "\0x", "9" * 5000):
        answer = client.get("/regions/", {"q": nothing})
        assert answer.status_code == 200
        assert "Tidak ada wilayah dengan kode" in answer.content.decode()
    for number in range(60):
        Region.objects.create(
            code=f"{number:02}", level=1, kind="province", name=f"Banyak {number}"
        )
    assert "Masih ada lagi" in client.get("/regions/", {"q": "banyak"}).content.decode()


def test_names_and_sources_are_text_whatever_they_hold(staff: Staff, boundaries: None) -> None:
    BoundarySet.objects.update(source="<script>alert(1)</script>")
    Region.objects.filter(code__in=[UPPER, LOWER]).update(name='"><svg onload=alert(1)>')
    for code in ("97", "97.01", "97.01.01", UPPER):
        text = page(staff["officer"], f"/regions/{code}/")
        assert "<script>alert" not in text and "<svg onload" not in text


@pytest.mark.parametrize("code", ["", "97/", "97.01/", "97.01.01/", f"{UPPER}/"])
def test_pages_obey_the_content_security_policy(staff: Staff, boundaries: None, code: str) -> None:
    text = page(staff["supervisor"], f"/regions/{code}")
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", text)


def test_the_standings_lead_to_a_villages_boundaries(staff: Staff) -> None:
    assert f'href="/regions/{LOWER}/"' in page(staff["officer"], f"/standings/{LOWER}/")
    assert f'href="/standings/{LOWER}/"' in page(staff["officer"], f"/regions/{LOWER}/")


def test_numbers_of_statements_do_not_grow_with_the_villages(
    staff: Staff, boundaries: None, count_queries: Counting
) -> None:
    client = Client()
    client.force_login(staff["officer"], "backend.accounts.AccountBackend")
    for name, code in (("village", UPPER), ("district", "97.01.01"), ("regency", "97.01")):
        client.get(f"/regions/{code}/")
        with count_queries(f"GET regions/ page of a {name}"):
            client.get(f"/regions/{code}/")
