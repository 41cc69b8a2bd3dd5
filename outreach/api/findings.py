"""Doubts about kader's and offices' months, over the API."""

from typing import Any

from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import Form, ReasonForm, filled, queried
from outreach.api.pages import PageForm, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.api.remark_shapes import REMARK_STATES, AnswerTextForm, RemarkSerializer
from outreach.api.standing_shapes import PeriodField
from outreach.detecting.totals import DoubtTotals, totals_of
from outreach.finding_remarks import findings_with_decisions, in_state, remark
from outreach.flags import month_flag_text
from outreach.models import FindingRemark, MonthFinding, User
from outreach.problems import Problem
from outreach.remarks import STATES
from outreach.scopes import offices_for
from outreach.standings.months import current_period
from outreach.standings.small_cells import shown, shown_series

Role = User.Role
DECIDING = {Role.COORDINATOR, Role.ADMINISTRATOR}
CONCERNED = DECIDING | {Role.KADER}


class MonthFindingSerializer(serializers.ModelSerializer[MonthFinding]):
    kader = serializers.IntegerField(source="kader_id", allow_null=True)
    office = serializers.IntegerField(
        source="office_id", allow_null=True, help_text="of a finding about all its kader together"
    )
    month = serializers.SerializerMethodField(help_text="YYYY-MM")
    detail = serializers.SerializerMethodField(help_text="what it means, in the language asked for")
    evidence = serializers.DictField(help_text="figures, and since when the thresholds hold")
    state = serializers.SerializerMethodField(
        help_text="open, accepted (explained) or upheld (taken up); found again, it stays so"
    )

    class Meta:
        model = MonthFinding
        fields: tuple[str, ...] = (
            "id",
            "kader",
            "office",
            "month",
            "code",
            "detail",
            "evidence",
            "state",
            "raised_at",
            "taken_back_at",
        )

    def get_month(self, finding: MonthFinding) -> str:
        return f"{finding.month:%Y-%m}"

    def get_detail(self, finding: MonthFinding) -> str:
        return month_flag_text(finding.code, finding.evidence)

    def get_state(self, finding: Any) -> str:
        """Of a finding as `findings_with_decisions` gives it."""
        return STATES.get(finding.decided, "open")


class RemarkedFindingSerializer(MonthFindingSerializer):
    remarks = serializers.SerializerMethodField()

    class Meta(MonthFindingSerializer.Meta):
        fields = (*MonthFindingSerializer.Meta.fields, "remarks")

    @extend_schema_field(RemarkSerializer(many=True))
    def get_remarks(self, finding: MonthFinding) -> Any:
        return RemarkSerializer(finding.remarks.order_by("pk"), many=True).data


class FindingsForm(PageForm):
    taken_back = serializers.BooleanField(required=False, default=False)
    state = serializers.ChoiceField(REMARK_STATES, required=False)


class TotalsForm(Form):
    period = PeriodField(required=False, help_text="YYYY-MM, this month unless given")


class DoubtTotalsSerializer(serializers.Serializer[Any]):
    office = serializers.IntegerField()
    code = serializers.CharField()
    whole = serializers.IntegerField(allow_null=True, help_text="null where it is too small")
    open = serializers.IntegerField(allow_null=True)
    accepted = serializers.IntegerField(allow_null=True)
    upheld = serializers.IntegerField(allow_null=True)


class MonthTotalsSerializer(serializers.Serializer[Any]):
    period = serializers.CharField(help_text="YYYY-MM")
    results = DoubtTotalsSerializer(many=True)


class Findings(APIView):
    """Doubts about months; flags of registrations are with the registrations."""

    permission_classes = (HasRole,)
    roles = {"GET": CONCERNED}

    @extend_schema(
        operation_id="month_findings_list",
        parameters=[
            FindingsForm,
        ],
        responses=page_schema(MonthFindingSerializer),
    )
    def get(self, request: Request) -> Response:
        """The newest first: a kader's own, or of kader of one's offices; a doubt, no verdict. With
        `taken_back` also those whose ground is gone."""
        asked = queried(FindingsForm, request)
        rows = findings_with_decisions(caller(request))
        if not asked["taken_back"]:
            rows = rows.filter(taken_back_at=None)
        if state := asked.get("state"):
            rows = in_state(rows, state)
        page = page_of(rows, asked, "raised_at")
        return Response(page.told(MonthFindingSerializer))


