"""Answers to the question which village a feature without a code is."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from outreach.geo.region_codes import is_village_code
from outreach.places.region_files import read_tables
from outreach.places.sources import Refused, read_source


def read_confirmed(path: Path, files: Sequence[str]) -> Mapping[str, Mapping[int, str]]:
    """The codes of a CSV file with the columns `feature` and `code`, by boundary file and feature.

    With several boundary files a column `file` names one. A row without a code confirms nothing.
    Raises Refused with every bad line.
    """
    confirmed: dict[str, dict[int, str]] = defaultdict(dict)
    problems: list[str] = []
    needed = ["feature", "code", *(["file"] if len(files) > 1 else [])]
    for line, row in _records(path, needed):
        file = row.get("file") or files[0]
        feature, code = row["feature"], row["code"]
        if not code:
            continue
        if file not in files:
            problems.append(f"line {line}: {file!r} is none of the boundary files")
        elif not (feature.isascii() and feature.isdigit() and len(feature) < 9):
            problems.append(f"line {line}: {feature!r} is no number of a feature")
        elif not is_village_code(code):
            problems.append(f"line {line}: {code!r} is no village's code (PP.KK.CC.DDDD)")
        elif confirmed[file].setdefault(int(feature), code) != code:
            problems.append(f"line {line}: feature {feature} is there twice with different codes")
    if problems:
        raise Refused([f"{path.name} {problem}" for problem in problems])
    return confirmed


def _records(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    for table in read_tables(read_source(path))[0]:
        named = Counter(name.casefold() for name in table.header)
        if missing := [name for name in needed if not named[name]]:
            raise Refused([f"{path.name} has no column {', '.join(missing)}"])
        if twice := [name for name in needed if named[name] > 1]:
            raise Refused([f"{path.name} has more than one column {', '.join(twice)}"])
        yield from table.records()
