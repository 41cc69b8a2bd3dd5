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
from outreach.places.sources import Refused

_BPS_DOTTED = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{3}(\.[0-9]{3})?")
_DIGITS = re.compile(r"[0-9.]{2,13}")
_SAMPLE = 2000
_OTHERWISE = 0.1
# Of BPS's village codes of the whole country, one in twenty could be Kemendagri's.
_STRAY = 0.05
_ENOUGH_DISTRICTS = 5
_BY_NUMBERS = "village numbers that begin 1, 2 or 3 throughout"
_SAY = "say --system kemendagri or --system bps"


class Decision(NamedTuple):
    system: System
    decided_by: str


class Named(NamedTuple):
    """A code as written, without dots or with, and the name that goes with it."""

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
    """
    if said and by_columns and said != by_columns:
        theirs, yours = SYSTEM_NAMES[by_columns], SYSTEM_NAMES[said]
        raise Refused([f"{file}: its columns' names say {theirs}, --system says {yours}"])
    by_build, build = _by_build([code for code, _ in codes], parents)
    kemendagri, bps = _by_names(codes)
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
    if not any(is_region_code(dotted(code)) or is_bps_code(code) for code, _ in codes):
        raise Refused([f"{file}: none of its codes is one; the first is {codes[0].code[:40]!r}"])
    raise Refused([f"{file}: its codes could be Kemendagri's or BPS's, and {names}; {_SAY}"])


def bps_digits(code: str) -> str:
    """A BPS code without its dots, if it has them at BPS's places."""
    return code.replace(".", "") if _BPS_DOTTED.fullmatch(code) else code


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


def _by_names(codes: Sequence[Named]) -> tuple[_Agreement, _Agreement]:
    """The sample's agreement by Kemendagri codes, and by BPS codes."""
    sample = [
        (code.replace(".", ""), bare_name(name))
        for code, name in codes[:: len(codes) // _SAMPLE + 1]
        if name and _DIGITS.fullmatch(code)
    ]
    digits = [code for code, _ in sample]
    known = bulk.run(
        "SELECT code, bps_code, name FROM outreach_region"
        " WHERE code = ANY(%s) OR (bps_code <> '' AND bps_code = ANY(%s))",
        [[dotted(code) for code in digits], digits],
    )
    is_short = max(map(len, digits), default=0) <= 4

    def agreement(names: dict[str, str]) -> _Agreement:
        found = [(names[code], name) for code, name in sample if code in names]
        same = sum(theirs == name for theirs, name in found)
        return _Agreement(len(sample), len(found), same, is_short)

    return (
        agreement({code.replace(".", ""): bare_name(name) for code, _, name in known}),
        agreement({bps_code: bare_name(name) for _, bps_code, name in known if bps_code}),
    )
