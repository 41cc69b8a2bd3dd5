"""Words and masked numbers for the pages about people."""

from django import template
from django.utils.translation import gettext_lazy

from outreach.flags import flag_text
from outreach.masking import masked_nik, masked_phone
from outreach.models import Flag, Registration

register = template.Library()

STATUSES = {
    "submitted": gettext_lazy("received"),
    "flagged": gettext_lazy("with flags"),
    "duplicate": gettext_lazy("duplicate"),
    "conflict": gettext_lazy("to be looked at"),
    "needs_correction": gettext_lazy("waits for a correction"),
    "verified": gettext_lazy("accepted"),
    "handed_off": gettext_lazy("handed off"),
    "awaiting_payment": gettext_lazy("waits for payment"),
    "active": gettext_lazy("active member"),
    "lapsed": gettext_lazy("lapsed"),
    "rejected": gettext_lazy("rejected"),
    "withdrawn": gettext_lazy("withdrawn"),
}
ANSWERS = {
    "same_person": gettext_lazy("Said to be one person"),
    "different_people": gettext_lazy("Said to be different people"),
    "merge": gettext_lazy("Joined by hand"),
    "split": gettext_lazy("Split by hand"),
    "undo": gettext_lazy("Taken back"),
}
FIELDS = {
    "nik": gettext_lazy("NIK"),
    "birth_date": gettext_lazy("Birth date"),
    "phone": gettext_lazy("Phone"),
    "mother_name": gettext_lazy("Mother's name"),
}


@register.filter
def status_name(status: str) -> str:
    return str(STATUSES[status])


@register.filter
def answer_name(kind: str) -> str:
    return str(ANSWERS[kind])


@register.filter
def field_name(name: str) -> str:
    return str(FIELDS[name])


@register.filter
def nik(registration: Registration) -> str:
    return masked_nik(registration.nik, registration.pk) or "–"


@register.filter
def phone(registration: Registration) -> str:
    return masked_phone(registration.phone, registration.pk) or "–"


@register.filter
def told(flag: Flag) -> str:
    return flag_text(flag.code, flag.evidence, getattr(flag, "names", None) or {})
