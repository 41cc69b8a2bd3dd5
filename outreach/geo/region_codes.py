"""Kemendagri region codes: PP.KK.CC.DDDD, by province, regency or city, district and village."""

import re

_CODE = re.compile(r"[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?")
_PART_LENGTHS = (2, 2, 2, 4)
# West and Central Kalimantan keep Western time, unlike the rest of the island.
_WESTERN_KALIMANTAN = ("61", "62")


def is_region_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


def is_village_code(text: str) -> bool:
    return is_region_code(text) and level_of(text) == 4


def level_of(code: str) -> int:
    """1 province, 2 regency or city, 3 district, 4 village."""
    return code.count(".") + 1


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
        return f"{text!r} is not a region code: {short[0]!r} has lost a zero"
    return f"{text!r} is not a region code (PP, PP.KK, PP.KK.CC or PP.KK.CC.DDDD)"
