"""Formulas of the standings over HTTP: those in force, and drafts to be tried out."""

import re
from contextlib import suppress
from datetime import date, timedelta
from math import isclose
from typing import Any

from django.db import transaction
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import Day, Form, Number, filled
from outreach.api.permissions import HasRole, caller
from outreach.api.standing_shapes import FormulaSerializer
from outreach.api.standings import STAFF
from outreach.models import Formula, User
from outreach.problems import Problem
from outreach.standings import formulas
from outreach.standings.scoring import COMPONENTS

VERSION = r"^[0-9A-Za-z][0-9A-Za-z.-]{0,19}\Z"
MOST_LISTED = 500
SUM_TOLERANCE = 1e-9


class StoredFormulaSerializer(FormulaSerializer):
    is_draft = serializers.BooleanField()
    is_frozen = serializers.SerializerMethodField(help_text="a table was published by it")
    made_by = serializers.CharField(source="made_by.full_name", allow_null=True, default=None)
    made_at = serializers.DateTimeField(allow_null=True)

    def get_is_frozen(self, formula: Formula) -> bool:
        return formula.version in self.context["frozen"]


class FormulaListSerializer(serializers.Serializer[Any]):
    results = StoredFormulaSerializer(many=True)


class WeightsField(serializers.DictField):
    """Shares of the known components, which make up one; those left out weigh nothing."""

    child = Number(min_value=0, max_value=1)
    default_error_messages = {
        "unknown": _("There is no such component."),
        "sum": _("The weights do not add up to 1."),
    }

    def to_internal_value(self, data: Any) -> dict[str, float]:
        weights: dict[str, float] = super().to_internal_value(data)
        if set(weights) - set(COMPONENTS):
            self.fail("unknown")
        if not isclose(sum(weights.values()), 1, abs_tol=SUM_TOLERANCE):
            self.fail("sum")
        return {name: weights.get(name, 0.0) for name in COMPONENTS}


class FormulaPatchForm(Form):
    weights = WeightsField()
    z = Number(min_value=0, max_value=4, help_text="width of Wilson's bounds")
    smallest_denominator = serializers.IntegerField(min_value=1, max_value=1_000_000)
    cohort_age_months = serializers.IntegerField(min_value=1, max_value=24, default=3)
    cohort_months = serializers.IntegerField(min_value=1, max_value=60, default=12)
    officials_old_after_months = serializers.IntegerField(min_value=1, max_value=120, default=12)
    is_draft = serializers.BooleanField(default=False)
    effective_from = Day(
        allow_null=True, default=None, help_text="first day of a month; not needed for a draft"
    )
    effective_until = Day(
        allow_null=True,
        default=None,
        help_text="last day of the month before the next formula's; until further notice if null",
    )
    source = serializers.CharField(max_length=200)  # type: ignore[assignment]  # hides DRF's own

    def validate_effective_from(self, day: date | None) -> date | None:
        if day and day.day != 1:
            raise serializers.ValidationError(_("This is not the first day of a month."))
        return day

    def validate_effective_until(self, day: date | None) -> date | None:
        if day and (day + timedelta(days=1)).day != 1:
            raise serializers.ValidationError(_("This is not the last day of a month."))
        return day


class FormulaForm(FormulaPatchForm):
    version = serializers.RegexField(VERSION)


class FormulaView(APIView):
    permission_classes = (HasRole,)

    def shown(self, formula: Formula) -> Any:
        return StoredFormulaSerializer(formula, context=_context()).data


def _context() -> dict[str, Any]:
    return {"frozen": set(formulas.frozen_versions())}


def _take_up() -> None:
    """Have the standings follow soon, which takes longer than a request may."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task("outreach.tasks.refresh_standings").defer(timestamp=0)


class Formulas(FormulaView):
    roles = {"GET": STAFF, "POST": {User.Role.ADMINISTRATOR}}

    @extend_schema(operation_id="formulas_list", responses=FormulaListSerializer)
    def get(self, request: Request) -> Response:
        """All formulas: those in force in the order of their months, then the drafts."""
        del request
        stored = Formula.objects.select_related("made_by")
        listed = stored.order_by("is_draft", "effective_from", "version")[:MOST_LISTED]
        answer = FormulaListSerializer({"results": listed}, context=_context())
        return Response(answer.data)

    @extend_schema(
        operation_id="formulas_create",
        request=FormulaForm,
        responses={201: StoredFormulaSerializer},
    )
    def post(self, request: Request) -> Response:
        """Put a formula into force from a month on, which ends the one before; or keep a draft."""
        formula = formulas.make(filled(FormulaForm, request), caller(request), timezone.now())
        if not formula.is_draft:
            _take_up()
        return Response(self.shown(formula), status=201)


class OneFormula(FormulaView):
    roles = {
        "GET": STAFF,
        "PATCH": {User.Role.ADMINISTRATOR},
        "DELETE": {User.Role.ADMINISTRATOR},
    }

    @extend_schema(operation_id="formulas_retrieve", responses=StoredFormulaSerializer)
    def get(self, request: Request, version: str) -> Response:
        """One formula."""
        del request
        found = Formula.objects.select_related("made_by").filter(pk=version)
        formula = found.first() if re.fullmatch(VERSION, version) else None
        if formula is None:
            raise Problem("not_found")
        return Response(self.shown(formula))

    @extend_schema(
        operation_id="formulas_alter", request=FormulaPatchForm, responses=StoredFormulaSerializer
    )
    def patch(self, request: Request, version: str) -> Response:
        """Change a draft, or put it into force with `is_draft: false`; or change one whose first
        month has not begun, or make it a draft again: the one before it goes on then."""
        form = FormulaPatchForm(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        formula = formulas.alter(version, form.validated_data, timezone.now())
        if not formula.is_draft:
            _take_up()
        return Response(self.shown(formula))

    @extend_schema(operation_id="formulas_discard", responses={204: None})
    def delete(self, request: Request, version: str) -> Response:
        """Forget a draft, or one whose first month has not begun: the one before it goes on."""
        del request
        formulas.discard(version, timezone.now())
        return Response(status=204)


urlpatterns = [
    path("formulas/", Formulas.as_view(), name="formulas"),
    path("formulas/<str:version>/", OneFormula.as_view(), name="formula"),
]
