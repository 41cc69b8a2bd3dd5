"""Push, receipts and limits over HTTP: read strictly, call once, answer."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from msgspec import Struct
from rest_framework.request import Request
from rest_framework.views import APIView

from outreach.models import User
from outreach.problems import Problem, invalid
from sync.bodies import read_json
from sync.permissions import IsKader
from sync.push import Pusher, push
from sync.results import ReceiptsAnswer, current_results
from sync.tokens import Bearer
from sync.wire import EARLIEST_YEAR, LATEST_YEAR, MAX_BODY_BYTES, MAX_RECORDS, Batch, typed

MAX_RECEIPTS = 1000
LIMITS: dict[str, Any] = {
    "max_records": MAX_RECORDS,
    "max_body_bytes": MAX_BODY_BYTES,
    "max_receipts": MAX_RECEIPTS,
}


class ReceiptsAsked(msgspec.Struct, frozen=True):
    """Which records a tablet asks about."""

    ids: Annotated[list[UUID], msgspec.Meta(max_length=MAX_RECEIPTS)]


class Push(APIView):
    """Store a batch of registrations; every record gets a verdict."""

    permission_classes = (IsKader,)
    allows_draining = True

    def post(self, request: Request) -> HttpResponse:
        body = read_json(request, MAX_BODY_BYTES, **LIMITS)
        records = body.get("registrations") if isinstance(body, dict) else None
        if isinstance(records, list) and len(records) > MAX_RECORDS:
            raise Problem("too_large", **LIMITS)
        batch = typed(body, Batch)
        if not EARLIEST_YEAR <= batch.sent_at.year < LATEST_YEAR:
            raise invalid(("/sent_at", "out_of_range", "Not a time of this century."))
        return _answer(push(batch, _pusher(request), timezone.now()))


class Receipts(APIView):
    """How the kader's records stand now."""

    permission_classes = (IsKader,)
    allows_draining = True

    def post(self, request: Request) -> HttpResponse:
        asked = typed(read_json(request, MAX_BODY_BYTES, **LIMITS), ReceiptsAsked)
        ids = list(dict.fromkeys(asked.ids))
        return _answer(ReceiptsAnswer(current_results(ids, _pusher(request).user.pk)))


class Limits(APIView):
    """How much fits into one request."""

    allows_draining = True

    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002 - DRF's signature
        return _answer(LIMITS)


def _pusher(request: Request) -> Pusher:
    """Who sent the request; IsKader has let through nobody else."""
    assert isinstance(request.user, User)
    assert isinstance(request.auth, Bearer)
    return Pusher(request.user, request.auth.device)


def _answer(content: Struct | Mapping[str, Any]) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(content), content_type="application/json")
