"""What a worker would pay, and the rules that it is reckoned by."""

from typing import Any

import msgspec
from django.http import HttpResponseBase
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.contribution_shapes import (
    ContributionRulesSerializer,
    QuoteSerializer,
    quote_shown,
)
from outreach.api.forms import Form, Month, filled, wrong
from outreach.api.freshness import kept
from outreach.api.permissions import HasRole
from outreach.contributions.quoting import Worker, quote
from outreach.contributions.rules import PROGRAMMES
from outreach.contributions.storing import current_rules
from outreach.contributions.telling import rules_told
from outreach.models import Occupation, Registration, User
from outreach.record_problems import problem_text

LARGEST_INCOME = 10**12


class QuoteForm(Form):
    """What a quote depends on; what is left out is not known, and the quote says what follows."""

    monthly_income = serializers.IntegerField(
        min_value=0, max_value=LARGEST_INCOME, allow_null=True, default=None, help_text="rupiah"
    )
    programmes = serializers.ListField(
        child=serializers.ChoiceField(PROGRAMMES), min_length=1, max_length=len(PROGRAMMES)
    )
    occupation = serializers.CharField(max_length=40, allow_null=True, default=None)
    payer = serializers.ChoiceField(Registration.Payer.choices, allow_null=True, default=None)
    is_employer = serializers.BooleanField(default=False)
    first_month = Month(help_text="the first contribution month, as 2026-11")
    months_prepaid = serializers.ChoiceField((1, 3, 6, 12), allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        programmes = {*attrs["programmes"]}
        if not programmes >= {"JKK", "JKM"}:
            raise wrong("programmes", "programmes_minimum", _text("programmes_minimum"))
        if attrs["is_employer"] and "JHT" not in programmes:
            raise wrong("programmes", "jht_required", _text("jht_required"))
        return attrs


def _text(code: str) -> str:
    return problem_text(code, "/programmes")


class Quotes(APIView):
    """What a worker would pay."""

    permission_classes = (HasRole,)
    roles = {"POST": User.Role}

    @extend_schema(operation_id="contributions_quote", request=QuoteForm, responses=QuoteSerializer)
    def post(self, request: Request) -> Response:
        """The contributions of some months by the rules of today, each month by those in force in
        it. Nothing is stored, and no money is handled."""
        asked = filled(QuoteForm, request)
        marks = Occupation.objects.filter(pk=asked["occupation"])
        worker = Worker(
            income=asked["monthly_income"],
            programmes=asked["programmes"],
            is_transport=marks.values_list("is_transport", flat=True).first(),
            payer=asked["payer"],
            is_employer=asked["is_employer"],
            first_month=asked["first_month"],
            months=asked["months_prepaid"],
        )
        return Response(QuoteSerializer(quote_shown(quote(worker, current_rules()))).data)


class Rules(APIView):
    """The rules for a tablet."""

    permission_classes = (HasRole,)
    roles = {"GET": User.Role}

    @extend_schema(operation_id="contributions_rules", responses=ContributionRulesSerializer)
    def get(self, request: Request) -> HttpResponseBase:
        """All rates, reliefs and income brackets with their months and sources, to quote by where
        there is no signal. Ask again with `If-None-Match`: unchanged they are a 304.

        Of each month: JKK and JHT are `base × rate_ppm × pays_percent / 100,000,000`, JKM is
        `jkm_amount × pays_percent / 100`, each rounded to whole rupiah, half a rupiah up;
        `pays_percent` is that of the relief in force, else 100. The base is that of the bracket
        which the income, taken in whole `step`s, lies in.
        """
        return kept(request, msgspec.to_builtins(rules_told(current_rules())))


urlpatterns = [
    path("contributions/quote/", Quotes.as_view(), name="contributions-quote"),
    path("contributions/rules/", Rules.as_view(), name="contributions-rules"),
]
