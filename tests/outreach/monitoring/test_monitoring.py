"""Monitoring reports: each figure as an independent count has it, and no small one told."""

import csv
import io
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from outreach import bulk
from outreach.models import Denominator, Region, Registration, User
from tests.cast import Cast, client_of, led
from tests.counting import Counting
from tests.outreach.monitoring.conftest import (
    HILLS,
    LAST_YEAR,
    NOVEMBER,
    OCTOBER,
    SECOND,
    Ask,
    Put,
)
from tests.outreach.standings.conftest import CAMPAIGN, FAR, LOWER, NOW, TOWN, UPPER, measure
from tests.outreach.standings.people import People

CELLS = ("registered", "verified", "provisional", "active")


@pytest.fixture
def figures(put: Put, pay: Any) -> None:
    measure("97.01", 2000, source="BPS")
    measure("97.01", 1600, source="Dukcapil", kind="estimate")
    measure("97.01", 9000, source="of a year to come", year=2100)
    settled = put(UPPER, 8, month=LAST_YEAR)
    paying = put(UPPER, 7, month=OCTOBER, activity="mobile_car")
    put(LOWER, 6, month=OCTOBER)
    put(LOWER, 5, "provisional")
    late = put(HILLS, 11, activity="mobile_car")
    put(HILLS, 6, "provisional", OCTOBER)
    put(FAR, 9, "none")
    put(TOWN, 20)
    put(FAR, 7, month=date(2026, 12, 1))
    pay(settled, date(2025, 11, 1), 12)
    pay(paying[:6], date(2026, 8, 1))
    pay(paying[6:], date(2026, 7, 1))
    pay(late[:5], date(2026, 11, 1))
    pay(late[:5], date(2026, 10, 1), undone_at=NOW)


def plainly(within: str, period: date, more: str = "") -> dict[str, int]:
    """A count of people by another way: each with its own subqueries, from the raw tables."""
    [counts] = bulk.run(
        f"""
        SELECT count(*), count(*) FILTER (WHERE verified), count(*) FILTER (WHERE NOT verified),
            count(*) FILTER (WHERE verified AND paid)
        FROM (
            SELECT p.id,
                EXISTS (SELECT FROM outreach_registration r WHERE r.person_id = p.id AND r.status
                    IN ('verified', 'handed_off', 'awaiting_payment', 'active', 'lapsed'))
                    AS verified,
                EXISTS (SELECT FROM outreach_payment q JOIN outreach_registration r
                    ON r.id = q.registration_id WHERE r.person_id = p.id AND q.undone_at IS NULL
                    AND generate_series_has(q.first_month, q.months, %s)) AS paid
            FROM outreach_person p JOIN outreach_registration c ON c.id = p.credited_id
            JOIN outreach_campaign k ON k.id = c.campaign_id
            WHERE c.domicile_village_id LIKE %s AND date_trunc('month', c.local_day) <= %s
                AND c.status NOT IN ('rejected', 'withdrawn') {more}
        ) AS counted
        """.replace(
            "generate_series_has(q.first_month, q.months, %s)",
            "%s::date IN (SELECT generate_series(q.first_month,"
            " q.first_month + make_interval(months => q.months + 2), '1 month')::date)",
        ),
        [period, f"{within}.%", period],
    )
    return dict(zip(CELLS, counts, strict=True))


def counts(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in CELLS}


def test_every_figure_is_what_a_plain_count_gives(figures: None, ask: Ask) -> None:
    answer = ask()

    assert (
        counts(answer)
        == plainly("97.01", NOVEMBER)
        == {
            "registered": 43,
            "verified": 32,
            "provisional": 11,
            "active": 19,
        }
    )
    assert {row["code"]: counts(row) for row in answer["districts"]} == {
        code: plainly(code, NOVEMBER) for code in ("97.01.01", SECOND)
    }
    assert {row["activity"]: counts(row) for row in answer["activities"]} == {
        kind: plainly("97.01", NOVEMBER, f"AND k.type = '{kind}'")
        for kind in ("market_drive", "mobile_car")
    }
    for name, period in (("month_before", OCTOBER), ("year_before", LAST_YEAR)):
        change = answer["changes"][name]
        assert counts(change) == plainly("97.01", period)
        assert change["since"] == {cell: answer[cell] - change[cell] for cell in CELLS}
    assert [counts(row) for row in answer["segments"] if row["segment"] == "BPU"] == [
        counts(answer)
    ]
    assert not answer["suppressed"]


