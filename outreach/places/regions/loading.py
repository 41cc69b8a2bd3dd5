"""The national list of regions into the database."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from django.db import transaction

from outreach import bulk, changes
from outreach.geo.region_codes import (
    BPS_LEVEL_BY_DIGITS,
    System,
    bare_name,
    is_bps_code,
    kind_of,
    level_of,
    parent_of,
    time_zone_of,
)
from outreach.models import Region, RegionAlias
from outreach.places.regions.aliases import known_regions, lock_regions, resolve
from outreach.places.regions.bps_codes import Filled, Pair, fill, matched_by_name
from outreach.places.regions.code_repairs import CodedList, coded
from outreach.places.regions.lists import KINDS, Entry, read_region_list, squashed
from outreach.places.regions.tables import Problems
from outreach.places.uploads import MAX_BYTES, Refused, read_source

LONGEST_NAME = 120
# With these a spreadsheet starts a formula, in a list as in what is exported later.
_FORMULA = ("=", "+", "@")
_ROWS_PER_STATEMENT = 20_000


class Renaming(TypedDict):
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RegionReport:
    """What a load of regions did, by code; `kinds` counts the regions of the whole file.

    `vanished` are known regions that the file leaves out beside their siblings, and what lies in
    them; they stay. `older` are codes of the file that stand for another region today. BPS codes
    are in `bps_filled` (the regions that got theirs), `bps_aliased` and `unmatched`. `renamed` are
    those of the updated regions that got another name.
    """

    file: str
    sha256: str
    system: str
    decided_by: str
    kinds: dict[str, int] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    renamed: dict[str, Renaming] = field(default_factory=dict)
    unchanged: int = 0
    vanished: list[str] = field(default_factory=list)
    older: dict[str, str] = field(default_factory=dict)
    bps_filled: list[str] = field(default_factory=list)
    bps_aliased: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def load_regions(
    path: Path, max_bytes: int = MAX_BYTES, system: System | None = None
) -> RegionReport:
    """Add or update every region of a list, or none of them; a BPS list only gives BPS codes.

    The list may be CSV of any dialect or a SQL dump, also gzipped. Raises Refused with the rows
    that cannot be, or where it is not clear whose codes they are.
    """
    source = read_source(path, max_bytes)
    listed = read_region_list(source)
    problems = Problems()
    with transaction.atomic():
        lock_regions()
        codes = coded(source.name, listed, system, problems)
        told: dict[str, Any] = {
            "file": source.name,
            "sha256": source.sha256,
            "system": codes.decision.system,
            "decided_by": codes.decision.decided_by,
            "repaired": codes.repaired,
            "left_out": listed.notes,
        }
        if codes.decision.system == "bps":
            return RegionReport(**told, **_name_bps_codes(source.name, codes.entries, problems))
        if not listed.is_named:
            return RegionReport(**told, **_bridge(source.name, codes.entries, problems))
        report = RegionReport(**told, **_load(source.name, codes, problems))
        if stored := [*report.added, *report.updated]:
            changes.settle()
            changes.log_regions(stored)
        return report


def _load(file: str, codes: CodedList, problems: Problems) -> dict[str, Any]:
    """Add or update the list's regions, except where a code is an older one of another region."""
    older = _older(codes.entries)
    moved = [entry for entry in codes.entries if entry.code in older]
    entries = [entry for entry in codes.entries if entry.code not in older]
    rows = read_rows(_unshouted(entries), problems)
    _refuse_orphans(rows, older)
    bulk.run(
        "DELETE FROM outreach_regionalias WHERE system = 'kemendagri' AND code = ANY(%s)",
        [[row["code"] for row in rows]],
    )
    known = known_regions([row["code"] for row in rows])
    stored = [
        change
        for start in range(0, len(rows), _ROWS_PER_STATEMENT)
        for change in _store(rows[start : start + _ROWS_PER_STATEMENT])
    ]
    # Checks of foreign keys, planned for a small table, would read a large one row by row.
    bulk.run("ANALYZE outreach_region")
    pairs = [Pair(entry.bps_code, entry.name, older[entry.code]) for entry in moved]
    filled = fill([pair for pair in pairs if is_bps_code(pair.bps_code)], "bridge", file)
    return {
        "kinds": dict(Counter(str(row["kind"]) for row in rows)),
        "added": [code for code, is_new in stored if is_new],
        "updated": [code for code, is_new in stored if not is_new],
        "renamed": {
            row["code"]: Renaming(before=was.name, after=row["name"])
            for row in rows
            if (was := known.get(row["code"])) and was.name != row["name"]
        },
        "unchanged": len(rows) - len(stored),
        "vanished": _vanished([row["code"] for row in rows]),
        "older": older,
        **_told(filled),
    }


