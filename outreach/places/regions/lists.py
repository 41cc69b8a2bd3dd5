"""Lists of regions from tables: which column is what, row by row, before any code is believed."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from outreach.geo.region_codes import System
from outreach.geo.region_columns import Role, What, role_of
from outreach.models import Region
from outreach.places.regions.tables import Table, read_tables, refuse_same_columns
from outreach.places.uploads import Refused, Source

KINDS: dict[str, str] = {
    **dict.fromkeys(("provinsi", "propinsi", "province", "prov"), Region.Kind.PROVINCE),
    **dict.fromkeys(("kabupaten", "kab", "regency"), Region.Kind.REGENCY),
    **dict.fromkeys(("kota", "city", "kotamadya"), Region.Kind.CITY),
    **dict.fromkeys(
        ("kecamatan", "kec", "district", "subdistrict", "distrik"), Region.Kind.DISTRICT
    ),
    **dict.fromkeys(("desa", "village", "gampong", "nagari", "kampung"), Region.Kind.DESA),
    **dict.fromkeys(("kelurahan", "kel", "urbanvillage"), Region.Kind.KELURAHAN),
    **dict.fromkeys(("desaadat", "customaryvillage"), Region.Kind.CUSTOMARY_VILLAGE),
}
_CODE = re.compile(
    r"\W?\d\d(\d\d(\d{2,3}(\d{3,4})?)?)?(\.0)?|\W?\d\d(\.\d\d?){1,2}(\.\d{3,4}){0,2}", re.ASCII
)
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?|", re.ASCII)
_LONGEST_PART = {2: 2, 3: 3, 4: 4}
_NOTHING = {"0", "null", "none", "-"}


class Entry(NamedTuple):
    """One region as the file writes it; empty where the file does not tell.

    `values` are the cells of the columns that the reader was asked for besides.
    """

    line: int
    code: str
    name: str
    bps_code: str = ""
    parent: str = ""
    level: str = ""
    kind: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegionList:
    """A file's entries; `system` is what its columns' names say of `code`."""

    entries: list[Entry]
    system: System | None
    is_named: bool
    notes: list[str]


def squashed(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def read_region_list(source: Source, values: Sequence[str] = ()) -> RegionList:
    """Every region of every table of the file. Raises Refused with what to do.

    With `values` the rows are the regions, and each has the cells of these columns.
    """
    tables, notes = read_tables(source)
    entries: list[Entry] = []
    systems: set[System] = set()
    is_named = True
    strange: Refused | None = None
    for table in tables:
        try:
            columns = _columns(source.name, table)._replace(
                values=tuple(_place(source.name, table, column) for column in values)
            )
        except Refused as refused:
            if len(tables) == 1:
                raise
            strange = refused
            notes.append(f"a table with the columns {', '.join(table.header)}")
            continue
        is_named = is_named and columns.name is not None
        systems |= {columns.system} if columns.system else set()
        entries.extend(_entries(columns, table))
    if not entries and strange:
        raise strange
    if len(systems) > 1:
        raise Refused([f"{source.name} has BPS codes in one table and Kemendagri's in another"])
    return RegionList(entries, next(iter(systems), None), is_named, notes)


class _Columns(NamedTuple):
    """Where a table has what; `parts` are the columns whose values make up a code together."""

    code: int
    name: int | None
    system: System | None
    bps_code: int | None = None
    parent: int | None = None
    level: int | None = None
    kind: int | None = None
    parts: tuple[int, ...] = ()
    above: tuple[tuple[int, int], ...] = ()
    values: tuple[int, ...] = ()


def _place(name: str, table: Table, column: str) -> int:
    places = [place for place, cell in enumerate(table.header) if cell == column]
    if len(places) != 1:
        has = ", ".join(table.header) or "no header"
        many = "more than one" if places else "no"
        raise Refused([f"{name} has {many} column {column}; it has {has}"])
    return places[0]


def _columns(name: str, table: Table) -> _Columns:
    if not table.header:
        return _guessed(name, table)
    roles = {place: role for place, cell in enumerate(table.header) if (role := role_of(cell))}
    refuse_same_columns(name, [table.header[place] for place in roles])
    codes = _having(roles, "code", lambda role: role.system != "bps")
    bps_codes = _having(roles, "code", lambda role: role.system == "bps")
    code = _deepest(codes or bps_codes, table.header)
    if code is None:
        raise Refused(
            [f"{name} has no column code or kode; its columns are {', '.join(table.header)}"]
        )
    own = roles[code]
    system: System | None = own.system or ("kemendagri" if bps_codes and codes else None)
    above = {
        role.level: place
        for place, role in (codes or bps_codes).items()
        if role.level and role.level < (own.level or 5) and place != code
    }
    names = _having(
        roles,
        "name",
        lambda role: role.system in {None, system} and (role.level or 0) <= (own.level or 4),
    )
    titles = {roles[place].level: place for place in names}
    joined = (*(above[level] for level in sorted(above)), code)
    if not (own.level and len(joined) == own.level and _are_parts(table, code, own.level)):
        joined = ()
    parents = [place for place in _having(roles, "parent") if not _counts_rows(table, code, place)]
    return _Columns(
        code=code,
        name=_deepest(names, table.header) if own.level not in titles else titles[own.level],
        system=system,
        bps_code=_deepest(bps_codes, table.header) if codes else None,
        parent=next(iter(parents), None if joined else above.get(max(above, default=0))),
        level=next(iter(_having(roles, "level")), None),
        kind=next(iter(_having(roles, "kind")), None),
        parts=joined,
        above=tuple((above[level], titles[level]) for level in sorted(above) if level in titles),
    )


def _having(
    roles: dict[int, Role], what: What, fits: Callable[[Role], bool] = lambda _: True
) -> dict[int, Role]:
    return {place: role for place, role in roles.items() if role.what == what and fits(role)}


def _deepest(roles: dict[int, Role], header: Sequence[str]) -> int | None:
    """The column of the region itself: one of no level, or of the lowest; the newest of these."""
    return max(
        roles,
        key=lambda place: (
            roles[place].level or (5 if header[place].casefold() != "id" else 0),
            roles[place].vintage,
            -place,
        ),
        default=None,
    )


def _are_parts(table: Table, code: int, level: int) -> bool:
    longest = max(len(cells[code]) for _, cells in table.rows)
    return level in _LONGEST_PART and longest <= _LONGEST_PART[level]


def _counts_rows(table: Table, code: int, parent: int) -> bool:
    """Whether a parent column names rows by a number of their own, beside their codes."""
    header = [cell.casefold() for cell in table.header]
    return "id" in header and header[code] != "id" and header[parent].endswith("id")


def _guessed(name: str, table: Table) -> _Columns:
    """The columns of a table without a header, where its rows leave no doubt. Raises Refused."""
    columns = list(zip(*(cells for _, cells in table.rows), strict=True))
    digits = [[squashed(cell) for cell in column] for column in columns]
    codes = sorted(
        (place for place, column in enumerate(columns) if _mostly(_CODE, column)),
        key=lambda place: max(map(len, digits[place])),
        reverse=True,
    )
    texts = [
        place
        for place, column in enumerate(columns)
        if place not in codes and any(column) and not _mostly(_NUMBER, column)
    ]
    kind = next((place for place in texts if set(digits[place]) <= set(KINDS)), None)
    names = [place for place in texts if place != kind]
    prefixes = all(
        own.startswith(other)
        for longer, shorter in pairwise(codes)
        for own, other in zip(digits[longer], digits[shorter], strict=True)
    )
    if not codes or not prefixes or len(names) > 1:
        why = f"{name} has no header, and what its {len(columns)} columns are is not clear"
        raise Refused([f"{why}: add a first line such as code,name or kode,parent,nama"])
    return _Columns(
        code=codes[0],
        name=names[0] if names else None,
        system=None,
        parent=codes[1] if len(codes) > 1 else None,
        kind=kind,
    )


def _mostly(pattern: re.Pattern[str], column: Sequence[str]) -> bool:
    return sum(pattern.fullmatch(cell) is not None for cell in column) > len(column) * 0.9


def _entries(columns: _Columns, table: Table) -> Iterator[Entry]:
    def cell(cells: list[str], place: int | None) -> str:
        return cells[place] if place is not None else ""

    seen: set[str] = set()
    for line, cells in table.rows:
        whole = "".join(cells[place] for place in columns.parts) or cells[columns.code]
        for place, title in () if columns.values else columns.above:
            code = (
                "".join(cells[part] for part in columns.parts[: columns.parts.index(place) + 1])
                if columns.parts
                else cells[place]
            )
            if code and code not in seen:
                seen.add(code)
                yield Entry(line, code, " ".join(cells[title].split()))
        parent, bps_code = cell(cells, columns.parent), cell(cells, columns.bps_code)
        yield Entry(
            line,
            whole,
            " ".join(cell(cells, columns.name).split()),
            "" if bps_code.casefold() in _NOTHING else bps_code,
            "" if parent.casefold() in _NOTHING else parent,
            cell(cells, columns.level),
            cell(cells, columns.kind),
            tuple(cells[place] for place in columns.values),
        )
