"""Which codes a file has, Kemendagri's or BPS's: decided for the whole file, never by row."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from outreach import bulk
from outreach.geo.region_codes import (
    bare_name,
    dotted,
    is_bps_code,
    is_region_code,
    possible_codes,
)
from outreach.geo.region_columns import System
from outreach.places.sources import Refused

_BPS_DOTTED = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{3}(\.[0-9]{3})?")
_DIGITS = re.compile(r"[0-9.]{2,13}")
_SAMPLE = 2000
# Of BPS's village codes of the whole country, one in twenty could be Kemendagri's.
_STRAY = 0.05
_ENOUGH_DISTRICTS = 5
_TITLES = {"kemendagri": "Kemendagri", "bps": "BPS"}
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
        raise Refused(
            [f"{file}: its columns' names say {_TITLES[by_columns]}, --system says {_TITLES[said]}"]
        )
    by_build, build = _by_build([code for code, _ in codes], parents)
    agreeing = _agreeing(codes)
    names = (
        f"{agreeing['kemendagri']} of {agreeing['compared']} names are those of known regions by"
        f" their Kemendagri codes, {agreeing['bps']} by their BPS codes"
    )
    likelier = _likelier(agreeing)
    system = said or by_columns or by_build
    if system and likelier and likelier != system:
        raise Refused([f"{file} seems to have {_TITLES[system]} codes, but {names}: {_SAY}"])
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
        return "kemendagri", "village numbers that begin 1, 2 or 3 throughout"
    return None, ""


def _majority(kemendagri: int, bps: int) -> System | None:
    if kemendagri > 9 * bps:
        return "kemendagri"
    return "bps" if bps > 9 * kemendagri else None


def _agreeing(codes: Sequence[Named]) -> dict[str, int]:
    """How many names of a sample are those of known regions, reading codes in either system."""
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
    by_code = {code: bare_name(name) for code, _, name in known}
    by_bps = {bps_code: bare_name(name) for _, bps_code, name in known}
    return {
        "compared": len(sample),
        "kemendagri": sum(by_code.get(dotted(code)) == name for code, name in sample),
        "bps": sum(by_bps.get(code) == name for code, name in sample),
    }


def _likelier(agreeing: dict[str, int]) -> System | None:
    """The system by which half of the names agree, and twice as many as by the other."""
    enough = max(min(3, agreeing["compared"]), agreeing["compared"] / 2, 1)
    if agreeing["kemendagri"] >= max(enough, 2 * agreeing["bps"]):
        return "kemendagri"
    return "bps" if agreeing["bps"] >= max(enough, 2 * agreeing["kemendagri"]) else None
