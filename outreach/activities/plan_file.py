"""Plans of campaigns from a spreadsheet: one in a row; the rest is filled in by hand afterwards."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec
from django.db import IntegrityError
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from outreach.activities.type_words import WORDS
from outreach.imports import cells
from outreach.imports.cells import BadCell, shown
from outreach.imports.kinds import Changed, Chunks, Column, Finding, Kind, Rows, Setting, recheck
from outreach.imports.tables import Value
from outreach.models import Campaign, Office, User
from outreach.offices.village_names import villages_named
from outreach.planning import LONGEST, plan
from outreach.problems import Problem
from outreach.scopes import offices_for

MOST_ROWS = 300
FIRST_RADIUS_M = 300
ZONE_NAMES = {
    "Asia/Jakarta": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Jayapura": "WIT",
    "Asia/Pontianak": "Asia/Pontianak",
}
ZONES = {said.casefold(): zone for zone, name in ZONE_NAMES.items() for said in (name, zone)}
_CLOCK = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})(?:[:.][0-9]{2})?")
_MINUTES_A_DAY = 24 * 60


def _clock(value: Value) -> str:
    """A time of day: 08:00, 8.00, or the part of a day that a spreadsheet has for it."""
    if isinstance(value, float) and 0 <= value < 1:
        hours, minutes = divmod(round(value * _MINUTES_A_DAY) % _MINUTES_A_DAY, 60)
        return f"{hours:02}:{minutes:02}"
    match = _CLOCK.fullmatch(shown(value).strip())
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise BadCell("no_clock")
    return f"{match[1]:0>2}:{match[2]}"


def _degrees(most: int) -> cells.Reader:
    def read(value: Value) -> float:
        try:
            found = float(shown(value).replace(",", "."))
        except ValueError:
            raise BadCell("no_degrees") from None
        if not -most <= found <= most:
            raise BadCell("no_degrees")
        return found

    return read


class Half(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at of a row by itself; villages and team have several names, with semicolons
    between them."""

    office: str | None = None
    villages: str | None = None
    team: str | None = None
    first_day: date | None = None
    last_day: date | None = None

    @property
    def village_names(self) -> list[str]:
        return _parts(self.villages)

    @property
    def team_names(self) -> list[str]:
        return [name.casefold() for name in _parts(self.team)]


class PlanRow(Half, frozen=True, kw_only=True):
    """A campaign."""

    type: str
    name: str
    first_day: date
    opens: str
    last_day: date
    closes: str
    zone: str
    lat: float | None = None
    lon: float | None = None
    radius_m: int | None = None
    target: int | None = None
    agency: str | None = None

    @property
    def starts_at(self) -> datetime:
        return _at(self.first_day, self.opens, self.zone)

    @property
    def ends_at(self) -> datetime:
        return _at(self.last_day, self.closes, self.zone)


def _at(day: date, clock: str, zone: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(zone))


def _parts(text: str | None) -> list[str]:
    return list(dict.fromkeys(filter(None, (part.strip() for part in (text or "").split(";")))))


class _Known(NamedTuple):
    """Offices of the actor by name, their villages and kader, and campaigns that there are."""

    offices: Mapping[str, Office]
    villages: Mapping[int, Mapping[str, Sequence[str]]]
    kader: Mapping[str, User]
    campaigns: frozenset[tuple[int, str, str, datetime]]
    ids: frozenset[UUID]

    def office_of(self, row: Half, setting: Setting) -> Office | None:
        return self.offices.get(row.office.casefold()) if row.office else setting.actor.office

    def judging(self, row: Half, setting: Setting) -> Office | None:
        """Whose villages and kader the row's are looked for among: where its office is none, the
        actor's own, which has those of all its branches."""
        return self.office_of(row, setting) or setting.actor.office

    def codes_of(self, office: Office, name: str) -> Sequence[str]:
        return self.villages[office.pk].get(name.casefold(), ())

    def has(self, row: PlanRow, office: Office) -> bool:
        """Whether there is such a campaign, or one that was made of such a row."""
        return _identity(row, office) in self.campaigns or _id(row, office) in self.ids

    def kader_of(self, office: Office, name: str) -> User | None:
        found = self.kader.get(name)
        is_own = found and found.office and office.pk in {found.office_id, found.office.parent_id}
        return found if is_own else None


