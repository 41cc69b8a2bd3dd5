"""What a map of standings shows: the same villages as the ranking, each on a step."""

from collections.abc import Callable

import pytest

from outreach.models import Standing, User
from outreach.standings.freezing import first_revision
from outreach.standings.mapping import UNMEASURED, WITHHELD, Placed, mapped, steps
from outreach.standings.rankings import village_standings
from outreach.standings.rebuilding import refresh
from tests.outreach.standings.conftest import FAR, LOWER, NOW, PERIOD, TINY, UNKNOWN, UPPER

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", ["kept", "counted", "frozen"])
@pytest.mark.parametrize("stratum", [None, "regency.desa.small"])
def test_it_has_the_villages_and_ranks_of_the_ranking(
    kader: User, count: Callable[..., None], state: str, stratum: str | None
) -> None:
    count(UPPER, verified=30)
    count(LOWER, verified=3)
    refresh(NOW)
    if state != "kept":
        Standing.objects.all().delete()
    if state == "frozen":
        assert first_revision(PERIOD, NOW)
    for within in ("", "97", "97.01", "97.01.01"):
        rows = village_standings(within, PERIOD, stratum).rows
        found = mapped(within, PERIOD, stratum, ("",))
        assert (found.frozen_at is not None) == (state == "frozen")
        assert [(one.code, one.rank) for one in found.villages] == [
            (row.code, row.rank) for row in rows
        ]
        assert [one.coverage for one in found.villages if one.is_measured] == [
            row.result.coverage and row.result.coverage.share
            for row in rows
            if row.result.score is not None
        ]


def test_small_counts_have_no_coverage_for_who_may_not_see_them(
    kader: User, count: Callable[..., None]
) -> None:
    count(UPPER, verified=30)
    count(LOWER, verified=3)
    villages = mapped("97.01", PERIOD, None, ()).villages
    assert dict(zip((v.code for v in villages), steps(villages, "coverage"), strict=True)) == {
        UPPER: 3,
        LOWER: WITHHELD,
        FAR: 1,
        TINY: UNMEASURED,
        UNKNOWN: UNMEASURED,
    }
    assert steps(mapped("97.01", PERIOD, None, ("97.01",)).villages, "coverage")[1] == 1
    ranked = steps(villages, "rank")
    assert ranked[1] not in {WITHHELD, UNMEASURED}, "a rank is told to everybody"


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [
        ([], []),
        ([1], [1]),
        ([1, 2], [3, 1]),
        ([1, 1, 1, 1], [1, 1, 1, 1]),
        ([1, 2, 3, 4, 5], [5, 4, 3, 2, 1]),
        ([*range(1, 11)], [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]),
        ([1, 2, 3, 3, 3, 3, None], [5, 4, 1, 1, 1, 1, UNMEASURED]),
    ],
)
def test_who_shares_a_rank_is_where_the_last_of_them_would_be(
    ranks: list[int | None], expected: list[int]
) -> None:
    assert (
        steps([Placed("", "", rank is not None, rank, 0.1) for rank in ranks], "rank") == expected
    )


def test_where_nobody_has_anything_all_are_pale_and_not_as_if_unknown(places: None) -> None:
    villages = mapped("97.01", PERIOD, None, ("",)).villages
    assert {village.rank for village in villages} == {None}
    assert steps(villages, "rank") == [1, 1, 1, UNMEASURED, UNMEASURED]
    assert steps(villages, "coverage") == [1, 1, 1, UNMEASURED, UNMEASURED]
