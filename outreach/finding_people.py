"""People found by what somebody remembers: a name, a NIK or phone number, whole or in part, a
village.

Whole numbers are looked up by their keyed index. Of parts there is none: the numbers are unsealed
and compared, of so many registrations at most that name and village have to leave few enough.
"""

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from outreach.geo.region_codes import is_region_code
from outreach.models import Person, Region, Registration, User
from outreach.scopes import registrations_for
from outreach.sealing import readable
from outreach.searching import matching, named, sought

MOST_UNSEALED = 2000
MOST_VILLAGES = 200
SHORTEST_NAME = 2
_MASKED_NIK = re.compile(r"([0-9]{2,6})[•*.xX…]+([0-9]{2,4})")
_ENDING = re.compile(r"(?:(.*\D)\s+)?([0-9]{3,7})", re.DOTALL)


class Wanted(NamedTuple):
    """What a search text is: a name beside a number or a part of one, each empty if not given."""

    kind: Literal["name", "nik", "phone", "nik_part", "phone_end"]
    name: str
    number: str

    @property
    def is_personal(self) -> bool:
        """Whether it must not stand in an address: those get logged."""
        return self.kind != "name"


class TooMany(Exception):
    """Too many registrations to look through for a part of a number."""


def wanted(text: str) -> Wanted:
    """What somebody is looking for."""
    text = " ".join(text.replace("\0", "").split())
    whole = sought(text)
    if whole.kind != "name":
        return Wanted(whole.kind, "", text)
    if _MASKED_NIK.fullmatch(text):
        return Wanted("nik_part", "", text)
    if ending := _ENDING.fullmatch(text):
        return Wanted("phone_end", (ending[1] or "").strip(), ending[2])
    return Wanted("name", text, "")


def found_people(user: User, sought_for: Wanted, village: str) -> QuerySet[Person]:
    """People of whom the user sees a registration that fits, some village's alone if one is named.

    Raises TooMany.
    """
    fitting = registrations_for(user).filter(_lives_in(village))
    if sought_for.name:
        fitting = fitting.filter(named(sought_for.name))
    match sought_for.kind:
        case "nik" | "phone":
            fitting = fitting.filter(matching(sought(sought_for.number)))
        case "nik_part":
            first, last = _MASKED_NIK.fullmatch(sought_for.number).groups()  # type: ignore[union-attr]  # it is one
            fitting = _unsealed(
                fitting, "nik", lambda nik: nik.startswith(first) and nik.endswith(last)
            )
        case "phone_end":
            fitting = _unsealed(fitting, "phone", lambda phone: phone.endswith(sought_for.number))
    return Person.objects.filter(Exists(fitting.filter(person=OuterRef("pk"))))


def _lives_in(village: str) -> Q:
    """The condition on registrations of a village by its code or a part of its name."""
    if not village:
        return Q()
    if is_region_code(village):
        return Q(domicile_code=village) | Q(domicile_code__startswith=f"{village}.")
    villages = Region.objects.filter(level=Region.Level.VILLAGE, name__icontains=village)
    codes = villages.order_by("code").values_list("code", flat=True)[:MOST_VILLAGES]
    return Q(domicile_code__in=list(codes))


def _unsealed(
    registrations: QuerySet[Registration], field: str, fits: Callable[[str], bool]
) -> QuerySet[Registration]:
    """Those of the registrations whose sealed number fits. Raises TooMany."""
    rows = registrations.exclude(**{field: None}).values_list("pk", field)
    sealed = list(rows[: MOST_UNSEALED + 1])
    if len(sealed) > MOST_UNSEALED:
        raise TooMany
    ids = [key for key, value in sealed if fits(readable(value, key) or "")]
    return Registration.objects.filter(pk__in=ids)