def _known(rows: Rows, setting: Setting) -> _Known:
    """A constant number of statements for each office that rows name."""
    offices = {one.name.casefold(): one for one in offices_for(setting.actor)}
    blank = _Known(offices, {}, {}, frozenset(), frozenset())
    names: dict[int, set[str]] = {}
    ids = set()
    for _number, row in rows:
        if office := blank.judging(row, setting):
            names.setdefault(office.pk, set()).update(map(str.casefold, row.village_names))
        if isinstance(row, PlanRow) and (own := blank.office_of(row, setting)):
            ids.add(_id(row, own))
    kader = (
        User.objects.annotate(lower=Lower("username"))
        .filter(
            lower__in={name for one in rows for name in one.row.team_names},
            role=User.Role.KADER,
            is_active=True,
        )
        .select_related("office")
    )
    starts = {one.row.starts_at for one in rows if isinstance(one.row, PlanRow)}
    alike = Q(office__in=names, starts_at__in=starts)
    known = list(
        Campaign.objects.filter(alike | Q(pk__in=ids)).values_list(
            "pk", "office_id", "type", "name", "starts_at"
        )
    )
    return _Known(
        offices,
        {pk: villages_named(sorted(found), pk, setting.now) for pk, found in names.items()},
        {one.username.casefold(): one for one in kader},
        frozenset(
            (office, kind, name.casefold(), starts_at)
            for _pk, office, kind, name, starts_at in known
        ),
        frozenset(one[0] for one in known),
    )


def _check(rows: Rows, setting: Setting) -> list[Finding]:
    known = _known(rows, setting)
    return [found for number, row in rows for found in _findings(number, row, known, setting)]


def _check_halves(rows: Rows, setting: Setting) -> list[Finding]:
    known = _known(rows, setting)
    return [
        found
        for number, row in rows
        for found in (*_of_days(number, row), *_of_names(number, row, known, setting))
    ]


def _findings(number: int, row: PlanRow, known: _Known, setting: Setting) -> list[Finding]:
    office = known.office_of(row, setting)
    if office and known.has(row, office):
        return [Finding(number, "", "said_before", "warning")]
    found = _of_days(number, row)
    if not found and row.ends_at <= row.starts_at:
        found.append(Finding(number, "last_day", "before_start"))
    elif row.ends_at - row.starts_at > LONGEST:
        found.append(Finding(number, "last_day", "too_long_campaign"))
    found += _of_names(number, row, known, setting)
    if (row.lat is None) != (row.lon is None) or (row.radius_m and row.lat is None):
        found.append(Finding(number, "lat", "venue_incomplete"))
    return found


def _of_days(number: int, row: Half) -> list[Finding]:
    is_reversed = row.first_day and row.last_day and row.last_day < row.first_day
    return [Finding(number, "last_day", "before_start")] if is_reversed else []


def _of_names(number: int, row: Half, known: _Known, setting: Setting) -> list[Finding]:
    found = []
    if known.office_of(row, setting) is None:
        found.append(Finding(number, "office", "no_office" if row.office else "which_office"))
    office = known.judging(row, setting)
    if office is None:
        return found
    for name in row.village_names:
        codes = known.codes_of(office, name)
        if len(codes) != 1:
            code = "several_villages" if codes else "no_village"
            found.append(Finding(number, "villages", code, named={"name": name[:60]}))
    found += [
        Finding(number, "team", "no_kader", named={"name": name[:60]})
        for name in row.team_names
        if known.kader_of(office, name) is None
    ]
    return found


def _identity(row: PlanRow, office: Office) -> tuple[int, str, str, datetime]:
    return (office.pk, row.type, row.name.casefold(), row.starts_at)


