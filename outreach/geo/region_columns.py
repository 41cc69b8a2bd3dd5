"""What the columns of a list of regions mean, by the names that people give them."""

import re
from typing import Literal, NamedTuple

from outreach.geo.region_codes import System

What = Literal["code", "name", "parent", "level", "kind"]

_LEVELS: dict[int, str] = {
    1: "provinsi|propinsi|province|prov|prop",
    2: "kabupatenkota|kabupaten|kabkota|kabkot|kab|kota|regency|city",
    3: "kecamatan|kec|subdistrict|district|distrik",
    4: "desakelurahan|kelurahandesa|desakel|keldesa|deskel|kelurahan|desa|kel|village",
}
_LEVEL = "|".join(_LEVELS.values())
_OF = f"(?:{_LEVEL}|wilayah|wil|daerah|region|area|administrasi|administratif|adm)*"
_WORD = re.compile(_LEVEL)
_CODE = "(?:codes?|kode|kd|id)"
_NAME = "(?:name|nama|nm)"
_PATTERNS: tuple[tuple[What, re.Pattern[str]], ...] = (
    ("parent", re.compile(f"{_CODE}?(?:parent|induk){_CODE}?")),
    ("code", re.compile(f"{_CODE}{_OF}")),
    ("code", re.compile(f"{_OF}{_CODE}")),
    ("name", re.compile(f"{_NAME}{_OF}")),
    ("name", re.compile(f"{_OF}{_NAME}")),
    ("name", re.compile(f"(?:{_LEVEL})+|wilayah|daerah|uraian|label")),
    ("level", re.compile("level|tingkat|tingkatan|lvl")),
    ("kind", re.compile("type|tipe|jenis|kind")),
)
_SYSTEMS: tuple[tuple[System, re.Pattern[str]], ...] = (
    ("bps", re.compile("bps")),
    ("kemendagri", re.compile("kemendagri|permendagri|depdagri|mendagri|dagri|kmd")),
)
_VINTAGE = re.compile(r"_?((?:19|20)\d\d)$")


class Role(NamedTuple):
    """A column's meaning; no `level` where its name tells none, no `system` likewise."""

    what: What
    level: int | None
    system: System | None
    vintage: str


# BIG's and OCHA's own names, which follow no rule.
_KNOWN: dict[str, Role] = {
    "kdepum": Role("code", 4, "kemendagri", ""),
    "kdcpum": Role("code", 3, "kemendagri", ""),
    "kdpkab": Role("code", 2, "kemendagri", ""),
    "kdppum": Role("code", 1, "kemendagri", ""),
    "kdebps": Role("code", 4, "bps", ""),
    "kodekd": Role("code", 4, None, ""),
    "namobj": Role("name", None, None, ""),
    "wadmkd": Role("name", 4, None, ""),
    "wadmkc": Role("name", 3, None, ""),
    "wadmkk": Role("name", 2, None, ""),
    "wadmpr": Role("name", 1, None, ""),
    **{f"adm{level}pcode": Role("code", level, "bps", "") for level in (1, 2, 3, 4)},
    **{
        f"adm{level}{en}": Role("name", level, None, "")
        for level in (1, 2, 3, 4)
        for en in ("en", "id")
    },
}


def role_of(column: str) -> Role | None:
    """What a column of this name holds, whatever its case and punctuation; None if not known."""
    squashed = re.sub(r"[^a-z0-9]+", "_", column.casefold()).strip("_")
    dated = _VINTAGE.search(squashed)
    squashed = _VINTAGE.sub("", squashed).replace("_", "")
    if squashed in _KNOWN:
        return _KNOWN[squashed]
    system: System | None = None
    for name, words in _SYSTEMS:
        if words.search(squashed):
            system, squashed = name, words.sub("", squashed, count=1) or "code"
            break
    for what, pattern in _PATTERNS:
        if pattern.fullmatch(squashed):
            return Role(what, _level_in(squashed), system, dated[1] if dated else "")
    return None


def _level_in(squashed: str) -> int | None:
    """The one level that a column's name tells; one for several levels tells none."""
    levels = {
        level
        for word in _WORD.findall(squashed)
        for level, words in _LEVELS.items()
        if word in words.split("|")
    }
    return levels.pop() if len(levels) == 1 else None
