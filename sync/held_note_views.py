"""Held leads and attendance over HTTP: looked at, corrected and released, dismissed, opened again.

The tablet that sent them is told and corrects them. What a coordinator sees here is what would be
lost with that tablet.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import Form, ReasonForm, filled, queried
from outreach.api.named_shapes import KaderSerializer
from outreach.api.permissions import HasRole, caller
from outreach.masking import masked_record
from outreach.models import NoteDecision, NoteVersion, User
from outreach.problems import Problem
from outreach.record_problems import problem_text
from sync import held_notes
from sync.held_notes import DISMISSED, Decided, content_of, state_of, waiting_for

Role = User.Role
Kind = NoteVersion.Kind
MOST_SHOWN = 200


class HeldNotesForm(Form):
    state = serializers.ChoiceField(("held", "dismissed"), default="held")


class NoteDecisionSerializer(serializers.ModelSerializer[NoteDecision]):
    actor = serializers.CharField(source="actor.full_name")

    class Meta:
        model = NoteDecision
        fields = ("id", "kind", "actor", "reason", "decided_at")


class HeldNoteSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Kind.choices)
    id = serializers.UUIDField(source="record_id")
    kader = KaderSerializer()
    campaign = serializers.UUIDField(source="campaign_id", allow_null=True)
    received_at = serializers.DateTimeField()
    problems = serializers.SerializerMethodField()
    content = serializers.SerializerMethodField(
        help_text="as it was sent, personal data masked; null where it cannot be read any more"
    )
    state = serializers.SerializerMethodField()
    decision = NoteDecisionSerializer(allow_null=True, help_text="the last one, if any")

    def get_problems(self, note: NoteVersion) -> list[dict[str, str]]:
        return [
            {**found, "detail": problem_text(found["code"], found["pointer"])}
            for found in note.problems
        ]

    def get_content(self, note: NoteVersion) -> dict[str, Any] | None:
        sent = content_of(note)
        return {"sent": masked_record(sent)} if sent is not None else None

    def get_state(self, note: NoteVersion) -> str:
        return state_of(note)


class HeldNotesSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    results = HeldNoteSerializer(many=True)


class HeldNotes(APIView):
    """Notes that wait for a correction, or that a coordinator has dismissed."""

    permission_classes = (HasRole,)
    roles = {"GET": {Role.COORDINATOR, Role.ADMINISTRATOR}}

    @extend_schema(
        operation_id="held_notes_list", parameters=[HeldNotesForm], responses=HeldNotesSerializer
    )
    def get(self, request: Request) -> Response:
        """The latest 200 of which nothing was stored since."""
        is_dismissed = queried(HeldNotesForm, request)["state"] == "dismissed"
        waiting = waiting_for(caller(request))
        held = waiting.filter(DISMISSED) if is_dismissed else waiting.exclude(DISMISSED)
        rows = held.select_related("kader", "decision__actor")
        latest = rows.order_by("-received_at", "record_id")[:MOST_SHOWN]
        return Response(HeldNotesSerializer({"count": held.count(), "results": latest}).data)


class NoteReleaseForm(ReasonForm):
    note = serializers.DictField(
        child=serializers.JSONField(allow_null=True),
        default=dict,
        help_text="the fields that are corrected, or all of them; null takes out an unknown field;"
        " `id` and `base_revision` are not looked at",
    )


class NoteDecidedSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Kind.choices)
    id = serializers.UUIDField(help_text="under which it was held")
    state = serializers.ChoiceField(("held", "released", "dismissed"))
    decision = serializers.UUIDField()
    note = serializers.UUIDField(allow_null=True, help_text="that it became")
    revision = serializers.IntegerField(allow_null=True)


class Deciding(APIView):
    """For coordinators, about held notes of their offices."""

    permission_classes = (HasRole,)
    roles = {"POST": {Role.COORDINATOR}}


class ReleaseNote(Deciding):
    """A held note stored."""

    @extend_schema(
        operation_id="held_notes_release", request=NoteReleaseForm, responses=NoteDecidedSerializer
    )
    def post(self, request: Request, note_kind: str, note_id: UUID) -> Response:
        """Correct a held note and store it under its kader's name, as if pushed by them."""
        form = filled(NoteReleaseForm, request)
        return _told(
            held_notes.release(
                _kind(note_kind),
                note_id,
                form["note"],
                caller(request),
                form["reason"],
                timezone.now(),
            )
        )


class DecideNote(Deciding):
    """A decision that takes a reason and nothing else."""

    decide: Callable[[Kind, UUID, User, str, datetime], Decided]

    @extend_schema(request=ReasonForm, responses=NoteDecidedSerializer)
    def post(self, request: Request, note_kind: str, note_id: UUID) -> Response:
        """Decide about a held note and its versions so far, with a reason the tablet is told."""
        reason = filled(ReasonForm, request)["reason"]
        return _told(
            self.decide(_kind(note_kind), note_id, caller(request), reason, timezone.now())
        )


class DismissNote(DecideNote):
    """A held note that is not to be stored."""

    decide = staticmethod(held_notes.dismiss)


class ReopenNote(DecideNote):
    """A dismissal taken back."""

    decide = staticmethod(held_notes.reopen)


def _kind(text: str) -> Kind:
    if text not in Kind.values:
        raise Problem("not_found")
    return Kind(text)


def _told(decided: Decided) -> Response:
    return Response(NoteDecidedSerializer(decided._asdict()).data)
