"""What a monitoring meeting takes along: a regency's report and its villages, as files."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import shapely
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from openpyxl import Workbook

from outreach.activities.type_words import type_name
from outreach.models import Formula, Region
from outreach.monitoring.reporting import DEFINITIONS, VERSION, Report, report_of
from outreach.monitoring.tables import Share, cell
from outreach.monitoring.words import COMPONENT_NAMES, FIGURES
from outreach.places.showing.maps import shapes, sources
from outreach.standings.rankings import village_standings
from outreach.standings.recounting import VillageStanding
from outreach.standings.small_cells import guarded
from outreach.tablets import Tablets, tablets_of

DISTRICT_CODE = len("99.01.01")
MOST_VILLAGES = 5_000
"""More than any regency has."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A regency's report and its villages, best first, as somebody may see them.

    `frozen_at` is of the villages' standings, null for live ones; the report is of `as_of`.
    """

    region: Region
    period: date
    as_of: datetime
    report: Report
    villages: list[VillageStanding]
    formula: Formula
    frozen_at: datetime | None
    tablets: Tablets

    @property
    def name(self) -> str:
        """What its files are called by."""
        return f"monitoring-{self.region.code}-{self.period:%Y-%m}"


def pack_of(region: Region, period: date, open_to: tuple[str, ...], now: datetime) -> Pack:
    """The pack of a regency or city up to a month, for who sees small counts in `open_to`."""
    ranking = village_standings(region.code, period, limit=MOST_VILLAGES)
    return Pack(
        region=region,
        period=period,
        as_of=now,
        report=report_of(region.code, period, sees_all=region.code.startswith(open_to)),
        villages=[guarded(row, open_to) for row in ranking.rows],
        formula=ranking.formula,
        frozen_at=ranking.frozen_at,
        tablets=tablets_of(region.code, period, now),
    )


def zipped(pack: Pack) -> bytes:
    """The workbook and the map in one file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{pack.name}.xlsx", workbook(pack))
        archive.writestr(f"{pack.name}.geojson", geojson(pack))
    return file.getvalue()


def geojson(pack: Pack) -> bytes:
    """The villages that have a boundary, simplified for drawing, each with its figures."""
    rows = {row.code: row for row in pack.villages}
    features = [
        {
            "type": "Feature",
            "id": shape.code,
            "properties": _properties(rows[shape.code]),
            "geometry": msgspec.Raw(shapely.to_geojson(shape.polygon).encode()),
        }
        for shape in shapes(pack.region.code)
        if shape.code in rows
    ]
    return msgspec.json.encode(
        {
            "type": "FeatureCollection",
            "name": pack.name,
            "period": f"{pack.period:%Y-%m}",
            "as_of": pack.frozen_at or pack.as_of,
            "formula_version": pack.formula.version,
            "sources": sources(pack.region.code),
            "features": features,
        }
    )


def _properties(row: VillageStanding) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "kind": row.kind,
        "rank": row.rank,
        "score": row.result.score,
        "verified": row.verified,
        "provisional": row.provisional,
        "coverage": row.result.coverage.share if row.result.coverage else None,
        "working_people": row.denominator.value if row.denominator else None,
        "working_people_source": row.denominator.source if row.denominator else None,
        "unranked": row.result.unranked,
        "suppressed": row.is_withheld,
    }