def test_people_are_of_the_activity_that_was_decided_on(put: Put, living: People, ask: Ask) -> None:
    numbers = put(UPPER, 3)
    moved = Registration.objects.filter(pk=living.registrations[numbers[0]])
    moved.update(decided_campaign=CAMPAIGN)

    answer = ask()

    assert {row["activity"]: row["verified"] for row in answer["activities"]} == {
        "market_drive": 2,
        "mobile_car": 1,
    }


def test_workers_have_a_source_and_a_range(figures: None, ask: Ask) -> None:
    answer = ask()
    assert answer["workers"] == {
        "value": 2000,
        "kind": "official",
        "source": "BPS",
        "year": 2025,
        "because": "official_before_estimate",
        "low": 1600,
        "high": 2000,
        "sources": 2,
        "villages_sum": 1262,
        "villages_without": 2,
        "villages_sources": ["census"],
        "villages_first_year": 2025,
        "villages_last_year": 2025,
    }
    assert (answer["coverage"], answer["coverage_low"], answer["coverage_high"]) == (
        0.016,
        0.016,
        0.02,
    )
    assert answer["active_coverage"] == 0.0095
    [first, second] = answer["districts"]
    # One of its villages has no figure, and the other district none at all.
    assert (first["workers"], second["workers"], second["coverage"]) == (None, None, None)
    assert {one["name"] for one in answer["definitions"]} >= {"workers", "coverage", "active"}
    assert answer["definitions_version"] == "2026-2"


def test_without_its_own_figure_the_villages_are_added_up(figures: None, ask: Ask) -> None:
    Denominator.objects.filter(region="97.01").delete()
    answer = ask()
    told = ("value", "kind", "source", "year", "because")
    assert [answer["workers"][one] for one in told] == [None] * 4 + ["villages_incomplete"]
    assert answer["coverage"] is None
    for code in ("97.01.01.2005", HILLS):
        measure(code, 100)
    answer = ask()
    assert [answer["workers"][one] for one in told] == [
        *(1462, "estimate", "villages", 2025, "villages_summed"),
    ]
    assert answer["districts"][1]["workers"] == 100
    measure(HILLS, 110, year=2026, source="Desa")
    workers = ask()["workers"]
    assert (workers["value"], workers["year"]) == (1472, None)
    assert (workers["villages_first_year"], workers["villages_last_year"]) == (2025, 2026)
    assert table(ask(form="csv").content)["workers", "97.01", "villages_sources"] == "Desa, census"
    Denominator.objects.all().delete()
    assert ask()["workers"]["because"] == "no_figure"


def test_leads_by_segment(cast: Cast) -> None:
    for segment in ("PU", "PU", "JAKON", "PMI", "PU", "PU", "PU"):
        led(cast, segment=segment, full_name=f"Calon {segment}")
    village = cast.villages[0].code
    code = village[:5]
    asked = {"period": f"{NOW:%Y-%m}"}
    full: Any = client_of(cast.andi).get(f"/api/v1/monitoring/{code}/", asked).json()
    seen: Any = client_of(cast.agus).get(f"/api/v1/monitoring/{code}/", asked).json()
    assert {row["segment"]: row["leads"] for row in full["segments"]} == {
        "BPU": 0,
        "PU": 5,
        "JAKON": 1,
        "PMI": 1,
    }
    assert {row["segment"]: row["leads"] for row in seen["segments"]} == {
        "BPU": 0,
        "PU": 5,
        "JAKON": None,
        "PMI": None,
    }
    assert seen["suppressed"] and not full["suppressed"]


def test_small_counts_are_for_who_sees_the_records(put: Put, ask: Ask) -> None:
    put(UPPER, 30)
    put(UPPER, 2, activity="mobile_car")
    put(HILLS, 3, month=OCTOBER)

    seen = ask("supervisor")
    # The standings tell the 32 of the other village.
    assert (seen["verified"], seen["coverage"]) == (None, None)
    put(LOWER, 4, month=NOVEMBER)

    seen = ask("supervisor")

    assert (seen["verified"], seen["suppressed"]) == (39, True)
    assert [row["verified"] for row in seen["districts"]] == [None, None]
    assert [row["verified"] for row in seen["activities"]] == [None, None]
    # Three were there the month before, and the difference to now is many: it is small itself.
    assert seen["changes"]["month_before"]["verified"] is None
    assert seen["changes"]["year_before"]["verified"] == 0
    for role in ("administrator", "coordinator", "officer"):
        full = ask(role)
        assert [row["verified"] for row in full["districts"]] == [36, 3]
        assert full["changes"]["month_before"]["verified"] == 3 and not full["suppressed"]


