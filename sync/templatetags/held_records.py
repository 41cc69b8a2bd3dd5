"""Words for the pages about held records."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outreach.masking import masked_field
from outreach.pages.case_words import CONSENTS, FIELDS, MEMBERSHIPS, PAYERS, SEXES
from outreach.record_problems import TEXTS, problem_text
from sync.held import content_of
from sync.models import HeldRecord
from sync.pages.held_form import FIELDS as FORM_FIELDS
from sync.pages.held_form import Field
from sync.pages.held_times import read_time
from sync.releasing import VILLAGES

register = template.Library()

STATES: Mapping[str, Any] = {
    "held": gettext_lazy("held"),
    "released": gettext_lazy("released"),
    "dismissed": gettext_lazy("dismissed"),
}
DECISIONS: Mapping[str, Any] = {
    "release": gettext_lazy("released"),
    "dismiss": gettext_lazy("dismissed"),
    "reopen": gettext_lazy("opened again"),
}
PARTS: Mapping[str, Any] = {
    "location.lat": gettext_lazy("Latitude"),
    "location.lon": gettext_lazy("Longitude"),
    "location.accuracy_m": gettext_lazy("Accuracy in metres"),
    "location.accuracy_kind": gettext_lazy("Kind of accuracy"),
    "location.fixed_at": gettext_lazy("Time of the position"),
    "location.is_mock": gettext_lazy("Position from an app that fakes positions"),
    "location.provider": gettext_lazy("Source of the position"),
    "consent.notice_version": gettext_lazy("Version of the consent notice"),
    "consent.method": gettext_lazy("How consent was given"),
    "consent.at": gettext_lazy("Time of the consent"),
}
ACCURACIES = {
    "p68": gettext_lazy("68 % radius (Android)"),
    "p95": gettext_lazy("95 % radius (browser)"),
    "unknown": gettext_lazy("not known"),
}
YES_NO = {"true": gettext_lazy("yes"), "false": gettext_lazy("no")}
CHOICES: Mapping[str, Mapping[Any, Any]] = {
    "sex": SEXES,
    "payer": PAYERS,
    "membership_kind": MEMBERSHIPS,
    "is_employer": YES_NO,
    "working_declaration": YES_NO,
    "location.accuracy_kind": ACCURACIES,
    "consent.method": CONSENTS,
}


@register.filter
def held_state(state: str) -> str:
    return str(STATES[state])


@register.filter
def held_decision(kind: str) -> str:
    return str(DECISIONS[kind])


@register.filter
def held_name(held: HeldRecord) -> str:
    """The name that was sent, if it is one."""
    content = content_of(held)
    name = content.get("full_name") if isinstance(content, dict) else None
    if isinstance(name, str) and name.strip():
        return str(masked_field("full_name", name))[:120]
    return _("Record without a name")


@register.filter
def form_field(name: str) -> str:
    return str(PARTS.get(name) or FIELDS.get(name, name))


@register.filter
def form_choice(choice: str, field: Field) -> str:
    return field.names.get(choice) or choice_words(choice, field.name)


def choice_words(choice: str, name: str) -> str:
    if name == "stop":
        return _("none of this campaign's stops") if choice else ""
    return str(CHOICES.get(name, {}).get(choice, choice))


@register.filter
def field_hint(field: Field) -> str:
    """What stands in a field of text, in words where it is a code or a time."""
    return said(field.name, field.value, field.names)


def said(name: str, text: str, names: Mapping[str, str]) -> str:
    """What a village's code or a time means to people; nothing where a text says it itself."""
    if not text:
        return ""
    if name in VILLAGES:
        return names.get(text) or _("not on the list of villages")
    if FORM_FIELDS[name][0] == "time":
        at = read_time(text)
        return date_format(at, "j M Y H:i T") if at else ""
    return ""


@register.filter
def problem_code(code: str) -> str:
    return str(TEXTS[code])


@register.filter
def problem_field(found: Mapping[str, str]) -> str:
    """Which field a problem is at, as people call it; the whole record for none."""
    name = found["pointer"].split("/")[1] if found["pointer"] else ""
    return str(FIELDS.get(name, name)) or problem_text(found["code"], found["pointer"])


@register.filter
def problem_words(found: Mapping[str, str]) -> str:
    return problem_text(found["code"], found["pointer"])
