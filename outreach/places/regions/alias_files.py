"""Files that tell what became of codes: recodes, histories, and bridges between BPS and today."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from outreach.geo.region_codes import (
    BPS_LEVEL_BY_DIGITS,
    dotted,
    is_bps_code,
    is_region_code,
    level_of,
    what_is_wrong_with,
)
from outreach.geo.region_columns import Role, role_of
from outreach.models import RegionAlias
from outreach.places.regions.code_systems import bps_digits
from outreach.places.regions.spreadsheet_codes import unspoilt
from outreach.places.regions.tables import Problems, Table, read_tables, refuse_same_columns
from outreach.places.uploads import Refused, Source

_NAME = 120
FORMS = (
    "recodes have the columns old_code and new_code, a history code and last_vintage, a bridge "
    "bps_code and kemendagri_code (or kode_bps and kode_dagri); a list of regions, code and name, "
    "is for load_regions"
)


class Recode(NamedTuple):
    """One code's move from one list to a later one; no `new` where nobody is its successor."""

    old: str
    new: str
    since: str
    until: str
    confidence: str
    basis: str
    name: str
    source: str


class Past(NamedTuple):
    """A code that some list had, and the last list that had it."""

    code: str
    last_vintage: str
    name: str
    source: str


class Bridged(NamedTuple):
    """A BPS code beside a Kemendagri code, and what the file says this one is `later`."""

    bps_code: str
    kemendagri: str
    later: str
    name: str
    source: str


@dataclass(slots=True)
class AliasFiles:
    """What all the files say, and their SHA-256 by name."""

    recodes: list[Recode] = field(default_factory=list)
    past: list[Past] = field(default_factory=list)
    bridge: list[Bridged] = field(default_factory=list)
    sha256: dict[str, str] = field(default_factory=dict)


def read_alias_file(source: Source, into: AliasFiles) -> None:
    """Add a file's rows, recognised by its columns. Raises Refused with every bad line."""
    problems = Problems()
    for table in map(_renamed, read_tables(source)[0]):
        for needed, read in _READERS.items():
            if needed <= {name.casefold() for name in table.header}:
                refuse_same_columns(source.name, table.header)
                read(source.name, table, into, problems)
                break
        else:
            raise Refused([f"{source.name} has {', '.join(table.header) or 'no header'}; {FORMS}"])
    problems.refuse()
    into.sha256[source.name] = source.sha256


def _renamed(table: Table) -> Table:
    """The table, with a bridge's columns under the names that are read here."""
    header = [_BRIDGE_NAMES.get(role_of(cell), cell) for cell in table.header]
    return table._replace(header=tuple(header)) if len({*header}) == len(header) else table


def _text(cell: str, longest: int) -> str:
    return "".join(filter(str.isprintable, cell))[:longest]


def _recodes(source: str, table: Table, into: AliasFiles, problems: Problems) -> None:
    for line, row in table.records():
        old, new = row["old_code"], row["new_code"]
        since, until = _text(row.get("from_vintage", ""), 40), _text(row.get("to_vintage", ""), 40)
        confidence = row.get("confidence") or ("high" if new else "none")
        faults = [
            what_is_wrong_with(code) for code in (old, new or old) if not is_region_code(code)
        ]
        if not faults and new and level_of(old) != level_of(new):
            faults.append(f"{old} and {new} are of different levels")
        if confidence not in RegionAlias.Confidence.values or (confidence == "none") == bool(new):
            faults.append(
                f"{old}: the confidence {confidence[:20]!r} is not high, low, or none of no code"
            )
        if old == new or (since and until and until <= since):
            faults.append(f"{old} moves to {new} from {since or '?'} to {until or '?'}")
        for fault in faults:
            problems.add(f"{source} line {line}: {fault}")
        if not faults:
            into.recodes.append(
                Recode(
                    old,
                    new,
                    since,
                    until,
                    confidence,
                    _text(row.get("basis", ""), 60),
                    _text(row.get("name", ""), _NAME),
                    source,
                )
            )


def _past(source: str, table: Table, into: AliasFiles, problems: Problems) -> None:
    for line, row in table.records():
        if is_region_code(row["code"]):
            name = row.get("name_last") or row.get("name", "")
            into.past.append(
                Past(row["code"], _text(row["last_vintage"], 40), _text(name, _NAME), source)
            )
        else:
            problems.add(f"{source} line {line}: {what_is_wrong_with(row['code'])}")


def _bridge(source: str, table: Table, into: AliasFiles, problems: Problems) -> None:
    dated = sorted(
        name.casefold() for name in table.header if name.casefold()[:16] == "kemendagri_code_"
    )
    for line, row in table.records():
        bps_code = bps_digits(unspoilt(row["bps_code"])[0])
        kemendagri = _whole(row["kemendagri_code"])
        later = _whole(row[dated[-1]]) if dated else kemendagri
        if not is_bps_code(bps_code):
            problems.add(f"{source} line {line}: {bps_code[:40]!r} is no code of BPS")
        elif bad := [code for code in (kemendagri, later) if code and not is_region_code(code)]:
            problems.add(f"{source} line {line}: {what_is_wrong_with(bad[0])}")
        elif any(
            code and level_of(code) != BPS_LEVEL_BY_DIGITS[len(bps_code)]
            for code in (kemendagri, later)
        ):
            problems.add(f"{source} line {line}: {bps_code} is not of {kemendagri}'s level")
        else:
            name = row.get("name_bps") or row.get("name", "")
            into.bridge.append(Bridged(bps_code, kemendagri, later, _text(name, _NAME), source))


def _whole(cell: str) -> str:
    return dotted(unspoilt(cell.strip("-"))[0])


_BRIDGE_NAMES: dict[Role | None, str] = {
    Role("code", None, "bps", ""): "bps_code",
    Role("code", None, "kemendagri", ""): "kemendagri_code",
    Role("name", None, "bps", ""): "name_bps",
}
_READERS: dict[frozenset[str], Callable[[str, Table, AliasFiles, Problems], None]] = {
    frozenset({"old_code", "new_code"}): _recodes,
    frozenset({"code", "last_vintage"}): _past,
    frozenset({"bps_code", "kemendagri_code"}): _bridge,
}