def test_a_coordinator_of_a_part_does_not_see_the_whole(put: Put, ask: Ask, office: Any) -> None:
    from outreach.models import OfficeTerritory

    put(UPPER, 2)
    OfficeTerritory.objects.all().delete()
    OfficeTerritory.objects.create(office=office, region_id="97.01.01", first_day="2026-01-01")
    assert ask("coordinator")["verified"] is None


def table(content: bytes) -> dict[tuple[str, str, str], str]:
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Bagian", "Kode", "Nama", "Ukuran", "Nilai"]
    return {(part, code, measure): value for part, code, _, measure, value in rows[1:]}


@pytest.mark.parametrize("role", ["administrator", "supervisor"])
def test_the_table_has_the_same_figures(figures: None, ask: Ask, put: Put, role: str) -> None:
    put(FAR, 2)
    answer = ask(role)
    answer["as_of"] = None
    content = ask(role, form="csv")
    assert content["Content-Disposition"] == ('attachment; filename="monitoring-97.01-2026-11.csv"')
    told = table(content.content)
    for row in answer["districts"]:
        for name in ("registered", "verified", "active", "workers"):
            value = row[name]
            assert told["district", row["code"], name] == ("" if value is None else str(value))
    coverage = answer["coverage"]
    assert told["region", "97.01", "coverage"] == (
        "" if coverage is None else str(coverage).replace(".", ",")
    )
    change = answer["changes"]["month_before"]["since"]["verified"]
    assert told["since_month_before", "97.01", "verified"] == (
        "" if change is None else str(change)
    )

    book = load_workbook(io.BytesIO(ask(role, form="xlsx").content))
    sheet = book["Monitoring"]
    of_sheet = {
        (part, code or "", measure): value
        for part, code, _, measure, value in sheet.iter_rows(min_row=2, values_only=True)
    }
    assert set(of_sheet) == set(told)
    for row in answer["districts"]:
        assert of_sheet["district", row["code"], "verified"] == row["verified"]
    assert of_sheet["region", "97.01", "coverage"] == answer["coverage"]


def test_no_cell_runs_as_a_formula(figures: None, ask: Ask) -> None:
    Region.objects.filter(pk=SECOND).update(name='=HYPERLINK("http://x";"y")')
    Denominator.objects.filter(region="97.01", source="BPS").update(source="@SUM(A1)")
    rows = ask(form="csv").content.decode("utf-8-sig").splitlines()
    cells = [cell for line in csv.reader(rows, delimiter=";") for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t"))]
    assert [cell for cell in cells if cell.startswith("-") and not cell[1:].isdigit()] == []
    sheet = load_workbook(io.BytesIO(ask(form="xlsx").content))["Monitoring"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


@pytest.mark.parametrize("query", [{"period": "2026-13"}, {"period": "x"}, {"form": "pdf"}])
def test_garbage(figures: None, ask: Ask, query: Any) -> None:
    user = User.objects.create(username="a", full_name="A", role="administrator")
    answer = client_of(user).get("/api/v1/monitoring/97.01/", query)
    assert answer.status_code == 400


@pytest.mark.parametrize("code", ["97", "97.01.01", UPPER, "99.99", "x", "%27", "%00"])
def test_only_regencies_and_cities(places: None, ask: Ask, code: str) -> None:
    ask(status=404, code=code)


@pytest.mark.parametrize("number", [1, 30])
def test_statements(put: Put, ask: Ask, count_queries: Counting, number: int) -> None:
    for village in (UPPER, LOWER, HILLS)[:number]:
        put(village, number)
    user = User.objects.create(username="a", full_name="A", role="administrator")
    client = client_of(user)
    with count_queries("GET monitoring/{code}/"):
        assert client.get("/api/v1/monitoring/97.01/", {"period": "2026-11"}).status_code == 200
