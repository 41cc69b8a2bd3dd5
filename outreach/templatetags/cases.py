"""Words for the pages about what waits for a decision."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django import template
from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from outreach.dedup.scoring import probability
from outreach.flag_names import FLAG_NAMES
from outreach.flags import flag_text, month_flag_text
from outreach.foreseeing import Change
from outreach.geo.venue import outside_circle_m, outside_polygon_m, polygon_of
from outreach.masking import masked_nik, masked_phone
from outreach.models import (
    Decision,
    Flag,
    MatchPair,
    MonthFinding,
    Registration,
)
from outreach.pages.comparing import occupation_words

register = template.Library()

KINDS = {
    "people": gettext_lazy("Who is who"),
    "conflicts": gettext_lazy("Contradictions"),
    "flagged": gettext_lazy("With flags"),
    "clean": gettext_lazy("Without doubts"),
    "held": gettext_lazy("Held records"),
    "findings": gettext_lazy("Striking months"),
}
KIND_NOTES = {
    "people": gettext_lazy("Two records that may be one person: nobody else can say."),
    "conflicts": gettext_lazy("Registrations that cannot go on before somebody looked at them."),
    "flagged": gettext_lazy("Something about them is doubted, with reasons."),
    "clean": gettext_lazy("Nothing speaks against them: look through and accept them together."),
    "held": gettext_lazy("Sent by tablets with fields that cannot be stored as they are."),
    "findings": gettext_lazy(
        "Doubts about the month of a kader or an office, about no single worker."
    ),
}
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
DECISIONS = {
    "verify": gettext_lazy("accepted"),
    "reject": gettext_lazy("rejected"),
    "request_correction": gettext_lazy("sent back for a correction"),
    "reassign": gettext_lazy("credited to another campaign"),
    "undo": gettext_lazy("taken back"),
    "same_person": gettext_lazy("one person"),
    "different_people": gettext_lazy("different people"),
    "merge": gettext_lazy("joined"),
    "split": gettext_lazy("split"),
    "restore": gettext_lazy("earlier content restored"),
    "release": gettext_lazy("held record released"),
    "withdraw": gettext_lazy("withdrawn"),
    "refuse": gettext_lazy("refused by BPJS"),
}
REMARKS = {
    "answer": gettext_lazy("answered"),
    "accept": gettext_lazy("explained"),
    "uphold": gettext_lazy("upheld"),
    "reopen": gettext_lazy("opened again"),
}
REMARK_STATES = {
    "open": pgettext_lazy("state", "open"),
    "accepted": gettext_lazy("explained"),
    "upheld": gettext_lazy("upheld"),
}
EVENT_REASONS = {
    "certain": gettext_lazy("certain"),
    "ambiguous": gettext_lazy("the likeliest of several"),
    "outside": gettext_lazy("outside all villages that are loaded"),
    "too_coarse": gettext_lazy("the position is too coarse for a village"),
    "no_fix": gettext_lazy("no position"),
    "no_boundaries": gettext_lazy("no boundaries are loaded there"),
}
SEXES = {"female": gettext_lazy("woman"), "male": gettext_lazy("man")}
PAYERS = {
    "self": gettext_lazy("the worker"),
    "sponsor": gettext_lazy("a sponsor"),
    "village": gettext_lazy("the village"),
    "local_budget": gettext_lazy("the local budget"),
    "national_budget": gettext_lazy("the national budget"),
}
MEMBERSHIPS = {
    "new": gettext_lazy("new"),
    "reactivation": gettext_lazy("was a member before"),
    "second_job": gettext_lazy("second job"),
    "unknown": gettext_lazy("not known"),
}
PHOTOS = {
    "workplace": gettext_lazy("workplace"),
    "person": gettext_lazy("person"),
    "id_card": gettext_lazy("identity card"),
}
PHOTO_STATES = {
    "promised": gettext_lazy("not arrived yet"),
    "arrived": gettext_lazy("arrived, being prepared"),
    "refused": gettext_lazy("could not be kept"),
    "erased": gettext_lazy("erased"),
}
CONSENTS = {
    "signed": gettext_lazy("signed"),
    "recorded": gettext_lazy("recorded"),
    "ticked": gettext_lazy("ticked"),
}
KEPT_AS = {
    "replaced": gettext_lazy("replaced by a later one"),
    "late": gettext_lazy("came too late"),
    "held": gettext_lazy("as the tablet had sent it"),
}
FIELDS = {
    "campaign": gettext_lazy("Campaign"),
    "stop": gettext_lazy("Stop"),
    "captured_at": gettext_lazy("Captured at"),
    "full_name": gettext_lazy("Name"),
    "birth_date": gettext_lazy("Birth date"),
    "birth_year": gettext_lazy("Born in"),
    "kader": gettext_lazy("Kader"),
    "sex": gettext_lazy("Sex"),
    "domicile_village": gettext_lazy("Village where they live"),
    "occupation": gettext_lazy("Occupation"),
    "programmes": gettext_lazy("Programmes"),
    "consent": gettext_lazy("Consent"),
    "working_declaration": gettext_lazy("Declares to be working"),
    "nik": gettext_lazy("NIK"),
    "nik_missing_reason": gettext_lazy("Why there is no NIK"),
    "mother_name": gettext_lazy("Mother's name"),
    "phone": gettext_lazy("Phone"),
    "address": gettext_lazy("Address"),
    "rt": gettext_lazy("RT"),
    "rw": gettext_lazy("RW"),
    "postal_code": gettext_lazy("Postal code"),
    "work_village": gettext_lazy("Village where they work"),
    "work_place": gettext_lazy("Place of work"),
    "is_employer": gettext_lazy("Has employees"),
    "monthly_income": gettext_lazy("Monthly income"),
    "months_prepaid": gettext_lazy("Months paid ahead"),
    "payer": gettext_lazy("Who pays"),
    "membership_kind": gettext_lazy("Membership"),
    "location": gettext_lazy("Position"),
    "location_missing_reason": gettext_lazy("Why there is no position"),
    "photos": gettext_lazy("Photos"),
}
EVIDENCE = {
    "name": gettext_lazy("name"),
    "birth_date": gettext_lazy("birth date"),
    "nik": "NIK",
    "mother_name": gettext_lazy("mother's name"),
    "phone": gettext_lazy("phone"),
    "place": gettext_lazy("village"),
    "sex": gettext_lazy("sex"),
    "occupation": gettext_lazy("occupation"),
    "occasion": gettext_lazy("occasion"),
    "household": gettext_lazy("household"),
    "base": gettext_lazy("to begin with"),
}
WORDS: Mapping[str, Mapping[str, Any]] = {
    "kind": KINDS,
    "kind_note": KIND_NOTES,
    "status": STATUSES,
    "decision": DECISIONS,
    "remark": REMARKS,
    "remark_state": REMARK_STATES,
    "event": EVENT_REASONS,
    "sex": SEXES,
    "payer": PAYERS,
    "membership": MEMBERSHIPS,
    "photo": PHOTOS,
    "photo_state": PHOTO_STATES,
    "consent": CONSENTS,
    "kept_as": KEPT_AS,
    "field": FIELDS,
    "evidence": EVIDENCE,
    "flag": FLAG_NAMES,
}


@register.filter
def word(code: str | None, of: str) -> str:
    """What a code is called; the code itself where it is not known, a dash for none."""
    return str(WORDS[of].get(code, code)) if code else "–"


@register.filter
def flag_words(flag: Flag) -> str:
    return flag_text(flag.code, flag.evidence, getattr(flag, "names", None) or {})


@register.filter
def finding_words(finding: MonthFinding) -> str:
    return month_flag_text(finding.code, finding.evidence)


@register.filter
def whose(finding: MonthFinding) -> str:
    """The kader or the office that a finding is about."""
    return str(finding.kader or finding.office)


@register.filter
def nik(record: Registration) -> str:
    return masked_nik(record.nik, record.pk) or "–"


@register.filter
def phone(record: Registration) -> str:
    return masked_phone(record.phone, record.pk) or "–"


register.filter("occupation_words", occupation_words)


@register.filter
def of_case(mapping: Mapping[Any, Any], key: UUID | str) -> Any:
    """What a mapping has for a case or code; None for nothing."""
    return mapping.get(key)


@register.filter
def waited(since: datetime) -> str:
    """For how long something has waited, in whole days or hours."""
    waiting = timezone.now() - since
    if waiting.days:
        return ngettext("%(number)s day", "%(number)s days", waiting.days) % {
            "number": waiting.days
        }
    hours = waiting.seconds // 3600
    if hours < 1:
        return _("less than an hour")
    return ngettext("%(number)s hour", "%(number)s hours", hours) % {"number": hours}


@register.filter
def effect(change: Change) -> str:
    """By how much a figure changes: `+1 verified, −1 provisional`."""
    parts = [
        _("%(number)s verified") % {"number": _signed(change.verified)} if change.verified else "",
        _("%(number)s provisional") % {"number": _signed(change.provisional)}
        if change.provisional
        else "",
    ]
    return ", ".join(part for part in parts if part)


def _signed(number: int) -> str:
    return f"+{number}" if number > 0 else f"−{abs(number)}"


@register.filter
def likely(score: float) -> str:
    """How probable it is that two records are one person, in words and per cent."""
    share = probability(score)
    percent = floatformat(100 * min(max(share, 0.01), 0.99), "0g")
    if share >= 0.9:
        return _("very alike (%(percent)s %%)") % {"percent": percent}
    if share >= 0.5:
        return _("rather alike (%(percent)s %%)") % {"percent": percent}
    return _("little alike (%(percent)s %%)") % {"percent": percent}


@register.filter
def weight_words(weight: float) -> str:
    """How much a reason weighs, in words."""
    heavy = abs(weight)
    if heavy >= 6:
        return _("very strong")
    if heavy >= 3:
        return _("strong")
    return _("medium") if heavy >= 1 else _("weak")


@register.filter
def shown_value(value: Any) -> str:
    """A field's value as it was sent, already masked, in a line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {shown_value(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(shown_value(one) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value is None or value == "" else str(value)


@register.filter
def asked_since(pair: MatchPair) -> str:
    """For how long a question can have been there: since the later of the two came."""
    return waited(max(pair.left.received_at, pair.right.received_at))


@register.filter
def percent_of(share: float | None) -> str:
    return "" if share is None else f"{floatformat(100 * share, '0g')} %"


@register.filter
def from_venue(record: Registration) -> float | None:
    """How many metres a position is from the venue's border, 0 inside; None if unknown."""
    if record.lat is None or record.lon is None:
        return None
    stop, campaign = record.stop, record.campaign
    if stop is not None:
        return outside_circle_m(record.lat, record.lon, stop.lat, stop.lon, stop.radius_m)
    if campaign.venue_polygon:
        return outside_polygon_m(record.lat, record.lon, polygon_of(campaign.venue_polygon))
    if campaign.venue_lat is None or campaign.venue_lon is None:
        return None
    circle = campaign.venue_lat, campaign.venue_lon, campaign.venue_radius_m or 0.0
    return outside_circle_m(record.lat, record.lon, *circle)


@register.filter
def took_back(decision: Decision) -> Decision | None:
    """What took a decision back, if anything did."""
    return getattr(decision, "undone_by", None)