def _told(filled: Filled) -> dict[str, Any]:
    return {
        "bps_filled": filled.filled,
        "bps_aliased": filled.aliased,
        "unmatched": filled.unmatched,
    }


def _unshouted(entries: Sequence[Entry]) -> list[Entry]:
    """The entries, with names in capitals written as they are known, where only that differs."""
    known = known_regions({entry.code for entry in entries if entry.name.isupper()})
    return [
        entry._replace(name=region.name)
        if (region := known.get(entry.code)) and bare_name(region.name) == bare_name(entry.name)
        else entry
        for entry in entries
    ]


def _older(entries: Sequence[Entry]) -> dict[str, str]:
    """Codes that surely stand for another region, unless the list has that one beside them."""
    codes = {entry.code for entry in entries}
    aliases = resolve(RegionAlias.System.KEMENDAGRI, codes)
    return {
        code: found.sure
        for code, found in sorted(aliases.items())
        if found.sure and found.sure not in codes
    }


def _name_bps_codes(file: str, entries: Sequence[Entry], problems: Problems) -> dict[str, Any]:
    names: dict[str, str] = {}
    for entry in entries:
        if entry.code in names:
            problems.add(f"line {entry.line}: {entry.code} is there twice")
        if fault := _name_fault(entry):
            problems.add(f"line {entry.line}: {fault}")
        names[entry.code] = entry.name
    problems.refuse()
    if not Region.objects.exists():
        raise Refused(
            [f"{file} has BPS codes, which make no regions: load Kemendagri's list first"]
        )
    pairs, doubts = matched_by_name(names)
    filled = fill(pairs, "same name in the same parent", file)
    return {**_told(filled), "unchanged": filled.unchanged, "unmatched": doubts + filled.unmatched}


def _bridge(file: str, entries: Sequence[Entry], problems: Problems) -> dict[str, Any]:
    """Give known regions the BPS codes that a bridge has beside codes without names."""
    problems.refuse()
    pairs = [entry for entry in entries if entry.bps_code]
    if not pairs:
        raise Refused([f"{file} has no column name or nama"])
    codes = {entry.code for entry in pairs}
    aliases = resolve(RegionAlias.System.KEMENDAGRI, codes)
    today = {code: code for code in known_regions(codes)}
    today |= {code: found.sure for code, found in aliases.items() if found.sure}
    filled = fill(
        [
            Pair(entry.bps_code, "", today[entry.code])
            for entry in pairs
            if entry.code in today and _fits(entry)
        ],
        "bridge",
        file,
    )
    unknown = [
        f"{entry.bps_code}: {entry.code} is not in the list of regions"
        for entry in pairs
        if entry.code not in today
    ]
    return {**_told(filled), "unchanged": filled.unchanged, "unmatched": unknown + filled.unmatched}


def _fits(entry: Entry) -> bool:
    return is_bps_code(entry.bps_code) and BPS_LEVEL_BY_DIGITS[len(entry.bps_code)] == level_of(
        entry.code
    )


def read_rows(entries: Sequence[Entry], problems: Problems) -> list[dict[str, Any]]:
    """The entries keyed by the columns of the table, parents first. Raises Refused."""
    regions: dict[str, dict[str, Any]] = {}
    for entry in entries:
        faults = list(_faults(entry))
        if entry.code in regions:
            faults.append(f"{entry.code} is there twice")
        for fault in faults:
            problems.add(f"line {entry.line}: {fault}")
        if not faults:
            regions[entry.code] = {
                "code": entry.code,
                "level": level_of(entry.code),
                "kind": kind_of(entry.code),
                "name": entry.name,
                "parent_id": parent_of(entry.code),
                "bps_code": entry.bps_code,
                "time_zone": time_zone_of(entry.code),
            }
    problems.refuse()
    return sorted(regions.values(), key=lambda region: (region["level"], region["code"]))


