"""How boundary files write villages: properties with codes, parts of codes, and names."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from outreach.geo.region_codes import SYSTEM_NAMES, System, dotted

Properties = Mapping[str, Any]
ROLES = ("code", "name", "district", "regency")

# What publishers call a village's code; shapefiles cut a name after ten characters.
CODE_FIELDS = {
    "kdepum": "BIG",
    "kdebps": "BIG",
    "kode_desa": "Dukcapil",
    "kode_desa_spatial": "Dukcapil",
    "kode_kd": "Dukcapil",
    "kode_kel": "Dukcapil",
    "adm4_pcode": "HDX",
    "village_code": "HDX",
    "iddesa": "BPS",
    "kode_bps": "BPS",
    "bps_code": "BPS",
    "cc_4": "GADM",
    "code": "cahyadsn",
    "kode": "cahyadsn",
}
BY_VALUES = "by its values"
# Properties that hold a code in parts: of the province, the regency, the district, the village.
CODE_PARTS = (
    (("no_prop", "no_kab", "no_kec", "no_kel"), "Dukcapil"),
    (("kdprov", "kdkab", "kdkec", "kddesa"), "BPS"),
    (("kd_prov", "kd_kab", "kd_kec", "kd_desa"), "BPS"),
    (("provno", "kabkotno", "kecno", "desano"), "BPS"),
    *(
        ((f"{kode}{province}", f"{kode}kab", f"{kode}kec", f"{kode}{village}"), "in parts")
        for kode in ("", "kode_", "kd_", "kode", "kd")
        for province in ("prov", "prop")
        for village in ("kel", "desa")
        if kode not in {"kd_", "kd"} or (province, village) != ("prov", "desa")
    ),
    (("provinsi", "kabupaten", "kecamatan", "kelurahan"), "in parts"),
    (("provinsi", "kabupaten", "kecamatan", "desa"), "in parts"),
)
NAME_FIELDS = {
    "name": (
        *("wadmkd", "nama_kel", "nama_desa", "nmdesa", "desa_kelurahan", "adm4_en", "adm4_name"),
        *("village_name", "village", "desa", "kelurahan", "desa_kel", "kel_desa", "name_4"),
        *("nm_desa", "namadesa", "nama_desa_kel", "name", "nama", "namobj"),
    ),
    "district": (
        *("wadmkc", "nama_kec", "nmkec", "adm3_en", "adm3_name", "district_name", "district"),
        *("kecamatan", "kec", "sub_district", "subdistrict", "name_3", "nm_kec", "namakec"),
    ),
    "regency": (
        *("wadmkk", "nama_kab", "nmkab", "adm2_en", "adm2_name", "regency_name", "regency"),
        *("kabupaten", "kab_kota", "kabkot", "kabkota", "kabupaten_kota", "kota", "city"),
        *("name_2", "nm_kab", "namakab", "nama_kabkot", "kab", "nama_kab_kota"),
    ),
}
_SHAPEFILE_NAME = 10
# Enough for any publisher; each is compared with all features.
MOST_PROPERTIES = 200
_LONGEST_NAME = 200

_DIGITS = re.compile(r"'?([0-9]{10})(?:\.0*)?")
_SCIENTIFIC = re.compile(r"[0-9]\.[0-9]{9,20}[eE]\+?0?0?9")
_CUT_SHORT = re.compile(r"[0-9](?:[.,][0-9]{0,8})?[eE]\+?0?0?[89]")
# In groups of digits, with what a publisher puts between them and before them: KEL-12-71-01-1001.
_BEFORE, _BETWEEN = r"(?:[A-Za-z]{1,12}[-_.: ])?", r"(?P<between>[-_. ])"
_KEMENDAGRI = re.compile(
    rf"{_BEFORE}([0-9]{{2}}){_BETWEEN}([0-9]{{2}})(?P=between)([0-9]{{2}})(?P=between)([0-9]{{4}})"
)
_BPS = re.compile(
    rf"{_BEFORE}([0-9]{{2}}){_BETWEEN}([0-9]{{2}})(?P=between)([0-9]{{3}})(?P=between)([0-9]{{3}})"
)
_P_CODE = re.compile(r"id([0-9]{10})", re.IGNORECASE)
_COARSE = re.compile(r"[0-9]{2}(?:\.[0-9]{2}){1,2}|id[0-9]{4}(?:[0-9]{3})?", re.IGNORECASE)
_SEVERAL = re.compile(r"\s*(?:[/;,&|]|\bdan\b|\band\b)\s*")
_LETTER = re.compile(r"[^\W\d_]")
_LETTERS = re.compile(r"[\W_]+")
_REGENCY = re.compile(r"^(?:kabupaten|kab\b\.?)\s*")
_ADMINISTRATIVE = re.compile(r"\b(?:administrasi|adm\b\.?)\s*")
_VILLAGE = re.compile(r"^(?:desa adat|desa|kelurahan|kel\.|kel\b|ds\.)\s+(?=\S)")
_DISTRICT = re.compile(r"^(?:kecamatan|kec\.|kec\b)\s*(?=\S)")
_NO_LAND = re.compile(
    r"\b(?:laut(?:an)?|perairan|danau|waduk|sungai|hutan|kawasan hutan|mask|outline)\b",
    re.IGNORECASE,
)
_DISPUTED = re.compile(
    r"(?<!tidak )(?<!bukan )(?<!bebas )(?<!tanpa )(?<!not )(?<!non )(?<!un)"
    r"\b(?:sengketa|disputed?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FieldMap:
    """What the person says about a file: which property plays a role, and the code system."""

    fields: Mapping[str, str] = field(default_factory=dict)
    system: System | None = None


@dataclass(frozen=True, slots=True)
class CodeColumn:
    """A property read as codes of one system; a feature can have none, or several if disputed."""

    label: str
    convention: str
    system: System
    codes: list[tuple[str, ...]]

    @property
    def filled(self) -> int:
        return sum(map(bool, self.codes))


def codes_in(value: object, system: System) -> tuple[str, ...]:
    """The village codes that a value can mean in a system: dotted Kemendagri, or ten BPS digits.

    Ten bare digits, also as a number, can be either; groups of digits with dots, hyphens or spaces
    between, or a P-code's `ID` tell.
    """
    codes = [_code(part, system) for part in _SEVERAL.split(written(value)[:200]) if part]
    return tuple(dict.fromkeys(codes)) if codes and all(codes) else ()


def is_coarse_code(value: object) -> bool:
    """Whether it is plainly the code of a province's part that is larger than a village."""
    return _COARSE.fullmatch(written(value)) is not None


