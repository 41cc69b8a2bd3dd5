"""Kemendagri region codes: PP.KK.CC.DDDD, by province, regency or city, district and village.

BPS codes are plain digits, PPKKCCCDDD, and need not be of the region whose digits look alike.
"""

import re
from collections.abc import Mapping
from itertools import product
from typing import Literal

System = Literal["kemendagri", "bps"]
SYSTEM_NAMES: Mapping[System, str] = {"kemendagri": "Kemendagri", "bps": "BPS"}
CODE_LENGTHS = (2, 5, 8, 13)
"""By level, the province's first."""
REGION_CODE = r"\A[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?\Z"
_PART_LENGTHS = (2, 2, 2, 4)
LEVEL_BY_DIGITS = {2: 1, 4: 2, 6: 3, 10: 4}
BPS_LEVEL_BY_DIGITS = {2: 1, 4: 2, 7: 3, 10: 4}
_NAME_PARTS = re.compile(r"[^\W_]+")
_NAME_ABBREVIATIONS = {
    "kab": "kabupaten",
    "kep": "kepulauan",
    "dki": "daerahkhususibukota",
    "di": "daerahistimewa",
    "adm": "",
    "administrasi": "",
}
# West and Central Kalimantan keep Western time, unlike the rest of the island.
_WESTERN_KALIMANTAN = ("61", "62")


def is_region_code(text: str) -> bool:
    return re.match(REGION_CODE, text) is not None


def is_village_code(text: str) -> bool:
    return is_region_code(text) and level_of(text) == 4


def is_bps_code(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) in BPS_LEVEL_BY_DIGITS


def bps_parent_of(code: str) -> str | None:
    return code[: {10: 7, 7: 4, 4: 2}.get(len(code), 0)] or None


def dotted(digits: str) -> str:
    """A Kemendagri code written without dots, with them; anything else as it is."""
    if not (digits.isascii() and digits.isdigit() and len(digits) in LEVEL_BY_DIGITS):
        return digits
    return ".".join(part for part in (digits[:2], digits[2:4], digits[4:6], digits[6:]) if part)


def possible_codes(text: str) -> list[str]:
    """The codes that a dotted text may have been before a spreadsheet took zeros off its parts."""
    parts = text.split(".")
    if not 2 <= len(parts) <= 4 or not all(part.isascii() and part.isdigit() for part in parts):
        return []
    if len(parts) == 2 and parts[1] == "0":
        return [code for code in (parts[0],) if is_region_code(code)]
    padded = [
        {part.zfill(length), part.ljust(length, "0")}
        for part, length in zip(parts, _PART_LENGTHS, strict=False)
    ]
    return sorted(filter(is_region_code, map(".".join, product(*padded))))


def bare_name(name: str) -> str:
    """A name without case, spaces and punctuation, whichever way its titles are shortened."""
    words = _NAME_PARTS.findall(name.casefold())
    return "".join(_NAME_ABBREVIATIONS.get(word, word) for word in words)


def level_of(code: str) -> int:
    """1 province, 2 regency or city, 3 district, 4 village."""
    return code.count(".") + 1


def lineage_of(code: str) -> list[str]:
    """A region's code after those of the regions that it lies in, the province's first."""
    return [code[:length] for length in CODE_LENGTHS if length <= len(code)]


def parent_of(code: str) -> str | None:
    return code.rpartition(".")[0] or None


def kind_of(code: str) -> str | None:
    """The kind that the code's own digits tell, or None where they tell none."""
    match level_of(code):
        case 1:
            return "province"
        case 2:
            return "city" if code[3] >= "7" else "regency"
        case 3:
            return "district"
        case _:
            return {"1": "kelurahan", "2": "desa", "3": "customary_village"}.get(code[9])


def time_zone_of(code: str) -> str:
    """IANA zone: the code's first digit is the island group."""
    if code[0] in "123" or code.startswith(_WESTERN_KALIMANTAN):
        return "Asia/Jakarta"
    return "Asia/Makassar" if code[0] in "567" else "Asia/Jayapura"


def what_is_wrong_with(text: str) -> str:
    """A sentence about a text that is not a region code, or not a village's."""
    if is_region_code(text):
        return f"{text} is not a village's code"
    parts = text.split(".")
    if text.isdigit() and len(text) in {4, 6, 10}:
        return f"{text!r} is not a dotted Kemendagri code"
    short = [part for part, length in zip(parts, _PART_LENGTHS, strict=False) if len(part) < length]
    if len(parts) <= 4 and short and all(part.isdigit() for part in parts):
        return f"{text[:40]!r} is not a region code: {short[0]!r} has lost a zero"
    return f"{text[:40]!r} is not a region code (PP, PP.KK, PP.KK.CC or PP.KK.CC.DDDD)"
