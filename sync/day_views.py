"""A kader's day over HTTP."""

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from outreach.api.packing import encoded
from outreach.api.permissions import caller
from sync.day import DayAnswer, day_of
from sync.permissions import IsKader
from sync.schema import answered


class Day(APIView):
    """What a tablet keeps to show without signal, beside the own records."""

    permission_classes = (IsKader,)

    @extend_schema(operation_id="day", responses=answered(DayAnswer))
    def get(self, request: Request) -> HttpResponse:
        """The campaigns of today with their signups, and where the villages around stand."""
        return encoded(request, day_of(caller(request).pk, timezone.now()))
