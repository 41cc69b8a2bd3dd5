"""Denominators of several sources beside each other, with the coverage that each gives."""

from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from outreach.models import Denominator, Formula, Office, Standing
from outreach.places.denominators import Figure, Key, store
from outreach.places.uploads import Refused
from outreach.standings.measures import Measure, coverage_range
from outreach.standings.months import current_period
from outreach.standings.rebuilding import refresh
from tests.cast import Cast, client_of
from tests.counting import Counting
from tests.outreach.standings.conftest import LOWER, UNKNOWN, UPPER, measure
from tests.outreach.standings.test_api import Ask, Count
from tests.outreach.standings.test_api import ask as ask  # noqa: PLC0414  # the fixture

PATH = f"regions/{LOWER}/denominators/"


def corrected(value: int, **changes: Any) -> None:
    old = Denominator.objects.get(region=LOWER, source="census", replaced_at=None)
    figure = Figure(
        Key(LOWER, old.year, old.segment, old.source), value, old.kind, old.method, None
    )
    store([figure._replace(**changes)], timezone.now(), corrects=True)
    refresh(timezone.now(), [LOWER])


def test_every_source_with_its_coverage_and_why_one_is_used(ask: Ask) -> None:
    measure(LOWER, 500, year=2025, kind="estimate", source="BPS")
    measure(LOWER, 250, year=2024, kind="official", source="Dukcapil")
    measure(LOWER, 900, year=2024, kind="estimate", source="BPS")
    measure(LOWER, 70, year=2100, kind="official", source="of the future")

    answer = ask(PATH)

    assert answer["verified"] == 20
    found = answer["coverage_range"]
    assert (found["low"], found["high"], found["sources"]) == (0.04, 0.08, 3)
    assert (found["used"]["source"], found["because"]) == ("census", "official_before_estimate")
    told = {(row["source"], row["year"]): row for row in answer["denominators"]}
    assert [key for key, row in told.items() if row["is_used"]] == [("census", 2025)]
    assert told["census", 2025]["coverage"] == 0.05
    # An older figure of a source, and one of a year to come, are told and give no coverage.
    assert told["BPS", 2024]["coverage"] is told["of the future", 2100]["coverage"] is None
    assert ask(f"standings/{LOWER}/")["coverage_range"] == found


def test_none_gives_none(ask: Ask) -> None:
    assert ask(f"regions/{UNKNOWN}/denominators/") == {
        "code": UNKNOWN,
        "period": f"{current_period(timezone.now()):%Y-%m}",
        "verified": 0,
        "coverage_range": None,
        "denominators": [],
        "has_more": False,
    }
    assert ask(f"standings/{UNKNOWN}/")["coverage_range"] is None


def test_a_small_count_does_not_come_in_by_the_denominators(ask: Ask) -> None:
    path = f"regions/{UPPER}/denominators/"
    answer = ask(path, role="supervisor")
    assert (answer["verified"], answer["coverage_range"]) == (None, None)
    assert [row["coverage"] for row in answer["denominators"]] == [None]
    assert ask(f"standings/{UPPER}/", role="supervisor")["coverage_range"] is None
    assert ask(path)["coverage_range"]["low"] == 0.0075


def test_a_corrected_figure_is_a_revision_and_the_old_one_stays(ask: Ask) -> None:
    corrected(380)
    corrected(390)
    corrected(390)

    rows = ask(PATH)["denominators"]
    assert [(row["revision"], row["value"], row["replaced_at"] is None) for row in rows] == [
        (3, 390, True),
        (2, 380, False),
        (1, 400, False),
    ]
    assert Standing.objects.get(village=LOWER).denominator_id == rows[0]["id"]
    shown = ask(f"regions/{LOWER}/")["denominators"]
    assert [row["value"] for row in shown] == [390]


def test_another_figure_without_saying_so_is_refused(ask: Ask) -> None:
    figure = Figure(Key(LOWER, 2025, "working_population", "census"), 380, "official", "", None)
    with pytest.raises(Refused, match="stands at 400"):
        store([figure], timezone.now())
    assert Denominator.objects.filter(region=LOWER).count() == 1


def test_the_command_corrects(ask: Ask, tmp_path: Any, capsys: Any) -> None:
    file = tmp_path / "workers.csv"
    file.write_text(f"code,workers\n{LOWER},380\n{UPPER},400\n")
    options = ["--column=workers", "--source=census", "--kind=official", "--year=2025"]
    call_command("load_denominators", str(file), *options, "--system=kemendagri", "--correct")
    assert "1 added (regions corrected: 1), 1 as they were" in capsys.readouterr().out
    assert Standing.objects.get(village=LOWER).denominator is not None
    assert ask(PATH)["coverage_range"]["used"]["value"] == 380


@pytest.mark.parametrize("period", ["2026-13", "2199-01", "x", "2026-11-01"])
def test_a_month_that_is_none(ask: Ask, period: str) -> None:
    assert ask(PATH, status=400, period=period)["problems"][0]["pointer"] == "/period"


@pytest.mark.parametrize("code", ["97.01.01.2999", "x", "97.01.01.20010", "%00", "' OR 1"])
def test_a_region_that_is_none(ask: Ask, code: str) -> None:
    assert ask(f"regions/{code}/denominators/", status=404)["code"] == "not_found"


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**6), max_size=9))
def test_the_range_holds_every_source(verified: int, values: list[int]) -> None:
    rows = [Measure(n, f"s{n}", 2025, value, "official") for n, value in enumerate(values)]
    found = coverage_range(verified, rows)
    people = [value for value in values if value]
    if not people:
        assert found is None
        return
    assert found is not None
    assert found.low == round(verified / max(people), 4)
    assert found.high == round(verified / min(people), 4)
    assert found.sources == len(people)
    assert coverage_range(None, rows) is None


@pytest.mark.parametrize("sources", [1, 8])
def test_statements(
    count: Count,
    formula: Formula,
    office: Office,
    cast: Cast,
    count_queries: Counting,
    sources: int,
) -> None:
    for number in range(sources):
        measure(LOWER, 500 + number, source=f"source {number}")
    refresh(timezone.now())
    client = client_of(cast.andi)
    with count_queries("GET regions/{code}/denominators/"):
        assert client.get(f"/api/v1/{PATH}").status_code == 200
