"""What to do about a problem, where its state says so: the detail beside the title."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

_UNJUDGED = _("Nobody has decided about it yet: verify it or answer its review first.")
_WITH_BPJS = _("BPJS has it: wait for its answer, or withdraw it if the worker wants that.")
_PAID = _(
    "Months are paid for it: undo a payment that was a mistake, or withdraw it if the worker wants"
    " that."
)
NOT_POSSIBLE: Mapping[str, Any] = {
    "submitted": _UNJUDGED,
    "flagged": _UNJUDGED,
    "duplicate": _UNJUDGED,
    "conflict": _UNJUDGED,
    "needs_correction": _(
        "The kader is asked for a correction: wait for it, or verify the registration as it is."
    ),
    "verified": _("It is verified: undo that decision first."),
    "handed_off": _WITH_BPJS,
    "awaiting_payment": _WITH_BPJS,
    "active": _PAID,
    "lapsed": _PAID,
    "rejected": _("It was rejected: undo that decision first."),
    "withdrawn": _("It was withdrawn: undo that decision first."),
}
IMPORT_NOT_READY: Mapping[str, Any] = {
    "reading": _("The file is still being read: look at its preview in a while."),
    "refused": _("The file cannot be read: save it anew as `refusal` says, and send it again."),
    "problems": _("Put the rows with problems right in the file, and send it again."),
    "ready": _("Something has changed since the preview: look at it again, and confirm it then."),
    "erased": _("What was read of the file was erased in time: send the file again."),
    "undone": _("The file was undone: send it again if it is to count after all."),
}


def next_step(slug: str, extra: Mapping[str, Any]) -> str:
    """What to do about a problem of the catalogue with these members; empty where it depends."""
    state = extra.get("state")
    if slug == "not_possible":
        return str(NOT_POSSIBLE.get(str(state), ""))
    if slug == "import_not_ready":
        if extra.get("erased"):
            state = "erased"
        elif state == "ready" and extra.get("problem_count"):
            state = "problems"
        return str(IMPORT_NOT_READY.get(str(state), ""))
    return ""
