"""From how many verified people on a kader is paid."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import Form, filled
from outreach.api.permissions import HasRole, caller
from outreach.kader.incentives import NewRule, add_rule
from outreach.models import IncentiveRule, User

Role = User.Role


class IncentiveRuleSerializer(serializers.ModelSerializer[IncentiveRule]):
    source = serializers.CharField()  # type: ignore[assignment]  # the field hides DRF's own

    class Meta:
        model = IncentiveRule
        fields = ("threshold", "period", "first_day", "last_day", "source")


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
