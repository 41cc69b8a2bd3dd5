"""Changes of regions as somebody asks for them: read from a file, and what is wrong with them."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from math import isclose
from typing import NamedTuple

from outreach import bulk
from outreach.geo.region_codes import is_region_code, kind_of, level_of, parent_of
from outreach.models import Region, RegionAlias, RegionChange
from outreach.places.regions.aliases import known_regions, resolve
from outreach.places.uploads import Refused, Source

Kind = RegionChange.Kind
MOST_ROWS = 10_000
LONGEST_NAME = 120
LONGEST_SOURCE = 200
COLUMNS = ("kind", "old_code", "new_code", "name", "share", "shares_source")
_FORMULA = ("=", "+", "@", "-")


class Successor(NamedTuple):
    """What a region becomes: a code, its name (empty: as it was) and its share of the people."""

    code: str
    name: str = ""
    share: float | None = None


class Asked(NamedTuple):
    """One change that somebody asks for; `old` and `new` may have a code in common."""

    kind: str
    old: tuple[str, ...]
    new: tuple[Successor, ...]
    shares_source: str = ""

    @property
    def gone(self) -> list[str]:
        """The codes that are no region's any more."""
        return [code for code in self.old if code not in {one.code for one in self.new}]

    def told(self) -> str:
        """The change in a few words."""
        return f"{self.kind} {' + '.join(self.old)} → {', '.join(one.code for one in self.new)}"


def read_changes(source: Source) -> list[Asked]:
    """The changes of a CSV file: a row a code, of mergers a row an old one, of splits a new one.

    Without a column `kind` several old codes of one new are a merger, and the other way round a
    split. Raises Refused with what cannot be read.
    """
    try:
        text = source.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused([f"{source.name} is not UTF-8"]) from None
    if "\x00" in text:
        raise Refused([f"{source.name} is no text"])
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        lines = list(zip(range(2, MOST_ROWS + 3), reader, strict=False))
    except csv.Error as error:
        raise Refused([f"{source.name}: {error}"]) from None
    if not {"old_code", "new_code"} <= set(reader.fieldnames or ()):
        raise Refused([f"{source.name} has no columns old_code and new_code"])
    if len(lines) > MOST_ROWS:
        raise Refused([f"{source.name} has more than {MOST_ROWS} rows: give it in several files"])
    return _grouped(source.name, [(line, _stripped(row)) for line, row in lines])


def _stripped(row: dict[str, str | None]) -> dict[str, str]:
    return {name: (row.get(name) or "").strip() for name in COLUMNS}


def _grouped(file: str, lines: Sequence[tuple[int, dict[str, str]]]) -> list[Asked]:
    by_old: defaultdict[str, list[str]] = defaultdict(list)
    by_new: defaultdict[str, list[str]] = defaultdict(list)
    for _, row in lines:
        by_old[row["old_code"]].append(row["new_code"])
        by_new[row["new_code"]].append(row["old_code"])
    groups: dict[tuple[str, str], list[tuple[int, dict[str, str]]]] = {}
    for line, row in lines:
        kind = row["kind"] or _inferred(row, by_old, by_new)
        key = row["new_code"] if kind == Kind.MERGE else row["old_code"]
        groups.setdefault((kind, key), []).append((line, row))
    problems: list[str] = []
    asked = [_asked(file, kind, rows, problems) for (kind, _), rows in groups.items()]
    if problems:
        raise Refused(problems)
    return [one for one in asked if one]


def _inferred(
    row: dict[str, str], by_old: dict[str, list[str]], by_new: dict[str, list[str]]
) -> str:
    if len(by_new[row["new_code"]]) > 1:
        return Kind.MERGE.value
    if len(by_old[row["old_code"]]) > 1:
        return Kind.SPLIT.value
    return (Kind.RENAME if row["old_code"] == row["new_code"] else Kind.RECODE).value


def _asked(
    file: str, kind: str, rows: Sequence[tuple[int, dict[str, str]]], problems: list[str]
) -> Asked | None:
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


def faults(changes: Sequence[Asked], day: date, today: date) -> list[str]:
    """What keeps changes from being applied on a day, a line each."""
    if not 1945 <= day.year <= 2200:
        return [f"{day} is no day on which regions change"]
    found = list(_twice(changes))
    shapes = [fault for one in changes for fault in _shape(one)]
    if found or shapes:
        return [*found, *shapes]
    if day > today:
        found.append(f"{day} is still to come: apply it on that day, or see what it would do now")
    codes = {code for one in changes for code in one.old}
    codes |= {new.code for one in changes for new in one.new}
    known = known_regions({*codes, *filter(None, map(parent_of, codes))})
    older = resolve(RegionAlias.System.KEMENDAGRI, codes)
    for one in changes:
        found += [f"{one.told()}: {fault}" for fault in _against(one, set(known), set(older))]
    names = {code: region.name for code, region in known.items()}
    return found + [
        f"{one.told()}: it is called so already"
        for one in changes
        if one.kind == Kind.RENAME and names.get(one.old[0]) == one.new[0].name
    ]


