"""Doubts about kader's and offices' months, over the API."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.pages import PARAMETERS, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.flags import month_flag_text
from outreach.models import MonthFinding, User
from outreach.scopes import month_findings_for

Role = User.Role


class MonthFindingSerializer(serializers.ModelSerializer[MonthFinding]):
    kader = serializers.IntegerField(source="kader_id", allow_null=True)
    office = serializers.IntegerField(
        source="office_id", allow_null=True, help_text="of a finding about all its kader together"
    )
    month = serializers.SerializerMethodField(help_text="YYYY-MM")
    detail = serializers.SerializerMethodField(help_text="what it means, in the language asked for")
    evidence = serializers.DictField(help_text="figures, and since when the thresholds hold")

    class Meta:
        model = MonthFinding
        fields = (
            "id",
            "kader",
            "office",
            "month",
            "code",
            "detail",
            "evidence",
            "raised_at",
            "taken_back_at",
        )

    def get_month(self, finding: MonthFinding) -> str:
        return f"{finding.month:%Y-%m}"

    def get_detail(self, finding: MonthFinding) -> str:
        return month_flag_text(finding.code, finding.evidence)


class FindingsForm(serializers.Serializer[Any]):
    taken_back = serializers.BooleanField(required=False, default=False)


class Findings(APIView):
    """Doubts about months; flags of registrations are with the registrations."""

    permission_classes = (HasRole,)
    roles = {"GET": {Role.KADER, Role.COORDINATOR, Role.ADMINISTRATOR}}

    @extend_schema(
        operation_id="month_findings_list",
        parameters=[OpenApiParameter("taken_back", bool), *PARAMETERS],
        responses=page_schema(MonthFindingSerializer),
    )
    def get(self, request: Request) -> Response:
        """The newest first: a kader's own, or of kader of one's offices; a doubt, no verdict. With
        `taken_back` also those whose ground is gone."""
        form = FindingsForm(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        rows = month_findings_for(caller(request))
        if not form.validated_data["taken_back"]:
            rows = rows.filter(taken_back_at=None)
        page = page_of(rows, request.query_params, "raised_at")
        return Response(page.told(MonthFindingSerializer))


urlpatterns = [path("findings/", Findings.as_view(), name="findings")]
