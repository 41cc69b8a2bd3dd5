"""Why two records are, or are not, taken for one person: codes, figures and how much each weighs.

The page that shows them looks the code up in WORDS, translates the text and fills in the figures.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from outreach.dedup.columns import Columns, Ints
from outreach.dedup.comparing import FAR, Comparison, compare
from outreach.dedup.deciding import Veto, vetoes
from outreach.dedup.levels import mother_agreement, name_agreement
from outreach.dedup.scoring import Contribution, Model, contributions

_ALIKE = 0.75
_NOT_ALIKE = 0.3
_SAME_HOME = 0.8

WORDS: Mapping[str, str] = {
    "name_same": "The same name",
    "name_alike": "The same name, spelled a little differently",
    "name_initials": "The same name, partly in initials",
    "name_joined": "The same name, with other spaces",
    "name_part": "One name is part of the other, or they share some words",
    "name_differs": "Different names",
    "name_missing": "A name is missing",
    "date_same": "Born on the same day",
    "date_same_guess": "The same birth date, but one that is written when nobody knows it",
    "date_swapped": "The same birth date with day and month swapped",
    "date_typo": "Nearly the same birth date: a digit, or one part by one, is off",
    "date_guess": "A birth date is perhaps a guess; years apart: %(years)d",
    "date_guess_same_year": "Born in the same year, though one date is perhaps a guess",
    "date_same_year": "Born in the same year, on different days",
    "date_differs": "Different birth dates; years apart: %(years)d",
    "date_missing": "A birth date is missing",
    "nik_same": "The same NIK",
    "nik_same_shared": "The same NIK, but it is used with %(users)d birth dates",
    "nik_twin": "The NIKs differ only in the last four digits, as those of twins do",
    "nik_mistyped": "Nearly the same NIK; slips of typing: %(digits)d",
    "nik_differs": "Different NIKs, and both fit their birth date and sex",
    "nik_differs_misfit": "Different NIKs, but not both fit their birth date and sex",
    "nik_missing": "A NIK is missing or not complete",
    "mother_same": "The same mother's name",
    "mother_differs": "Different mothers' names",
    "mother_part": "The mothers' names are partly alike",
    "mother_missing": "A mother's name is missing",
    "phone_same": "The same phone",
    "phone_same_shared": "The same phone, but it is used with %(users)d birth dates",
    "phone_mistyped": "Nearly the same phone; slips of typing: %(digits)d",
    "phone_differs": "Different phones",
    "phone_missing": "A phone is missing",
    "place_same_home": "The same address",
    "place_same_village": "The same village",
    "place_same_district": "The same district, another village",
    "place_differs": "Living in different districts",
    "sex_same": "No difference in sex",
    "sex_differs": "Different sexes",
    "occupation_same": "The same occupation",
    "occupation_differs": "Different occupations",
    "occasion_same_hour": "Registered by the same kader within an hour",
    "occasion_other": "Registered on different occasions",
    "household_shared": "Something that a family shares: mother, phone or address",
    "household_other": "Nothing that a family would share",
    "veto_other_serial": "Complete NIKs that differ only in the last four digits: twins, or a slip",
    "veto_other_nik": "Complete NIKs that both fit and differ in more than two digits",
    "veto_nik_alone": "The same NIK, but neither the name nor the birth date agrees",
    "veto_generation": "Born too far apart for a slip of typing: perhaps parent and child",
    "veto_no_name": "Too little of a name in common, and no NIK to go by",
    "veto_twins": "Perhaps twins: one birth date and one household, but another name",
}
"""Code → English text with its figures by name; the translations are keyed by these texts."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of WORDS, the figures of its text, and the log odds it adds; a veto's weight is 0."""

    code: str
    weight: float
    figures: Mapping[str, int] = field(default_factory=dict)


def veto_codes(bits: int) -> list[str]:
    """The codes of Vetoes that stand as bits."""
    return [f"veto_{veto.name}".lower() for veto in Veto if veto & bits]


def explain(model: Model, columns: Columns, left: Ints, right: Ints) -> list[list[Reason]]:
    """For each pair the vetoes, then what weighs most; an evidence that weighs
    nothing comes last."""
    pair = compare(columns, left, right)
    bits = vetoes(pair).tolist()
    return [
        [
            *(Reason(code, 0.0) for code in veto_codes(bits[at])),
            *_reasons(pair, at, weights),
        ]
        for at, weights in enumerate(contributions(model, pair))
    ]


