"""The pages about regions without a browser: who gets them, and what stands in them."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from outreach.models import BoundaryChange, BoundarySet, Denominator, Region, RegionAlias, User
from outreach.places.showing.outlines import refresh_pending_outlines
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


def test_sets_of_one_source_and_year_are_told_apart(staff: Staff, boundaries: None) -> None:
    BoundarySet.objects.update(source="Surveyors", vintage="2026", licence="MIT")
    ids = [str(found.id)[:8] for found in BoundarySet.objects.all()]
    for code in ("97", "97.01", UPPER):
        text = page(staff["officer"], f"/regions/{code}/")
        for sign in ("older.geojson", "newer.geojson", *ids):
            assert sign in text
    changes = text.split('id="changes"')[1]
    assert all(sign in changes for sign in ("older.geojson", "newer.geojson", *ids))


def test_many_sets_are_folded_and_one_source_is_named_once_under_the_map(
    staff: Staff, boundaries: None
) -> None:
    first = BoundarySet.objects.latest("loaded_at")
    region = Region.objects.get(code=UPPER)
    for _ in range(12):
        BoundarySet.objects.create(
            source="Surveyors",
            vintage="2026",
            licence="MIT",
            border_error_m=12,
            sha256="0" * 64,
            loaded_at=first.loaded_at,
        ).boundaries.create(region=region)
    text = page(staff["officer"], "/regions/97.01/")
    assert "6 himpunan lagi" in text
    caption = text.split("<figcaption")[1].split("</figcaption>")[0]
    assert caption.count("Surveyors 2026") == 1 and "Census" not in caption


def test_current_sets_come_before_newer_ones(staff: Staff, boundaries: None) -> None:
    region = Region.objects.get(code=UPPER)
    for number in range(9):
        BoundarySet.objects.create(
            source=f"Draft {number}",
            vintage="2027",
            licence="MIT",
            border_error_m=12,
            sha256="0" * 64,
            loaded_at=timezone.now(),
        ).boundaries.create(region=region)
    for code in ("97", "97.01"):
        sets = page(staff["officer"], f"/regions/{code}/").split('class="sets"')[1]
        first = re.findall(r"<bdi>([^<]+)</bdi>", sets)[0]
        assert first == "Surveyors 2026", code


def test_what_loads_reported_is_folded_unless_somebody_has_to_settle_it(
    staff: Staff, boundaries: None
) -> None:
    def said(outcome: str, number: int) -> dict[str, str]:
        why = f"{outcome} {number}"
        return {"file": "a", "code": LOWER, "name": "Hilir", "outcome": outcome, "why": why}

    many = [said("matched", number) for number in range(150)]
    current = [*many, said("repaired", 0), said("unresolved", 7), said("no_boundary", 8)]
    BoundarySet.objects.filter(source="Surveyors").update(report={"villages": current})
    of_another = {"villages": [said("unresolved", 9)]}
    BoundarySet.objects.filter(source="Census").update(report=of_another)
    text = page(staff["officer"], "/regions/97.01/").split('id="exceptions"')[1]
    shown, folded = text.split("<details>")
    assert shown.count("<tr>") == 1 + 2
    assert "unresolved 7" in shown and "no_boundary 8" in shown
    assert "98 lagi" in folded and "unresolved 9" in folded and "repaired 0" in folded
    BoundarySet.objects.filter(source="Surveyors").update(report={"villages": many})
    text = page(staff["officer"], "/regions/97.01/").split('id="exceptions"')[1]
    assert "<tr>" not in text.split("<details>")[0]


def test_earlier_changes_are_folded(staff: Staff, boundaries: None) -> None:
    newest = BoundaryChange.objects.latest("id")
    for _ in range(7):
        BoundaryChange.objects.create(
            kind="switch", regencies=newest.regencies, made_at=timezone.now()
        )
    text = page(staff["officer"], "/regions/97.01/").split('id="changes"')[1]
    shown, folded, *_ = text.split("<details>")
    assert shown.count('<tr id="change-') == 5
    assert folded.count('<tr id="change-') == BoundaryChange.objects.count() - 5


def test_an_estimate_stays_beside_its_sign(staff: Staff) -> None:
    Denominator.objects.create(
        region_id=UPPER,
        year=2025,
        segment="population",
        value=1234,
        kind="estimate",
        source="<b>Ours</b>",
        loaded_at=timezone.now(),
    )
    text = page(staff["officer"], f"/regions/{UPPER}/")
    assert "≈&nbsp;1.234" in text and "perkiraan" in text and "<b>Ours" not in text


def test_a_map_that_is_not_ready_in_time_says_to_come_back(
    staff: Staff, boundaries: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("outreach.pages.regions.region_map", late)
    client = Client(raise_request_exception=False)
    client.force_login(staff["officer"], "backend.accounts.AccountBackend")
    answer = client.get("/regions/97.01/")
    assert answer.status_code == 503 and answer["Retry-After"]


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
    emptied = {"97.71": {"before": None, "after": None}}
    BoundaryChange.objects.create(kind="undo", regencies=emptied, made_at=timezone.now())
    assert "sedang digambar ulang" not in page(staff["coordinator"], "/regions/97.71/")


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


@pytest.mark.parametrize(
    "code", ["96", "97.01.01.2999", "x", "97.01.", "97%00", "97.%000", "٩٧", "97%0A"]
)
def test_an_unknown_region_is_a_page_of_its_own(staff: Staff, code: str) -> None:
    assert "Kembali ke halaman awal" in page(staff["officer"], f"/regions/{code}/", 404)


def test_a_search_finds_names_and_goes_straight_to_a_code(staff: Staff) -> None:
    client = Client()
    client.force_login(staff["officer"], "backend.accounts.AccountBackend")
    assert client.get("/regions/", {"q": UPPER})["Location"] == f"/regions/{UPPER}/"
    text = client.get("/regions/", {"q": " CONTOH  utara "}).content.decode()
    assert f'href="/regions/{UPPER[:8]}/"' in text and "Kabupaten Contoh" in text
    nowhere = ("tidak ada ini", "%", "_", "\\", "\0x", "9" * 5000, "x" * 100_000)
    tricks = ("' OR 1=1 --", "(a+)+$", "<script>alert(1)</script>", "٩٧", "\u202eoohC")
    for nothing in (*nowhere, *tricks):
        answer = client.get("/regions/", {"q": nothing})
        assert answer.status_code == 200
        assert "Tidak ada wilayah dengan kode" in answer.content.decode()
        assert "<script>alert" not in answer.content.decode()
    for number in range(60):
        Region.objects.create(
            code=f"{number:02}", level=1, kind="province", name=f"Banyak {number}"
        )
    Region.objects.filter(code=UPPER).update(bps_code="9701010001")
    for digits in ("9701010001", UPPER.replace(".", "")):
        text = client.get("/regions/", {"q": digits}).content.decode()
        assert f'href="/regions/{UPPER}/"' in text
    RegionAlias.objects.create(
        system="bps",
        code="9701010999",
        level=4,
        region_id=LOWER,
        confidence="high",
        source="a list",
    )
    text = client.get("/regions/", {"q": "9701010999"}).content.decode()
    assert f'href="/regions/{LOWER}/"' in text
    assert "Masih ada lagi" in client.get("/regions/", {"q": "banyak"}).content.decode()


def test_names_and_sources_are_text_whatever_they_hold(staff: Staff, boundaries: None) -> None:
    script = "<script>alert(1)</script>"
    villages = [{"file": script, "code": UPPER, "name": script, "outcome": script, "why": script}]
    report = {"files": [{"file": script}], "counts": {script: 1}, "villages": villages}
    BoundarySet.objects.update(source=script, licence=script, report=report)
    BoundaryChange.objects.update(reason=script)
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
