"""Which village each feature of a boundary file is for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from outreach.geo.conventions import (
    BY_VALUES,
    CodeColumn,
    FieldMap,
    Properties,
    code_columns,
    codes_in,
    first_value,
    is_coarse_code,
    is_cut_short,
    is_disputed,
    is_no_land,
    name_columns,
    printable,
    property_named,
    property_names,
    village_key,
)
from outreach.geo.region_codes import SYSTEM_NAMES, System, what_is_wrong_with
from outreach.places.boundaries.known_codes import KnownCode, known_codes, villages_of_today
from outreach.places.boundaries.matching_by_name import NamedRegions
from outreach.places.boundaries.outcomes import NoneMatched, VillageOutcome
from outreach.places.uploads import Refused

# Below three names a spelling of its own would decide.
_FEWEST_NAMES = 3
_MOST_PROPERTIES_TOLD = 30
_MOST_FEATURES_TOLD = 5
_CUT_SHORT = (
    "a spreadsheet has cut its digits off, and they are lost: set the column to text where they are"
    " still whole, and export again"
)
_EXAMPLES = 3
_NO_CODE = "it has no code, and its names fit no village or several"


@dataclass(frozen=True, slots=True)
class Claim:
    """The villages of today that a feature is for; without any, `why` and maybe `candidates`.

    `written` is the code as the file has it. `note` says what is not as written. Of several
    villages `called` has the names, since the file has only one.
    """

    written: str
    name: str
    codes: tuple[str, ...] = ()
    note: str = ""
    why: str = ""
    candidates: tuple[str, ...] = ()
    is_disputed: bool = False
    called: tuple[str, ...] = ()
    is_confirmed: bool = False

    @property
    def is_open(self) -> bool:
        """Whether a person may know the village: it is disputed, or like some, or has no code."""
        return self.is_disputed or bool(self.candidates) or self.why == _NO_CODE


@dataclass(frozen=True, slots=True)
class _Scored:
    """A way to read the codes: how many are known, have a name, and have the known one's name."""

    column: CodeColumn
    known: int
    named: int
    agreeing: int


@dataclass(frozen=True, slots=True)
class Reading:
    """How a whole file was read: the codes' column, if any, and what to tell about it.

    `within` are the names of each feature's district and regency, as the file has them.
    """

    claims: list[Claim]
    notes: list[str]
    within: list[tuple[str, str]]


def match_villages(
    file: str, rows: Sequence[Properties], said: FieldMap, confirmed: Mapping[int, str]
) -> Reading:
    """Every feature's claim. The property and system of codes hold for the whole file.

    `confirmed` gives the code for features, counted from 1. Raises Refused when undecided.
    """
    said = _as_written(file, rows, said)
    columns = code_columns(rows, said)
    if not columns and "code" in said.fields and not confirmed:
        raise Refused(
            [
                f"{file} has no village's code in {said.fields['code']}{_help(rows)}",
                *_cut_short(file, rows),
            ]
        )
    known = known_codes(columns)
    names = _names_of(rows, said, known)
    regions = NamedRegions(rows, said)
    scored = [_scored(column, known[column.system], names) for column in columns]
    scored = [s for s in scored if s.column.convention != BY_VALUES or 2 * s.known > len(rows)]
    if not scored:
        return _read_by_names(file, rows, names, regions, confirmed)
    best = max(scored, key=lambda s: (s.agreeing, s.known, s.column.system == "kemendagri"))
    _refuse_undecided(file, rows, said, best, scored)
    if best.named >= _FEWEST_NAMES and 2 * best.agreeing < best.named and not said.system:
        _refuse_misnamed(file, rows, names, best, known[best.column.system])
    others = [s.column for s in scored if s is not best]
    notes = [_told(best), *_contradicting(best, scored, known)]
    claims = [
        _by_code(number, row, names[number], best.column, others, known, regions)
        for number, row in enumerate(rows)
    ]
    claims = _with_confirmed(file, claims, confirmed)
    return Reading(claims, notes, [regions.within(row) for row in rows])


def _read_by_names(
    file: str,
    rows: Sequence[Properties],
    names: Sequence[str],
    regions: NamedRegions,
    confirmed: Mapping[int, str],
) -> Reading:
    claims = [_by_name(row, name, regions) for row, name in zip(rows, names, strict=True)]
    claims = _with_confirmed(file, claims, confirmed)
    within = [regions.within(row) for row in rows]
    told = f"no property has codes of villages: matched by {regions.told()}"
    if not any(claim.codes for claim in claims):
        why = f"{file}: {told}{_level_told(rows)}{_help(rows)}"
        outcomes = [
            unmatched(file, number, claim, names)
            for number, (claim, names) in enumerate(zip(claims, within, strict=True), 1)
        ]
        raise NoneMatched([*_cut_short(file, rows), why, *_may_be(claims)], outcomes)
    return Reading(claims, [told, *_cut_short(file, rows)], within)


