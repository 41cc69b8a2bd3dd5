"""Which codes a file has, Kemendagri's or BPS's: decided for the whole file, never by row."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from outreach import bulk
from outreach.geo.region_codes import (
    SYSTEM_NAMES,
    System,
    bare_name,
    dotted,
    is_bps_code,
    is_region_code,
    possible_codes,
)
from outreach.places.uploads import Refused

_BPS_DOTTED = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{3}(\.[0-9]{3})?")
_DIGITS = re.compile(r"[0-9.]{2,13}")
_BY_DIGITS: dict[int, System] = {6: "kemendagri", 7: "bps"}
_SAMPLE = 2000
_OTHERWISE = 0.1
# Of BPS's village codes of the whole country, one in twenty could be Kemendagri's.
_STRAY = 0.05
_ENOUGH_DISTRICTS = 5
_BY_NUMBERS = "village numbers that begin 1, 2 or 3 throughout"
_SAY = "say --system kemendagri or --system bps"
# A name of a thousand may be the other system's by chance.
_BY_CHANCE = 0.001
_EXAMPLES = 3
_SEPARATE = (
    "load the rows of each as a file of their own, or write BPS codes into a column bps_code"
    " beside Kemendagri's codes"
)


class Decision(NamedTuple):
    system: System
    decided_by: str


class Named(NamedTuple):
    """A line's code as written, without dots or with, and the name that goes with it."""

    line: int
    code: str
    name: str


def decide(
    file: str,
    codes: Sequence[Named],
    parents: Iterable[str],
    said: System | None,
    by_columns: System | None,
) -> Decision:
    """The code system of a file. Raises Refused where nothing tells it, or two things differ.

    Said goes before the columns' names, these before how the codes are built, and these before
    which system's names of known regions the file's names are; names may contradict all of them.
    Rows of both systems in one file are always refused.
    """
    if said and by_columns and said != by_columns:
        theirs, yours = SYSTEM_NAMES[by_columns], SYSTEM_NAMES[said]
        raise Refused([f"{file}: its columns' names say {theirs}, --system says {yours}"])
    known = _known_names(codes)
    _refuse_two(file, codes, known)
    by_build, build = _by_build([row.code for row in codes], parents)
    kemendagri, bps = _by_names(codes, known)
    names = (
        f"{kemendagri.same} of {kemendagri.compared} names are those of known regions by their"
        f" Kemendagri codes, {bps.same} by their BPS codes"
    )
    if build == _BY_NUMBERS and kemendagri.is_contradicted:
        by_build = None
    likelier: System | None = None
    if kemendagri.fits != bps.fits:
        likelier = "kemendagri" if kemendagri.fits else "bps"
    system = said or by_columns or by_build
    # Known regions may be without BPS codes; then names say nothing against these.
    if system and likelier not in {None, system} and (system == "kemendagri" or bps.known):
        raise Refused([f"{file} seems to have {SYSTEM_NAMES[system]} codes, but {names}: {_SAY}"])
    if said:
        return Decision(said, "--system")
    if by_columns:
        return Decision(by_columns, "the columns' names")
    if by_build:
        return Decision(by_build, build)
    if likelier:
        return Decision(likelier, names)
    if not any(is_region_code(dotted(row.code)) or is_bps_code(row.code) for row in codes):
        raise Refused([f"{file}: none of its codes is one; the first is {codes[0].code[:40]!r}"])
    raise Refused([f"{file}: its codes could be Kemendagri's or BPS's, and {names}; {_SAY}"])


def bps_digits(code: str) -> str:
    """A BPS code without its dots, if it has them at BPS's places."""
    return code.replace(".", "") if _BPS_DOTTED.fullmatch(code) else code


class _KnownNames(NamedTuple):
    """Bare names of known regions by the digits of their code in each system."""

    kemendagri: dict[str, str]
    bps: dict[str, str]


def _known_names(codes: Sequence[Named]) -> _KnownNames:
    digits = sorted({row.code.replace(".", "") for row in codes if _DIGITS.fullmatch(row.code)})
    known = bulk.run(
        "SELECT code, bps_code, name FROM outreach_region"
        " WHERE code = ANY(%s) OR (bps_code <> '' AND bps_code = ANY(%s))",
        [[dotted(code) for code in digits], digits],
    )
    return _KnownNames(
        {code.replace(".", ""): bare_name(name) for code, _, name in known},
        {bps_code: bare_name(name) for _, bps_code, name in known if bps_code},
    )


