"""Targets from a spreadsheet: office, segment, activity and year in a row, by month or as one."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

import msgspec
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from outreach.activities.type_words import WORDS
from outreach.imports import cells
from outreach.imports.kinds import Chunks, Column, Finding, Kind, Rows, Setting, recheck
from outreach.models import CampaignTarget, Office, OfficeTarget, User
from outreach.offices.targets import NewTarget, faults_of, set_target, split

MOST_ROWS = 2000
MOST = 100_000_000
EVEN = "even"
MONTHS = tuple(f"m{number:02}" for number in range(1, 13))
MONTH_NAMES = (
    ("Januari", "January"),
    ("Februari", "February"),
    ("Maret", "March"),
    ("April",),
    ("Mei", "May"),
    ("Juni", "June"),
    ("Juli", "July"),
    ("Agustus", "August"),
    ("September",),
    ("Oktober", "October"),
    ("November",),
    ("Desember", "December"),
)
_ALL = {"": "", "semua": "", "all": ""}

Months = int | None


class TargetRow(msgspec.Struct):
    office: str
    segment: str
    year: int
    effective_from: date
    source: str
    activity: str | None = None
    number: Months = None
    m01: Months = None
    m02: Months = None
    m03: Months = None
    m04: Months = None
    m05: Months = None
    m06: Months = None
    m07: Months = None
    m08: Months = None
    m09: Months = None
    m10: Months = None
    m11: Months = None
    m12: Months = None

    @property
    def months(self) -> list[int | None]:
        return [getattr(self, name) for name in MONTHS]


def _check(rows: Rows, setting: Setting) -> list[Finding]:
    del setting
    offices = _offices(rows)
    starts: dict[tuple[int, str, str, int], list[date]] = defaultdict(list)
    same: dict[tuple[int, str, str, int], OfficeTarget] = {}
    for version in OfficeTarget.objects.filter(office__in=offices.values()).order_by("version"):
        key = (version.office_id, version.segment, version.activity, version.year)
        starts[key].append(version.effective_from)
        same[key] = version
    found = []
    for number, row in rows:
        office = offices.get(row.office.casefold())
        if office is None:
            found.append(Finding(number, "office", "no_office"))
            continue
        found += _months_wrong(number, row)
        key = (office.pk, row.segment, row.activity or "", row.year)
        new = _target(office, row)
        newest = same.get(key)
        if newest and (newest.effective_from, newest.months, newest.source) == (
            new.effective_from,
            new.months,
            new.source,
        ):
            continue
        found += [
            Finding(
                number,
                "effective_from",
                fault.kind,
                named={"first": str(fault.first), "last": str(fault.last)},
            )
            for fault in faults_of(starts[key], new)
        ]
    return found


def _months_wrong(number: int, row: TargetRow) -> list[Finding]:
    given = [month for month in row.months if month is not None]
    if not given:
        return [] if row.number is not None else [Finding(number, "number", "no_number")]
    missing = [
        Finding(number, name, "month_missing")
        for name, month in zip(MONTHS, row.months, strict=True)
        if month is None
    ]
    if missing or row.number in {None, sum(given)}:
        return missing
    return [Finding(number, "number", "other_sum", named={"sum": sum(given)})]


def _offices(rows: Rows) -> dict[str, Office]:
    named = {row.office.casefold() for _, row in rows}
    found = Office.objects.annotate(lower=Lower("name")).filter(lower__in=named)
    return {office.name.casefold(): office for office in found}


def _target(office: Office, row: TargetRow) -> NewTarget:
    given = [month or 0 for month in row.months]
    is_given = any(month is not None for month in row.months)
    return NewTarget(
        office=office,
        segment=row.segment,
        activity=row.activity or "",
        year=row.year,
        effective_from=row.effective_from,
        months=given if is_given else split(row.number or 0, [1] * 12),
        profile="" if is_given else EVEN,
        source=row.source,
    )


def _apply(chunks: Chunks, setting: Setting) -> Mapping[str, int]:
    made = unchanged = 0
    for rows in chunks():
        recheck(TARGETS, rows, setting)
        offices = _offices(rows)
        # Locks are taken in the order of the offices, whichever order the file has.
        targets = [_target(offices[one.row.office.casefold()], one.row) for one in rows]
        for target in sorted(targets, key=lambda target: target.office.pk):
            is_new = set_target(target, setting.actor, setting.now)[1]
            made, unchanged = made + is_new, unchanged + (not is_new)
    return {"made": made, "unchanged": unchanged}


def _key(row: TargetRow) -> tuple[str, str, str, int]:
    return (row.office.casefold(), row.segment, row.activity or "", row.year)


def _needed(name: str, headings: tuple[str, ...], read: cells.Reader) -> Column:
    return Column(name, headings, read, needed=True, filled=True)


_SEGMENTS = {segment.value.casefold(): segment.value for segment in CampaignTarget.Segment}

TARGETS = Kind(
    name="targets",
    title=_("Targets of offices"),
    roles={User.Role.ADMINISTRATOR},
    columns=(
        _needed("office", ("Kantor", "Office"), cells.text(120)),
        _needed("segment", ("Segmen", "Segment"), cells.choice(_SEGMENTS)),
        Column("activity", ("Kegiatan", "Activity"), cells.choice(_ALL | WORDS)),
        _needed("year", ("Tahun", "Year"), cells.whole(2014, 2200)),
        _needed("effective_from", ("Berlaku mulai", "Effective from"), cells.day),
        _needed("source", ("Sumber", "Source"), cells.text(200)),
        Column("number", ("Target setahun", "Target of the year"), cells.whole(0, MOST)),
        *(
            Column(name, headings, cells.whole(0, MOST))
            for name, headings in zip(MONTHS, MONTH_NAMES, strict=True)
        ),
    ),
    row=TargetRow,
    check=_check,
    apply=_apply,
    words={
        "no_office": _("There is no office of this name."),
        "no_number": _("Fill in the twelve months, or the number for the year."),
        "month_missing": _("This month is missing: fill in all twelve or none."),
        "other_sum": _("The months add up to %(sum)s."),
        "gap": _("From %(first)s to %(last)s there would be no target."),
        "overlap": _("From %(first)s to %(last)s there is a target already."),
    },
    key=_key,
    most_rows=MOST_ROWS,
)
