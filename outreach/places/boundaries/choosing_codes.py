"""Which property of a boundary file has the villages' codes, and of which system they are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from outreach.geo.conventions import (
    BY_VALUES,
    CodeColumn,
    FieldMap,
    Properties,
    printable,
    village_key,
)
from outreach.geo.region_codes import SYSTEM_NAMES, System
from outreach.places.boundaries.known_codes import KnownCode
from outreach.places.boundaries.properties_told import MOST_FEATURES_TOLD, help_with
from outreach.places.uploads import Refused

# Below three names a spelling of its own would decide.
_FEWEST_NAMES = 3
_EXAMPLES = 3

Known = Mapping[System, Mapping[str, KnownCode]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The column that is used, the others that could have been, and what to tell about them."""

    column: CodeColumn
    others: list[CodeColumn]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class _Scored:
    """A way to read the codes: how many are known, have a name, and have the known one's name."""

    column: CodeColumn
    known: int
    named: int
    agreeing: int


def chosen_column(
    file: str,
    rows: Sequence[Properties],
    names: Sequence[str],
    said: FieldMap,
    columns: Iterable[CodeColumn],
    known: Known,
) -> Chosen | None:
    """The column whose codes are known and fit the features' names best; None if none has any.

    Raises Refused when two are as good, or when most names are those of other villages.
    """
    scored = [_scored(column, known[column.system], names) for column in columns]
    scored = [s for s in scored if s.column.convention != BY_VALUES or 2 * s.known > len(rows)]
    if not scored:
        return None
    best = max(scored, key=lambda s: (s.agreeing, s.known, s.column.system == "kemendagri"))
    if not said.system:
        _refuse_undecided(file, rows, best, scored)
        if best.named >= _FEWEST_NAMES and 2 * best.agreeing < best.named:
            _refuse_misnamed(file, rows, names, best, known[best.column.system])
    return Chosen(
        best.column,
        [s.column for s in scored if s is not best],
        [_told(best), *_contradicting(best, scored, known)],
    )


def _scored(column: CodeColumn, known: Mapping[str, KnownCode], names: Sequence[str]) -> _Scored:
    found = named = agreeing = 0
    for codes, name in zip(column.codes, names, strict=True):
        for one in (known[code] for code in codes if code in known):
            found += 1
            if key := village_key(name):
                named += 1
                agreeing += key in one.keys
    return _Scored(column, found, named, agreeing)


def _refuse_undecided(
    file: str,
    rows: Sequence[Properties],
    best: _Scored,
    scored: Iterable[_Scored],
) -> None:
    for rival in scored:
        if rival.column.label != best.column.label or rival is best or not rival.known:
            continue
        by_names = best.agreeing > 0 and best.agreeing >= 2 * rival.agreeing
        by_codes = not best.named and best.known >= 10 * rival.known
        if not by_names and not by_codes:
            why = "can hold Kemendagri or BPS codes, and the names do not tell which"
            raise Refused([f"{file}: {printable(best.column.label)} {why}{help_with(rows)}"])


def _refuse_misnamed(
    file: str,
    rows: Sequence[Properties],
    names: Sequence[str],
    best: _Scored,
    known: Mapping[str, KnownCode],
) -> None:
    examples = [
        f"feature {number} is {code} {name!r}, and the list of regions calls {code} {one.name!r}"
        for number, (codes, name) in enumerate(zip(best.column.codes, names, strict=True), 1)
        for code in codes
        if (one := known.get(code)) and village_key(name) not in {"", *one.keys}
    ]
    why = (
        f"holds {SYSTEM_NAMES[best.column.system]} codes, but {best.named - best.agreeing} of"
        f" {best.named} names are not those of the villages with these codes"
    )
    raise Refused(
        [f"{file}: {printable(best.column.label)} {why}{help_with(rows)}", *examples[:_EXAMPLES]]
    )


def _told(best: _Scored) -> str:
    column = best.column
    label, system = printable(column.label), SYSTEM_NAMES[column.system]
    used = f"codes: {label} ({column.convention}), {system} codes, {best.known} known"
    return used + (f", {best.agreeing} of {best.named} names agree" if best.named else "")


def _contradicting(best: _Scored, scored: Iterable[_Scored], known: Known) -> Iterator[str]:
    """What to tell of properties that were not used and have other villages for some features."""
    rivals: dict[str, _Scored] = {}
    for rival in sorted(scored, key=lambda s: (s.agreeing, s.known)):
        rivals[rival.column.label] = rival
    rivals.pop(best.column.label, None)
    for rival in rivals.values():
        features = [
            number
            for number, (said, used) in enumerate(
                zip(_villages(rival.column, known), _villages(best.column, known), strict=True), 1
            )
            if said and used and said != used
        ]
        if features:
            some = ", ".join(map(str, features[:MOST_FEATURES_TOLD]))
            more = len(features) - MOST_FEATURES_TOLD
            yield (
                f"{_told(rival).removeprefix('codes: ')}: not used, though for {len(features)} of"
                f" the features (feature {some}{f' and {more} more' if more > 0 else ''}) it has"
                " another village"
            )


def _villages(column: CodeColumn, known: Known) -> Iterator[list[str]]:
    """The villages of today that each feature is of by a column, none if any is unknown."""
    for codes in column.codes:
        regions = [one.region for code in codes if (one := known[column.system].get(code))]
        yield [region for region in regions if region] if all(regions) else []
