"""A fictional province with a regency and a city, and people who count in its villages."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from outreach.models import Campaign, Denominator, Formula, Office, Region, User
from outreach.standings import tallies
from tests.cast import look_after

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
PERIOD = date(2026, 11, 1)
CAMPAIGN = UUID("00000000-0000-4000-8000-000000000001")
MARKET = UUID("00000000-0000-4000-8000-000000000002")

UPPER, LOWER, FAR, TINY, UNKNOWN = (f"97.01.01.200{n}" for n in range(1, 6))
TOWN, HARBOUR = "97.71.01.1001", "97.71.01.1002"

REGIONS = {
    "97": ("province", "Nusa Contoh"),
    "97.01": ("regency", "Kabupaten Contoh"),
    "97.71": ("city", "Kota Contoh"),
    "97.01.01": ("district", "Contoh Utara"),
    "97.71.01": ("district", "Contoh Kota"),
    UPPER: ("desa", "Hulu"),
    LOWER: ("desa", "Hilir"),
    FAR: ("desa", "Seberang"),
    TINY: ("desa", "Kecil"),
    UNKNOWN: ("desa", "Baru"),
    TOWN: ("kelurahan", "Kota Lama"),
    HARBOUR: ("kelurahan", "Pelabuhan"),
}
WORKING_PEOPLE = {UPPER: 400, LOWER: 400, FAR: 450, TINY: 12, TOWN: 6000, HARBOUR: 2500}


def measure(
    code: str, value: int, *, year: int = 2025, kind: str = "official", source: str = "census"
) -> Denominator:
    return Denominator.objects.create(
        region_id=code, year=year, value=value, kind=kind, source=source, loaded_at=NOW
    )


@pytest.fixture
def formula(db: None) -> Formula:
    """The proposed formula."""
    return Formula.objects.get(version="2026-1")


@pytest.fixture
def places(formula: Formula) -> None:
    for code, (kind, name) in REGIONS.items():
        parent = code.rpartition(".")[0] or None
        Region.objects.create(
            code=code,
            level=code.count(".") + 1,
            kind=kind,
            name=name,
            parent_id=parent,
            time_zone="Asia/Makassar",
        )
    for code, value in WORKING_PEOPLE.items():
        measure(code, value)


@pytest.fixture
def office(places: None) -> Office:
    office = Office.objects.create(name="Kacab Contoh", kind="branch_office")
    look_after(office, "97.01")
    return office


@pytest.fixture
def kader(office: Office) -> User:
    return User.objects.create(
        username="uji.kader", full_name="Uji Kader", role="kader", office=office
    )


@pytest.fixture
def campaign(office: Office) -> Campaign:
    for identity, name in ((MARKET, "Pasar Hilir"), (CAMPAIGN, "Keliling Hulu")):
        made = Campaign.objects.create(
            id=identity,
            type="market_drive",
            office=office,
            name=name,
            starts_at=datetime(2026, 11, 10, tzinfo=UTC),
            ends_at=datetime(2026, 11, 11, tzinfo=UTC),
            time_zone="Asia/Makassar",
        )
    return made


@pytest.fixture
def count(kader: User, campaign: Campaign) -> Callable[..., None]:
    """Puts people into the tallies of a village, some verified, some provisional."""

    def put(village: str, verified: int, provisional: int = 0, month: date = PERIOD) -> None:
        tallies.move(
            [],
            [
                tallies.Counted(village, month, campaign.pk, kader.pk, village, place < verified)
                for place in range(verified + provisional)
            ],
        )

    return put
