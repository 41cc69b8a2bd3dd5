"""Answers to flags, and decisions about them, over HTTP."""

from typing import Any
from uuid import UUID

from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import ReasonForm, filled
from outreach.api.permissions import HasRole, caller
from outreach.api.remark_shapes import REMARK_STATES, AnswerTextForm, RemarkSerializer
from outreach.flag_remarks import remark
from outreach.flags import flag_text
from outreach.models import FlagRemark, User
from outreach.problems import Problem
from outreach.remarks import state_of
from outreach.scopes import registrations_for

Role = User.Role


class RemarkedFlagSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField(allow_null=True, help_text="null where it was taken back")
    state = serializers.ChoiceField(REMARK_STATES)
    remarks = RemarkSerializer(many=True, help_text="from old to new")


class RemarkedFlagsSerializer(serializers.Serializer[Any]):
    results = RemarkedFlagSerializer(many=True)


class Flags(APIView):
    """The flags of a registration, with what was said about each."""

    permission_classes = (HasRole,)
    roles = {"GET": {Role.KADER, Role.COORDINATOR, Role.OFFICER, Role.ADMINISTRATOR}}

    @extend_schema(operation_id="registrations_flags", responses=RemarkedFlagsSerializer)
    def get(self, request: Request, registration_id: UUID) -> Response:
        """Flags by code; also those taken back that something was said about."""
        registration = registrations_for(caller(request)).filter(pk=registration_id).first()
        if registration is None:
            raise Problem("not_found")
        details: dict[str, str | None] = {
            flag.code: flag_text(flag.code, flag.evidence) for flag in registration.flags.all()
        }
        remarks: dict[str, list[FlagRemark]] = {code: [] for code in details}
        for one in registration.flag_remarks.order_by("pk"):
            remarks.setdefault(one.code, []).append(one)
        results = [_told(code, details.get(code), said) for code, said in sorted(remarks.items())]
        return Response({"results": results})


class Remark(APIView):
    """One more remark about one flag."""

    permission_classes = (HasRole,)
    kind: FlagRemark.Kind

    def _add(self, request: Request, registration_id: UUID, code: str, text: str) -> Response:
        said = remark(registration_id, code, self.kind, caller(request), text, timezone.now())
        detail = None if said.evidence is None else flag_text(code, said.evidence)
        return Response(_told(code, detail, said.remarks))


class Answer(Remark):
    """A kader's answer."""

    kind = FlagRemark.Kind.ANSWER
    roles = {"POST": {Role.KADER}}

    @extend_schema(
        operation_id="registrations_flags_answer",
        request=AnswerTextForm,
        responses=RemarkedFlagSerializer,
    )
    def post(self, request: Request, registration_id: UUID, code: str) -> Response:
        """Explain a flag of an own registration; again adds to it, and nothing is replaced."""
        return self._add(request, registration_id, code, filled(AnswerTextForm, request)["text"])


class Judge(Remark):
    """A coordinator's decision."""

    roles = {"POST": {Role.COORDINATOR}}

    @extend_schema(request=ReasonForm, responses=RemarkedFlagSerializer)
    def post(self, request: Request, registration_id: UUID, code: str) -> Response:
        """Decide about a flag, with a reason that stays; it changes no status."""
        return self._add(request, registration_id, code, filled(ReasonForm, request)["reason"])


class Accept(Judge):
    kind = FlagRemark.Kind.ACCEPT


class Uphold(Judge):
    kind = FlagRemark.Kind.UPHOLD


class Reopen(Judge):
    kind = FlagRemark.Kind.REOPEN


def _told(code: str, detail: str | None, said: list[FlagRemark]) -> dict[str, Any]:
    remarks = RemarkSerializer(said, many=True).data
    return {"code": code, "detail": detail, "state": state_of(said), "remarks": remarks}


_FLAGS = "registrations/<uuid:registration_id>/flags/"
urlpatterns = [
    path(_FLAGS, Flags.as_view(), name="registration-flags"),
    path(f"{_FLAGS}<slug:code>/answer/", Answer.as_view(), name="flag-answer"),
    path(f"{_FLAGS}<slug:code>/accept/", Accept.as_view(), name="flag-accept"),
    path(f"{_FLAGS}<slug:code>/uphold/", Uphold.as_view(), name="flag-uphold"),
    path(f"{_FLAGS}<slug:code>/reopen/", Reopen.as_view(), name="flag-reopen"),
]
