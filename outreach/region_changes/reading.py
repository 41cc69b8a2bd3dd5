"""Changes of regions read from files: as a decree's, or as lists of recodes between two years."""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from outreach.geo.region_codes import is_region_code, level_of
from outreach.models import RegionAlias, RegionChange
from outreach.places.regions.aliases import known_regions, resolve
from outreach.places.uploads import Refused, Source
from outreach.region_changes.asked import Asked, Successor

Kind = RegionChange.Kind
MOST_ROWS = 10_000
COLUMNS = ("kind", "old_code", "new_code", "name", "share", "shares_source")
OF_RECODES = ("from_vintage", "to_vintage", "confidence")
"""Columns of a list of what became of codes from one edition of the list of regions to another."""

Line = tuple[int, dict[str, str]]


class Read(NamedTuple):
    """The changes of a file, and the codes in it that are left out, by why."""

    asked: list[Asked]
    left_out: dict[str, list[str]]


def read_changes(source: Source, vintage: str | None = None) -> Read:
    """The changes of a CSV file: a row a code, of mergers a row an old one, of splits a new one.

    Without a column `kind` several old codes of one new are a merger, and the other way round a
    split. Of a list of recodes those to one edition: the `vintage`, if there are several. Raises
    Refused with what cannot be read.
    """
    lines, columns = _lines(source)
    if not {"old_code", "new_code"} <= columns:
        raise Refused([f"{source.name} has no columns old_code and new_code"])
    if "to_vintage" in columns:
        return _recodes(source.name, lines, vintage)
    if vintage:
        raise Refused([f"{source.name} has no column to_vintage"])
    return Read(_grouped(source.name, lines), {})


def _lines(source: Source) -> tuple[list[Line], set[str]]:
    """The rows of a file with their lines, and the columns it has."""
    try:
        text = source.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused([f"{source.name} is not UTF-8"]) from None
    if "\x00" in text:
        raise Refused([f"{source.name} is no text"])
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        rows = list(zip(range(2, MOST_ROWS + 3), reader, strict=False))
    except csv.Error as error:
        raise Refused([f"{source.name}: {error}"]) from None
    if len(rows) > MOST_ROWS:
        raise Refused([f"{source.name} has more than {MOST_ROWS} rows: give it in several files"])
    return [(line, _stripped(row)) for line, row in rows], set(reader.fieldnames or ())


def _stripped(row: dict[str, str | None]) -> dict[str, str]:
    return {name: (row.get(name) or "").strip() for name in (*COLUMNS, *OF_RECODES)}


def _recodes(file: str, lines: Sequence[Line], vintage: str | None) -> Read:
    """Codes that moved to one other and are in the list of regions still, regencies first.

    Names stay: such a list knows regions by them. What has no successor, or an unsure one, is told.
    """
    vintages = sorted({row["to_vintage"] for _, row in lines})
    if vintage is None and len(vintages) > 1:
        raise Refused([f"{file} has recodes to {', '.join(vintages)}: say which, with --vintage"])
    if vintage is not None and vintage not in vintages:
        raise Refused([f"{file} has recodes to {', '.join(vintages)}, and none to {vintage[:40]}"])
    of_vintage = [(line, row) for line, row in lines if vintage in {None, row["to_vintage"]}]
    problems = _bad_codes(file, of_vintage, may_lack_new=True)
    if problems:
        raise Refused(problems)
    old = {row["old_code"] for _, row in of_vintage}
    known, older = known_regions(old), resolve(RegionAlias.System.KEMENDAGRI, old)
    left_out: dict[str, list[str]] = defaultdict(list)
    asked = []
    for _, row in of_vintage:
        code, new, confidence = row["old_code"], row["new_code"], row["confidence"] or "high"
        if code not in known:
            left_out["not_listed"].append(code)
        elif code in older:
            left_out["done_already"].append(code)
        elif not new or confidence == RegionAlias.Confidence.NONE:
            left_out["no_successor"].append(code)
        elif confidence != RegionAlias.Confidence.HIGH:
            left_out["unsure"].append(code)
        else:
            asked.append(Asked(Kind.RECODE.value, (code,), (Successor(new),)))
    asked.sort(key=lambda one: (level_of(one.old[0]), one.old))
    return Read(asked, dict(left_out))


def _grouped(file: str, lines: Sequence[Line]) -> list[Asked]:
    by_old: defaultdict[str, list[str]] = defaultdict(list)
    by_new: defaultdict[str, list[str]] = defaultdict(list)
    for _, row in lines:
        by_old[row["old_code"]].append(row["new_code"])
        by_new[row["new_code"]].append(row["old_code"])
    groups: dict[tuple[str, str], list[Line]] = {}
    for line, row in lines:
        kind = row["kind"] or _inferred(row, by_old, by_new)
        key = row["new_code"] if kind == Kind.MERGE else row["old_code"]
        groups.setdefault((kind, key), []).append((line, row))
    problems = _bad_codes(file, lines)
    asked = [_asked(file, kind, rows, problems) for (kind, _), rows in groups.items()]
    if problems:
        raise Refused(problems)
    return [one for one in asked if one]


def _bad_codes(file: str, lines: Sequence[Line], *, may_lack_new: bool = False) -> list[str]:
    return [
        f"{file} line {line}: {row[column][:40]!r} in {column} is no region code"
        " (PP, PP.KK, PP.KK.CC or PP.KK.CC.DDDD)"
        for line, row in lines
        for column in ("old_code", "new_code")
        if not is_region_code(row[column])
        and not (may_lack_new and column == "new_code" and not row[column])
    ]


def _inferred(
    row: dict[str, str], by_old: dict[str, list[str]], by_new: dict[str, list[str]]
) -> str:
    if len(by_new[row["new_code"]]) > 1:
        return Kind.MERGE.value
    if len(by_old[row["old_code"]]) > 1:
        return Kind.SPLIT.value
    return (Kind.RENAME if row["old_code"] == row["new_code"] else Kind.RECODE).value


def _asked(file: str, kind: str, rows: Sequence[Line], problems: list[str]) -> Asked | None:
    before = len(problems)
    if kind not in Kind.values:
        problems.append(f"{file} line {rows[0][0]}: {kind[:40]!r} is none of {', '.join(Kind)}")
    shares = [_share(file, line, row["share"], problems) for line, row in rows]
    if len(problems) > before:
        return None
    names = {row["new_code"]: row["name"] for _, row in rows if row["name"]}
    successors = {
        row["new_code"]: Successor(row["new_code"], names.get(row["new_code"], ""), share)
        for (_, row), share in zip(rows, shares, strict=True)
    }
    return Asked(
        kind,
        tuple(dict.fromkeys(row["old_code"] for _, row in rows)),
        tuple(successors.values()),
        next((row["shares_source"] for _, row in rows if row["shares_source"]), ""),
    )


def _share(file: str, line: int, text: str, problems: list[str]) -> float | None:
    if not text:
        return None
    try:
        share = float(text) if len(text) < 20 and text.isascii() else -1.0
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        problems.append(f"{file} line {line}: {text[:40]!r} is no share from 0 to 1")
        return None
    return share
