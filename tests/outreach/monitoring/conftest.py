"""The province of the standings' tests, with people, payments and leads in one regency."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from outreach.models import Campaign, Formula, Payment, Region, Registration, User
from tests.cast import client_of
from tests.outreach.standings.conftest import (
    CAMPAIGN,
    FAR,
    LOWER,
    MARKET,
    NOW,
    UPPER,
)
from tests.outreach.standings.conftest import (
    campaign as campaign,  # noqa: PLC0414
)
from tests.outreach.standings.conftest import (
    formula as formula,  # noqa: PLC0414
)
from tests.outreach.standings.conftest import (
    kader as kader,  # noqa: PLC0414
)
from tests.outreach.standings.conftest import (
    office as office,  # noqa: PLC0414
)
from tests.outreach.standings.conftest import (
    places as places,  # noqa: PLC0414
)
from tests.outreach.standings.people import People

OCTOBER, NOVEMBER, LAST_YEAR = date(2026, 10, 1), date(2026, 11, 1), date(2025, 11, 1)
SECOND = "97.01.02"
HILLS = "97.01.02.2001"

Ask = Callable[..., Any]
Put = Callable[..., list[int]]


@pytest.fixture
def living(kader: User, campaign: Campaign, formula: Formula) -> People:
    for code, kind, name in ((SECOND, "district", "Contoh Selatan"), (HILLS, "desa", "Bukit")):
        Region.objects.create(
            code=code,
            level=code.count(".") + 1,
            kind=kind,
            name=name,
            parent_id=code.rpartition(".")[0],
            time_zone="Asia/Makassar",
        )
    Campaign.objects.filter(pk=CAMPAIGN).update(type="mobile_car")
    return People(kader)


@pytest.fixture
def put(living: People) -> Put:
    """People of a village: how many, in which state, of which month and activity."""

    def put(
        village: str,
        number: int,
        state: str = "verified",
        month: date = NOVEMBER,
        activity: str = "market_drive",
    ) -> list[int]:
        of_campaign = MARKET if activity == "market_drive" else CAMPAIGN
        first = len(living.ids)
        numbers = list(range(first, first + number))
        living.put(dict.fromkeys(numbers, (state, village, month, of_campaign, village)))
        return numbers

    return put


@pytest.fixture
def pay(living: People) -> Callable[..., None]:
    """Contribution months confirmed for people."""

    def pay(numbers: list[int], first_month: date, months: int = 1, **changes: Any) -> None:
        for number in numbers:
            registration = Registration.objects.get(person=living.ids[number])
            Payment.objects.create(
                registration=registration,
                first_month=first_month,
                months=months,
                paid_on=first_month,
                confirmed_at=NOW,
                **changes,
            )

    return pay


@pytest.fixture
def ask(office: Any) -> Ask:
    def ask(
        role: str = "administrator", status: int = 200, code: str = "97.01", **query: Any
    ) -> Any:
        user, _ = User.objects.get_or_create(
            username=f"uji.{role}", defaults={"full_name": role, "role": role, "office": office}
        )
        answer: Any = client_of(user).get(
            f"/api/v1/monitoring/{code}/", {"period": "2026-11"} | query
        )
        assert answer.status_code == status, answer.content
        return answer if "form" in query else answer.json()

    return ask


__all__ = ["FAR", "LOWER", "UPPER"]