def _refuse_two(file: str, codes: Sequence[Named], known: _KnownNames) -> None:
    """Raise Refused with examples where some rows are surely of one system, some of the other."""
    rows: dict[System, list[Named]] = {"kemendagri": [], "bps": []}
    for row in codes:
        if system := _by_form(row.code) or _by_name(row, known):
            rows[system].append(row)
    if min(map(len, rows.values())) <= _BY_CHANCE * sum(map(len, rows.values())):
        return
    told = [f"{file} has two code systems in one file: {_SEPARATE}"]
    for system, theirs in rows.items():
        some = ", ".join(
            f"line {row.line} ({row.code} {row.name[:40]})" for row in theirs[:_EXAMPLES]
        )
        more = f" and {len(theirs) - _EXAMPLES:,} more" if len(theirs) > _EXAMPLES else ""
        told.append(f"{SYSTEM_NAMES[system]} codes: {some}{more}")
    raise Refused(told)


def _by_form(code: str) -> System | None:
    """The one system that has codes of this form."""
    if "." in code:
        if _BPS_DOTTED.fullmatch(code):
            return "bps"
        return "kemendagri" if is_region_code(code) or possible_codes(code) else None
    if not _DIGITS.fullmatch(code):
        return None
    if len(code) == 10:
        return "bps" if code[6] not in "123" else None
    return _BY_DIGITS.get(len(code))


def _by_name(row: Named, known: _KnownNames) -> System | None:
    """The system in which a code of either is that of a known region of the row's name."""
    name, digits = bare_name(row.name), row.code.replace(".", "")
    theirs, others = known.kemendagri.get(digits), known.bps.get(digits)
    if not name or theirs == others:
        return None
    if others == name:
        return "bps"
    # Most provinces and regencies bear the same digits in both: of them both must be known.
    return "kemendagri" if theirs == name and (others or len(digits) > 4) else None


def _by_build(codes: Sequence[str], parents: Iterable[str]) -> tuple[System | None, str]:
    with_dots = [code for code in codes if "." in code]
    if len(with_dots) * 2 >= sum(len(code) > 2 for code in codes) and with_dots:
        forms = Counter(
            "bps" if _BPS_DOTTED.fullmatch(code) else "kemendagri"
            for code in with_dots
            if _BPS_DOTTED.fullmatch(code) or is_region_code(code) or possible_codes(code)
        )
        return _majority(forms["kemendagri"], forms["bps"]), "where the dots stand"
    lengths = Counter(map(len, codes)) + Counter(len(parent.replace(".", "")) for parent in parents)
    if lengths[6] or lengths[7]:
        return _majority(lengths[6], lengths[7]), "how many digits the kecamatan have"
    villages = [code for code in codes if len(code) == 10 and code.isdigit()]
    stray = sum(code[6] not in "123" for code in villages)
    if stray > len(villages) * _STRAY:
        return "bps", "village numbers that Kemendagri does not give"
    if not stray and len({code[:6] for code in villages}) >= _ENOUGH_DISTRICTS:
        return "kemendagri", _BY_NUMBERS
    return None, ""


def _majority(kemendagri: int, bps: int) -> System | None:
    if kemendagri > 9 * bps:
        return "kemendagri"
    return "bps" if bps > 9 * kemendagri else None


class _Agreement(NamedTuple):
    """How the names of a sample compare with those of known regions, codes read in one system."""

    compared: int
    known: int
    same: int
    is_short: bool

    @property
    def fits(self) -> bool:
        """Whether so many names are the same that the codes can hardly be others.

        Of provinces and regencies most have the same code in both systems: there all must be.
        """
        if self.is_short:
            return 0 < self.same == self.compared
        enough = max(min(3, self.compared), self.compared / 2, 1)
        return self.same >= enough and self.known - self.same <= self.compared * _OTHERWISE

    @property
    def is_contradicted(self) -> bool:
        """Whether most of the codes that are known are so by another name."""
        return self.same * 2 < self.known


def _by_names(codes: Sequence[Named], known: _KnownNames) -> tuple[_Agreement, _Agreement]:
    """The sample's agreement by Kemendagri codes, and by BPS codes."""
    sample = [
        (row.code.replace(".", ""), bare_name(row.name))
        for row in codes[:: len(codes) // _SAMPLE + 1]
        if row.name and _DIGITS.fullmatch(row.code)
    ]
    is_short = max((len(digits) for digits, _ in sample), default=0) <= 4

    def agreement(names: dict[str, str]) -> _Agreement:
        found = [(names[digits], name) for digits, name in sample if digits in names]
        same = sum(theirs == name for theirs, name in found)
        return _Agreement(len(sample), len(found), same, is_short)

    return agreement(known.kemendagri), agreement(known.bps)