def _faults(entry: Entry) -> Iterator[str]:
    code, kind = entry.code, KINDS.get(squashed(entry.kind))
    level, parent, told = level_of(code), parent_of(code) or "", kind_of(code)
    if entry.level.isdigit() and entry.level != str(level):
        yield f"{code} is of level {level}, not {entry.level!r}"
    if entry.parent not in {"", parent}:
        yield f"the parent of {code} is {parent or 'none'}, not {entry.parent!r}"
    if told is None:
        yield f"{code} is no village's code: its last part begins with none of 1, 2 and 3"
    elif kind not in {None, told}:
        yield f"{code} is no {entry.kind} by its digits"
    if fault := _name_fault(entry):
        yield fault
    bps_code = entry.bps_code
    if bps_code and not _fits(entry):
        digits = {level: digits for digits, level in BPS_LEVEL_BY_DIGITS.items()}[level]
        yield f"{code} has the BPS code {bps_code[:40]!r}, not {digits} digits"


def _name_fault(entry: Entry) -> str:
    if not entry.name or not entry.name.isprintable():
        return f"{entry.code} has no printable name"
    if entry.name.startswith(_FORMULA):
        return (
            f"the name of {entry.code} is a formula, {entry.name[:40]!r}: write what it stands for"
        )
    if len(entry.name) > LONGEST_NAME:
        return f"the name of {entry.code} is longer than {LONGEST_NAME} characters"
    return ""


def _refuse_orphans(rows: Sequence[dict[str, Any]], older: dict[str, str]) -> None:
    codes = {row["code"] for row in rows}
    missing = {row["parent_id"] for row in rows if row["parent_id"]} - codes
    missing -= known_regions(missing).keys()
    problems = Problems()
    for row in rows:
        if (parent := row["parent_id"]) in missing:
            why = (
                f"which is {older[parent]} today: load today's list"
                if parent in older
                else "which is not in the file nor known: load it first"
            )
            problems.add(f"{row['code']} has the parent {parent}, {why}")
    problems.refuse()


def _store(rows: Sequence[dict[str, Any]]) -> list[tuple[str, bool]]:
    """The regions that were added or updated, and whether they are new.

    A list without BPS codes takes none away.
    """
    new = {name: f"excluded.{name}" for name in rows[0] if name != "code"}
    new["bps_code"] = "coalesce(nullif(excluded.bps_code, ''), old.bps_code)"
    return bulk.insert_returning(
        Region,
        rows,
        "code, xmax = 0",
        order_by="code",
        on_conflict=f"""(code) DO UPDATE SET ({", ".join(new)}) = ({", ".join(new.values())})
            WHERE ({", ".join(f"old.{name}" for name in new)})
            IS DISTINCT FROM ({", ".join(new.values())})""",
    )


def _vanished(codes: Sequence[str]) -> list[str]:
    """Known regions missing among listed siblings, and all that lies in a missing region.

    A list may be a part of the country's: siblings are listed where at least half of them are in
    it. Those that are known to be gone, as older codes of others or of none, are no news.
    """
    listed = set(codes)
    known = bulk.run(
        """
        SELECT code FROM outreach_region WHERE left(code, 2) = ANY(%s)
        EXCEPT SELECT code FROM outreach_regionalias WHERE system = 'kemendagri'
        ORDER BY code
        """,
        [sorted({code[:2] for code in codes})],
    )
    children = Counter(parent_of(code) for (code,) in known)
    present = Counter(parent_of(code) for (code,) in known if code in listed)
    gone: set[str] = set()
    for (code,) in known:
        parent = parent_of(code)
        is_listed = parent is not None and 0 < children[parent] <= 2 * present[parent]
        if code not in listed and (parent in gone or is_listed):
            gone.add(code)
    return sorted(gone)
