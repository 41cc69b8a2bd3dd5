"""Denominators as a spreadsheet: previewed, confirmed, all of it or nothing."""

from typing import Any

import pytest

from outreach.models import Denominator, RegionAlias, Standing
from outreach.standings.rebuilding import refresh
from tests.cast import Cast
from tests.outreach.imports.sending import confirm, send
from tests.outreach.imports.workbooks import csv_of, xlsx
from tests.records import NOW

A, B = "99.01.01.1001", "99.01.01.2002"
HEADINGS = ("Kode", "Tahun", "Nilai", "Jenis", "Sumber", "Segmen", "Metode")
ROWS = [
    (A, 2025, 1200, "resmi", "Dukcapil", "", ""),
    (B, 2025, 700, "estimasi", "Dukcapil", "working_population", "by age"),
    ("99.01", 2025, 1900, "Official", "Dukcapil", "age_15_64", ""),
]


def sent(cast: Cast, *rows: Any, status: int = 201, user: Any = None) -> Any:
    content = xlsx([HEADINGS, *rows])
    answer = send(user or cast.andi, content, kind="denominators")
    assert answer.status_code == status, answer.content
    return answer.json()


def problems(preview: Any) -> list[tuple[int, str]]:
    return [
        (row["number"], finding["code"])
        for row in preview["problems"]
        for finding in row["findings"]
    ]


def test_figures_come_in_and_standings_follow(cast: Cast) -> None:
    refresh(NOW)
    preview = sent(cast, *ROWS)
    assert (preview["row_count"], preview["problem_count"]) == (3, 0)
    assert not Denominator.objects.exists()

    done = confirm(cast.andi, preview["id"]).json()

    assert done["report"] == {"added": 3, "corrected": 0, "unchanged": 0}
    stored = Denominator.objects.get(region=B)
    assert (stored.value, stored.kind, stored.method, str(stored.of_import_id)) == (
        700,
        "estimate",
        "by age",
        preview["id"],
    )
    assert Standing.objects.get(village=B).denominator == stored
    assert confirm(cast.andi, preview["id"]).json()["report"]["added"] == 3
    assert Denominator.objects.count() == 3


def test_a_correction_is_told_before_and_makes_a_revision(cast: Cast) -> None:
    confirm(cast.andi, sent(cast, *ROWS)["id"])
    preview = sent(cast, (A, 2025, 1300, "resmi", "Dukcapil", "", ""), ROWS[1])

    warned = [f for row in preview["first_rows"] for f in row["findings"]]
    assert [(f["code"], f["level"]) for f in warned] == [("replaces", "warning")]
    assert "1200" in warned[0]["detail"]
    report = confirm(cast.andi, preview["id"]).json()["report"]
    assert report == {"added": 0, "corrected": 1, "unchanged": 1}
    rows = Denominator.objects.filter(region=A).order_by("revision")
    assert [(row.revision, row.value, row.replaced_at is None) for row in rows] == [
        (1, 1200, False),
        (2, 1300, True),
    ]


def test_what_is_wrong_is_told_by_row(cast: Cast) -> None:
    RegionAlias.objects.create(
        system="kemendagri",
        code="99.01.01.2900",
        level=4,
        name="Lama",
        region_id=A,
        basis="test",
        confidence="high",
        source="test",
    )
    preview = sent(
        cast,
        ("99.01.01.2900", 2025, 5, "resmi", "x", "", ""),
        ("99.01.01.2999", 2025, 5, "resmi", "x", "", ""),
        (990101, 2025, 5, "resmi", "x", "", ""),
        (A, 2100, 5, "resmi", "x", "", ""),
        (A, 2025, "banyak", "resmi", "x", "", ""),
        (A, 2025, -4, "resmi", "x", "", ""),
        (A, 2025, 5, "kira-kira", "x", "", ""),
        (A, 2025, 5, "estimasi", "x", "", ""),
        (B, 2025, 5, "resmi", "x", "", ""),
        (B, 2025, 6, "resmi", "x", "working_population", ""),
        (A, 2025, "=1+1", "resmi", "y", "", ""),
    )
    assert problems(preview) == [
        (2, "older_code"),
        (3, "unknown_region"),
        (4, "no_code"),
        (5, "future"),
        (6, "no_whole_number"),
        (7, "out_of_range"),
        (8, "no_choice"),
        (9, "no_method"),
        (11, "repeated"),
        (12, "formula"),
    ]
    assert confirm(cast.andi, preview["id"]).status_code == 409
    assert not Denominator.objects.exists()


def test_a_figure_far_from_another_source_is_a_warning(cast: Cast) -> None:
    confirm(cast.andi, sent(cast, *ROWS)["id"])
    preview = sent(cast, (A, 2026, 12000, "resmi", "BPS", "", ""))
    [warned] = preview["first_rows"][0]["findings"]
    assert (warned["code"], warned["level"]) == ("far_apart", "warning")


@pytest.mark.parametrize("who", ["rina", "dewi", "agus", "siti"])
def test_only_administrators_bring_them(cast: Cast, who: str) -> None:
    content = csv_of([HEADINGS, *ROWS])
    assert send(getattr(cast, who), content, kind="denominators").status_code in {403, 404}
