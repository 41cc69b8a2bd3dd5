"""Standings across a change: frozen months stay as they were, and ranks are compared restated."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from outreach import bulk
from outreach.models import Formula, FrozenStanding, RegionChange, User
from outreach.standings.freezing import first_revision
from outreach.standings.rankings import village_standings
from outreach.standings.rebuilding import refresh
from outreach.standings.restating import changes_between
from outreach.standings.revising import revise
from outreach.standings.tables import ranks_before
from tests.cast import client_of
from tests.outreach.region_changes.changing import change, measure, people, tallied
from tests.outreach.standings.conftest import CAMPAIGN, FAR, LOWER, MARKET, UPPER
from tests.outreach.standings.conftest import (
    campaign as campaign,  # noqa: PLC0414  # for these tests
)
from tests.outreach.standings.conftest import (
    formula as formula,  # noqa: PLC0414  # for these tests
)
from tests.outreach.standings.conftest import (
    kader as kader,  # noqa: PLC0414  # for these tests
)
from tests.outreach.standings.conftest import (
    office as office,  # noqa: PLC0414  # for these tests
)
from tests.outreach.standings.conftest import (
    places as places,  # noqa: PLC0414  # for these tests
)
from tests.outreach.standings.people import People

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
NEW = "97.01.01.2010"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
Put = Callable[[str, int, date], None]


@pytest.fixture
def put(kader: User, campaign: Any, formula: Formula) -> Put:
    """Verified people of a village captured in a month."""
    living = People(kader)

    def put(village: str, number: int, month: date) -> None:
        first = len(living.ids)
        living.put(
            {
                first + n: ("verified", village, month, CAMPAIGN if n % 2 else MARKET, village)
                for n in range(number)
            }
        )

    return put


def ranks(period: date) -> dict[str, tuple[int | None, int | None]]:
    rows = village_standings("97.01", period).rows
    return {row.code: (row.rank, row.previous_rank) for row in rows}


@pytest.fixture
def frozen(put: Put) -> list[Any]:
    """October frozen with the villages of then, and a little more in November."""
    put(UPPER, 12, OCTOBER)
    put(LOWER, 4, OCTOBER)
    put(FAR, 9, OCTOBER)
    put(FAR, 1, NOVEMBER)
    first_revision(OCTOBER, NOW)
    refresh(NOW)
    return list(FrozenStanding.objects.order_by("village_id").values())


def test_ranks_of_the_month_before_are_by_todays_villages(frozen: list[Any]) -> None:
    assert ranks(NOVEMBER)[FAR] == (2, 2)
    before = people("97.01")

    change("--merge", UPPER, LOWER, "--into", NEW, "--name", "Hulu Hilir")

    # 16 of 800 and 9 of 450: the merged village was behind, as far as anybody can tell.
    found = ranks(NOVEMBER)
    assert set(found) & {UPPER, LOWER, NEW, FAR} == {NEW, FAR}
    previous = ranks_before(NOVEMBER)
    assert found[NEW][1] == previous[NEW][4] is not None
    assert {found[NEW][1], found[FAR][1]} == {1, 2}
    assert people("97.01") == tallied("97.01") == before
    ranked = sorted(rank for rank, _ in found.values() if rank)
    assert (ranked[0] == 1 and len(ranked) == len({*ranked})) or ranked[0] == 1


def test_what_is_frozen_is_never_altered(frozen: list[Any]) -> None:
    change("--merge", UPPER, LOWER, "--into", NEW, "--name", "Hulu Hilir")
    refresh(NOW)
    assert list(FrozenStanding.objects.order_by("village_id").values()) == frozen
    rows = village_standings("97.01", OCTOBER).rows
    assert {row.code: row.verified for row in rows}[UPPER] == 12


def test_a_recode_keeps_every_rank(frozen: list[Any]) -> None:
    before = ranks(NOVEMBER)
    change("--recode", UPPER, "--into", NEW)
    after = ranks(NOVEMBER)
    assert {NEW if code == UPPER else code: rank for code, rank in before.items()} == after


def test_a_split_village_has_no_rank_to_compare_with(frozen: list[Any]) -> None:
    change("--split", UPPER, "--into", NEW, "97.01.01.2011", "--name", "x", "y")
    found = ranks(NOVEMBER)
    assert found[NEW] == (None, None) and found[UPPER] == (None, None)
    # Of those that were there before and are today, the second is the first.
    assert found[FAR][1] == 1


def test_nor_has_a_part_that_keeps_the_code_until_it_was_frozen_itself(frozen: list[Any]) -> None:
    change("--split", UPPER, "--into", UPPER, NEW, "--name", "x", "y")
    measure(UPPER, 300)
    found = ranks(NOVEMBER)
    assert (found[UPPER][1], found[FAR][1]) == (None, 1)
    applied_at = RegionChange.objects.get().applied_at
    first_revision(NOVEMBER, applied_at + timedelta(days=20))
    assert ranks_before(date(2026, 12, 1))[UPPER][4] is not None


@pytest.mark.parametrize("stays", [False, True])
def test_a_split_village_keeps_what_was_published(frozen: list[Any], stays: bool) -> None:
    change("--split", UPPER, "--into", UPPER if stays else "97.01.01.2011", NEW, "--name", "x", "y")
    bulk.run("UPDATE outreach_villagetally SET village_id = %s WHERE village_id = %s", [NEW, UPPER])
    bulk.run("UPDATE outreach_villagetally SET verified = 5 WHERE village_id = %s", [LOWER])
    later = datetime.now(UTC) + timedelta(days=1)
    made = revise(OCTOBER, later)
    assert made and made.changes["villages"] == 1
    rows = {row.code: row.verified for row in village_standings("97.01", OCTOBER).rows}
    assert (rows[UPPER], rows[LOWER]) == (12, 5)


def test_answers_say_that_ranks_are_restated(frozen: list[Any], office: Any) -> None:
    made = change("--merge", UPPER, LOWER, "--into", NEW, "--name", "Hulu Hilir")
    assert made
    told = {
        "id": made.pk,
        "kind": "merge",
        "effective_day": "2026-11-01",
        "from_codes": [UPPER, LOWER],
        "to_codes": [NEW],
    }
    user = User.objects.create(username="s", full_name="S", role="supervisor", office=office)
    client: Any = client_of(user)
    asked = {"within": "97.01", "period": "2026-11"}
    assert client.get("/api/v1/standings/", asked).json()["restated"] == [told]
    assert client.get("/api/v1/standings/", asked | {"within": "97.71"}).json()["restated"] == []
    assert [one.id for one in changes_between("97.01", date(2026, 12, 1))] == [made.pk]
    assert changes_between("97.01", date(2027, 1, 1)) == []
    assert changes_between("97.01", OCTOBER) == []
    RegionChange.objects.update(undone_at=NOW)
    assert changes_between("97.01", NOVEMBER) == []