class OneFinding(APIView):
    """A doubt about a month."""

    permission_classes = (HasRole,)
    roles = {"GET": CONCERNED}

    @extend_schema(operation_id="month_findings_retrieve", responses=RemarkedFindingSerializer)
    def get(self, request: Request, finding_id: int) -> Response:
        """The finding, and all that was said about it from old to new."""
        return _told(caller(request), finding_id)


class FindingTotals(APIView):
    """Doubts counted."""

    permission_classes = (HasRole,)
    roles = {"GET": DECIDING | {Role.SUPERVISOR}}

    @extend_schema(
        operation_id="month_findings_totals",
        parameters=[TotalsForm],
        responses=MonthTotalsSerializer,
    )
    def get(self, request: Request) -> Response:
        """A month's findings, and flags that were found later, of each office and kind; a kind that
        there is none of is left out. For supervisors without counts under 5, and those that would
        give one away."""
        asked = queried(TotalsForm, request)
        month = asked.get("period") or current_period(timezone.now())
        user = caller(request)
        offices = list(offices_for(user).values_list("pk", flat=True))
        guarded = user.role == Role.SUPERVISOR
        rows = [counts_told(row, guarded=guarded) for row in totals_of(offices, month)]
        told = {"period": f"{month:%Y-%m}", "results": rows}
        return Response(MonthTotalsSerializer(told).data)


class SayAboutFinding(APIView):
    """One more remark about a finding."""

    permission_classes = (HasRole,)
    kind: FindingRemark.Kind

    def _add(self, request: Request, finding_id: int, text: str) -> Response:
        user = caller(request)
        remark(finding_id, self.kind, user, text, timezone.now())
        return _told(user, finding_id)


class AnswerFinding(SayAboutFinding):
    """An explanation."""

    kind = FindingRemark.Kind.ANSWER
    roles = {"POST": {Role.KADER, Role.COORDINATOR}}

    @extend_schema(
        operation_id="month_findings_answer",
        request=AnswerTextForm,
        responses=RemarkedFindingSerializer,
    )
    def post(self, request: Request, finding_id: int) -> Response:
        """Explain a finding about an own month, or one of one's offices; again adds to it."""
        return self._add(request, finding_id, filled(AnswerTextForm, request)["text"])


class JudgeFinding(SayAboutFinding):
    """A decision about a finding."""

    roles = {"POST": DECIDING}

    @extend_schema(request=ReasonForm, responses=RemarkedFindingSerializer)
    def post(self, request: Request, finding_id: int) -> Response:
        """Decide about a finding, with a reason that stays; nothing else follows from it. About an
        office as a whole, nobody of that office decides."""
        return self._add(request, finding_id, filled(ReasonForm, request)["reason"])


class AcceptFinding(JudgeFinding):
    kind = FindingRemark.Kind.ACCEPT


class UpholdFinding(JudgeFinding):
    kind = FindingRemark.Kind.UPHOLD


class ReopenFinding(JudgeFinding):
    kind = FindingRemark.Kind.REOPEN


def _told(user: User, finding_id: int) -> Response:
    finding = findings_with_decisions(user).filter(pk=finding_id).first()
    if finding is None:
        raise Problem("not_found")
    return Response(RemarkedFindingSerializer(finding).data)


def counts_told(row: DoubtTotals, *, guarded: bool) -> dict[str, Any]:
    """A kind's doubts in an office; guarded, without small ones and what would give them away."""
    counts: list[int | None] = [row.open, row.accepted, row.upheld]
    if guarded:
        counts = shown_series([row.open, row.accepted, row.upheld])
    return {
        "office": row.office,
        "code": row.code,
        "whole": shown(row.whole) if guarded else row.whole,
        **dict(zip(REMARK_STATES, counts, strict=True)),
    }


_ONE = "findings/<int:finding_id>/"
urlpatterns = [
    path("findings/", Findings.as_view(), name="findings"),
    path("findings/totals/", FindingTotals.as_view(), name="finding-totals"),
    path(_ONE, OneFinding.as_view(), name="finding"),
    path(f"{_ONE}answer/", AnswerFinding.as_view(), name="finding-answer"),
    path(f"{_ONE}accept/", AcceptFinding.as_view(), name="finding-accept"),
    path(f"{_ONE}uphold/", UpholdFinding.as_view(), name="finding-uphold"),
    path(f"{_ONE}reopen/", ReopenFinding.as_view(), name="finding-reopen"),
]
