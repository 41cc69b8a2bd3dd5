"""How many came to a campaign's sessions, as its kader counted them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.permissions import HasRole, caller
from outreach.api.registration_shapes import KaderSerializer
from outreach.models import Attendance, User
from outreach.problems import Problem
from outreach.scopes import campaigns_for
from outreach.standings.small_cells import SEXES, guarded_heads, shown, shown_series

COUNTS = ("female", "male", "sex_unknown", "bpu", "pu", "jakon", "pmi", "officials")
MOST_SESSIONS = 2000
WITH_RECORDS = {User.Role.COORDINATOR, User.Role.OFFICER, User.Role.ADMINISTRATOR, User.Role.KADER}


class CountsSerializer(serializers.Serializer[Any]):
    """Heads; null where so few that they could point at somebody, for who sees no records."""

    female = serializers.IntegerField(allow_null=True)
    male = serializers.IntegerField(allow_null=True)
    sex_unknown = serializers.IntegerField(allow_null=True)
    bpu = serializers.IntegerField(allow_null=True)
    pu = serializers.IntegerField(allow_null=True)
    jakon = serializers.IntegerField(allow_null=True)
    pmi = serializers.IntegerField(allow_null=True)
    officials = serializers.IntegerField(allow_null=True)


class SessionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    revision = serializers.IntegerField()
    local_day = serializers.DateField()
    stop = serializers.UUIDField(allow_null=True)
    session = serializers.CharField()
    kader = KaderSerializer()
    counts = CountsSerializer()
    counted_again = serializers.BooleanField(
        help_text="somebody else counted at this stop on this day too: perhaps the same session"
    )


class AttendanceSerializer(serializers.Serializer[Any]):
    sessions = SessionSerializer(many=True)
    totals = CountsSerializer(help_text="of all sessions as they were counted")


class CampaignAttendance(APIView):
    """A campaign's sessions."""

    permission_classes = (HasRole,)
    roles = {"GET": set(User.Role)}

    @extend_schema(operation_id="campaigns_attendance", responses=AttendanceSerializer)
    def get(self, request: Request, campaign_id: UUID) -> Response:
        """How many came, by day, stop, session and kader."""
        user = caller(request)
        if not campaigns_for(user).filter(pk=campaign_id).exists():
            raise Problem("not_found")
        rows = list(
            Attendance.objects.filter(campaign=campaign_id)
            .select_related("kader")
            .order_by("local_day", "stop", "captured_at", "pk")[:MOST_SESSIONS]
        )
        is_open = user.role in WITH_RECORDS
        return Response(AttendanceSerializer(_shown(rows, is_open=is_open)).data)


def _shown(rows: Sequence[Attendance], *, is_open: bool) -> dict[str, Any]:
    kader: dict[tuple[object, object], set[int]] = {}
    for row in rows:
        kader.setdefault((row.local_day, row.stop_id), set()).add(row.kader_id)
    columns: dict[str, Sequence[int | None]] = {
        name: [getattr(row, name) for row in rows] for name in COUNTS
    }
    totals: dict[str, int | None] = {
        name: sum(getattr(row, name) for row in rows) for name in COUNTS
    }
    if not is_open:
        columns = {name: shown_series([n or 0 for n in found]) for name, found in columns.items()}
        totals = {name: shown(total or 0) for name, total in totals.items()}
    sessions = [
        guarded_heads({name: columns[name][place] for name in COUNTS}) for place in range(len(rows))
    ]
    if any(one["officials"] is None for one in sessions):
        # By the totals what is hidden of one session could be worked out.
        totals = {name: total if name in SEXES else None for name, total in totals.items()}
    return {
        "sessions": [
            {
                "id": row.pk,
                "revision": row.revision,
                "local_day": row.local_day,
                "stop": row.stop_id,
                "session": row.session,
                "kader": row.kader,
                "counts": sessions[place],
                "counted_again": len(kader[row.local_day, row.stop_id]) > 1,
            }
            for place, row in enumerate(rows)
        ],
        "totals": guarded_heads(totals),
    }
