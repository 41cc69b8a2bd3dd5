"""Everything that can go wrong with a request: one catalogue, one form (RFC 9457).

A problem's `type` is `/problems/<code>` and never changes its meaning. `action` tells a client
without anybody in front of it what to do with what it sent: `drop` it, `show` it to somebody,
`fix` it and send it again, or `retry` it as it is.
"""

import json
import random
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from math import ceil
from typing import Any, Literal, NamedTuple

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.serializers.json import DjangoJSONEncoder
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from structlog.contextvars import get_contextvars

from outreach.next_steps import next_step

Action = Literal["drop", "show", "fix", "retry"]


class Kind(NamedTuple):
    """One line of the catalogue: HTTP status, title for people, and what a client does next."""

    status: int
    title: Any
    action: Action


CATALOGUE: dict[str, Kind] = {
    "invalid": Kind(400, _("The request has fields that cannot be accepted."), "fix"),
    "malformed_json": Kind(400, _("The body is not valid JSON."), "fix"),
    "incomplete": Kind(400, _("The body did not arrive whole."), "retry"),
    "not_authenticated": Kind(401, _("Sign in first."), "show"),
    "credentials_invalid": Kind(401, _("User name or password is wrong."), "fix"),
    "token_invalid": Kind(401, _("The access token is not valid; refresh it."), "retry"),
    "refresh_invalid": Kind(401, _("The refresh token is not valid; sign in again."), "show"),
    "forbidden": Kind(403, _("You may not do this."), "show"),
    "form_expired": Kind(403, _("The page was too old: nothing was sent."), "show"),
    "own_record": Kind(403, _("Nobody decides about their own records."), "show"),
    "device_revoked": Kind(403, _("This tablet was revoked."), "show"),
    "device_drain_only": Kind(403, _("This tablet may only send what it still holds."), "show"),
    "enrolment_refused": Kind(403, _("The enrolment code is used, expired or unknown."), "show"),
    "not_found": Kind(404, _("There is nothing here for you."), "show"),
    "method_not_allowed": Kind(405, _("The method is not allowed here."), "show"),
    "not_acceptable": Kind(406, _("The answer cannot be given in the form asked for."), "show"),
    "conflict": Kind(409, _("What you refer to has changed meanwhile."), "fix"),
    "not_possible": Kind(409, _("The registration's state does not allow this."), "show"),
    "in_force": Kind(409, _("This formula is in force: make another one instead."), "show"),
    "superseded": Kind(409, _("Something else was decided after this."), "show"),
    "already_decided": Kind(409, _("Somebody has decided about this already."), "show"),
    "no_undo": Kind(409, _("This is not undone: restore another content, or decide anew."), "show"),
    "already_undone": Kind(409, _("This was taken back already."), "show"),
    "already_answered": Kind(409, _("Somebody has answered this already."), "show"),
    "contradicts": Kind(409, _("This contradicts what was decided about them before."), "show"),
    "samples_open": Kind(409, _("Close samples that are open before drawing another."), "show"),
    "sample_open": Kind(
        409, _("The sample is open: its result is told when it is closed."), "show"
    ),
    "sample_closed": Kind(409, _("The sample is closed."), "show"),
    "being_called": Kind(409, _("Somebody else is calling just now."), "show"),
    "not_shown": Kind(409, _("Have the case shown to you before you call."), "fix"),
    "import_not_ready": Kind(
        409, _("The file has problems, or is not read yet: nothing of it counts."), "fix"
    ),
    "import_not_confirmed": Kind(
        409, _("The file does not count: there is nothing to undo."), "show"
    ),
    "import_kept": Kind(409, _("A file of this kind is not undone: send a corrected one."), "show"),
    "apply_together": Kind(
        409,
        _("Another row that waits gives this KPJ's owner a new one: apply them together."),
        "fix",
    ),
    "nobody_waits": Kind(
        409, _("None of these waits to be handed off: see hand-offs/waiting/."), "show"
    ),
    "hand_off_answered": Kind(
        409, _("BPJS has answered this hand-off, or part of it: it is not taken back."), "show"
    ),
    "hand_off_taken_back": Kind(409, _("This hand-off was taken back."), "show"),
    "offset_mismatch": Kind(
        409, _("The upload is at another offset: ask for it, and go on from there."), "retry"
    ),
    "too_many_registrations": Kind(
        409, _("These people have too many registrations to decide about at once."), "show"
    ),
    "link_expired": Kind(410, _("The link has expired: load the record again."), "show"),
    "cursor_invalid": Kind(
        410, _("What you know is of another time or place; start again without a cursor."), "fix"
    ),
    "length_required": Kind(411, _("Send the body with its Content-Length."), "fix"),
    "tus_version": Kind(412, _("Speak tus 1.0.0."), "fix"),
    "too_large": Kind(413, _("The body is too large."), "fix"),
    "too_many_pieces": Kind(
        413, _("The photo came in too many pieces: start it again with larger ones."), "retry"
    ),
    "unsupported_media": Kind(415, _("Send JSON in UTF-8."), "fix"),
    "no_such_part": Kind(416, _("The file has no such part: it is shorter."), "fix"),
    "photo_refused": Kind(422, _("The photo cannot be kept."), "show"),
    "client_ended": Kind(
        426, _("This version of the app is too old; what it holds can still be sent."), "show"
    ),
    "too_many_photos": Kind(
        429, _("Too many photos are here without their records: push the records first."), "retry"
    ),
    "too_many_questions": Kind(
        429, _("Too many of your questions wait for an answer: wait for those first."), "show"
    ),
    "throttled": Kind(429, _("Too many requests; wait a little."), "retry"),
    "checksum_mismatch": Kind(460, _("The bytes differ from their checksum."), "retry"),
    "photo_mismatch": Kind(460, _("The photo is not the one that was declared."), "fix"),
    "server_fault": Kind(500, _("The server failed. It has been noted."), "retry"),
    "unavailable": Kind(503, _("The service is not available just now."), "retry"),
}

