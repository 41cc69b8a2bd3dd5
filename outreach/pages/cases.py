"""A registration that waits for somebody: what is known of it, and what may be decided."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from outreach.answering import Refused
from outreach.api.disclosing import ID_CARD
from outreach.api.photo_shapes import photos_of
from outreach.api.registrations import NAMES
from outreach.asking import IDENTITY_KINDS, decisions_about, open_questions_of, questions_about
from outreach.claiming import claim, claimed_by_other, release
from outreach.foreseeing import CHOICES, of_decisions
from outreach.kept_contents import kept_contents
from outreach.masking import HIDDEN_FIELDS
from outreach.models import Decision, Flag, MatchPair, Registration, User
from outreach.pages.asked import Asked, asked_of, beside, case_address
from outreach.pages.case_flags import doubts_of
from outreach.pages.case_maps import case_map
from outreach.pages.staff import KEEPERS, page_for
from outreach.pages.told import just_decided
from outreach.pages.typed import LONGEST_REASON, SHORTEST_REASON, reason_of, typed_reason
from outreach.reviewing import ALLOWED_FROM, RESULT, decide
from outreach.scopes import registrations_for
from outreach.statuses import VERIFIED
from outreach.templatetags.cases import word
from outreach.undoing import undo_decision
from outreach.waiting import kind_of

Role = User.Role
_FLAGS = Flag.objects.annotate(names=NAMES).order_by("code")


@page_for(*KEEPERS)
def case_page(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """Everything about a registration; whoever may decide has claimed it then."""
    return shown_case(request, registration_id)


def shown_case(request: HttpRequest, registration_id: UUID, **more: Any) -> HttpResponse:
    """The page of a case that the user sees, with what else it is to say. Raises Http404."""
    user, now = cast("User", request.user), timezone.now()
    asked = asked_of(request.GET.dict())
    case = _case(registration_id, user)
    decides = user.role == Role.COORDINATOR
    waits = decides and kind_of(case) is not None
    decisions = decisions_about(case.pk)
    photos = shown_photos([case], user, now)
    context = {
        "case": case,
        "placed": [case],
        "decides": decides,
        "claim": claim(case.pk, user, now) if waits and request.method == "GET" else None,
        "choices": [kind for kind in CHOICES if case.status in ALLOWED_FROM[kind]],
        "foreseen": of_decisions(case, user) if decides else {},
        "decisions": decisions,
        "questions": open_questions_of(case.pk),
        "photos": photos,
        "has_card": any(
            one["kind"] == ID_CARD and one["state"] == "arrived" for _of, one in photos
        ),
        "hidden_fields": HIDDEN_FIELDS,
        "doubts": doubts_of(case),
        "map": case_map([case]),
        "history": history_of(case.kader_id),
        "kept": kept_contents(case),
        "standing_word": None if waits else _standing(decisions),
        **around(request, case, asked),
        **more,
    }
    with timezone.override(ZoneInfo(case.campaign.time_zone)):
        return render(request, "outreach/queue/case.html", context)


def around(request: HttpRequest, case: Registration | MatchPair, asked: Asked) -> dict[str, Any]:
    """What the page of any case says: where it is in the queue, and what was decided just now."""
    user = cast("User", request.user)
    following, before = beside(case, asked, user), beside(case, asked, user, back=True)
    return {
        "asked": asked,
        "told": just_decided(request.GET, user),
        "is_late": "late" in request.GET,
        "is_unsaid": "unsaid" in request.GET,
        "may_undo": user.role == Role.COORDINATOR,
        "next_address": following and case_address(following, asked),
        "previous_address": before and case_address(before, asked),
    }


def shown_photos(
    records: Iterable[Registration], user: User, now: datetime
) -> list[tuple[str, dict[str, Any]]]:
    """The photos that the records declare, each with whose record it is."""
    return [
        (f"{_('Record %(number)s') % {'number': number}}, {one.full_name}", photo)
        for number, one in enumerate(records, start=1)
        for photo in photos_of(one, user, now, reviews=True)
    ]


def _standing(decisions: list[Decision]) -> Decision | None:
    """The decision that a registration's status follows from, the latest first."""
    undone = {one.undoes_id for one in decisions}
    made = [one for one in decisions if one.kind in RESULT]
    return next((one for one in made if one.pk not in undone), None)


