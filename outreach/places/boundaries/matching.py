"""Which village each feature of a boundary file is for."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from outreach.geo.conventions import (
    CodeColumn,
    FieldMap,
    Properties,
    code_columns,
    codes_in,
    first_value,
    is_cut_short,
    is_disputed,
    is_no_land,
    name_columns,
    printable,
    property_named,
    property_names,
    village_key,
)
from outreach.geo.region_codes import SYSTEM_NAMES, what_is_wrong_with
from outreach.places.boundaries.choosing_codes import Known, chosen_column
from outreach.places.boundaries.known_codes import KnownCode, known_codes, villages_of_today
from outreach.places.boundaries.matching_by_name import NamedRegions
from outreach.places.boundaries.outcomes import NoneMatched, VillageOutcome
from outreach.places.boundaries.properties_told import (
    CUT_SHORT,
    MOST_FEATURES_TOLD,
    as_there,
    cut_short,
    help_with,
    level_told,
)
from outreach.places.uploads import Refused

_NO_CODE = "it has no code, and its names fit no village or several"


@dataclass(frozen=True, slots=True)
class Claim:
    """The villages of today that a feature is for; without any, `why`; and maybe `candidates`.

    `written` is the code as the file has it. `note` says what is not as written. Of several
    villages `called` has the names, since the file has only one. With a village that is not called
    like the feature, `candidates` are others, where another feature has the code as well.
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
    is_named: bool = False

    @property
    def is_open(self) -> bool:
        """Whether a person may know the village: it is disputed, or like some, or has no code."""
        return self.is_disputed or bool(self.candidates) or self.why == _NO_CODE


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
        label = said.fields["code"]
        why = f"{file} has no village's code in {label}{as_there(rows, label)}{help_with(rows)}"
        raise Refused([why, *cut_short(file, rows)])
    known = known_codes(columns)
    names = _names_of(rows, said, known)
    regions = NamedRegions(rows, said)
    chosen = chosen_column(file, rows, names, said, columns, known)
    if chosen is None:
        return _read_by_names(file, rows, names, regions, confirmed)
    counts = Counter(code for codes in chosen.column.codes for code in codes)
    twice = {code for code, count in counts.items() if count > 1}
    claims = [
        _by_code(number, row, names[number], chosen.column, chosen.others, known, regions, twice)
        for number, row in enumerate(rows)
    ]
    claims = _with_confirmed(file, claims, confirmed)
    return Reading(claims, chosen.notes, [regions.within(row) for row in rows])


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
        why = f"{file}: {told}{level_told(rows)}{help_with(rows)}"
        outcomes = [
            unmatched(file, number, claim, names)
            for number, (claim, names) in enumerate(zip(claims, within, strict=True), 1)
        ]
        raise NoneMatched([*cut_short(file, rows), why, *_may_be(claims)], outcomes)
    return Reading(claims, [told, *cut_short(file, rows)], within)


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
        raise Refused([f"{file} has no property {', '.join(missing)}{help_with(rows)}"])
    return FieldMap({role: name for role, name in found.items() if name}, said.system)


def _may_be(claims: Sequence[Claim]) -> list[str]:
    return [
        f"feature {number} {claim.name!r} may be {', '.join(claim.candidates)}: say so with"
        " --confirm"
        for number, claim in enumerate(claims, 1)
        if claim.candidates
    ]


def _names_of(rows: Sequence[Properties], said: FieldMap, known: Known) -> list[str]:
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


def _by_code(
    number: int,
    row: Properties,
    name: str,
    column: CodeColumn,
    others: Sequence[CodeColumn],
    known: Known,
    regions: NamedRegions,
    twice: AbstractSet[str],
) -> Claim:
    codes = column.codes[number]
    disputed = is_disputed(row) or len(codes) > 1
    as_written = "/".join(codes) or printable(row.get(column.label))
    elsewhere = [
        region
        for other in others
        for code in other.codes[number]
        if (one := known[other.system].get(code)) and (region := one.region or one.maybe)
    ]
    if not codes:
        why = _without_code(as_written, name, column)
        candidates = regions.candidates(row, name, first=elsewhere)
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
    is_named = any(village_key(name) in one.keys for one in villages)
    maybe: tuple[str, ...] = ()
    if not is_named and not twice.isdisjoint(codes):
        likely = regions.candidates(row, name, first=elsewhere)
        maybe = tuple(code for code in likely if code not in claimed)
    note = _note(villages, codes, name)
    return Claim(as_written, name, claimed, note, "", maybe, disputed, called, is_named=is_named)


def _without_code(as_written: str, name: str, column: CodeColumn) -> str:
    if not as_written:
        why = f"it has no property `{printable(column.label)}`"
        return f"{why} and is named like water or forest" if is_no_land(name) else why
    if is_cut_short(as_written):
        return f"{as_written!r} is no code: {CUT_SHORT}"
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
    _refuse_one_for_several(file, claims, confirmed)
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


def _refuse_one_for_several(
    file: str, claims: Sequence[Claim], confirmed: Mapping[int, str]
) -> None:
    """Raise Refused where features of different names are to be parts of one village."""
    by_code: dict[str, list[int]] = defaultdict(list)
    for number, code in sorted(confirmed.items()):
        by_code[code].append(number)
    if wrong := [
        (code, numbers)
        for code, numbers in by_code.items()
        if len({key for n in numbers if (key := village_key(claims[n - 1].name))}) > 1
    ]:
        raise Refused(
            [
                f"{file}: features "
                + " and ".join(f"{n} {claims[n - 1].name!r}" for n in numbers[:MOST_FEATURES_TOLD])
                + f" are both to be {code}: confirm it for one of them"
                for code, numbers in wrong
            ]
        )
