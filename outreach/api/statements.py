"""Credit statements."""

from datetime import date
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import queried
from outreach.api.incentives import IncentiveRuleSerializer
from outreach.api.pages import PageForm, page_of
from outreach.api.permissions import HasRole, caller
from outreach.api.standing_shapes import PeriodField
from outreach.kader.incentives import rule_on
from outreach.kader.statements import (
    COUNTS,
    added_up,
    answer_lines,
    lines_of,
    registrations_of,
    totals_of,
)
from outreach.models import User
from outreach.months import later
from outreach.problems import Problem
from outreach.scopes import users_for
from outreach.standings.months import current_period

Role = User.Role


class StatementForm(PageForm):
    period = PeriodField(required=False, help_text="YYYY-MM, this month unless given")


class LineSerializer(serializers.Serializer[Any]):
    registration = serializers.UUIDField()
    full_name = serializers.CharField(allow_null=True, help_text="for the kader only")
    local_day = serializers.DateField()
    campaign = serializers.UUIDField()
    status = serializers.CharField()
    counts = serializers.ChoiceField(COUNTS)
    earlier = serializers.UUIDField(
        allow_null=True, help_text="of a duplicate: the kader's own capture that counts instead"
    )
    reason = serializers.CharField(allow_null=True, help_text="why it was rejected")


class TotalsSerializer(serializers.Serializer[Any]):
    verified = serializers.IntegerField()
    waiting = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    rejected = serializers.IntegerField()
    withdrawn = serializers.IntegerField()


class CampaignTotalsSerializer(TotalsSerializer):
    campaign = serializers.UUIDField()
    name = serializers.CharField()


class IncentiveSerializer(serializers.Serializer[Any]):
    rule = IncentiveRuleSerializer()
    verified = serializers.IntegerField()
    missing = serializers.IntegerField(help_text="verified people to the threshold; 0: reached")


class StatementSerializer(serializers.Serializer[Any]):
    kader = serializers.IntegerField()
    period = serializers.CharField(help_text="YYYY-MM")
    as_of = serializers.DateTimeField()
    totals = TotalsSerializer()
    campaigns = CampaignTotalsSerializer(many=True)
    incentive = IncentiveSerializer(allow_null=True, help_text="null where no rule is in force")
    results = LineSerializer(many=True, help_text="by time of capture, from old to new")
    next = serializers.CharField(allow_null=True)


class OwnStatement(APIView):
    """What one's own registrations of a month count for."""

    permission_classes = (HasRole,)
    roles = {"GET": {Role.KADER}}

    @extend_schema(
        operation_id="kader_me_statement",
        parameters=[StatementForm],
        responses=StatementSerializer,
    )
    def get(self, request: Request) -> Response:
        """The month line by line, added up as the tallies are, and how far the threshold is."""
        return _statement(caller(request), request, with_names=True)


class KaderStatement(APIView):
    """The same of a kader of one's offices, without workers' names."""

    permission_classes = (HasRole,)
    roles = {"GET": {Role.COORDINATOR, Role.ADMINISTRATOR}}

    @extend_schema(
        operation_id="users_statement",
        parameters=[StatementForm],
        responses=StatementSerializer,
    )
    def get(self, request: Request, user_id: int) -> Response:
        """A kader's month."""
        kader = users_for(caller(request)).filter(pk=user_id, role=Role.KADER).first()
        if kader is None:
            raise Problem("not_found")
        return _statement(kader, request, with_names=False)


def _statement(kader: User, request: Request, *, with_names: bool) -> Response:
    asked = queried(StatementForm, request)
    now = timezone.now()
    month = asked.get("period") or current_period(now)
    registrations = registrations_of(kader.pk, month).select_related("person__credited")
    page = page_of(registrations, asked, by="corrected_at", lowest_first=True)
    campaigns = totals_of(kader.pk, month)
    totals = added_up(campaigns)
    answered = {
        "kader": kader.pk,
        "period": f"{month:%Y-%m}",
        "as_of": now,
        "totals": totals,
        "campaigns": [row._asdict() for row in campaigns],
        "incentive": _incentive(month, totals["verified"]),
        "results": answer_lines(lines_of(page.results), with_names=with_names),
        "next": page.next,
    }
    return Response(StatementSerializer(answered).data)


def _incentive(month: date, verified: int) -> dict[str, Any] | None:
    """How far it is to the threshold in force on the month's last day."""
    rule = rule_on(later(month, 1) - date.resolution)
    if rule is None:
        return None
    return {"rule": rule, "verified": verified, "missing": max(0, rule.threshold - verified)}
