"""Which villages features without a sure code are: asked of a person, and answered, in a table."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from outreach.geo.region_codes import is_village_code
from outreach.places.boundaries.outcomes import VillageOutcome
from outreach.places.regions.aliases import known_regions
from outreach.places.regions.tables import read_tables
from outreach.places.uploads import Refused, read_source

_COLUMNS = ("file", "feature", "name", "district", "regency", "why", "candidates", "code")
_LONGEST_CELL = 200
# What spreadsheets take for the start of a formula.
_FORMULA = ("=", "+", "-", "@", "'")
Confirmed = Mapping[str, Mapping[int, str]]


def read_confirmed(path: Path, files: Sequence[str]) -> Confirmed:
    """The codes of a CSV file with the columns `feature` and `code`, by boundary file and feature.

    With several boundary files a column `file` names one. A row without a code confirms nothing.
    Raises Refused with every bad line.
    """
    confirmed: dict[str, dict[int, str]] = defaultdict(dict)
    problems: list[str] = []
    needed = ["feature", "code", *(["file"] if len(files) > 1 else [])]
    named = {_as_text(file): file for file in files} | {file: file for file in files}
    for line, row in _records(path, needed):
        file = row.get("file") or files[0]
        feature, code = row["feature"], row["code"]
        if not code:
            continue
        if file not in named:
            problems.append(f"line {line}: {file!r} is none of the boundary files")
        elif not (feature.isascii() and feature.isdigit() and len(feature) < 9):
            problems.append(f"line {line}: {feature!r} is no number of a feature")
        elif not is_village_code(code):
            problems.append(f"line {line}: {code!r} is no village's code (PP.KK.CC.DDDD)")
        elif confirmed[named[file]].setdefault(int(feature), code) != code:
            problems.append(f"line {line}: feature {feature} is there twice with different codes")
    if problems:
        raise Refused([f"{path.name} {problem}" for problem in problems])
    return confirmed


def write_template(path: Path, outcomes: Iterable[VillageOutcome], confirmed: Confirmed) -> None:
    """Write a table of the open features, for a person to fill in the codes.

    What was `confirmed` before is in it with its codes, so that the table stands for all answers.
    Raises OSError, and FileExistsError rather than write over anything.
    """
    asked = [
        (outcome, confirmed.get(outcome.file, {}).get(outcome.feature, ""))
        for outcome in outcomes
        if outcome.is_open or outcome.feature in confirmed.get(outcome.file, {})
    ]
    candidates = {code for outcome, _ in asked for code in outcome.candidates}
    known = known_regions(candidates)
    # Spreadsheets take UTF-8 for another encoding without the mark at its start.
    with path.open("x", encoding="utf-8-sig", errors="replace", newline="") as file:
        table = csv.writer(file)
        table.writerow(_COLUMNS)
        for outcome, code in asked:
            likely = "; ".join(f"{one} {known[one].name}" for one in outcome.candidates)
            told = (outcome.name, outcome.district, outcome.regency, outcome.why, likely)
            row = (_as_text(cell[:_LONGEST_CELL]) for cell in told)
            table.writerow((_as_text(outcome.file), outcome.feature, *row, code))


def _as_text(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) else cell


def _records(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    for table in read_tables(read_source(path))[0]:
        named = Counter(name.casefold() for name in table.header)
        if missing := [name for name in needed if not named[name]]:
            raise Refused([f"{path.name} has no column {', '.join(missing)}"])
        if twice := [name for name in needed if named[name] > 1]:
            raise Refused([f"{path.name} has more than one column {', '.join(twice)}"])
        yield from table.records()
