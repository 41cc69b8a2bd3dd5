"""What is said of a row of a result file, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

PROBLEMS: Mapping[str, Any] = {
    "which": _("Say which registration: by its id, or by the hand-off and the row's number in it."),
    "not_of_office": _("Among your office's registrations there is none like this."),
    "two_named": _("The registration's id and the row of the hand-off are of two registrations."),
    "nik_differs": _("The NIK is not the one that was registered."),
    "never_handed_off": _("This registration was not handed off."),
    "needed": _("This is needed where the result is “%(result)s”."),
    "in_future": _("This day has not come yet."),
    "before_bpjs": _("BPJS Ketenagakerjaan has been there since 2014: put the year right."),
    "far_from_paid": _("The first month lies more than two years from the day of payment."),
}
REASONS: Mapping[str, Any] = {
    "withdrawn": _("The worker has withdrawn, or the registration was rejected."),
    "merged": _("Since it was handed off this registration has become another person's."),
    "not_waiting": _("This hand-off was taken back, or BPJS refused this row of it."),
    "accepted_before": _("BPJS has accepted this registration before, and now refuses it."),
    "refused_before": _(
        "BPJS refused an earlier hand-off for the same reason, and the row does not say which one"
        " it is about."
    ),
    "payment_undone": _("Somebody has undone this payment before."),
    "other_code": _("BPJS has given another payment code before."),
    "other_kpj": _("This registration has another KPJ."),
    "kpj_of_other": _("This KPJ belongs to somebody else."),
    "codes_differ": _("The file gives this registration two payment codes."),
    "accepted_too": _("Another row of the file accepts this registration, or says it is paid."),
    "person_has_other_kpj": _("This person has another KPJ by another registration."),
}
"""Why a row waits for somebody to look at it: the others of its file count meanwhile."""
NOTES: Mapping[str, Any] = {
    "said_before": _("This is known already, and changes nothing."),
    "refused_too": _(
        "Row %(row)s refuses the same registration: that row waits for somebody, this one counts."
    ),
    "months_overlap": _(
        "Some of these months are paid by another payment already; they count once."
    ),
    "paid_twice": _("Row %(row)s pays some of the same months; they count once."),
    "year_apart": _(
        "The first month lies more than a year from the day of payment: see whether the year is"
        " right. It counts as it is."
    ),
    "paid_long_ago": _(
        "This was paid more than a year ago: see whether the year is right. It counts as it is."
    ),
}
WORDS: Mapping[str, Any] = {**PROBLEMS, **REASONS, **NOTES}