def _reasons(pair: Comparison, at: int, weights: list[Contribution]) -> Iterator[Reason]:
    said = {
        "name": _name,
        "birth_date": _date,
        "nik": _nik,
        "mother": _mother,
        "phone": _phone,
        "place": _place,
        "sex": _sex,
        "occupation": _occupation,
        "occasion": _occasion,
        "household": _household,
    }
    for one in weights:
        code, figures = said[one.evidence](pair, at)
        yield Reason(code, one.weight, figures)


_Said = tuple[str, Mapping[str, int]]


def _name(pair: Comparison, at: int) -> _Said:
    names, agreement = pair.names, float(name_agreement(pair)[at])
    if not names.known[at]:
        return "name_missing", {}
    if names.same[at]:
        return "name_same", {}
    if names.joined[at]:
        return "name_joined", {}
    if agreement >= _ALIKE and names.typos[at] > 0:
        return "name_alike", {}
    if names.initials[at] and not (names.left_alone[at] and names.right_alone[at]):
        return "name_initials", {}
    return ("name_part" if agreement >= _NOT_ALIKE else "name_differs"), {}


def _date(pair: Comparison, at: int) -> _Said:
    dates, apart = pair.dates, int(pair.dates.years[at])
    if not dates.known[at]:
        return "date_missing", {}
    if dates.same[at]:
        return ("date_same_guess" if dates.vague[at] else "date_same"), {}
    if dates.swapped[at]:
        return "date_swapped", {}
    if dates.vague[at]:
        return ("date_guess", {"years": apart}) if apart else ("date_guess_same_year", {})
    if dates.typo[at]:
        return "date_typo", {}
    return ("date_differs", {"years": apart}) if apart else ("date_same_year", {})


def _nik(pair: Comparison, at: int) -> _Said:
    niks, apart = pair.niks, int(pair.niks.apart[at])
    if niks.same[at]:
        users = int(niks.users[at])
        return ("nik_same_shared", {"users": users}) if users > 2 else ("nik_same", {})
    if apart == FAR:
        return "nik_missing", {}
    if niks.twin[at]:
        return "nik_twin", {}
    if apart <= 4:
        return "nik_mistyped", {"digits": apart}
    return ("nik_differs" if niks.fits[at] == 2 else "nik_differs_misfit"), {}


def _mother(pair: Comparison, at: int) -> _Said:
    if not pair.mothers.known[at]:
        return "mother_missing", {}
    agreement = float(mother_agreement(pair)[at])
    if agreement >= _ALIKE:
        return "mother_same", {}
    return ("mother_part" if agreement >= _NOT_ALIKE else "mother_differs"), {}


def _phone(pair: Comparison, at: int) -> _Said:
    contacts, apart = pair.contacts, int(pair.contacts.phone_apart[at])
    if contacts.same_phone[at]:
        users = int(contacts.phone_users[at])
        return ("phone_same_shared", {"users": users}) if users > 2 else ("phone_same", {})
    if apart == FAR:
        return "phone_missing", {}
    return ("phone_mistyped", {"digits": apart}) if apart <= 2 else ("phone_differs", {})


def _place(pair: Comparison, at: int) -> _Said:
    contacts = pair.contacts
    if contacts.address_alike[at] >= _SAME_HOME:
        return "place_same_home", {}
    if contacts.same_village[at]:
        return "place_same_village", {}
    return ("place_same_district" if contacts.same_district[at] else "place_differs"), {}


def _sex(pair: Comparison, at: int) -> _Said:
    return ("sex_differs" if pair.sex_differs[at] else "sex_same"), {}


def _occupation(pair: Comparison, at: int) -> _Said:
    same = pair.occasions.same_occupation[at]
    return ("occupation_same" if same else "occupation_differs"), {}


def _occasion(pair: Comparison, at: int) -> _Said:
    occasions = pair.occasions
    same = occasions.same_kader[at] and occasions.hours[at] <= 1
    return ("occasion_same_hour" if same else "occasion_other"), {}


def _household(pair: Comparison, at: int) -> _Said:
    contacts = pair.contacts
    shared = (
        contacts.same_phone[at]
        or contacts.address_alike[at] >= _SAME_HOME
        or (pair.mothers.known[at] and mother_agreement(pair)[at] >= _ALIKE)
    )
    return ("household_shared" if shared else "household_other"), {}
