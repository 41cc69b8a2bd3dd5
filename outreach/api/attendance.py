"""How many came to a campaign's sessions, as its kader counted them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, Sum
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.activities.withholding import heads_shown
from outreach.api.named_shapes import KaderSerializer
from outreach.api.permissions import HasRole, caller
from outreach.models import Attendance, User
from outreach.problems import Problem
from outreach.scopes import campaigns_for

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
    session_count = serializers.IntegerField(
        help_text=f"of all of them; at most {MOST_SESSIONS} are listed, the latest"
    )


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
        sessions = Attendance.objects.filter(campaign=campaign_id)
        latest = sessions.select_related("kader").order_by("-local_day", "-captured_at", "-pk")
        rows = sorted(
            latest[:MOST_SESSIONS],
            key=lambda row: (row.local_day, str(row.stop_id or ""), row.captured_at, row.pk),
        )
        totals = sessions.aggregate(
            session_count=Count("pk"), **{name: Sum(name, default=0) for name in COUNTS}
        )
        is_open = user.role in WITH_RECORDS
        return Response(AttendanceSerializer(_shown(rows, totals, is_open=is_open)).data)


def _shown(
    rows: Sequence[Attendance], all_of_them: Mapping[str, int], *, is_open: bool
) -> dict[str, Any]:
    kader: dict[tuple[object, object], set[int]] = {}
    for row in rows:
        kader.setdefault((row.local_day, row.stop_id), set()).add(row.kader_id)
    columns = {name: [getattr(row, name) for row in rows] for name in COUNTS}
    totals = {name: all_of_them[name] for name in COUNTS}
    sessions, told = heads_shown(columns, totals, is_open=is_open)
    return {
        "sessions": [
            {
                "id": row.pk,
                "revision": row.revision,
                "local_day": row.local_day,
                "stop": row.stop_id,
                "session": row.session,
                "kader": row.kader,
                "counts": counts,
                "counted_again": len(kader[row.local_day, row.stop_id]) > 1,
            }
            for row, counts in zip(rows, sessions, strict=True)
        ],
        "totals": told,
        "session_count": all_of_them["session_count"],
    }
