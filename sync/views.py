"""Push, receipts and limits over HTTP: read strictly, call once, answer."""

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from outreach.api.packing import encoded
from outreach.models import NoteVersion, User
from outreach.problems import Problem, invalid
from sync import load
from sync.answers import LimitsAnswer, PushAnswer, ReceiptsAnswer
from sync.bodies import read_json
from sync.copies import with_copies
from sync.handing_over import revoked, word_for
from sync.notes import receipts_of
from sync.permissions import IsKader
from sync.pulling import LARGEST_PAGE
from sync.push import Pusher, push
from sync.results import current_results
from sync.schema import answered, sent
from sync.tokens import Bearer
from sync.uploads import MAX_PHOTO_BYTES
from sync.wire import (
    EARLIEST_YEAR,
    LATEST_YEAR,
    MAX_BODY_BYTES,
    MAX_RECEIPTS,
    MAX_RECORDS,
    Batch,
    ReceiptsAsked,
    typed,
)

LIMITS = LimitsAnswer(MAX_RECORDS, MAX_BODY_BYTES, MAX_RECEIPTS, LARGEST_PAGE, MAX_PHOTO_BYTES)
PARTS = ("registrations", "leads", "attendance", "flag_answers")
TOLD = msgspec.structs.asdict(LIMITS)
"""What a `too_large` answer says of the limits."""


class Push(APIView):
    """Store a batch of registrations, leads, attendance and answers to flags; each of them gets a
    verdict."""

    permission_classes = (IsKader,)
    allows_draining = True
    allows_handing_over = True

    @extend_schema(operation_id="push", request=sent(Batch), responses=answered(PushAnswer))
    def post(self, request: Request) -> HttpResponse:
        """One result for each record, in the order sent."""
        with load.PUSHES.passed(request):
            return encoded(request, self._pushed(request))

    def _pushed(self, request: Request) -> PushAnswer:
        body = read_json(request, MAX_BODY_BYTES, **TOLD)
        parts = [body.get(name) for name in PARTS] if isinstance(body, dict) else []
        if sum(len(part) for part in parts if isinstance(part, list)) > MAX_RECORDS:
            raise Problem("too_large", _("Too many records in one batch."), **TOLD)
        batch = typed(body, Batch)
        if not EARLIEST_YEAR <= batch.sent_at.year < LATEST_YEAR:
            raise invalid(("/sent_at", "out_of_range", "Not a time of this century."))
        pusher, now = _pusher(request), timezone.now()
        if pusher.device and not any(parts) and (word := word_for(pusher.device, now)):
            raise revoked(word)
        return push(batch, pusher, now)


class Receipts(APIView):
    """How the kader's records stand now."""

    permission_classes = (IsKader,)
    allows_draining = True

    @extend_schema(
        operation_id="receipts", request=sent(ReceiptsAsked), responses=answered(ReceiptsAnswer)
    )
    def post(self, request: Request) -> HttpResponse:
        """The current result of each record; `unknown` for ids never seen."""
        asked = typed(read_json(request, MAX_BODY_BYTES, **TOLD), ReceiptsAsked)
        ids = list(dict.fromkeys(asked.ids))
        kader = _pusher(request).user.pk
        answer = ReceiptsAnswer(
            with_copies(current_results(ids, kader), kader),
            receipts_of(NoteVersion.Kind.LEAD, asked.leads, kader),
            receipts_of(NoteVersion.Kind.ATTENDANCE, asked.attendance, kader),
        )
        return encoded(request, answer)


class Limits(APIView):
    """How much fits into one request."""

    allows_draining = True

    @extend_schema(operation_id="limits", responses=answered(LimitsAnswer))
    def get(self, request: Request) -> HttpResponse:
        return encoded(request, LIMITS)


def _pusher(request: Request) -> Pusher:
    """Who sent the request; IsKader has let through nobody else."""
    assert isinstance(request.user, User)
    assert isinstance(request.auth, Bearer)
    return Pusher(request.user, request.auth.device)
