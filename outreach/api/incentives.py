"""From how many verified people on a kader is paid."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import Day, Form, filled, wrong
from outreach.api.permissions import HasRole, caller
from outreach.kader.incentives import NewRule, add_rule, uncovered_from
from outreach.models import IncentiveRule, User

Role = User.Role


class IncentiveRuleSerializer(serializers.ModelSerializer[IncentiveRule]):
    source = serializers.CharField()  # type: ignore[assignment]  # the field hides DRF's own

    class Meta:
        model = IncentiveRule
        fields: tuple[str, ...] = ("threshold", "period", "first_day", "last_day", "source")


class IncentiveForm(Form):
    threshold = serializers.IntegerField(min_value=1, max_value=100_000)
    first_day = Day()
    last_day = Day(allow_null=True, default=None)
    source = serializers.CharField(  # type: ignore[assignment]  # the field hides DRF's own
        min_length=3, max_length=200
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["last_day"] and attrs["last_day"] < attrs["first_day"]:
            raise wrong("last_day", "before_start", _("The last day is before the first."))
        return attrs


UNCOVERED = "the first day without a rule, as the last one has an end; null: until further notice"


class AddedRuleSerializer(IncentiveRuleSerializer):
    uncovered_from = serializers.DateField(allow_null=True, help_text=UNCOVERED)

    class Meta(IncentiveRuleSerializer.Meta):
        fields = (*IncentiveRuleSerializer.Meta.fields, "uncovered_from")


class RulesSerializer(serializers.Serializer[Any]):
    results = IncentiveRuleSerializer(many=True)
    uncovered_from = serializers.DateField(allow_null=True, help_text=UNCOVERED)


class Incentives(APIView):
    """From how many verified people on a kader is paid."""

    permission_classes = (HasRole,)
    roles = {"GET": set(Role), "POST": {Role.ADMINISTRATOR}}

    @extend_schema(operation_id="incentives_list", responses=RulesSerializer)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """All rules, the newest first."""
        rules = IncentiveRule.objects.order_by("-first_day")[:200]
        return Response(
            RulesSerializer({"results": rules, "uncovered_from": uncovered_from()}).data
        )

    @extend_schema(
        operation_id="incentives_add",
        request=IncentiveForm,
        responses={
            200: OpenApiResponse(AddedRuleSerializer, "there is this rule already"),
            201: AddedRuleSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """Have a rule from a day on; the one before ends on the day before."""
        form = filled(IncentiveForm, request)
        rule, is_new = add_rule(NewRule(**form), caller(request), timezone.now())
        told = {**IncentiveRuleSerializer(rule).data, "uncovered_from": uncovered_from()}
        return Response(told, status=201 if is_new else 200)
