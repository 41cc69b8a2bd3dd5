"""The national list of regions into the database."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from outreach import bulk
from outreach.geo.region_codes import (
    is_region_code,
    kind_of,
    level_of,
    parent_of,
    time_zone_of,
    what_is_wrong_with,
)
from outreach.models import Region
from outreach.places.sources import MAX_BYTES, Refused, Source, read_source, read_table

COLUMNS = ("code", "level", "type", "name", "parent_code", "bps_code")
KINDS = {
    "provinsi": Region.Kind.PROVINCE,
    "kabupaten": Region.Kind.REGENCY,
    "kota": Region.Kind.CITY,
    "kecamatan": Region.Kind.DISTRICT,
    "desa": Region.Kind.DESA,
    "kelurahan": Region.Kind.KELURAHAN,
    "desa_adat": Region.Kind.CUSTOMARY_VILLAGE,
}
BPS_LENGTHS = {1: 2, 2: 4, 3: 7, 4: 10}
LONGEST_NAME = 120
_ROWS_PER_STATEMENT = 20_000


@dataclass(frozen=True, slots=True)
class RegionReport:
    """What a load of regions did, by code; `kinds` counts the whole file.

    `vanished` are known codes of the file's provinces that the file does not have; they stay.
    """

    file: str
    sha256: str
    kinds: dict[str, int]
    added: list[str]
    updated: list[str]
    unchanged: int
    vanished: list[str]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def load_regions(path: Path, max_bytes: int = MAX_BYTES) -> RegionReport:
    """Add or update every region of a CSV file (also gzipped), or none of them.

    Raises Refused with the rows that cannot be.
    """
    source = read_source(path, max_bytes)
    rows = read_regions(source)
    with transaction.atomic():
        bulk.run("LOCK TABLE outreach_region IN SHARE ROW EXCLUSIVE MODE")
        _refuse_orphans(rows)
        stored = [
            change
            for start in range(0, len(rows), _ROWS_PER_STATEMENT)
            for change in _store(rows[start : start + _ROWS_PER_STATEMENT])
        ]
        vanished = _vanished(rows)
    return RegionReport(
        file=source.name,
        sha256=source.sha256,
        kinds=dict(Counter(str(row["kind"]) for row in rows)),
        added=[code for code, is_new in stored if is_new],
        updated=[code for code, is_new in stored if not is_new],
        unchanged=len(rows) - len(stored),
        vanished=vanished,
    )


def read_regions(source: Source) -> list[dict[str, Any]]:
    """The file's regions keyed by column, parents first. Raises Refused with every bad line."""
    problems: list[str] = []
    regions: dict[str, dict[str, Any]] = {}
    for line, values in read_table(source, COLUMNS):
        faults = list(_faults(values))
        if values["code"] in regions:
            faults.append(f"{values['code']} is there twice")
        problems += [f"line {line}: {fault}" for fault in faults]
        if not faults:
            regions[values["code"]] = _region(values)
    if problems:
        raise Refused(problems)
    return sorted(regions.values(), key=lambda region: (region["level"], region["code"]))


def _faults(values: dict[str, str]) -> Iterator[str]:
    code, kind, bps_code = values["code"], values["type"], values["bps_code"]
    if not is_region_code(code):
        yield what_is_wrong_with(code)
        return
    level, parent = level_of(code), parent_of(code) or ""
    if values["level"] != str(level):
        yield f"{code} is of level {level}, not {values['level']!r}"
    if values["parent_code"] != parent:
        yield f"the parent of {code} is {parent or 'none'}, not {values['parent_code']!r}"
    if kind not in KINDS:
        yield f"{code} has the unknown type {kind!r}: {', '.join(KINDS)}"
    elif KINDS[kind] != kind_of(code):
        yield f"{code} is no {kind} by its digits"
    if not values["name"] or not values["name"].isprintable():
        yield f"{code} has no printable name"
    elif len(values["name"]) > LONGEST_NAME:
        yield f"the name of {code} is longer than {LONGEST_NAME} characters"
    digits = BPS_LENGTHS[level]
    if bps_code and not (bps_code.isascii() and bps_code.isdigit() and len(bps_code) == digits):
        yield f"{code} has the BPS code {bps_code!r}, not {digits} digits"


def _region(values: dict[str, str]) -> dict[str, Any]:
    code = values["code"]
    return {
        "code": code,
        "level": level_of(code),
        "kind": KINDS[values["type"]],
        "name": values["name"],
        "parent_id": parent_of(code),
        "bps_code": values["bps_code"],
        "time_zone": time_zone_of(code),
    }


def _refuse_orphans(rows: Sequence[dict[str, Any]]) -> None:
    codes = {row["code"] for row in rows}
    missing = {row["parent_id"] for row in rows if row["parent_id"]} - codes
    missing -= set(Region.objects.filter(code__in=missing).values_list("code", flat=True))
    if missing:
        raise Refused(
            [
                f"{row['code']} has the parent {row['parent_id']}, which is not in the file"
                for row in rows
                if row["parent_id"] in missing
            ]
        )


def _store(rows: Sequence[dict[str, Any]]) -> list[tuple[str, bool]]:
    """The regions that were added or updated, and whether they are new."""
    changing = [name for name in rows[0] if name != "code"]
    return bulk.insert_returning(
        Region,
        rows,
        "code, xmax = 0",
        order_by="code",
        on_conflict=f"""(code) DO UPDATE SET
            ({", ".join(changing)}) = ({", ".join(f"excluded.{name}" for name in changing)})
            WHERE ({", ".join(f"old.{name}" for name in changing)})
            IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in changing)})""",
    )


def _vanished(rows: Sequence[dict[str, Any]]) -> list[str]:
    codes = {row["code"] for row in rows}
    provinces = sorted({code[:2] for code in codes})
    known = bulk.run(
        "SELECT code FROM outreach_region WHERE left(code, 2) = ANY(%s) ORDER BY code",
        [provinces],
    )
    return [code for (code,) in known if code not in codes]