RETRY_AFTER_S = 10
SPREAD = 1.5
MOST_PROBLEMS = 100
API_PREFIX = "/api/"


class Problem(exceptions.APIException):
    """Raised anywhere below an API view, answered as the problem it names."""

    def __init__(
        self,
        slug: str,
        detail: Any = "",
        *,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        self.slug = slug
        self.text = detail
        self.status_code = CATALOGUE[slug].status
        self.headers = headers
        self.extra = extra
        super().__init__(detail or str(CATALOGUE[slug].title), slug)


def problem(
    slug: str, detail: Any = "", *, headers: dict[str, str] | None = None, **extra: Any
) -> HttpResponse:
    """The answer for one problem of the catalogue; `extra` becomes further members of it."""
    kind = CATALOGUE[slug]
    title = str(kind.title)
    document = {
        "type": f"/problems/{slug}",
        "title": title,
        "status": kind.status,
        "detail": str(detail) or next_step(slug, extra) or title,
        "code": slug,
        "action": kind.action,
        **extra,
    }
    return HttpResponse(
        json.dumps(document, cls=DjangoJSONEncoder),
        status=kind.status,
        content_type="application/problem+json",
        headers=headers,
    )


def retry_after(least_s: float = RETRY_AFTER_S) -> dict[str, str]:
    """A Retry-After header of so many seconds or up to half as many more: those who are turned
    away together do not come back together.
    """
    seconds = least_s * random.uniform(1, SPREAD)  # noqa: S311 - nothing secret
    return {"Retry-After": str(ceil(seconds))}


def invalid(*problems: tuple[str, str, Any]) -> Problem:
    """Fields that cannot be accepted, each as (RFC 6901 pointer, code, detail)."""
    listed = [{"pointer": p, "code": code, "detail": str(text)} for p, code, text in problems]
    return Problem("invalid", problems=listed)


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> HttpResponse | None:  # noqa: ARG001 - DRF's signature
    """The answer to an exception in an API view; None for a fault of ours, which goes to Django."""
    return _answer(exc)


_SLUGS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.ParseError, "malformed_json"),
    (exceptions.NotAuthenticated, "not_authenticated"),
    (exceptions.AuthenticationFailed, "token_invalid"),
    (exceptions.PermissionDenied, "forbidden"),
    (exceptions.NotFound, "not_found"),
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.NotAcceptable, "not_acceptable"),
    (exceptions.UnsupportedMediaType, "unsupported_media"),
    (exceptions.Throttled, "throttled"),
    (Http404, "not_found"),
    (PermissionDenied, "forbidden"),
    (RequestDataTooBig, "too_large"),
    (UnreadablePostError, "incomplete"),
    (SuspiciousOperation, "invalid"),
    (OperationalError, "unavailable"),
    (InterfaceError, "unavailable"),
    (TimeoutError, "unavailable"),
)
"""Exceptions of the frameworks, the first that fits, with the problem each becomes."""

