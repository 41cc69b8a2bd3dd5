"""Decisions about doubts by forms: what was said, and what the sender is told who came too late."""

from collections.abc import Iterable
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outreach.models.detecting import Remark
from outreach.pages.typed import reason_of, typed_reason
from outreach.problems import Problem
from outreach.remarks import DECISIONS, State, state_of
from outreach.templatetags.cases import word

Kind = Remark.Kind
WITHOUT_REASON = {
    Kind.ACCEPT: gettext_lazy("Looked at: nothing speaks against it."),
    Kind.REOPEN: gettext_lazy("Taken back right away."),
}
"""What takes nothing from anybody may be sent without a reason; this is kept as one."""


class Standing(NamedTuple):
    """Where a doubt stands, and the decision that put it there."""

    state: State
    decided: Remark | None


def standing(remarks: Iterable[Remark]) -> Standing:
    """Of a doubt's remarks from old to new."""
    said = list(remarks)
    decided = [one for one in said if one.kind in DECISIONS]
    return Standing(state_of(said), decided[-1] if decided else None)


def said_in(request: HttpRequest) -> tuple[Kind, str] | None:
    """The kind of remark that a form makes and its text; None, told, where the text is missing."""
    kind = next((one for one in Kind if one.value == request.POST.get("said")), None)
    text = reason_of(request)
    if kind in WITHOUT_REASON and not typed_reason(request):
        text = str(WITHOUT_REASON[kind])
    if kind is None or text is None:
        messages.error(request, _("Nothing was changed: say why, in a few words at least."))
        return None
    return kind, text


def tell_refusal(
    request: HttpRequest, problem: Problem, remarks: Iterable[Remark], zone: ZoneInfo
) -> None:
    """Say why nothing came of a form: who decided what and when, if somebody was faster."""
    decided = standing(remarks).decided
    if decided is None or problem.slug not in {"already_decided", "not_possible"}:
        messages.error(request, str(problem.detail))
        return
    told = {
        "name": decided.by.full_name,
        "at": date_format(timezone.localtime(decided.made_at, zone), "j M Y H:i T"),
        "what": word(decided.kind, "remark"),
        "reason": decided.text,
    }
    messages.error(
        request,
        _("Nothing was done: %(name)s decided on %(at)s: %(what)s. %(reason)s") % told,
    )
