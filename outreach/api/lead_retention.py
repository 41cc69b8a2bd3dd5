"""For how long leads are kept: dated rules, by administrators."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import Day, Form, filled
from outreach.api.permissions import HasRole
from outreach.leads.erasing import ZONE
from outreach.models import LeadRetention, User
from outreach.problems import Problem


class LeadRetentionForm(Form):
    effective_from = Day(help_text="today or later, in Jakarta")
    days = serializers.IntegerField(min_value=30, max_value=3660)
    source = serializers.CharField(  # type: ignore[assignment]  # the field hides DRF's own
        min_length=3, max_length=200
    )

    def validate_effective_from(self, day: date) -> date:
        if not timezone.now().astimezone(ZONE).date() <= day <= date(2199, 12, 31):
            raise serializers.ValidationError(_("A rule begins today or later."), "past")
        return day


class LeadRetentionSerializer(serializers.ModelSerializer[LeadRetention]):
    class Meta:
        model = LeadRetention
        fields = ("effective_from", "days", "source")


class LeadRetentions(APIView):
    """The rules there are, and new ones."""

    permission_classes = (HasRole,)
    roles = {"GET": {User.Role.ADMINISTRATOR}, "POST": {User.Role.ADMINISTRATOR}}

    @extend_schema(operation_id="lead_retention_list", responses=LeadRetentionSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The newest first; the newest that is in force holds for all leads."""
        del request
        rules = LeadRetention.objects.order_by("-effective_from")[:200]
        return Response(LeadRetentionSerializer(rules, many=True).data)

    @extend_schema(
        operation_id="lead_retention_add",
        request=LeadRetentionForm,
        responses={201: LeadRetentionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Another rule from a day on. One that is there stays as it is."""
        fields: dict[str, Any] = filled(LeadRetentionForm, request)
        try:
            with transaction.atomic():
                rule = LeadRetention.objects.create(**fields)
        except IntegrityError:
            raise Problem("conflict", _("There is a rule from that day on.")) from None
        return Response(LeadRetentionSerializer(rule).data, status=201)