def _apply(chunks: Chunks, setting: Setting) -> Mapping[str, int]:
    made = unchanged = 0
    for rows in chunks():
        recheck(PLANS, rows, setting)
        known = _known(rows, setting)
        for _number, row in rows:
            office = known.office_of(row, setting)
            assert office is not None
            if known.has(row, office):
                unchanged += 1
                continue
            try:
                plan(
                    _fields(row, office, known), setting.actor, setting.now, new_id=_id(row, office)
                )
            except (Problem, IntegrityError):
                raise Changed from None
            made += 1
    return {"made": made, "unchanged": unchanged}


def _id(row: PlanRow, office: Office) -> UUID:
    """The same for the same row, so that two who send it make one campaign."""
    return uuid5(NAMESPACE_URL, "plan:" + ":".join(map(str, _identity(row, office))))


def _fields(row: PlanRow, office: Office, known: _Known) -> dict[str, Any]:
    team = [known.kader_of(office, name) for name in row.team_names]
    venue = None
    if row.lat is not None:
        venue = {"lat": row.lat, "lon": row.lon, "radius_m": row.radius_m or FIRST_RADIUS_M}
    return {
        "type": row.type,
        "office": office.pk,
        "name": row.name,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "time_zone": row.zone,
        "venue": venue,
        "villages": list(
            dict.fromkeys(known.codes_of(office, name)[0] for name in row.village_names)
        ),
        "team": [
            {"kader": one.pk, "first_day": row.first_day, "last_day": row.last_day}
            for one in team
            if one
        ],
        "targets": [] if row.target is None else [{"segment": "BPU", "number": row.target}],
        "agency": row.agency or "",
    }


def _needed(name: str, headings: tuple[str, ...], read: cells.Reader) -> Column:
    return Column(name, headings, read, needed=True, filled=True)


PLANS = Kind(
    name="campaigns",
    title=_("Plans of campaigns"),
    roles={User.Role.COORDINATOR, User.Role.ADMINISTRATOR},
    columns=(
        _needed("type", ("Jenis", "Type"), cells.choice(WORDS)),
        _needed("name", ("Nama Kegiatan", "Name"), cells.text(160)),
        _needed("first_day", ("Tanggal Mulai", "First day"), cells.day),
        _needed("opens", ("Jam Mulai", "Begins at"), _clock),
        _needed("last_day", ("Tanggal Selesai", "Last day"), cells.day),
        _needed("closes", ("Jam Selesai", "Ends at"), _clock),
        _needed("zone", ("Zona Waktu", "Time zone"), cells.choice(ZONES, ZONE_NAMES)),
        Column("office", ("Kantor", "Office"), cells.text(120)),
        Column("villages", ("Desa", "Villages"), cells.text(1000)),
        Column("team", ("Tim", "Team"), cells.text(1000)),
        Column("lat", ("Lintang", "Latitude"), _degrees(90)),
        Column("lon", ("Bujur", "Longitude"), _degrees(180)),
        Column("radius_m", ("Radius (m)", "Radius"), cells.whole(1, 100_000)),
        Column("target", ("Target BPU",), cells.whole(0, 10_000_000)),
        Column("agency", ("Dinas", "Agency"), cells.text(160)),
    ),
    row=PlanRow,
    check=_check,
    half_row=Half,
    check_half=_check_halves,
    apply=_apply,
    words={
        "no_office": _("This is none of your offices."),
        "which_office": _("Name the campaign's office."),
        "before_start": _("The end is not after the start."),
        "too_long_campaign": _("A campaign lasts at most five years."),
        "no_clock": _("This is not a time of day: write it as 08:00."),
        "no_degrees": _("These are no degrees: write them as 3.5921."),
        "no_village": _("No village of the office's regions is called %(name)s."),
        "several_villages": _("Several villages are called %(name)s: write the code of one."),
        "no_kader": _("No active kader of the office has the user name %(name)s."),
        "venue_incomplete": _("A venue needs its latitude and its longitude."),
        "said_before": _("This is known already, and changes nothing."),
    },
    key=lambda row: (row.office or "", row.type, row.name.casefold(), row.first_day, row.opens),
    most_rows=MOST_ROWS,
)
