"""What can be said of a pair of records: codes, their words, and how much each weighs.

Whoever shows them looks the code up in WORDS, translates the text and fills in the figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from outreach.dedup.deciding import Veto

BASE = "base"

WORDS: Mapping[str, str] = {
    BASE: "What any two registrations start from: hardly any two are of one person",
    "name_same": "The same name",
    "name_written": "Nearly the same name, written in another way",
    "name_alike": "Nearly the same name: some letters differ",
    "name_initials": "The names fit each other, partly in initials",
    "name_joined": "Nearly the same name, with other spaces",
    "name_part": "One name is part of the other, or some of their words are alike",
    "name_little": "Little of the names is alike",
    "name_differs": "Different names",
    "name_missing": "A name is missing",
    "date_same": "Born on the same day",
    "date_same_guess": "The same birth date, but one that is written when nobody knows it",
    "date_swapped": "The same birth date with day and month swapped",
    "date_typo": "Nearly the same birth date: one digit, or the year by one, is off",
    "date_guess": "A birth date is perhaps a guess; years apart: %(years)d",
    "date_guess_same_year": "Born in the same year, though one date is perhaps a guess",
    "date_two_parts": "Of day, month and year of birth two are the same",
    "date_same_year": "Born in the same year, on different days",
    "date_differs": "Different birth dates; years apart: %(years)d",
    "date_missing": "A birth date is missing",
    "nik_same": "The same NIK",
    "nik_same_shared": "The same NIK, but it is used with %(users)d birth dates",
    "nik_twin": "The NIKs differ only in the last four digits: twins, or a slip of typing",
    "nik_mistyped": "Nearly the same NIK; slips of typing: %(digits)d",
    "nik_partly": "The NIKs are partly alike; slips of typing it would take: %(digits)d",
    "nik_crossed": "A NIK says the birth date of the other record, not that of its own",
    "nik_differs": "Different NIKs, and both fit their birth date and sex",
    "nik_differs_misfit": "Different NIKs, but not both fit their birth date and sex",
    "nik_missing": "A NIK is missing or not complete, so the NIKs do not disagree",
    "mother_same": "The same mother's name",
    "mother_written": "Nearly the same mother's name, written in another way",
    "mother_alike": "Nearly the same mother's name, or one is part of the other",
    "mother_differs": "Different mothers' names",
    "mother_part": "The mothers' names are partly alike",
    "mother_missing": "A mother's name is missing",
    "phone_same": "The same phone",
    "phone_same_shared": "The same phone, but it is used with %(users)d birth dates",
    "phone_mistyped": "Nearly the same phone; slips of typing: %(digits)d",
    "phone_differs": "Different phones",
    "phone_missing": "A phone is missing",
    "place_same_home": "The same address",
    "place_alike_home": "Nearly the same address",
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
    "veto_nik_alone": "The same NIK, but name and birth date do not agree enough",
    "veto_generation": "Born too far apart for a slip of typing: perhaps parent and child",
    "veto_no_name": "Too little of a name in common, and no NIK in common",
    "veto_common_name": "A common name, and no NIK, phone, address or mother's name in common",
    "veto_twins": "Perhaps twins: about one birth date and one household, but another name",
}
"""Code → English text with its figures by name; the translations are keyed by these texts."""

_WRITTEN = {"name_same": "name_written", "mother_same": "mother_written"}


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of WORDS, the figures of its text, and the log odds it adds; a veto's weight is 0."""

    code: str
    weight: float
    figures: Mapping[str, int] = field(default_factory=dict)


def veto_codes(bits: int) -> list[str]:
    """The codes of Vetoes that stand as bits."""
    return [f"veto_{veto.name}".lower() for veto in Veto if veto & bits]


def as_written(reason: Reason, *, name: bool, mother: bool) -> Reason:
    """The reason, in other words where two names are equal only after spelling is evened out.

    `name` and `mother`: whether those two are written alike.
    """
    alike = {"name_same": name, "mother_same": mother}.get(reason.code, True)
    return reason if alike else Reason(_WRITTEN[reason.code], reason.weight, reason.figures)
