"""What can be wrong with a record, in words: by code, and where that says too little, by place.

Kept problems are codes and pointers; they get their words when they are told, in the language of
whoever asks. No text repeats what was sent, which may be somebody's NIK in the wrong field.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

TEXTS: dict[str, Any] = {
    "bad_text": _("Holds a character that cannot be stored."),
    "campaign_unknown": _("There is no such campaign."),
    "flag_unknown": _("The registration never had such a flag."),
    "id_repeated": _("Too many versions of one record in one batch."),
    "id_taken": _("This id belongs to another record."),
    "invalid": _("This value does not have the form it needs."),
    "jht_required": _("An employer takes JHT as well."),
    "lead_erased": _("What was kept about this lead was erased; it takes no more changes."),
    "missing": _("This field is required."),
    "more_than_came": _("More than came to the session."),
    "not_an_object": _("A record is a JSON object."),
    "out_of_range": _("Not a time of this century, or not one of a time zone there is."),
    "programmes_minimum": _("JKK and JKM go together."),
    "registration_unknown": _("This is none of your registrations."),
    "repeated": _("A programme is named twice."),
    "server_fault": _("The server failed on this record; send it again."),
    "too_many_answers": _("Too much was said about this flag."),
    "too_deep": _("Too many levels within each other."),
    "village_unknown": _("There is no village of this code: look it up under Regions."),
}
TEXTS_AT: dict[tuple[str, str], Any] = {
    ("missing", "/nik"): _("Give the NIK, or the reason why there is none."),
    ("missing", "/location"): _("Give the location, or the reason why there is none."),
    ("invalid", "/nik"): _("A NIK is 16 digits."),
    ("invalid", "/phone"): _("A phone number starts with + and the country code: +62812…"),
    ("invalid", "/birth_date"): _("A date is written as 1984-03-05, and has to exist."),
    ("invalid", "/full_name"): _("A name is 1 to 120 characters, and not only spaces."),
    ("invalid", "/domicile_village"): _("A village code is written as 12.71.01.1001."),
    ("invalid", "/village"): _("A village code is written as 12.71.01.1001."),
    ("invalid", "/work_village"): _("A village code is written as 12.71.01.1001."),
    ("out_of_range", "/birth_date"): _("Not a birth date of this time."),
}


def problem_text(code: str, pointer: str) -> str:
    """What is wrong, in the active language."""
    return str(TEXTS_AT.get((code, pointer)) or TEXTS[code])