def workbook(pack: Pack) -> bytes:
    """Sheets in the reader's language, in which numbers are numbers and nothing is a formula."""
    book = Workbook(write_only=True)
    for title, heads, rows in (
        (_("Summary"), (_("Figure"), _("Value")), _summary(pack)),
        (_("Districts"), _HEADS["district"](), _districts(pack.report)),
        (_("Villages"), _HEADS["village"](), _villages(pack)),
        (_("Activities"), _HEADS["activity"](), _activities(pack.report)),
        (_("Leads"), (_("Segment"), _("Leads"), _("Registered")), pack.report.leads),
        (_("Earlier"), _HEADS["earlier"](), _earlier(pack.report)),
        (_("Method"), (_("Figure"), _("Meaning")), _method(pack)),
    ):
        _put(book, title, heads, rows)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _put(book: Workbook, title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for column, width in zip("ABC", (24, 28, 20), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.append([cell(sheet, head) for head in heads])
    for row in rows:
        sheet.append([cell(sheet, value) for value in row])


def _counts() -> tuple[str, ...]:
    return _("Registered"), _("Verified"), _("Provisional"), _("Active")


_HEADS: dict[str, Any] = {
    "district": lambda: (
        _("Code"),
        _("District"),
        *_counts(),
        _("Working people"),
        _("Coverage"),
        _("Active coverage"),
    ),
    "village": lambda: (
        _("Code"),
        _("Village"),
        _("District"),
        _("Rank"),
        _("Score"),
        _("Verified"),
        _("Provisional"),
        _("Working people"),
        _("Source"),
        _("Year"),
        _("Coverage"),
        _("Lower bound"),
        _("Upper bound"),
    ),
    "activity": lambda: (_("Activity"), *_counts()),
    "earlier": lambda: (_("Month"), *_counts()),
}


def _told(value: float | None) -> Any:
    """A figure, or that it is withheld."""
    return _("not shown") if value is None else value


def _summary(pack: Pack) -> list[tuple[str, Any]]:
    report, workers = pack.report, pack.report.workers
    zone = ZoneInfo(pack.region.time_zone)
    names = dict(zip(_counts(), report.counts, strict=True))
    return [
        (_("Region"), f"{pack.region.name} ({pack.region.code})"),
        (_("Month"), date_format(pack.period, "F Y")),
        (_("As of"), date_format(pack.as_of.astimezone(zone), "j F Y H:i T")),
        (_("Tablets not synced yet"), pack.tablets.unsynced),
        (_("Tablets at work"), pack.tablets.at_work),
        *((name, _told(count)) for name, count in names.items()),
        (_("Working people"), workers.value),
        (_("Source"), workers.source if workers.source != "villages" else _("sum of the villages")),
        (_("Coverage"), Share.of(report.coverage)),
        (_("Active coverage"), Share.of(report.active_coverage)),
        (_("Small counts are left out"), _("yes") if report.is_partial else _("no")),
    ]


def _districts(report: Report) -> list[tuple[Any, ...]]:
    return [
        (
            row.code,
            row.name,
            *map(_told, row.counts),
            row.workers,
            Share.of(row.coverage),
            Share.of(row.active_coverage),
        )
        for row in report.districts
    ]


def _villages(pack: Pack) -> list[tuple[Any, ...]]:
    districts = {row.code: row.name for row in pack.report.districts}
    return [_village(row, districts) for row in pack.villages]


def _village(row: VillageStanding, districts: Mapping[str, str]) -> tuple[Any, ...]:
    coverage, measure = row.result.coverage, row.denominator
    return (
        row.code,
        row.name,
        districts.get(row.code[:DISTRICT_CODE], ""),
        row.rank,
        row.result.score if row.result.unranked else _told(row.result.score),
        _told(row.verified),
        _told(row.provisional),
        measure and measure.value,
        measure and measure.source,
        measure and measure.year,
        *map(Share.of, (coverage.share, coverage.low, coverage.high) if coverage else ()),
    )


def _activities(report: Report) -> list[tuple[Any, ...]]:
    return [(type_name(row.code), *map(_told, row.counts)) for row in report.activities]


def _earlier(report: Report) -> list[tuple[Any, ...]]:
    months = [(report.period, report.counts)]
    months += [(change.period, change.counts) for change in report.changes.values()]
    return [(date_format(month, "F Y"), *map(_told, counts)) for month, counts in months]


def _method(pack: Pack) -> list[tuple[str, str]]:
    weights = ", ".join(
        f"{COMPONENT_NAMES.get(name, name)} {number_format(weight)}"
        for name, weight in pack.formula.weights.items()
    )
    return [
        *((str(FIGURES[name]).capitalize(), str(text)) for name, text in DEFINITIONS.items()),
        (_("Version of the definitions"), VERSION),
        (_("Formula of the standings"), f"{pack.formula.version}: {weights}"),
    ]