def is_cut_short(value: object) -> bool:
    """Whether it is a number of a code's size as a spreadsheet shows it, with few of its digits."""
    return _CUT_SHORT.fullmatch(written(value)) is not None


def written(value: object) -> str:
    """A property's value as text, whole numbers without a point."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**40 else ""
    return str(value).strip()


def _code(text: str, system: System) -> str:
    if _SCIENTIFIC.fullmatch(text):
        text = f"{float(text):.0f}"
    if digits := _DIGITS.fullmatch(text):
        code = digits[1]
        return code if system == "bps" else dotted(code)
    if grouped := (_KEMENDAGRI if system == "kemendagri" else _BPS).fullmatch(text):
        parts = grouped.group(1, 3, 4, 5)
        return ("." if system == "kemendagri" else "").join(parts)
    if system == "kemendagri":
        return ""
    p_code = _P_CODE.fullmatch(text)
    return p_code[1] if p_code else ""


def printable(value: object) -> str:
    """A property's value or name fit for a report."""
    return "".join(letter if letter.isprintable() else " " for letter in written(value)[:120])


def property_named(wanted: str, properties: Iterable[str]) -> str | None:
    """The property of that name, whatever its case, or cut to a shapefile's ten characters."""
    lower = {name.lower(): name for name in properties}
    wanted = wanted.lower()
    return lower.get(wanted) or lower.get(wanted[:_SHAPEFILE_NAME])


