"""The boards: who sees what of offices, campaigns and kader, and that nothing small is told."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from outreach.kader.results import KaderYear, kader_years, without_small_counts
from outreach.models import Campaign, CampaignTarget, Office, OfficeTarget, User
from outreach.months import later
from outreach.offices.territory import today
from outreach.standings.months import current_period
from outreach.standings.small_cells import SMALLEST_SHOWN, is_small
from tests.counting import Counting
from tests.outreach.standings.conftest import LOWER
from tests.pages.accessible import faults
from tests.pages.test_browser import Open, Staff, fits
from tests.pages.test_pages import page
from tests.pages.test_village_page import words

YEAR = today(timezone.now()).year


@pytest.fixture
def targets(office: Office, campaign: Campaign) -> None:
    OfficeTarget.objects.create(
        office=office,
        segment="BPU",
        year=YEAR,
        version=1,
        effective_from=date(YEAR, 1, 1),
        months=[100] * 12,
        profile="even",
        source="letter 4",
        set_at=timezone.now(),
    )
    CampaignTarget.objects.create(campaign=campaign, segment="BPU", number=60)


@pytest.mark.django_db
@pytest.mark.usefixtures("targets")
def test_an_office_is_shown_beside_its_targets(staff: Staff) -> None:
    text = page(staff["coordinator"], "/boards/")
    assert "Kacab Contoh" in text and "1.200" in text and 'class="spark"' in text
    assert re.search(r"Perkiraan memerlukan 3 bulan penuh|sembilan dari sepuluh", text)
    assert "WITA" in text
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", text)


@pytest.mark.django_db
def test_who_sees_no_records_sees_no_small_count(
    staff: Staff, count: Callable[..., None], campaign: Campaign
) -> None:
    other = User.objects.create(
        username="uji.lain", full_name="Lain <b>Kader", role="kader", office=campaign.office
    )
    campaign.campaigntally_set.create(
        kader=other, month=current_period(datetime.now(UTC)), verified=3
    )
    seen = words(page(staff["supervisor"], "/boards/kader/"))
    assert "Lain &lt;b&gt;Kader Kacab Contoh tidak ditampilkan" in seen
    assert "Uji Kader Kacab Contoh tidak ditampilkan" in seen, (
        "with the office's total it would tell the other"
    )
    assert "45" not in seen.split("Uji Kader")[1]
    whole = words(page(staff["coordinator"], "/boards/kader/"))
    assert "Uji Kader Kacab Contoh 45" in whole and "Kacab Contoh 3 " in whole


CAMPAIGNS = [UUID(int=number) for number in range(3)]


@given(
    st.lists(
        st.dictionaries(st.sampled_from(CAMPAIGNS), st.integers(0, 30), min_size=1), max_size=8
    )
)
def test_hidden_kader_cannot_be_worked_out_from_offices_and_campaigns(
    given_parts: list[dict[UUID, int]],
) -> None:
    years = [
        KaderYear(
            number,
            "",
            "Kacab",
            sum(parts.values()),
            0,
            [0] * 12,
            {campaign: (count, 0) for campaign, count in parts.items()},
        )
        for number, parts in enumerate(given_parts)
    ]
    seen = without_small_counts(years)
    assert all(one.verified is None or not is_small(one.verified) for one in seen)
    gone = [one.verified or 0 for one in years if seen[one.kader].verified is None]
    if any(map(is_small, gone)) and sum(sum(parts.values()) for parts in given_parts) >= 5:
        assert len(gone) > 1 and sum(gone) >= SMALLEST_SHOWN


def test_a_kader_whose_other_campaign_is_told_is_hidden() -> None:
    few, many = CAMPAIGNS[:2]
    parts = {few: (1, 0), many: (9, 0)}
    [seen] = without_small_counts([KaderYear(1, "", "Kacab", 10, 0, [0] * 12, parts)])
    assert seen.verified is None


@pytest.mark.django_db
@pytest.mark.usefixtures("targets")
def test_campaigns_are_found_by_office_and_type_a_page_at_a_time(
    staff: Staff, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(
        name="<script>Pasar", type="service_counter", starts_at=campaign.starts_at - timedelta(1)
    )
    text = page(staff["supervisor"], "/boards/campaigns/")
    assert "&lt;script&gt;Pasar" in text and "<script>Pasar" not in text
    assert "dari 60" in text
    text = page(staff["supervisor"], "/boards/campaigns/?type=market_drive")
    assert "Pasar Hilir" in text and "&lt;script&gt;Pasar" not in text
    assert "Tidak ada kegiatan yang cocok" in page(
        staff["supervisor"], "/boards/campaigns/?type=monev"
    )
    monkeypatch.setattr("outreach.pages.boards.CAMPAIGNS", 1)
    page(staff["supervisor"], "/boards/campaigns/?cursor=nonsense")
    first = page(staff["supervisor"], "/boards/campaigns/?cursor=%00")
    [following] = re.findall(r'href="(\?cursor=[^"]*)">Kegiatan sebelumnya', first)
    second = page(staff["supervisor"], f"/boards/campaigns/{following}")
    assert "Pasar Hilir" in first and "&lt;script&gt;Pasar" in second and "Kembali" in second


@pytest.mark.django_db
def test_another_office_is_not_there(staff: Staff) -> None:
    other = Office.objects.create(name="Kacab Lain", kind="branch_office")
    for board in ("", "campaigns/", "kader/"):
        page(staff["supervisor"], f"/boards/{board}?office={other.pk}", 404)
        assert "Kacab Lain" in page(staff["administrator"], f"/boards/{board}?office={other.pk}")
        page(staff["supervisor"], f"/boards/{board}?year=9999&office=")


@pytest.mark.django_db
@pytest.mark.usefixtures("targets")
def test_statements_of_the_boards(
    staff: Staff, office: Office, count_queries: Counting, count: Callable[..., None]
) -> None:
    client = Client()
    client.force_login(staff["officer"], "backend.accounts.AccountBackend")
    for more in (0, 5):
        for number in range(more):
            Campaign.objects.create(
                type="market_drive",
                office=office,
                name=f"Pasar {number}",
                starts_at=timezone.now(),
                ends_at=timezone.now(),
                time_zone="Asia/Jakarta",
            )
            count(LOWER, verified=1, month=later(current_period(datetime.now(UTC)), -number))
        for board in ("", "campaigns/", "kader/"):
            with count_queries(f"GET boards/{board} page"):
                assert client.get(f"/boards/{board}").status_code == 200


@pytest.mark.django_db
def test_kader_are_sorted_by_office_and_by_what_they_brought(staff: Staff, office: Office) -> None:
    [one] = kader_years([office.pk], YEAR)
    assert one.months and sum(one.months) == one.verified and one.provisional == 9
    assert list(one.parts.values()) == [(one.verified, 9)]


NOTHING_IS_SCROLLED_TO = (
    "[...document.querySelectorAll('.scroll')].every(one => one.scrollWidth <= one.clientWidth)"
)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("targets")
@pytest.mark.parametrize(
    ("size", "language"), [((1280, 720), "id"), ((800, 1280), "en")], ids=["id", "en"]
)
def test_boards_are_walked_by_mouse_and_keyboard(
    staff: Staff, visit: Open, size: tuple[int, int], language: str
) -> None:
    window = visit(*size)
    page = window.sign_in(staff["supervisor"], language)
    page.click(".sections a[href='/boards/']")
    page.wait_for_url("**/boards/")
    for following in ("campaigns", "kader"):
        assert fits(page) and faults(page) == []
        assert page.evaluate(NOTHING_IS_SCROLLED_TO), page.url
        page.focus(f".tabs a[href='/boards/{following}/']")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/boards/{following}/")
    assert fits(page) and faults(page) == []
    page.select_option("select[name=year]", str(YEAR - 1))
    page.click(".filters button")
    page.wait_for_url(f"**/boards/kader/?*year={YEAR - 1}*")
