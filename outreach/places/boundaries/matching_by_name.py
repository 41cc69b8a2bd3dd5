"""Villages found by the names that a file gives for them, their district and their regency."""

from collections import defaultdict
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cached_property

from outreach import bulk
from outreach.geo.conventions import (
    ROLES,
    FieldMap,
    Properties,
    district_key,
    first_value,
    name_columns,
    printable,
    regency_keys,
    village_key,
)
from outreach.places.regions.aliases import IS_TODAYS

MOST_CANDIDATES = 5
_CLOSE = 0.8
# Each looks through all names of a regency.
_MOST_LOOKED_FOR = 2_000


class NamedRegions:
    """The regions that a file's names can mean; read from the database when first asked."""

    def __init__(self, rows: Sequence[Properties], said: FieldMap) -> None:
        self._looked_for = 0
        self._rows = rows
        self._columns = {role: name_columns(rows, said, role) for role in ROLES[1:]}

    def told(self) -> str:
        """Which properties the names are taken from."""
        return "the names in " + ", ".join(
            printable(self._columns[role][0])
            if self._columns[role]
            else f"(no property for the {role})"
            for role in ("regency", "district", "name")
        )

    def within(self, row: Properties) -> tuple[str, str]:
        """The names of the district and the regency, as the file has them."""
        return printable(self._value(row, "district")), printable(self._value(row, "regency"))

    def only(self, row: Properties, name: str) -> str | None:
        """The one village with exactly these names of regency, district and village."""
        regencies, district = self._regencies_of(row), self._value(row, "district")
        if not regencies or not district_key(district):
            return None
        codes = self._villages.get(village_key(name), [])
        fits = [
            code
            for code in codes
            if code[:5] in regencies and self._districts[code[:8]] == district_key(district)
        ]
        return fits[0] if len(fits) == 1 else None

    def candidates(self, row: Properties, name: str, first: Sequence[str] = ()) -> tuple[str, ...]:
        """Villages that it may be, the likeliest first; `first` are known from elsewhere."""
        key = village_key(name)
        if not key:
            return tuple(dict.fromkeys(first))[:MOST_CANDIDATES]
        district = district_key(self._value(row, "district"))
        regencies = self._regencies_of(row)
        codes = self._villages.get(key, [])
        if regencies:
            codes = [code for code in codes if code[:5] in regencies] or self._like(key, regencies)
        in_district = [code for code in codes if self._districts[code[:8]] == district]
        return tuple(dict.fromkeys([*first, *(in_district or codes)]))[:MOST_CANDIDATES]

    def _like(self, key: str, regencies: set[str]) -> list[str]:
        """Villages of these regencies with nearly this name."""
        self._looked_for += 1
        if self._looked_for > _MOST_LOOKED_FOR:
            return []
        found: list[str] = []
        for regency in sorted(regencies):
            keys = self._keys_in[regency]
            for close in get_close_matches(key, keys, MOST_CANDIDATES, _CLOSE):
                found += [code for code in self._villages[close] if code[:5] == regency]
        return found

    def _value(self, row: Properties, role: str) -> object:
        return first_value(row, self._columns[role])

    def _regencies_of(self, row: Properties) -> set[str]:
        keys = regency_keys(self._value(row, "regency"))
        return {code for key in keys for code in self._regencies.get(key, ())}

    @cached_property
    def _regencies(self) -> dict[str, list[str]]:
        """Codes by what a regency is called."""
        codes: dict[str, list[str]] = defaultdict(list)
        for code, name in bulk.run("SELECT code, name FROM outreach_region WHERE level = 2"):
            for key in regency_keys(name):
                codes[key].append(code)
        return codes

    @cached_property
    def _below(self) -> list[tuple[str, int, str]]:
        """Districts and villages of the regencies that the file names, or else of all."""
        named = sorted({code for row in self._rows for code in self._regencies_of(row)})
        return bulk.run(
            "SELECT code, level, name FROM outreach_region AS village"
            f" WHERE (level = 3 OR level = 4 AND {IS_TODAYS})"
            " AND (left(code, 5) = ANY(%s) OR %s) ORDER BY code",
            [named, not named],
        )

    @cached_property
    def _districts(self) -> dict[str, str]:
        return {code: district_key(name) for code, level, name in self._below if level == 3}

    @cached_property
    def _villages(self) -> dict[str, list[str]]:
        codes: dict[str, list[str]] = defaultdict(list)
        for code, level, name in self._below:
            if level == 4:
                codes[village_key(name)].append(code)
        return codes

    @cached_property
    def _keys_in(self) -> dict[str, set[str]]:
        """The names of each regency's villages, as keys."""
        keys: dict[str, set[str]] = defaultdict(set)
        for key, codes in self._villages.items():
            for code in codes:
                keys[code[:5]].add(key)
        return keys
