"""A file's codes in one form, with lost zeros put back only where names prove them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from outreach.geo.region_codes import (
    System,
    bare_name,
    bps_parent_of,
    dotted,
    is_bps_code,
    is_region_code,
    parent_of,
    possible_codes,
    what_is_wrong_with,
)
from outreach.places.regions.aliases import known_regions
from outreach.places.regions.code_systems import Decision, Named, bps_digits, decide
from outreach.places.regions.lists import Entry, RegionList
from outreach.places.regions.spreadsheet_codes import lost_digits, summary, unspoilt
from outreach.places.regions.tables import Problems
from outreach.places.uploads import Refused


class CodedList(NamedTuple):
    """Entries whose code is a whole one of the decided system; what was repaired, a line each."""

    decision: Decision
    entries: list[Entry]
    repaired: list[str]


def coded(file: str, listed: RegionList, said: System | None, problems: Problems) -> CodedList:
    """The list with whole codes; others go to `problems`, those of BPS alone nowhere.

    Raises Refused if it is undecided.
    """
    cleaned: list[Entry] = []
    changes: list[tuple[int, str]] = []
    for entry in listed.entries:
        if entry.bps_code and not entry.code.strip("-"):
            # A bridge has BPS codes that Kemendagri knows no village for.
            continue
        code, change = unspoilt(entry.code)
        if change:
            changes.append((entry.line, change))
        parent, bps_code = unspoilt(entry.parent)[0], unspoilt(entry.bps_code)[0]
        is_clean = (code, parent, bps_code) == (entry.code, entry.parent, entry.bps_code)
        cleaned.append(
            entry if is_clean else entry._replace(code=code, parent=parent, bps_code=bps_code)
        )
    if why := lost_digits(
        (entry.line, written)
        for entry in cleaned
        for written in (entry.code, entry.parent, entry.bps_code)
    ):
        raise Refused([f"{file}: {why}"])
    decision = decide(
        file,
        [Named(entry.line, entry.code, entry.name) for entry in cleaned],
        {entry.parent for entry in cleaned},
        said,
        listed.system,
    )
    repaired = summary(changes)
    if decision.system == "bps":
        return CodedList(decision, [*_bps_entries(cleaned, problems)], repaired)
    entries, zeros = _kemendagri_entries(cleaned, problems)
    return CodedList(decision, entries, repaired + zeros)


def _bps_entries(entries: Sequence[Entry], problems: Problems) -> Iterator[Entry]:
    for entry in entries:
        code = bps_digits(entry.code)
        parent = bps_digits(entry.parent)
        if not is_bps_code(code):
            problems.add(
                f"line {entry.line}: {entry.code[:40]!r} is no code of BPS (2, 4, 7 or 10 digits)"
            )
        elif parent and parent != bps_parent_of(code):
            problems.add(
                f"line {entry.line}: the parent of {code} is {bps_parent_of(code)}, not {parent!r}"
            )
        else:
            yield entry._replace(code=code, parent=parent)


def _kemendagri_entries(
    entries: Sequence[Entry], problems: Problems
) -> tuple[list[Entry], list[str]]:
    dots = sum("." in entry.code for entry in entries)
    plain = dots * 2 < sum(len(entry.code) > 2 for entry in entries)
    whole: list[Entry] = []
    short: list[Entry] = []
    for entry in entries:
        code = dotted(entry.code) if plain else entry.code
        if is_region_code(code):
            whole.append(_with(code, entry))
        elif possible_codes(code):
            short.append(entry)
        else:
            problems.add(f"line {entry.line}: {what_is_wrong_with(entry.code[:40])}")
    repaired = []
    proven = _proven(short, {entry.code for entry in whole})
    for place, entry in enumerate(short):
        if proof := proven[place]:
            whole.append(_with(proof, entry))
            repaired.append(f"line {entry.line}: {entry.code} is {proof} by its name {entry.name}")
        else:
            choice = " or ".join(possible_codes(entry.code))
            problems.add(
                f"line {entry.line}: {what_is_wrong_with(entry.code[:40])}: write {choice} as text"
            )
    return whole, repaired


def _with(code: str, entry: Entry) -> Entry:
    parent = _parent(entry.parent, code)
    if (code, parent) == (entry.code, entry.parent):
        return entry
    return entry._replace(code=code, parent=parent)


def _parent(written: str, code: str) -> str:
    """The parent as written, with dots and without the loss of zeros that the code disproves."""
    parent = parent_of(code) or ""
    if dotted(written) == parent or parent in possible_codes(written):
        return parent
    return written


def _proven(short: Sequence[Entry], taken: set[str]) -> list[str]:
    """For each the one code that a known region of its name has, and no other row; or nothing."""
    candidates = [
        [code for code in possible_codes(entry.code) if code not in taken] for entry in short
    ]
    asked = {code for codes in candidates for code in codes}
    known = known_regions(asked)
    proven: list[str] = []
    for entry, codes in zip(short, candidates, strict=True):
        same = [
            code
            for code in codes
            if code in known
            and bare_name(known[code].name) == bare_name(entry.name)
            and _parent(entry.parent, code) in {"", parent_of(code) or ""}
        ]
        proven.append(same[0] if len(same) == 1 else "")
    return proven