@page_for(Role.COORDINATOR, methods=("POST",))
def decide_page(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """Accept, reject or send back, and go on to the next case."""
    user, now = cast("User", request.user), timezone.now()
    asked = asked_of(request.GET.dict())
    case = _case(registration_id, user)
    kind = next((one for one in CHOICES if one.value == request.POST.get("decision")), None)
    reason = typed_reason(request)
    if kind == Decision.Kind.VERIFY and not reason:
        reason = _unsaid_reason(case)
    if kind is None or len(reason) < SHORTEST_REASON:
        return redirect(with_mark(case_address(case, asked), "unsaid"))
    if claimed_by_other(case.pk, user, now):
        return redirect(with_mark(case_address(case, asked), "late"))
    following = beside(case, asked, user)
    [ruling] = decide(kind, [case.pk], user, reason, now)
    decided = ruling.decision or (ruling.done and _own_latest(case, user))
    if not decided:
        return redirect(with_mark(case_address(case, asked), "late"))
    release(case.pk, user, now)
    return redirect(onward(following, asked, decided))


def _unsaid_reason(case: Registration) -> str:
    """What is kept of an acceptance without a word: the flags that were open, if any were."""
    flags = [one.code for one in doubts_of(case) if one.flag and one.standing.state == "open"]
    if not flags:
        return _("Looked at: nothing speaks against it.")
    names = ", ".join(word(code, "flag") for code in flags)
    return (_("Accepted without a note, with flags open: %(flags)s.") % {"flags": names})[
        :LONGEST_REASON
    ]


@page_for(Role.COORDINATOR, methods=("POST",))
def undo_page(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Take a decision back, and look at its case again."""
    user, now = cast("User", request.user), timezone.now()
    asked = asked_of(request.GET.dict())
    reason = reason_of(request) or _("Taken back right away.")
    try:
        ruling = undo_decision(decision_id, user, reason, now)
    except Refused as refusal:
        if refusal.slug == "not_found":
            raise Http404 from None
        ruling = None
    if ruling and ruling.problem == "not_found":
        raise Http404
    decision = Decision.objects.select_related("undone_by__actor").get(pk=decision_id)
    case = _about(decision)
    address = case_address(case, asked)
    if ruling and ruling.done:
        what = {"what": word(decision.kind, "decision")}
        messages.success(request, _("Taken back: %(what)s. It waits for a decision again.") % what)
    elif hasattr(decision, "undone_by"):
        record = case.left if isinstance(case, MatchPair) else case
        _tell_undone(request, decision.undone_by, ZoneInfo(record.campaign.time_zone))
    else:
        address = with_mark(address, "late")
    return redirect(address)


def _tell_undone(request: HttpRequest, undone_by: Decision, zone: ZoneInfo) -> None:
    """Say who took a decision back first, or that one did so oneself."""
    at = {"at": date_format(timezone.localtime(undone_by.decided_at, zone), "j M Y H:i T")}
    if undone_by.actor == request.user:
        messages.info(request, _("You took this decision back already, on %(at)s.") % at)
        return
    told = at | {"name": undone_by.actor.full_name, "reason": undone_by.reason}
    text = _("Nothing was done: %(name)s took this decision back on %(at)s. %(reason)s")
    messages.error(request, text % told)


@page_for(Role.COORDINATOR, methods=("POST",))
def take_over_page(request: HttpRequest, subject: UUID) -> HttpResponse:
    """Claim a case although somebody else is at it, who is told when they decide."""
    user = cast("User", request.user)
    asked = asked_of(request.GET.dict())
    case = case_of(subject, user)
    claim(subject, user, timezone.now(), take_over=True)
    return redirect(case_address(case, asked))


def case_of(subject: UUID, user: User) -> Registration | MatchPair:
    """A registration or a question that the user sees. Raises Http404."""
    seen = registrations_for(user)
    found = seen.filter(pk=subject).first() or questions_about(seen).filter(pk=subject).first()
    if found is None:
        raise Http404
    return found


def _case(registration_id: UUID, user: User) -> Registration:
    seen = registrations_for(user).filter(pk=registration_id)
    case = (
        seen.select_related(
            "campaign__office",
            "stop",
            "kader__office",
            "domicile_village",
            "event_village",
            "work_village",
            "occupation",
            "decided_campaign",
            "person",
        )
        .prefetch_related(Prefetch("flags", _FLAGS))
        .first()
    )
    if case is None:
        raise Http404
    return case


def _about(decision: Decision) -> Registration | MatchPair:
    """The case that a decision was about."""
    question = (decision.about or {}).get("question")
    pair = MatchPair.objects.filter(pk=question).first() if question else None
    return pair or decision.registration


def _own_latest(case: Registration, user: User) -> UUID | None:
    """The actor's own decision that is there already, as after a form that was sent twice."""
    latest = case.decisions.exclude(kind__in=IDENTITY_KINDS).order_by("-decided_at", "-id").first()
    return latest.pk if latest and latest.actor_id == user.pk else None


def onward(following: Registration | MatchPair | None, asked: Asked, decided: UUID) -> str:
    """The address of the next case, or of the queue, which tells what was decided."""
    address = case_address(following, asked) if following else reverse("queue-page") + asked.query()
    return with_mark(address, "decided", str(decided))


def with_mark(address: str, name: str, value: str = "1") -> str:
    """An address that says what came of a form."""
    return f"{address}{'&' if '?' in address else '?'}{name}={value}"


def history_of(kader: int) -> dict[str, int]:
    """A kader's registrations in numbers: all, accepted, rejected, sent back, waiting, doubted."""
    return cast(
        "dict[str, int]",
        Registration.objects.filter(kader=kader).aggregate(
            whole=Count("pk"),
            accepted=Count("pk", filter=Q(status__in=VERIFIED)),
            rejected=Count("pk", filter=Q(status=Registration.Status.REJECTED)),
            sent_back=Count("pk", filter=Q(status=Registration.Status.NEEDS_CORRECTION)),
            duplicates=Count("pk", filter=Q(status=Registration.Status.DUPLICATE)),
            doubted=Count("pk", filter=Q(status__in=("flagged", "conflict"))),
        ),
    )


urlpatterns = [
    path("queue/registrations/<uuid:registration_id>/", case_page, name="case-page"),
    path("queue/registrations/<uuid:registration_id>/decide/", decide_page, name="decide-page"),
    path("queue/decisions/<uuid:decision_id>/undo/", undo_page, name="undo-page"),
    path("queue/claims/<uuid:subject>/", take_over_page, name="take-over-page"),
]
