"""What the codes of registrations and of decisions about them are called on pages."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from outreach.flag_names import FLAG_NAMES

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
    "answer": pgettext_lazy("somebody", "answered"),
    "accept": pgettext_lazy("somebody", "explained"),
    "uphold": pgettext_lazy("somebody", "upheld"),
    "reopen": pgettext_lazy("somebody", "opened again"),
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
    "consent": gettext_lazy("Consent"),
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
