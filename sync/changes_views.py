"""Changes and digest over HTTP."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from outreach.api.forms import AskedInteger
from outreach.api.packing import encoded
from outreach.api.permissions import caller
from sync.digests import DigestAnswer, digest_of
from sync.permissions import IsKader
from sync.pulling import LARGEST_PAGE, PAGE_SIZE, Asked, ChangesAnswer, pull
from sync.schema import answered


class AskedForm(serializers.Serializer[Any]):
    """What may be asked of the changes; the cursor itself is looked at by sync.cursors."""

    limit = AskedInteger(min_value=1, max_value=LARGEST_PAGE, default=PAGE_SIZE)
    boundaries = serializers.BooleanField(required=False, allow_null=True, default=None)


class Changes(APIView):
    """What a kader's tablet is to know."""

    permission_classes = (IsKader,)

    @extend_schema(
        operation_id="changes",
        parameters=[
            OpenApiParameter("cursor", str, description="of the last page; none: from the start"),
            OpenApiParameter("limit", int, description=f"changes a page, at most {LARGEST_PAGE}"),
            OpenApiParameter("boundaries", bool, description="with the villages' outlines"),
        ],
        responses=answered(ChangesAnswer),
    )
    def get(self, request: Request) -> HttpResponse:
        """A page of everything there is to know, and after that of what has changed since.

        410 with `resync` where the tablet has to start again without a cursor. Applied in order, a
        later change of one thing replaces the earlier; gzipped for whoever takes it.
        """
        given = {name: str(text) for name, text in request.query_params.items() if text}
        form = AskedForm(data={n: given[n] for n in ("limit", "boundaries") if n in given})
        form.is_valid(raise_exception=True)
        asked = Asked(given.get("cursor", ""), **form.validated_data)
        return encoded(request, pull(caller(request).pk, asked, timezone.now()))


class Digest(APIView):
    """Whether a tablet and the server know the same registrations."""

    permission_classes = (IsKader,)
    allows_draining = True

    @extend_schema(operation_id="digest", responses=answered(DigestAnswer))
    def get(self, request: Request) -> HttpResponse:
        """The digest over all of the kader's registrations, to be compared with one's own."""
        return encoded(request, digest_of(caller(request).pk))