def unmatched(file: str, number: int, claim: Claim, within: tuple[str, str]) -> VillageOutcome:
    """What becomes of a feature whose claim is for no village."""
    return VillageOutcome(
        *(file, number, claim.written, claim.name, "unresolved" if claim.is_open else "dropped"),
        claim.why,
        claim.is_disputed,
        claim.candidates,
        claim.is_open,
        *within,
    )


def _as_written(file: str, rows: Sequence[Properties], said: FieldMap) -> FieldMap:
    names = property_names(rows)
    found = {role: property_named(name, names) for role, name in said.fields.items()}
    if missing := [said.fields[role] for role, name in found.items() if name is None]:
        raise Refused([f"{file} has no property {', '.join(missing)}{_help(rows)}"])
    return FieldMap({role: name for role, name in found.items() if name}, said.system)


def _help(rows: Sequence[Properties]) -> str:
    names = property_names(rows)
    more = len(names) - _MOST_PROPERTIES_TOLD
    listed = ", ".join(printable(name)[:40] for name in names[:_MOST_PROPERTIES_TOLD])
    return (
        ": say which with --field code=… --field name=… (also district=…, regency=…) and"
        " --system kemendagri or bps; the file has the properties "
        + (listed or "(none)")
        + (f" and {more} more" if more > 0 else "")
    )


def _cut_short(file: str, rows: Sequence[Properties]) -> list[str]:
    """What to do about a property of codes of which a spreadsheet left few digits."""
    for name in property_names(rows):
        cut = [row.get(name) for row in rows if is_cut_short(row.get(name))]
        if 2 * len(cut) > len(rows):
            return [f"{file}: {printable(name)} has {printable(cut[0])!r}: {_CUT_SHORT}"]
    return []


def _level_told(rows: Sequence[Properties]) -> str:
    """A hint that the layer is of districts or regencies."""
    for name in property_names(rows):
        coarse = sum(is_coarse_code(row.get(name)) for row in rows)
        if 2 * coarse > len(rows):
            return f", of which none fits ({printable(name)} has codes of districts or regencies)"
    return ", of which none fits one village"


def _may_be(claims: Sequence[Claim]) -> list[str]:
    return [
        f"feature {number} {claim.name!r} may be {', '.join(claim.candidates)}: say so with"
        " --confirm"
        for number, claim in enumerate(claims, 1)
        if claim.candidates
    ]


def _names_of(
    rows: Sequence[Properties], said: FieldMap, known: Mapping[System, Mapping[str, KnownCode]]
) -> list[str]:
    """Each feature's name; the known villages' names tell which property, if no other does."""
    keys = {key for codes in known.values() for one in codes.values() for key in one.keys}

    def fitting(column: str) -> int:
        return sum(village_key(row.get(column)) in keys for row in rows)

    columns = name_columns(rows, said, "name")
    if "name" not in said.fields and keys:
        columns.sort(key=fitting, reverse=True)
        if not columns or not fitting(columns[0]):
            best = max(property_names(rows), key=fitting, default=None)
            columns = [best] if best and fitting(best) else columns
    return [printable(first_value(row, columns)) for row in rows]


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
    said: FieldMap,
    best: _Scored,
    scored: Iterable[_Scored],
) -> None:
    if said.system:
        return
    for rival in scored:
        if rival.column.label != best.column.label or rival is best or not rival.known:
            continue
        by_names = best.agreeing > 0 and best.agreeing >= 2 * rival.agreeing
        by_codes = not best.named and best.known >= 10 * rival.known
        if not by_names and not by_codes:
            why = "can hold Kemendagri or BPS codes, and the names do not tell which"
            raise Refused([f"{file}: {printable(best.column.label)} {why}{_help(rows)}"])


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
        [f"{file}: {printable(best.column.label)} {why}{_help(rows)}", *examples[:_EXAMPLES]]
    )


def _told(best: _Scored) -> str:
    column = best.column
    label, system = printable(column.label), SYSTEM_NAMES[column.system]
    told = f"codes: {label} ({column.convention}), {system} codes, {best.known} known"
    return told + (f", {best.agreeing} of {best.named} names agree" if best.named else "")


