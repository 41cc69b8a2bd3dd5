"""Counts of village officials and RT/RW heads who are members, from offices' spreadsheets."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec
from django.utils.translation import gettext_lazy as _

from outreach import bulk
from outreach.imports import cells
from outreach.imports.kinds import Chunks, Column, Finding, Kind, Rows, Setting, recheck
from outreach.models import RegionAlias, User, VillageOfficials
from outreach.offices.territory import today
from outreach.places.regions.aliases import hold_regions, resolve
from outreach.standings.rebuilding import refresh
from outreach.standings.small_cells import open_regions

MOST_OFFICIALS = 2000
LONGEST_SOURCE = 200
COLUMNS = (
    Column(
        "village", ("Kode Desa", "Village code"), cells.digits(10, 10), needed=True, filled=True
    ),
    Column("as_of", ("Per Tanggal", "As of"), cells.day, needed=True, filled=True),
    Column(
        "officials",
        ("Jumlah Perangkat", "Officials"),
        cells.whole(1, MOST_OFFICIALS),
        needed=True,
        filled=True,
    ),
    Column(
        "members",
        ("Jumlah Peserta", "Members"),
        cells.whole(0, MOST_OFFICIALS),
        needed=True,
        filled=True,
    ),
    Column("source", ("Sumber", "Source"), cells.text(LONGEST_SOURCE), needed=True, filled=True),
)
WORDS: Mapping[str, Any] = {
    "unknown_village": _("No village has this code."),
    "gone_village": _("This village is gone: its people count for %(code)s."),
    "not_of_office": _("The office does not look after this village."),
    "more_members": _("There are more members than officials."),
    "in_future": _("This day has not come."),
    "counted_otherwise": _(
        "By this source and day other numbers stand: name another source for a correction."
    ),
    "said_before": _("This stands already."),
}


class OfficialsRow(msgspec.Struct, frozen=True):
    """So many officials of a village on a day, of whom so many are members."""

    village: str
    as_of: date
    officials: int
    members: int
    source: str

    @property
    def code(self) -> str:
        digits = self.village
        return f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}.{digits[6:]}"


class _Known(NamedTuple):
    """What is known of a row's village: whether it is there, and what stands by day and source."""

    is_listed: bool
    officials: int | None
    members: int | None


def check(rows: Rows, setting: Setting) -> Sequence[Finding]:
    """What is wrong with rows; a constant number of statements."""
    return list(_findings(rows, setting))


def _findings(rows: Rows, setting: Setting) -> Iterator[Finding]:
    known = _known(rows)
    gone = resolve(RegionAlias.System.KEMENDAGRI, {row.code for _, row in rows})
    territory = open_regions(setting.actor)
    latest = today(setting.now)
    for place, (number, row) in enumerate(rows):
        found = known[place]
        successor = gone[row.code].sure if row.code in gone else None
        if successor:
            yield Finding(number, "village", "gone_village", named={"code": successor})
        elif not found.is_listed:
            yield Finding(number, "village", "unknown_village")
        elif not row.code.startswith(territory):
            yield Finding(number, "village", "not_of_office")
        if row.members > row.officials:
            yield Finding(number, "members", "more_members")
        if row.as_of > latest:
            yield Finding(number, "as_of", "in_future")
        if found.officials is None:
            continue
        if (found.officials, found.members) == (row.officials, row.members):
            yield Finding(number, "", "said_before", "warning")
        else:
            yield Finding(number, "officials", "counted_otherwise")


def _known(rows: Rows) -> list[_Known]:
    asked: list[dict[str, Any]] = [
        {"place": place, "code": row.code, "as_of": row.as_of, "source": row.source}
        for place, (_, row) in enumerate(rows)
    ]
    found = bulk.run(
        """
        SELECT village.code IS NOT NULL, told.officials, told.members
        FROM jsonb_to_recordset(%s::jsonb) AS asked(place int, code text, as_of date, source text)
        LEFT JOIN outreach_region AS village ON village.code = asked.code AND village.level = 4
        LEFT JOIN outreach_villageofficials AS told ON told.village_id = asked.code
            AND told.as_of = asked.as_of AND told.source = asked.source
        ORDER BY asked.place
        """,
        [bulk.encode(asked)],
    )
    return [_Known(*row) for row in found]


def apply(chunks: Chunks, setting: Setting) -> Mapping[str, int]:
    """Add the counts of a file; those that stand stay."""
    hold_regions()
    added = unchanged = 0
    for rows in chunks():
        recheck(VILLAGE_OFFICIALS, rows, setting)
        stored = bulk.insert(
            VillageOfficials,
            [
                {
                    "village_id": row.code,
                    "as_of": row.as_of,
                    "officials": row.officials,
                    "members": row.members,
                    "source": row.source,
                    "loaded_at": setting.now,
                }
                for _, row in rows
            ],
            order_by="village_id, as_of, source",
            on_conflict="(village_id, as_of, source) DO NOTHING",
        )
        if stored < len(rows):
            # What came in meanwhile may say otherwise.
            recheck(VILLAGE_OFFICIALS, rows, setting)
        added, unchanged = added + stored, unchanged + len(rows) - stored
    return {"added": added, "unchanged": unchanged}


def _refresh(setting: Setting) -> None:
    """Have the villages of a file scored anew."""
    added = VillageOfficials.objects.filter(loaded_at=setting.now).values_list("village", flat=True)
    if villages := list(added.distinct()):
        refresh(setting.now, villages)


def _key(row: OfficialsRow) -> Hashable:
    return row.village, row.as_of, row.source


VILLAGE_OFFICIALS = Kind(
    name="village_officials",
    title=_("Village officials and RT/RW heads who are members"),
    roles={User.Role.COORDINATOR, User.Role.ADMINISTRATOR},
    columns=COLUMNS,
    row=OfficialsRow,
    check=check,
    apply=apply,
    words=WORDS,
    key=_key,
    after=_refresh,
)