def code_columns(rows: Sequence[Properties], said: FieldMap) -> list[CodeColumn]:
    """Every way to read codes of villages from these features, publishers' names for them first.

    Without a name that is known, any property counts of which most features have such a code.
    """
    names = property_names(rows)
    systems = (said.system,) if said.system else tuple(SYSTEM_NAMES)
    if wanted := said.fields.get("code"):
        labels = {wanted: "as said"}
    else:
        labels = {
            found: publisher
            for name, publisher in CODE_FIELDS.items()
            if (found := property_named(name, names))
        }
    columns = _read(rows, labels, systems, 1) + ([] if wanted else _in_parts(rows, systems))
    if not columns and not wanted:
        unknown = dict.fromkeys(names, BY_VALUES)
        columns = _read(rows, unknown, systems, max(1, len(rows) // 2))
    return columns


def property_names(rows: Sequence[Properties]) -> list[str]:
    """The properties of all features, in the order in which they first come, the first of many."""
    return list(dict.fromkeys(name for row in rows for name in row))[:MOST_PROPERTIES]


def _read(
    rows: Sequence[Properties], labels: Mapping[str, str], systems: Iterable[System], least: int
) -> list[CodeColumn]:
    columns = [
        CodeColumn(name, publisher, system, [codes_in(row.get(name), system) for row in rows])
        for name, publisher in labels.items()
        for system in systems
    ]
    return [column for column in columns if column.filled >= least]


def _in_parts(rows: Sequence[Properties], systems: Iterable[System]) -> list[CodeColumn]:
    names = property_names(rows)
    columns: list[CodeColumn] = []
    for wanted, publisher in CODE_PARTS:
        found = [property_named(name, names) for name in wanted]
        parts = [name for name in found if name is not None]
        if len(parts) == len(wanted):
            for system in systems:
                codes = [_joined([row.get(name) for name in parts], system) for row in rows]
                columns.append(CodeColumn("+".join(parts), publisher, system, codes))
    return [column for column in columns if column.filled]


def _joined(values: Sequence[object], system: System) -> tuple[str, ...]:
    lengths = (2, 2, 2, 4) if system == "kemendagri" else (2, 2, 3, 3)
    texts = [written(value) for value in values]
    if not all(
        text.isascii() and text.isdigit() and len(text) <= length
        for text, length in zip(texts, lengths, strict=True)
    ):
        return ()
    joined = [text.zfill(length) for text, length in zip(texts, lengths, strict=True)]
    return codes_in("".join(joined), system)


def name_columns(rows: Sequence[Properties], said: FieldMap, role: str) -> list[str]:
    """The properties that hold a role's names: as said, or all that publishers call so."""
    if wanted := said.fields.get(role):
        return [wanted]
    names = property_names(rows)
    known = (property_named(name, names) for name in NAME_FIELDS[role])
    return [name for name in dict.fromkeys(known) if name and not _is_of_numbers(rows, name)]


def _is_of_numbers(rows: Sequence[Properties], name: str) -> bool:
    """Whether a property has values, and none with a letter: codes of a part, perhaps."""
    texts = [text for row in rows if (text := written(row.get(name)))]
    return bool(texts) and not any(_LETTER.search(text) for text in texts)


def first_value(row: Properties, columns: Iterable[str]) -> object:
    """The first of these properties that says something."""
    return next((value for name in columns if (value := row.get(name)) not in (None, "")), None)


def village_key(name: object) -> str:
    """A village's name as it is compared: without case, accents, punctuation and `Desa`."""
    return _village_key(written(name)[:_LONGEST_NAME])


@lru_cache(maxsize=100_000)
def _village_key(name: str) -> str:
    return _key(_VILLAGE.sub("", _plain(name)))


def district_key(name: object) -> str:
    return _key(_DISTRICT.sub("", _plain(written(name)[:_LONGEST_NAME])))


@lru_cache(maxsize=2_000)
def _regency_keys(name: str) -> tuple[str, ...]:
    plain = _ADMINISTRATIVE.sub("", _plain(name))
    bare = _REGENCY.sub("", plain)
    if bare != plain:
        return (f"kabupaten {_key(bare)}",)
    if plain.startswith("kota ") and not plain.startswith("kota baru"):
        return (f"kota {_key(plain[5:])}",)
    return (f"kabupaten {_key(plain)}", f"kota {_key(plain)}") if _key(plain) else ()


def regency_keys(name: object) -> tuple[str, ...]:
    """What a regency's name can mean: `Kota Kediri` the city, `Kediri` the city or the regency."""
    return _regency_keys(written(name)[:_LONGEST_NAME])


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).casefold()
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


def _key(text: str) -> str:
    return _LETTERS.sub("", text)


def is_no_land(name: str) -> bool:
    """Whether something is named like the water and forests that layers fill their gaps with."""
    return _NO_LAND.search(name) is not None


def is_disputed(properties: Properties) -> bool:
    """Whether a property says that the area is disputed (sengketa)."""
    for name, value in properties.items():
        if isinstance(value, str) and _DISPUTED.search(value[:500]):
            return True
        if _DISPUTED.search(name.replace("_", " ")) and value in (True, 1, "1", "ya", "Ya", "Y"):
            return True
    return False