def _twice(changes: Sequence[Asked]) -> Iterator[str]:
    seen: dict[str, Asked] = {}
    for one in changes:
        for code in {*one.old, *(new.code for new in one.new)}:
            if code in seen:
                yield f"{one.told()}: {code} is in {seen[code].told()} as well: apply that first"
            seen[code] = one


def _shape(one: Asked) -> Iterator[str]:
    """What is wrong with a change in itself."""
    codes = [*one.old, *(new.code for new in one.new)]
    if bad := [code for code in codes if not is_region_code(code)]:
        yield f"{bad[0][:40]!r} is not a region code (PP, PP.KK, PP.KK.CC or PP.KK.CC.DDDD)"
        return
    if len({level_of(code) for code in codes}) > 1:
        yield f"{one.told()}: these are not of one level"
    level, old, new = level_of(codes[0]), set(one.old), {n.code for n in one.new}
    match one.kind:
        case Kind.RENAME:
            right = old == new and len(old) == 1 and bool(one.new[0].name)
            rule = "a new name is of one code, which stays"
        case Kind.RECODE:
            right = len(old) == len(new) == 1 and old != new and level >= Region.Level.DISTRICT
            rule = "a recode is from one code of a village or district to another"
        case Kind.MERGE:
            right = len(old | new) > 1 and len(old) > 1 and len(new) == 1
            right = right and level == Region.Level.VILLAGE
            rule = "a merger is of two villages or more into one"
        case _:
            right = len(old) == 1 and len(new) > 1 and level == Region.Level.VILLAGE
            rule = "a split is of one village into two or more"
    if not right:
        yield f"{one.told()}: {rule}"
    yield from _names(one)
    shares = [new.share for new in one.new if new.share is not None]
    if shares and one.kind != Kind.SPLIT:
        yield f"{one.told()}: shares are of splits"
    elif shares and (len(shares) < len(one.new) or not isclose(sum(shares), 1, abs_tol=1e-6)):
        yield f"{one.told()}: shares are given for all successors, and make up 1"
    elif shares and not one.shares_source:
        yield f"{one.told()}: say who says so (shares_source)"


def _names(one: Asked) -> Iterator[str]:
    for new in one.new:
        if kind_of(new.code) is None:
            yield f"{new.code} is no village's code: its last part begins with none of 1, 2 and 3"
        if new.name and (
            not new.name.isprintable()
            or new.name.startswith(_FORMULA)
            or len(new.name) > LONGEST_NAME
        ):
            yield f"the name of {new.code} is no name: {new.name[:40]!r}"
    if len(one.shares_source) > LONGEST_SOURCE:
        yield f"the source of the shares of {one.old[0]} is longer than {LONGEST_SOURCE} characters"


_INSTEAD: dict[str, str] = {
    Kind.RECODE: ": that is a merger, of the old code and it",
    Kind.MERGE: ": name it among the merged ones as well",
}


def _against(one: Asked, known: set[str], older: set[str]) -> Iterator[str]:
    """What is wrong with a change against the list of regions."""
    for code in one.old:
        if code not in known:
            yield f"{code} is not known: load the regions first"
        elif code in older:
            yield f"{code} is an old code already"
    for new in one.new:
        if new.code in older:
            yield f"{new.code} is an old code of another region"
        elif new.code in known and new.code not in one.old:
            yield f"{new.code} is there already{_INSTEAD.get(one.kind, '')}"
        elif new.code not in known and parent_of(new.code) not in known:
            yield f"{parent_of(new.code)}, which {new.code} lies in, is not known: load it first"
        elif new.code not in known and not new.name and one.kind != Kind.RECODE:
            yield f"{new.code} is new and needs a name"


def undo_faults(change: RegionChange) -> list[str]:
    """Why a change cannot be undone, a line each."""
    if change.undone_at:
        return [f"change {change.pk} was undone already"]
    later = bulk.run(
        "SELECT id FROM outreach_regionchange WHERE id > %s AND undone_at IS NULL"
        " AND (from_codes || to_codes) && %s::varchar[] ORDER BY id DESC LIMIT 1",
        [change.pk, [*change.from_codes, *change.to_codes]],
    )
    return [f"change {later[0][0]} came after it: undo that first"] if later else []
