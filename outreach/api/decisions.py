"""Decisions about registrations over HTTP: verified, rejected, sent back, undone."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.activities.reassigning import reassign
from outreach.answering import Refused
from outreach.api.forms import ReasonForm, filled
from outreach.api.permissions import HasRole, caller
from outreach.models import Decision, Registration, User
from outreach.problems import Problem
from outreach.reviewing import Ruling, decide
from outreach.undoing import undo_decision

MOST_AT_ONCE = 500


class ManyForm(ReasonForm):
    ids = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_AT_ONCE
    )


class RulingSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="of the registration")
    state = serializers.ChoiceField(choices=Registration.Status.choices)
    decision = serializers.UUIDField(
        allow_null=True, help_text="to undo it by; null where the state was there already"
    )


class OneOfManySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    done = serializers.BooleanField()
    state = serializers.CharField(
        source="status", help_text="what it is now; empty where it is not there"
    )
    problem = serializers.CharField(
        allow_null=True, help_text="not_found, own_record or not_possible"
    )
    decision = serializers.UUIDField(allow_null=True)


class RulingsSerializer(serializers.Serializer[Any]):
    results = OneOfManySerializer(many=True)


class Deciding(APIView):
    """For coordinators, about registrations of their offices that are not their own."""

    permission_classes = (HasRole,)
    roles = {"POST": {User.Role.COORDINATOR}}


class Decide(Deciding):
    """One decision about one registration."""

    kind: Decision.Kind

    @extend_schema(request=ReasonForm, responses=RulingSerializer)
    def post(self, request: Request, registration_id: UUID) -> Response:
        """Decide about a registration, with a reason that stays."""
        reason = filled(ReasonForm, request)["reason"]
        [ruling] = decide(self.kind, [registration_id], caller(request), reason, timezone.now())
        return _told(ruling)


class Verify(Decide):
    kind = Decision.Kind.VERIFY


class Reject(Decide):
    kind = Decision.Kind.REJECT


class RequestCorrection(Decide):
    kind = Decision.Kind.REQUEST_CORRECTION


class VerifyMany(Deciding):
    """One decision about many registrations."""

    @extend_schema(
        operation_id="registrations_verify_many", request=ManyForm, responses=RulingsSerializer
    )
    def post(self, request: Request) -> Response:
        """Verify up to 500 registrations; each is told apart, none holds up the others."""
        form = filled(ManyForm, request)
        kind = Decision.Kind.VERIFY
        rulings = decide(kind, form["ids"], caller(request), form["reason"], timezone.now())
        return Response(RulingsSerializer({"results": rulings}).data)


class ReassignForm(ReasonForm):
    campaign = serializers.UUIDField()
    stop = serializers.UUIDField(required=False, allow_null=True, default=None)


class Reassign(Deciding):
    """The credit for a registration, to another campaign."""

    @extend_schema(
        operation_id="registrations_reassign", request=ReassignForm, responses=RulingSerializer
    )
    def post(self, request: Request, registration_id: UUID) -> Response:
        """Credit another campaign of its office. The one that the tablet named stays on record."""
        form = filled(ReassignForm, request)
        return _told(
            reassign(
                registration_id,
                form["campaign"],
                form["stop"],
                caller(request),
                form["reason"],
                timezone.now(),
            )
        )


class Undo(Deciding):
    """A decision taken back."""

    @extend_schema(request=ReasonForm, responses=RulingSerializer)
    def post(self, request: Request, decision_id: UUID) -> Response:
        """Take a decision back: the latest, and the registration gets the state it had before; or
        an answer about who is who, whatever was said since.
        """
        reason = filled(ReasonForm, request)["reason"]
        user, now = caller(request), timezone.now()
        try:
            return _told(undo_decision(decision_id, user, reason, now))
        except Refused as refusal:
            raise Problem(refusal.slug, **refusal.extra) from None


def _told(ruling: Ruling) -> Response:
    if ruling.problem == "not_found":
        raise Problem("not_found")
    if ruling.problem:
        raise Problem(ruling.problem, state=ruling.status)
    return Response({"id": ruling.id, "state": ruling.status, "decision": ruling.decision})
