"""Tablets that may still hold registrations."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.models import Campaign, CampaignMember, User
from outreach.tablets import tablets_of
from sync.models import Device, DeviceReport
from tests.outreach.standings.conftest import MARKET, NOW, PERIOD

ENDED = datetime(2026, 11, 11, tzinfo=UTC)


@pytest.fixture
def tablet(kader: User, campaign: Campaign) -> Callable[..., Device]:
    """A tablet of a kader on the market drive of 10 November."""
    CampaignMember.objects.create(
        campaign_id=MARKET, kader=kader, first_day=date(2026, 11, 1), last_day=date(2026, 11, 30)
    )

    def make(state: str = "active", pushed_at: datetime | None = None) -> Device:
        return Device.objects.create(
            kader=kader,
            label="T-01",
            state=state,
            created_by=kader,
            created_at=NOW - timedelta(days=60),
            enrolled_at=NOW - timedelta(days=60),
            pushed_at=pushed_at,
        )

    return make


def unsynced(within: str = "97.01", period: date = PERIOD, now: datetime = NOW) -> int:
    return tablets_of(within, period, now).unsynced


def test_a_tablet_counts_until_it_has_pushed_after_the_campaign(
    tablet: Callable[..., Device],
) -> None:
    tablet()
    tablet("drain_only", pushed_at=ENDED - timedelta(hours=1))
    tablet(pushed_at=ENDED + timedelta(minutes=1))
    tablet("revoked")
    tablet("pending")
    assert tablets_of("97.01", PERIOD, NOW) == (2, 3)


def test_during_the_day_a_tablet_counts_until_its_first_push(
    tablet: Callable[..., Device],
) -> None:
    starts_at = ENDED - timedelta(days=1)
    tablet(pushed_at=starts_at - timedelta(hours=1))
    tablet(pushed_at=starts_at + timedelta(hours=1))
    assert unsynced(now=starts_at - timedelta(minutes=1)) == 0
    assert unsynced(now=starts_at + timedelta(hours=2)) == 1


def test_a_long_campaign_asks_for_a_push_every_local_day(tablet: Callable[..., Device]) -> None:
    Campaign.objects.filter(pk=MARKET).update(ends_at=datetime(2026, 12, 31, tzinfo=UTC))
    tablet(pushed_at=datetime(2026, 11, 19, 15, 59, tzinfo=UTC))
    tablet(pushed_at=datetime(2026, 11, 19, 16, 1, tzinfo=UTC))
    assert unsynced() == 1


def test_who_left_the_team_owes_nothing_later(tablet: Callable[..., Device]) -> None:
    Campaign.objects.filter(pk=MARKET).update(ends_at=datetime(2026, 12, 31, tzinfo=UTC))
    CampaignMember.objects.update(last_day=date(2026, 11, 12))
    tablet(pushed_at=datetime(2026, 11, 13, 1, tzinfo=UTC))
    assert unsynced() == 0


def test_a_tablet_enrolled_after_the_campaign_holds_nothing_of_it(
    tablet: Callable[..., Device],
) -> None:
    tablet()
    Device.objects.update(enrolled_at=ENDED + timedelta(days=1))
    assert unsynced() == 0


def test_regions_above_and_below_the_offices_own_count_it_others_do_not(
    tablet: Callable[..., Device],
) -> None:
    tablet()
    assert [unsynced(within) for within in ("", "97", "97.01", "97.01.01")] == [1, 1, 1, 1]
    assert unsynced("97.71") == 0
    assert unsynced(period=date(2026, 10, 1)) == 0


def reported(
    device: Device, received_at: datetime, registrations: int, oldest_at: datetime | None = None
) -> None:
    device.last_report = DeviceReport.objects.create(
        device=device,
        received_at=received_at,
        clock_skew_s=0.0,
        unsynced_registrations=registrations,
        unsynced_photos=5,
        oldest_unsynced_at=oldest_at,
    )
    device.save()


def test_a_report_of_nothing_left_after_the_end_is_as_good_as_a_push(
    tablet: Callable[..., Device],
) -> None:
    reported(tablet(), ENDED + timedelta(hours=1), 0)
    reported(tablet(), ENDED - timedelta(hours=1), 0)
    assert unsynced() == 1


def test_a_report_of_registrations_keeps_a_tablet_counted_until_it_pushes(
    tablet: Callable[..., Device],
) -> None:
    later = ENDED + timedelta(hours=5)
    reported(tablet(pushed_at=ENDED + timedelta(hours=1)), later, 2)
    reported(tablet(pushed_at=ENDED + timedelta(hours=1)), later, 2, ENDED - timedelta(hours=3))
    assert unsynced() == 2
    reported(tablet(pushed_at=later + timedelta(minutes=1)), later, 2)
    reported(tablet(pushed_at=ENDED + timedelta(hours=1)), later, 2, ENDED + timedelta(hours=3))
    assert unsynced() == 2


def test_a_revoked_tablet_counts_while_it_may_hand_over(tablet: Callable[..., Device]) -> None:
    for changes in (
        {"hand_over_until": NOW + timedelta(days=1)},
        {"hand_over_until": NOW - timedelta(days=1)},
        {"hand_over_until": NOW + timedelta(days=1), "handed_over_at": ENDED},
    ):
        Device.objects.filter(pk=tablet("revoked").pk).update(**changes)
    assert unsynced() == 1
