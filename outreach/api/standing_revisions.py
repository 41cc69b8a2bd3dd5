"""The revisions of frozen months: when each was made, and why."""

from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from outreach.api.forms import queried
from outreach.api.pages import PageForm, page_of, page_schema
from outreach.api.permissions import caller
from outreach.api.standing_shapes import PeriodField
from outreach.api.standings import StandingsView
from outreach.models import StandingSnapshot
from outreach.standings.small_cells import open_regions, shown

REASONS = {
    "month_end": _("The month was over for a week."),
    "late_records": _("Records arrived late."),
    "decisions": _("Decisions changed who counts, or where."),
    "members": _("Payments, or where members count, changed."),
}


class RevisionsQuerySerializer(PageForm):
    period = PeriodField(required=False, help_text="YYYY-MM; all months unless given")


class ReasonSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(tuple(REASONS))
    text = serializers.CharField()


class ChangesSerializer(serializers.Serializer[Any]):
    villages = serializers.IntegerField(help_text="whose counts changed")
    late_people = serializers.IntegerField(
        allow_null=True, help_text="in those villages, captured in the period and received since"
    )
    verified = serializers.IntegerField(
        allow_null=True, help_text="more verified people than before, below 0: fewer"
    )
    moved_up = serializers.IntegerField(help_text="villages that gained a rank in their regency")
    moved_down = serializers.IntegerField()
    largest_move = serializers.IntegerField(help_text="in ranks")


class StandingRevisionSerializer(serializers.Serializer[Any]):
    period = serializers.DateField(format="%Y-%m")
    revision = serializers.IntegerField()
    formula_version = serializers.CharField(source="formula_id")
    frozen_at = serializers.DateTimeField()
    reasons = ReasonSerializer(many=True)
    changes = ChangesSerializer(allow_null=True, help_text="null for the first revision")


class Revisions(StandingsView):
    @extend_schema(
        operation_id="standings_revisions_list",
        parameters=[RevisionsQuerySerializer],
        responses=page_schema(StandingRevisionSerializer),
    )
    def get(self, request: Request) -> Response:
        """Frozen tables, of one month or of all, the newest first. Numbers of people from 1 to 4
        are null for who does not see the records."""
        asked = queried(RevisionsQuerySerializer, request)
        snapshots = StandingSnapshot.objects.all()
        if period := asked.get("period"):
            snapshots = snapshots.filter(period=period)
        page = page_of(snapshots, asked, "frozen_at")
        sees_all = "" in open_regions(caller(request))
        rows = [_shown(snapshot, sees_all=sees_all) for snapshot in page.results]
        answer = StandingRevisionSerializer(rows, many=True).data
        return Response({"results": answer, "next": page.next})


def _shown(snapshot: StandingSnapshot, *, sees_all: bool) -> dict[str, Any]:
    changes = snapshot.changes or None
    if changes and not sees_all:
        late, verified = changes["late_people"], changes["verified"]
        hidden = shown(abs(verified)) is None
        changes = changes | {"late_people": shown(late), "verified": None if hidden else verified}
    return {
        "period": snapshot.period,
        "revision": snapshot.revision,
        "formula_id": snapshot.formula_id,
        "frozen_at": snapshot.frozen_at,
        "reasons": [{"code": code, "text": REASONS[code]} for code in snapshot.reasons],
        "changes": changes,
    }


urlpatterns = [
    path("standings/revisions/", Revisions.as_view(), name="standing-revisions"),
]
