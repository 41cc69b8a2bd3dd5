"""What becomes of verified registrations: followed up, withdrawn; and held rows of result files."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.decisions import Decide
from outreach.api.forms import ReasonForm, RegionCode, filled, queried
from outreach.api.membership_shapes import (
    FollowUpSerializer,
    HeldResultSerializer,
    MembershipSerializer,
    PaymentSerializer,
    membership_shown,
)
from outreach.api.pages import PageForm, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.api.registrations import condition_of, listed
from outreach.membership import held, lists, payments
from outreach.models import Decision, HeldResult, User
from outreach.problems import Problem
from outreach.scopes import held_results_for, registrations_for

Role = User.Role
OFFICE = {Role.COORDINATOR, Role.OFFICER, Role.ADMINISTRATOR}
MOST_TOGETHER = 50
DECIDING = {Role.COORDINATOR, Role.OFFICER}


class WhichForm(PageForm):
    campaign = serializers.UUIDField(required=False)
    village = RegionCode(
        required=False, help_text="code of a domicile village, or of a region above"
    )


class FollowUpForm(WhichForm):
    list = serializers.ChoiceField(choices=lists.NAMES)


class TogetherForm(ReasonForm):
    ids = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_TOGETHER
    )


class AppliedSerializer(serializers.Serializer[Any]):
    results = HeldResultSerializer(many=True)


class FollowUps(APIView):
    """Who is to be asked about a payment."""

    permission_classes = (HasRole,)
    roles = {"GET": {Role.KADER, *OFFICE}}

    @extend_schema(
        operation_id="follow_ups_list",
        parameters=[FollowUpForm],
        responses=page_schema(FollowUpSerializer),
    )
    def get(self, request: Request) -> Response:
        """One of the lists, the first received first; a kader's own registrations."""
        asked = queried(FollowUpForm, request)
        now = timezone.now()
        found = lists.to_follow_up(caller(request), asked["list"], now)
        found = listed(found).filter(condition_of(asked))
        page = page_of(found, asked, "received_at", lowest_first=True)
        return Response(page.told(FollowUpSerializer, now=now))


class OneMembership(APIView):
    """What became of one registration."""

    permission_classes = (HasRole,)
    roles = {"GET": {Role.KADER, *OFFICE}}

    @extend_schema(operation_id="registrations_membership", responses=MembershipSerializer)
    def get(self, request: Request, registration_id: UUID) -> Response:
        """Hand-offs, BPJS's answers, months paid, and until when; the KPJ masked."""
        found = registrations_for(caller(request)).select_related("membership")
        registration = found.filter(pk=registration_id).first()
        if registration is None:
            raise Problem("not_found")
        return Response(membership_shown(registration))


class UndoPayment(APIView):
    """A payment that was confirmed by mistake."""

    permission_classes = (HasRole,)
    roles = {"POST": {Role.OFFICER}}

    @extend_schema(operation_id="payments_undo", request=ReasonForm, responses=PaymentSerializer)
    def post(self, request: Request, payment_id: int) -> Response:
        """Have it count no more; what follows from the others stands."""
        reason = filled(ReasonForm, request)["reason"]
        undone = payments.undo(payment_id, caller(request), reason, timezone.now())
        return Response(PaymentSerializer(undone).data)


class Withdraw(Decide):
    """A worker who does not want it any more."""

    roles = {"POST": DECIDING}
    kind = Decision.Kind.WITHDRAW


class HeldStateForm(PageForm):
    state = serializers.ChoiceField(HeldResult.State.choices, default=HeldResult.State.OPEN)


class HeldResults(APIView):
    """Rows of result files that somebody has to look at."""

    permission_classes = (HasRole,)
    roles = {"GET": OFFICE}

    @extend_schema(
        operation_id="held_results_list",
        parameters=[HeldStateForm],
        responses=page_schema(HeldResultSerializer),
    )
    def get(self, request: Request) -> Response:
        """Those that wait, the first that came first."""
        asked = queried(HeldStateForm, request)
        found = held_results_for(caller(request)).filter(state=asked["state"])
        found = found.select_related("registration__campaign", "source", "decided_by")
        page = page_of(found, asked, "made_at", lowest_first=True)
        return Response(page.told(HeldResultSerializer))


class _Held(APIView):
    permission_classes = (HasRole,)
    roles = {"POST": DECIDING}

    def told(self, user: User, ids: Sequence[UUID]) -> list[Any]:
        found = held_results_for(user).filter(pk__in=ids).order_by("made_at", "pk")
        found = found.select_related("registration__campaign", "source", "decided_by")
        return [HeldResultSerializer(one).data for one in found]


class ApplyHeld(_Held):
    """A held row that is right."""

    @extend_schema(
        operation_id="held_results_apply", request=ReasonForm, responses=HeldResultSerializer
    )
    def post(self, request: Request, held_id: UUID) -> Response:
        """Have it count as it is. A KPJ that is somebody else's is left out, and given where this
        is asked for again when it is free. Where another row that waits would free it: 409 with the
        `ids` to be applied together.
        """
        user = caller(request)
        held.apply([held_id], user, filled(ReasonForm, request)["reason"], timezone.now())
        return Response(self.told(user, [held_id])[0])


class ApplyTogether(_Held):
    """Held rows that are right together, such as KPJs that were swapped."""

    @extend_schema(
        operation_id="held_results_apply_together",
        request=TogetherForm,
        responses=AppliedSerializer,
    )
    def post(self, request: Request) -> Response:
        """Have all of them count as they are, or none; KPJs that change hands among them do."""
        user, form = caller(request), filled(TogetherForm, request)
        held.apply(form["ids"], user, form["reason"], timezone.now())
        return Response({"results": self.told(user, form["ids"])})


class DismissHeld(_Held):
    """A held row that is wrong."""

    @extend_schema(
        operation_id="held_results_dismiss", request=ReasonForm, responses=HeldResultSerializer
    )
    def post(self, request: Request, held_id: UUID) -> Response:
        """Have it count for nothing."""
        user = caller(request)
        held.dismiss(held_id, user, filled(ReasonForm, request)["reason"], timezone.now())
        return Response(self.told(user, [held_id])[0])
