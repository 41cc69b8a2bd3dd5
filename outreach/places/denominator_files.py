"""Denominators as spreadsheets: a kind of import, one figure a row."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from outreach import bulk
from outreach.geo.region_codes import is_region_code, is_village_code
from outreach.imports import cells
from outreach.imports.cells import BadCell
from outreach.imports.kinds import Chunks, Column, Finding, Kind, Rows, Setting, recheck
from outreach.imports.tables import Value
from outreach.models import Denominator, RegionAlias, User
from outreach.places.denominators import (
    LARGEST_VALUE,
    LONGEST_SEGMENT,
    LONGEST_SOURCE,
    Figure,
    Key,
    Stored,
    current,
    store,
)
from outreach.places.regions.aliases import hold_regions, known_regions, resolve
from outreach.standings.rebuilding import refresh
from outreach.standings.recounting import SEGMENT

MOST_APART = 2.0
"""Times another source's figure: beyond it somebody should look at the code."""


class DenominatorRow(msgspec.Struct):
    code: str
    year: int
    value: int
    kind: str
    source: str
    segment: str | None = None
    method: str | None = None


def _code(value: Value) -> str:
    """A dotted Kemendagri code; of a spreadsheet's number the dots and zeros are gone."""
    found = cells.shown(value).strip()
    if not is_region_code(found):
        raise BadCell("no_code")
    return found


def _key(row: DenominatorRow, region: str) -> Key:
    return Key(region, row.year, row.segment or SEGMENT, row.source)


def _figure(row: DenominatorRow, region: str) -> Figure:
    return Figure(_key(row, region), row.value, row.kind, row.method or "", None)


def _today(rows: Rows) -> dict[str, str]:
    """Codes of the rows to the regions that they surely are today."""
    codes = {row.code for _, row in rows}
    older = resolve(RegionAlias.System.KEMENDAGRI, codes)
    sure = {code: found.sure for code, found in older.items() if found.sure}
    return {code: code for code in known_regions(codes - older.keys())} | sure


def check(rows: Rows, setting: Setting) -> list[Finding]:
    """What is found about rows of a file."""
    today = _today(rows)
    keys = {number: _key(row, today[row.code]) for number, row in rows if row.code in today}
    standing = current(list(keys.values()))
    others = _others({key.region for key in keys.values()})
    found = []
    for number, row in rows:
        key = keys.get(number)
        if key is None or key.region != row.code:
            named = {"code": row.code, "today": key.region if key else ""}
            code = "older_code" if key else "unknown_region"
            found.append(Finding(number, "code", code, named=named))
            continue
        if row.year > setting.now.year + 1:
            found.append(Finding(number, "year", "future"))
        if row.kind == Denominator.Kind.ESTIMATE and not row.method:
            found.append(Finding(number, "method", "no_method"))
        old = standing.get(key)
        if old and old.figure != _figure(row, key.region):
            named = {"value": old.figure.value, "revision": old.revision}
            found.append(Finding(number, "value", "replaces", "warning", named))
        found += _apart(number, row, key, others.get((key.region, key.segment), ()))
    return found


def _others(regions: set[str]) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """What sources say of regions by now, by region and segment."""
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for region, segment, source, value in bulk.run(
        "SELECT DISTINCT ON (region_id, segment, source) region_id, segment, source, value"
        " FROM outreach_denominator WHERE region_id = ANY(%s) AND replaced_at IS NULL"
        " ORDER BY region_id, segment, source, year DESC",
        [sorted(regions)],
    ):
        found.setdefault((region, segment), []).append((source, value))
    return found


def _apart(
    number: int, row: DenominatorRow, key: Key, others: Sequence[tuple[str, int]]
) -> list[Finding]:
    for source, value in others:
        low, high = sorted((row.value, value))
        if source != key.source and high > MOST_APART * low:
            named = {"source": source, "value": value}
            return [Finding(number, "value", "far_apart", "warning", named)]
    return []


def apply(chunks: Chunks, setting: Setting) -> Mapping[str, int]:
    """Store a file's figures; one that stands otherwise gets a new revision."""
    hold_regions()
    counts = {"added": 0, "corrected": 0, "unchanged": 0}
    for rows in chunks():
        recheck(DENOMINATORS, rows, setting)
        today = _today(rows)
        figures = [_figure(row, today[row.code]) for _, row in rows]
        stored: Stored = store(figures, setting.now, corrects=True, of_import=setting.source)
        counts["added"] += len(stored.added)
        counts["corrected"] += len(stored.corrected)
        counts["unchanged"] += len(figures) - len(stored.added) - len(stored.corrected)
    return counts


def bring_in(setting: Setting) -> None:
    """Have the standings of villages follow what an import brought."""
    rows = Denominator.objects.filter(of_import=setting.source)
    villages = [
        code for code in set(rows.values_list("region", flat=True)) if is_village_code(code)
    ]
    if villages:
        refresh(setting.now, villages)


KINDS_OF_FIGURE = {
    **dict.fromkeys(("resmi", "official"), Denominator.Kind.OFFICIAL.value),
    **dict.fromkeys(("perkiraan", "estimasi", "estimate"), Denominator.Kind.ESTIMATE.value),
}

WORDS: Mapping[str, Any] = {
    "no_code": _("This must be a region's code with its dots, such as 12.71.01.1001."),
    "unknown_region": _("No region of today is known by the code %(code)s."),
    "older_code": _("The code %(code)s is an old one: today it is %(today)s."),
    "future": _("This year is still to come."),
    "no_method": _("Say how the estimate was made."),
    "replaces": _(
        "This source says %(value)s for the year by now; that becomes an older revision of it"
        " (number %(revision)s)."
    ),
    "far_apart": _("%(source)s says %(value)s: is this the right region?"),
}

DENOMINATORS = Kind(
    name="denominators",
    title=_("Working population and other denominators"),
    roles={User.Role.ADMINISTRATOR},
    columns=(
        Column("code", ("Kode wilayah", "Kode", "Code"), _code, needed=True, filled=True),
        Column("year", ("Tahun", "Year"), cells.whole(1945, 2200), needed=True, filled=True),
        Column(
            "value",
            ("Nilai", "Jumlah", "Value"),
            cells.whole(0, LARGEST_VALUE),
            needed=True,
            filled=True,
        ),
        Column("kind", ("Jenis", "Kind"), cells.choice(KINDS_OF_FIGURE), needed=True, filled=True),
        Column(
            "source", ("Sumber", "Source"), cells.text(LONGEST_SOURCE), needed=True, filled=True
        ),
        Column("segment", ("Segmen", "Segment"), cells.text(LONGEST_SEGMENT)),
        Column("method", ("Metode", "Method"), cells.text(200)),
    ),
    row=DenominatorRow,
    check=check,
    apply=apply,
    words=WORDS,
    key=lambda row: (row.code, row.year, row.segment or SEGMENT, row.source),
    after=bring_in,
)