_TELLING = (exceptions.ParseError, exceptions.PermissionDenied, exceptions.MethodNotAllowed)
"""Those whose text says more than the title without repeating what the client sent."""


def _answer(exc: Exception) -> HttpResponse | None:
    if isinstance(exc, Problem):
        headers = _headers(exc.slug, exc) | (exc.headers or {})
        return problem(exc.slug, exc.text, headers=headers, **exc.extra)
    if isinstance(exc, exceptions.ValidationError):
        listed = [
            {"pointer": pointer, "code": code, "detail": text}
            for pointer, code, text in islice(flattened(exc.detail), MOST_PROBLEMS)
        ]
        return problem("invalid", problems=listed)
    slug = next((slug for kind, slug in _SLUGS if isinstance(exc, kind)), None)
    if slug is None:
        return None
    return problem(slug, _text(exc), headers=_headers(slug, exc))


def _text(exc: Exception) -> str:
    return str(exc.detail) if isinstance(exc, _TELLING) else ""


def _headers(slug: str, exc: Exception) -> dict[str, str]:
    headers = {}
    challenge = getattr(exc, "auth_header", None)
    if challenge:
        headers["WWW-Authenticate"] = challenge
    if CATALOGUE[slug].status in {429, 503}:
        headers |= retry_after(getattr(exc, "wait", None) or RETRY_AFTER_S)
    return headers


_PLAIN_TEXTS = {
    "invalid_choice": _("This is not one of the choices."),
    "does_not_exist": _("There is no such thing."),
    "incorrect_type": _("This has the wrong type."),
}
"""For codes whose framework text repeats the value sent, which may be somebody's NIK."""


def flattened(detail: Any, pointer: str = "") -> Iterator[tuple[str, str, str]]:
    if isinstance(detail, Mapping):
        for key, below in detail.items():
            step = "" if key == "non_field_errors" else f"/{_escaped(str(key))}"
            yield from flattened(below, pointer + step)
    elif isinstance(detail, list):
        for place, below in enumerate(detail):
            nested = isinstance(below, (Mapping, list))
            yield from flattened(below, f"{pointer}/{place}" if nested else pointer)
    else:
        code = getattr(detail, "code", "invalid")
        yield pointer, code, str(_PLAIN_TEXTS.get(code, detail))


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return in_form(request, _answer(exception) or problem("invalid"))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return in_form(request, _answer(exception) or problem("forbidden"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Django's CSRF_FAILURE_VIEW."""
    load = _("The form has expired: load the page again.")
    if request.path.startswith(API_PREFIX):
        return problem("forbidden", load)
    if not request.user.is_authenticated:
        return in_form(request, problem("form_expired", load))
    step = _(
        "You have signed in again since the page was opened, in another tab perhaps. Go back with"
        " your browser: what you wrote is there still. Send it again; if it is refused once more,"
        " copy your text, load the page again and paste it."
    )
    return in_form(request, problem("form_expired", step))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return in_form(request, _answer(exception) or problem("not_found"))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: 503 where waiting helps, as for a database out of reach."""
    cause = sys.exc_info()[1]
    known = (
        _answer(cause)
        if isinstance(cause, OperationalError | InterfaceError | TimeoutError)
        else None
    )
    return in_form(request, known or problem("server_fault"))


def in_form(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """The problem as it is under the API, a small page elsewhere."""
    if request.path.startswith(API_PREFIX):
        return answer
    request_id = get_contextvars().get("request_id")
    context = {"problem": json.loads(answer.content), "request_id": request_id}
    page = render_to_string("outreach/problem.html", context)
    headers = {key: text for key, text in answer.items() if key != "Content-Type"}
    return HttpResponse(page, status=answer.status_code, headers=headers)
