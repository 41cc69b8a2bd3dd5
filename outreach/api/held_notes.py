"""Leads and attendance that could not be stored as they were sent: what is wrong with them.

The tablet that sent them is told and corrects them. What a coordinator sees here is what would be
lost with that tablet.
"""

import json
from typing import Any

from cryptography.exceptions import InvalidTag
from django.db.models import Exists, OuterRef, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.permissions import HasRole, caller
from outreach.api.registration_shapes import KaderSerializer
from outreach.masking import masked_record
from outreach.models import NoteVersion, User
from outreach.record_problems import problem_text
from outreach.scopes import offices_for
from outreach.sealing import unseal

Role = User.Role
Outcome = NoteVersion.Outcome
MOST_SHOWN = 200


class HeldNoteSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=NoteVersion.Kind.choices)
    id = serializers.UUIDField(source="record_id")
    kader = KaderSerializer()
    campaign = serializers.UUIDField(source="campaign_id", allow_null=True)
    received_at = serializers.DateTimeField()
    problems = serializers.SerializerMethodField()
    content = serializers.SerializerMethodField(
        help_text="as it was sent, personal data masked; null where it cannot be read any more"
    )

    def get_problems(self, note: NoteVersion) -> list[dict[str, str]]:
        return [
            {**found, "detail": problem_text(found["code"], found["pointer"])}
            for found in note.problems
        ]

    def get_content(self, note: NoteVersion) -> dict[str, Any] | None:
        try:
            sent = json.loads(unseal(note.content, note.record_id)) if note.content else None
        except (KeyError, InvalidTag, ValueError, RecursionError):
            return None
        return {"sent": masked_record(sent)} if sent is not None else None


class HeldNotesSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    results = HeldNoteSerializer(many=True)


class HeldNotes(APIView):
    """Notes that wait for their tablet's correction."""

    permission_classes = (HasRole,)
    roles = {"GET": {Role.COORDINATOR, Role.ADMINISTRATOR}}

    @extend_schema(operation_id="held_notes_list", responses=HeldNotesSerializer)
    def get(self, request: Request) -> Response:
        """The latest 200 of which no other content was stored since."""
        held = _held_for(caller(request))
        rows = held.select_related("kader").order_by("-received_at", "record_id")[:MOST_SHOWN]
        return Response(HeldNotesSerializer({"count": held.count(), "results": rows}).data)


def _held_for(user: User) -> QuerySet[NoteVersion]:
    stored = NoteVersion.objects.filter(
        kind=OuterRef("kind"), record_id=OuterRef("record_id"), outcome=Outcome.ACCEPTED
    )
    held = NoteVersion.objects.filter(
        ~Exists(stored), outcome__in=[Outcome.REJECTED, Outcome.FAULTY], content__isnull=False
    )
    if user.role == Role.ADMINISTRATOR:
        return held
    offices = offices_for(user)
    return held.filter(
        Q(campaign__office__in=offices) | Q(campaign=None, kader__office__in=offices)
    )
