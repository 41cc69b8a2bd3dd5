"""The rules about app versions over HTTP."""

import re
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import Form, Instant, filled, wrong
from outreach.api.permissions import HasRole, caller
from outreach.models import User
from outreach.problems import Problem
from sync.clients import CLIENT, VERSION, is_below
from sync.models import ClientRule

ADMINISTRATORS = {User.Role.ADMINISTRATOR}
MOST_CLIENTS = 100


class ClientRuleSerializer(serializers.ModelSerializer[ClientRule]):
    class Meta:
        model = ClientRule
        fields = (
            "client",
            "soft_minimum",
            "soft_since",
            "hard_minimum",
            "hard_since",
            "changed_at",
        )


class ClientRulesSerializer(serializers.Serializer[Any]):
    results = ClientRuleSerializer(many=True)


class ClientRuleForm(Form):
    """Older than the soft minimum is deprecated; older than the hard one reads nothing any more."""

    soft_minimum = serializers.RegexField(rf"^{VERSION}\Z", max_length=40)
    soft_since = Instant()
    hard_minimum = serializers.RegexField(
        rf"^{VERSION}\Z", max_length=40, allow_null=True, default=None
    )
    hard_since = Instant(allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        hard = attrs["hard_minimum"], attrs["hard_since"]
        if hard == (None, None):
            return attrs
        if None in hard:
            raise wrong("hard_since", "required", _("A hard end has a version and a day."))
        if is_below(attrs["soft_minimum"], hard[0]):
            raise wrong("hard_minimum", "too_high", _("What ends is deprecated before."))
        if hard[1] < attrs["soft_since"]:
            raise wrong("hard_since", "too_early", _("What ends is deprecated before."))
        return attrs


class Clients(APIView):
    """Which versions of which app are still good."""

    permission_classes = (HasRole,)
    roles = {"GET": ADMINISTRATORS}

    @extend_schema(operation_id="clients_list", responses=ClientRulesSerializer)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Every client that has a rule."""
        rules = ClientRule.objects.order_by("client")[:MOST_CLIENTS]
        return Response({"results": ClientRuleSerializer(rules, many=True).data})


class OneClient(APIView):
    """The rule about one app's versions."""

    permission_classes = (HasRole,)
    roles = {"PUT": ADMINISTRATORS, "DELETE": ADMINISTRATORS}

    @extend_schema(
        operation_id="clients_update", request=ClientRuleForm, responses=ClientRuleSerializer
    )
    def put(self, request: Request, client: str) -> Response:
        """Say from when on older versions are deprecated, and from when on they end."""
        form = filled(ClientRuleForm, request)
        rule, _is_new = ClientRule.objects.update_or_create(
            client=_named(client),
            defaults={**form, "changed_by": caller(request), "changed_at": timezone.now()},
        )
        return Response(ClientRuleSerializer(rule).data)

    @extend_schema(operation_id="clients_delete", request=None, responses={204: None})
    def delete(self, request: Request, client: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Let every version work again."""
        ClientRule.objects.filter(pk=client).delete()
        return Response(status=204)


def _named(client: str) -> str:
    if not re.fullmatch(CLIENT, client):
        raise Problem("not_found")
    return client