def _contradicting(
    best: _Scored, scored: Iterable[_Scored], known: Mapping[System, Mapping[str, KnownCode]]
) -> Iterator[str]:
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
            some = ", ".join(map(str, features[:_MOST_FEATURES_TOLD]))
            more = len(features) - _MOST_FEATURES_TOLD
            yield (
                f"{_told(rival).removeprefix('codes: ')}: not used, though for {len(features)} of"
                f" the features (feature {some}{f' and {more} more' if more > 0 else ''}) it has"
                " another village"
            )


def _villages(
    column: CodeColumn, known: Mapping[System, Mapping[str, KnownCode]]
) -> Iterator[list[str]]:
    """The villages of today that each feature is of by a column, none if any is unknown."""
    for codes in column.codes:
        regions = [one.region for code in codes if (one := known[column.system].get(code))]
        yield [region for region in regions if region] if all(regions) else []


def _by_code(
    number: int,
    row: Properties,
    name: str,
    column: CodeColumn,
    others: Sequence[CodeColumn],
    known: Mapping[System, Mapping[str, KnownCode]],
    regions: NamedRegions,
) -> Claim:
    codes = column.codes[number]
    disputed = is_disputed(row) or len(codes) > 1
    as_written = "/".join(codes) or printable(row.get(column.label))
    if not codes:
        why = _without_code(as_written, name, column)
        seen = [
            region
            for other in others
            for code in other.codes[number]
            if (one := known[other.system].get(code)) and (region := one.region or one.maybe)
        ]
        candidates = regions.candidates(row, name, first=seen)
        return Claim(as_written, name, (), "", why, candidates, disputed)
    found = [known[column.system].get(code) for code in codes]
    villages = [one for one in found if one and one.region]
    if len(villages) < len(codes):
        unclear = [one for one in found if one and not one.region]
        why = (
            f"no one village is sure to be {as_written} of the {SYSTEM_NAMES[column.system]} codes"
            if unclear
            else "its code is not in the list of regions"
        )
        seen = [one.maybe for one in unclear if one.maybe]
        return Claim(as_written, name, (), "", why, regions.candidates(row, name, seen), disputed)
    claimed = tuple(one.region for one in villages if one.region)
    called = tuple(one.name for one in villages) if len(villages) > 1 else ()
    return Claim(as_written, name, claimed, _note(villages, codes, name), "", (), disputed, called)


def _without_code(as_written: str, name: str, column: CodeColumn) -> str:
    if not as_written:
        why = f"it has no property `{printable(column.label)}`"
        return f"{why} and is named like water or forest" if is_no_land(name) else why
    if is_cut_short(as_written):
        return f"{as_written!r} is no code: {_CUT_SHORT}"
    if column.system == "bps" and not codes_in(as_written, "kemendagri"):
        return f"{as_written!r} is not a village's BPS code"
    return what_is_wrong_with(as_written)


def _note(villages: Sequence[KnownCode], codes: Sequence[str], name: str) -> str:
    notes = [
        f"recoded from {code}" for code, one in zip(codes, villages, strict=True) if one.is_old
    ]
    if name and all(village_key(name) not in one.keys for one in villages):
        notes.append(f"the list of regions calls it {' and '.join(one.name for one in villages)}")
    return "; ".join(notes)


def _by_name(row: Properties, name: str, regions: NamedRegions) -> Claim:
    code = regions.only(row, name)
    if code:
        return Claim("", name, (code,), "", "", (), is_disputed(row))
    return Claim("", name, (), "", _NO_CODE, regions.candidates(row, name), is_disputed(row))


def _with_confirmed(
    file: str, claims: Sequence[Claim], confirmed: Mapping[int, str]
) -> list[Claim]:
    if wrong := sorted(number for number in confirmed if not 1 <= number <= len(claims)):
        raise Refused([f"{file} has no feature {number} to confirm" for number in wrong])
    known = villages_of_today(confirmed.values())
    if wrong := sorted(number for number, code in confirmed.items() if code not in known):
        raise Refused(
            [f"{file}: {confirmed[n]!r} for feature {n} is no known village's code" for n in wrong]
        )
    return [
        Claim(
            claim.written,
            claim.name,
            (code,),
            "confirmed",
            is_disputed=claim.is_disputed,
            is_confirmed=True,
        )
        if (code := confirmed.get(number))
        else claim
        for number, claim in enumerate(claims, 1)
    ]
