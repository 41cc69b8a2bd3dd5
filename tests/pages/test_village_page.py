"""A village's page: its numbers in the formula, what would move it, where figures are from."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.test import Client

from outreach.models import Campaign, Denominator, Region, VillageOfficials
from outreach.pages.charts import line, round_end
from outreach.standings.months import current_period
from outreach.standings.rebuilding import refresh
from tests.counting import Counting
from tests.outreach.standings.conftest import FAR, LOWER, NOW, UPPER, measure
from tests.pages.accessible import faults
from tests.pages.test_browser import Open, Staff, fits
from tests.pages.test_pages import page


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


@pytest.mark.django_db
def test_its_own_numbers_stand_in_the_formula(staff: Staff) -> None:
    text = words(page(staff["coordinator"], f"/standings/{LOWER}/"))
    assert "33 orang terverifikasi dari 400 penduduk bekerja, yaitu 8,25 %" in text
    assert "masih 397 penduduk bekerja belum menjadi peserta; 30 di antaranya" in text
    assert "tidak ada yang di atasnya" in text


@pytest.mark.django_db
def test_what_would_move_it_is_told_to_who_may_see_its_numbers(
    staff: Staff, count: Callable[..., None]
) -> None:
    count(UPPER, verified=20, month=current_period(datetime.now(UTC)))
    text = words(page(staff["coordinator"], f"/standings/{UPPER}/"))
    assert re.search(r"Peringkat 2 dari 3, [0-9]+,[0-9]{2} poin di bawah peringkat 1", text)
    assert (
        re.search(r"Cukup: [0-9]+ orang terverifikasi lagi", text) or "terverifikasi lagi" in text
    )
    assert "Di atasnya: Hilir" in text and "Di bawahnya: Seberang" in text


@pytest.mark.django_db
def test_a_supervisor_finds_no_small_count_in_it(staff: Staff) -> None:
    text = words(page(staff["supervisor"], f"/standings/{LOWER}/"))
    assert "33 orang terverifikasi dari 400" in text
    assert "397" not in text and "30 di antaranya" not in text, "3 came before the month"
    assert "tidak boleh ditampilkan" in words(page(staff["supervisor"], f"/standings/{UPPER}/"))


@pytest.mark.django_db
def test_officials_events_and_every_figure_have_their_source(
    staff: Staff, campaign: Campaign
) -> None:
    campaign.villages.add(Region.objects.get(code=UPPER))
    old = Denominator.objects.get(region=UPPER)
    Denominator.objects.filter(pk=old.pk).update(replaced_at=NOW)
    Denominator.objects.create(
        region_id=UPPER, year=2025, value=410, kind="official", source="census", revision=2,
        loaded_at=NOW,
    )  # fmt: skip
    measure(UPPER, 900, year=2024, kind="estimate", source="allocation")
    VillageOfficials.objects.create(
        village_id=UPPER,
        as_of=date(2026, 3, 1),
        officials=20,
        members=8,
        source="kantor desa",
        loaded_at=NOW,
    )
    refresh(datetime.now(UTC))
    text = words(page(staff["coordinator"], f"/standings/{UPPER}/"))
    assert "8 dari 20 perangkat desa" in text and "kantor desa" in text
    assert "Keliling Hulu gerebek pasar · Kacab Contoh" in text
    assert "dipakai 410" in text and "diganti 20 Nov 2026" in text
    assert "Menurut 2 sumbernya" in text
    assert campaign.name not in page(staff["coordinator"], f"/standings/{FAR}/")


@pytest.mark.django_db
def test_statements_of_the_pages_about_standings(staff: Staff, count_queries: Counting) -> None:
    client = Client()
    client.force_login(staff["officer"], "backend.accounts.AccountBackend")
    for name, codes in (("a village", (UPPER, FAR)), ("a region", ("97", "97.01"))):
        for code in codes:
            with count_queries(f"GET standings/ page of {name}"):
                client.get(f"/standings/{code}/")


def test_a_line_is_broken_where_a_value_is_not_known() -> None:
    drawn = line("verified", [0, 5, None, 10, 20], 10, 100, 50)
    assert drawn.stretches == ["0.0,50.0 25.0,25.0", "75.0,0.0 100.0,0"]
    assert len(drawn.dots) == 4
    assert line("verified", [3], 0, 100, 50).dots == [(0.0, 50.0)]
    assert [round_end(values) for values in ([], [None, 3], [6], [21], [1000])] == [
        5,
        5,
        10,
        50,
        1000,
    ]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("size", "language"), [((1280, 720), "id"), ((800, 1280), "en")], ids=["id", "en"]
)
def test_it_is_read_on_any_screen_and_leads_to_its_neighbours(
    staff: Staff, visit: Open, size: tuple[int, int], language: str
) -> None:
    window = visit(*size)
    page = window.sign_in(staff["coordinator"], language)
    page.goto(f"{window.address}/standings/{UPPER}/")
    assert fits(page) and faults(page) == []
    drawn = page.locator(".chart polyline, .chart circle").first.bounding_box()
    assert drawn
    page.focus(".beside a >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/standings/{LOWER}/")
