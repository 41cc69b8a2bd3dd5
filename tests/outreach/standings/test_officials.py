"""village_officials: counts of officials from offices' spreadsheets."""

from typing import Any

import pytest
from django.utils import timezone

from outreach.models import Denominator, RegionAlias, Standing, VillageOfficials
from outreach.standings.rankings import village_standing
from outreach.standings.rebuilding import refresh
from tests.cast import Cast
from tests.outreach.imports.sending import confirm, send
from tests.outreach.imports.workbooks import csv_of
from tests.records import NOW

HEADINGS = ("Kode Desa", "Per Tanggal", "Jumlah Perangkat", "Jumlah Peserta", "Sumber")
HERE, THERE = "99.01.01.2002", "99.02.01.2002"


def row(**changes: Any) -> list[Any]:
    filled = {
        "village": HERE,
        "as_of": "31-10-2026",
        "officials": 24,
        "members": 9,
        "source": "Camat Hulu Kota",
    }
    return list((filled | changes).values())


def preview(cast: Cast, *rows: list[Any]) -> Any:
    answer = send(cast.rina, csv_of([HEADINGS, *rows]), "village_officials", "perangkat.csv")
    assert answer.status_code == 201, answer.content
    return answer.json()


def codes(shown: Any) -> list[str]:
    return [found["code"] for one in shown["first_rows"] for found in one["findings"]]


@pytest.fixture
def measured(cast: Cast) -> None:
    Denominator.objects.create(
        region_id=HERE, year=2026, value=500, kind="official", source="census", loaded_at=NOW
    )


def test_counts_of_officials_are_taken_in_and_scored(cast: Cast, measured: None) -> None:
    refresh(timezone.now())
    shown = preview(cast, row(village="9901012002"))
    assert shown["problem_count"] == 0, shown
    report = confirm(cast.rina, shown["id"]).json()["report"]
    assert report == {"added": 1, "unchanged": 0}
    told = VillageOfficials.objects.get()
    assert (told.village_id, told.officials, told.members) == (HERE, 24, 9)
    kept = Standing.objects.get(village=HERE)
    assert kept.officials == told
    detail = village_standing(HERE, kept.period)
    assert detail.row.result.components["officials"] == 0.375
    assert kept.score == detail.row.result.score


def test_the_same_file_twice_changes_nothing(cast: Cast) -> None:
    confirm(cast.rina, preview(cast, row())["id"])
    shown = preview(cast, row(), row(village="99.01.01.2003"))
    assert codes(shown) == ["said_before"]
    report = confirm(cast.rina, shown["id"]).json()["report"]
    assert report == {"added": 1, "unchanged": 1}
    assert VillageOfficials.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"village": "99.01.01.2999"}, "unknown_village"),
        ({"village": "99.01.01"}, "no_digits"),
        ({"village": THERE}, "not_of_office"),
        ({"members": 25}, "more_members"),
        ({"as_of": "31-12-2031"}, "in_future"),
        ({"as_of": "someday"}, "no_date"),
        ({"officials": 0}, "out_of_range"),
        ({"members": "=2+3"}, "formula"),
        ({"members": ""}, "empty_cell"),
        ({"source": ""}, "empty_cell"),
    ],
)
def test_what_is_wrong_with_a_row_is_told(cast: Cast, change: dict[str, Any], code: str) -> None:
    shown = preview(cast, row(), row(**{"village": "99.01.01.2003"} | change))
    assert codes(shown)[:1] == [code]
    assert confirm(cast.rina, shown["id"]).status_code == 409
    assert not VillageOfficials.objects.exists()


def test_other_numbers_by_the_same_source_are_refused(cast: Cast) -> None:
    confirm(cast.rina, preview(cast, row())["id"])
    assert codes(preview(cast, row(members=10))) == ["counted_otherwise"]
    assert codes(preview(cast, row(members=10, source="Camat, a correction"))) == []


def test_a_village_that_is_gone_names_its_successor(cast: Cast) -> None:
    RegionAlias.objects.create(
        system="kemendagri",
        code=HERE,
        level=4,
        name="Sumber Rejo",
        region_id="99.01.01.2003",
        basis="merged",
        confidence="high",
        source="a decree",
    )
    assert codes(preview(cast, row())) == ["gone_village"]


def test_who_may_send_counts(cast: Cast) -> None:
    statuses = [
        send(user, csv_of([HEADINGS, row()]), "village_officials", "perangkat.csv").status_code
        for user in (cast.andi, cast.rina, cast.agus)
    ]
    assert statuses == [201, 201, 403]
