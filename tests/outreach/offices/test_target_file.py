"""Targets from a spreadsheet."""

from typing import Any

from django.utils import timezone
from django.utils.translation import override

from outreach.models import Campaign, OfficeTarget
from outreach.offices.target_file import MONTH_NAMES
from outreach.offices.territory import today
from outreach.templatetags.activities import activity_name
from tests.cast import Cast, client_of
from tests.outreach.imports.sending import confirm, send
from tests.outreach.imports.workbooks import xlsx

YEAR = today(timezone.now()).year
HEADINGS = (
    "Tahun",
    "Kantor",
    "Segmen",
    "Kegiatan",
    "Berlaku mulai",
    "Sumber",
    "Target setahun",
    *(names[0] for names in MONTH_NAMES),
)


def row(office: str = "Kacab Hulu", months: Any = (10,) * 12, **changes: Any) -> list[Any]:
    values = {
        "year": YEAR,
        "office": office,
        "segment": "bpu",
        "activity": None,
        "from": f"1 Januari {YEAR}",
        "source": "SK 4",
        "number": None,
    } | changes
    return [*values.values(), *months]


def taken(cast: Cast, *rows: list[Any]) -> Any:
    answer = send(cast.andi, xlsx([HEADINGS, *rows]), "targets", "target.xlsx")
    assert answer.status_code == 201, answer.content
    return answer.json()


def found(cast: Cast, told: Any) -> set[tuple[int, str, str]]:
    """What is wrong with the rows: number, column and code."""
    url = f"/api/v1/imports/{told['id']}/rows/"
    rows = client_of(cast.andi).get(url).json()["results"]
    return {(one["number"], f["column"], f["code"]) for one in rows for f in one["findings"]}


def test_a_years_targets_come_in_one_file_and_again_change_nothing(cast: Cast) -> None:
    rows = (
        row("kacab hulu"),
        row("Kanwil Rekaan", (None,) * 12, number=1001),
        row(activity="market drive", months=(0,) * 11 + (5,)),
    )
    told = taken(cast, *rows)

    assert confirm(cast.andi, told["id"]).status_code == 200
    assert confirm(cast.andi, told["id"]).status_code == 200

    numbers = {(one.office.name, one.activity): one.number for one in OfficeTarget.objects.all()}
    assert numbers == {
        ("Kacab Hulu", ""): 120,
        ("Kanwil Rekaan", ""): 1001,
        ("Kacab Hulu", "market_drive"): 5,
    }
    again = taken(cast, *rows, row("Kacab Hilir"))
    confirm(cast.andi, again["id"])
    assert OfficeTarget.objects.count() == 4


def test_activities_are_named_as_the_console_names_them_and_months_in_english_too(
    cast: Cast,
) -> None:
    with override("id"):
        names = {kind: activity_name(kind) for kind in Campaign.Type.values}
    english = (*HEADINGS[:7], *(names[-1] for names in MONTH_NAMES))
    months = tuple(range(12))
    rows = [row(activity=name, months=months) for name in names.values()]

    answer = send(cast.andi, xlsx([english, *rows]), "targets", "target.xlsx")
    assert confirm(cast.andi, answer.json()["id"]).status_code == 200

    stored = {one.activity: one.months for one in OfficeTarget.objects.all()}
    assert stored == {kind: [*months] for kind in names}


def test_what_is_wrong_is_named_and_nothing_is_set(cast: Cast) -> None:
    told = taken(
        cast,
        row("Kacab Entah"),
        row(months=(10,) * 11 + (None,)),
        row(segment="PU", months=(None,) * 12),
        row(segment="PMI", number=7),
        row(segment="JAKON", **{"from": f"1 Maret {YEAR}"}),
    )

    assert found(cast, told) == {
        (2, "office", "no_office"),
        (3, "m12", "month_missing"),
        (4, "number", "no_number"),
        (5, "number", "other_sum"),
        (6, "effective_from", "gap"),
    }
    assert confirm(cast.andi, told["id"]).status_code == 409
    assert not OfficeTarget.objects.exists()
    assert send(cast.rina, xlsx([HEADINGS, row()]), "targets").status_code in {403, 404}
