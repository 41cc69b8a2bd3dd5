"""Credit statements, questions about them, and the thresholds of incentives."""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import Form, filled
from outreach.api.pages import PARAMETERS, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.api.standings import QuerySerializer
from outreach.kader.incentives import NewRule, add_rule, rule_on
from outreach.kader.questions import answer, ask, questions_for
from outreach.kader.statements import (
    COUNTS,
    added_up,
    answer_lines,
    lines_of,
    registrations_of,
    totals_of,
)
from outreach.models import IncentiveRule, StatementQuestion, User
from outreach.months import later
from outreach.problems import Problem
from outreach.scopes import users_for
from outreach.standings.months import current_period

Role = User.Role
STATEMENT_PARAMETERS: list[Any] = [QuerySerializer, *PARAMETERS]


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


class IncentiveRuleSerializer(serializers.ModelSerializer[IncentiveRule]):
    source = serializers.CharField()  # type: ignore[assignment]  # the field hides DRF's own

    class Meta:
        model = IncentiveRule
        fields = ("threshold", "period", "first_day", "last_day", "source")


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


class KaderQuestionSerializer(serializers.ModelSerializer[StatementQuestion]):
    registration = serializers.UUIDField(source="registration_id")
    kader = serializers.IntegerField(source="kader_id")
    answer = serializers.CharField(allow_blank=True)
    answered_by = serializers.IntegerField(source="answered_by_id", allow_null=True)

    class Meta:
        model = StatementQuestion
        fields = (
            "id",
            "kader",
            "registration",
            "text",
            "asked_at",
            "answer",
            "answered_by",
            "answered_at",
        )


QUESTION_PAGE = page_schema(KaderQuestionSerializer)


class QuestionForm(Form):
    id = serializers.UUIDField(help_text="made by the client: the same once more changes nothing")
    registration = serializers.UUIDField()
    text = serializers.CharField(min_length=3, max_length=500)


class AnswerForm(Form):
    text = serializers.CharField(min_length=3, max_length=500)


class OpenForm(serializers.Serializer[Any]):
    open = serializers.BooleanField(required=False, allow_null=True, default=None)


class IncentiveForm(Form):
    threshold = serializers.IntegerField(min_value=1, max_value=100_000)
    first_day = serializers.DateField()
    last_day = serializers.DateField(allow_null=True, default=None)
    source = serializers.CharField(  # type: ignore[assignment]  # the field hides DRF's own
        min_length=3, max_length=200
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["last_day"] and attrs["last_day"] < attrs["first_day"]:
            raise serializers.ValidationError({"last_day": ["The last day is before the first."]})
        return attrs


class RulesSerializer(serializers.Serializer[Any]):
    results = IncentiveRuleSerializer(many=True)


class OwnStatement(APIView):
    """What one's own registrations of a month count for."""

    permission_classes = (HasRole,)
    roles = {"GET": {Role.KADER}}

    @extend_schema(
        operation_id="kader_me_statement",
        parameters=STATEMENT_PARAMETERS,
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
        parameters=STATEMENT_PARAMETERS,
        responses=StatementSerializer,
    )
    def get(self, request: Request, user_id: int) -> Response:
        """A kader's month."""
        kader = users_for(caller(request)).filter(pk=user_id, role=Role.KADER).first()
        if kader is None:
            raise Problem("not_found")
        return _statement(kader, request, with_names=False)


def _statement(kader: User, request: Request, *, with_names: bool) -> Response:
    form = QuerySerializer(data=request.query_params)
    form.is_valid(raise_exception=True)
    now = timezone.now()
    month = form.validated_data.get("period") or current_period(now)
    registrations = registrations_of(kader.pk, month).select_related("person__credited")
    page = page_of(registrations, request.query_params, by="corrected_at", lowest_first=True)
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


class OwnQuestions(APIView):
    """A kader's questions about the own statement."""

    permission_classes = (HasRole,)
    roles = {"GET": {Role.KADER}, "POST": {Role.KADER}}

    @extend_schema(
        operation_id="kader_me_questions",
        parameters=PARAMETERS,
        responses=QUESTION_PAGE,
    )
    def get(self, request: Request) -> Response:
        """Questions and their answers, the newest first."""
        return _page(request)

    @extend_schema(
        operation_id="kader_me_questions_ask",
        request=QuestionForm,
        responses={
            200: OpenApiResponse(KaderQuestionSerializer, "it was asked before"),
            201: KaderQuestionSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """Ask why a registration counts as it does."""
        form = filled(QuestionForm, request)
        asked, is_new = ask(
            caller(request), form["id"], form["registration"], form["text"], timezone.now()
        )
        return Response(KaderQuestionSerializer(asked).data, status=201 if is_new else 200)


class Questions(APIView):
    """Questions about registrations of one's offices."""

    permission_classes = (HasRole,)
    roles = {"GET": {Role.COORDINATOR, Role.ADMINISTRATOR}}

    @extend_schema(
        operation_id="statement_questions_list",
        parameters=[OpenApiParameter("open", bool), *PARAMETERS],
        responses=QUESTION_PAGE,
    )
    def get(self, request: Request) -> Response:
        """Questions and their answers, the newest first; with `open` only those without one."""
        return _page(request)


class AnswerQuestion(APIView):
    """Answering a kader's question."""

    permission_classes = (HasRole,)
    roles = {"POST": {Role.COORDINATOR}}

    @extend_schema(
        operation_id="statement_questions_answer",
        request=AnswerForm,
        responses=KaderQuestionSerializer,
    )
    def post(self, request: Request, question_id: UUID) -> Response:
        """Answer it; what follows for the registration is decided where decisions are made."""
        text = filled(AnswerForm, request)["text"]
        answered = answer(caller(request), question_id, text, timezone.now())
        return Response(KaderQuestionSerializer(answered).data)


def _page(request: Request) -> Response:
    form = OpenForm(data=request.query_params)
    form.is_valid(raise_exception=True)
    questions = questions_for(caller(request))
    if (is_open := form.validated_data["open"]) is not None:
        questions = questions.filter(answered_at__isnull=is_open)
    page = page_of(questions, request.query_params, by="asked_at")
    return Response(
        {"results": KaderQuestionSerializer(page.results, many=True).data, "next": page.next}
    )


class Incentives(APIView):
    """From how many verified people on a kader is paid."""

    permission_classes = (HasRole,)
    roles = {"GET": set(Role), "POST": {Role.ADMINISTRATOR}}

    @extend_schema(operation_id="incentives_list", responses=RulesSerializer)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """All rules, the newest first."""
        rules = IncentiveRule.objects.order_by("-first_day")[:200]
        return Response({"results": IncentiveRuleSerializer(rules, many=True).data})

    @extend_schema(
        operation_id="incentives_add",
        request=IncentiveForm,
        responses={
            200: OpenApiResponse(IncentiveRuleSerializer, "there is this rule already"),
            201: IncentiveRuleSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """Have a rule from a day on; the one before ends on the day before."""
        form = filled(IncentiveForm, request)
        rule, is_new = add_rule(NewRule(**form), caller(request), timezone.now())
        return Response(IncentiveRuleSerializer(rule).data, status=201 if is_new else 200)
