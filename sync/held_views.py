"""Held records over HTTP: found, looked at, corrected and released, dismissed, opened again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.disclosing import (
    DisclosedContentSerializer,
    DisclosureForm,
    asked_by,
    disclosed,
)
from outreach.api.forms import AskedInteger, ReasonForm, filled, queried
from outreach.api.named_shapes import KaderSerializer, NamedCampaignSerializer
from outreach.api.pages import PageForm, page_of
from outreach.api.permissions import HasRole, caller
from outreach.api.registrations import REVIEWERS
from outreach.masking import masked_record
from outreach.models import User
from outreach.problems import Problem
from outreach.record_problems import TEXTS, problem_text
from outreach.scopes import registrations_for
from sync import releasing
from sync.held import content_of, held_for, newest_held, target_of, versions_of
from sync.models import HeldDecision, HeldDisclosure, HeldRecord, Receipt
from sync.releasing import Decided

MOST_VERSIONS = 20
"""Of one record, the newest, that are shown together."""


class QueueForm(PageForm):
    """Which held records to show, and which page of them."""

    state = serializers.ChoiceField(
        choices=HeldRecord.State.choices, default=HeldRecord.State.HELD.value
    )
    kader = AskedInteger(min_value=1, max_value=2**62, required=False)
    problem = serializers.ChoiceField(choices=sorted(TEXTS), required=False)


class FieldProblemSerializer(serializers.Serializer[Any]):
    pointer = serializers.CharField(allow_blank=True, help_text="into the record (RFC 6901)")
    code = serializers.CharField()
    detail = serializers.SerializerMethodField()

    def get_detail(self, found: dict[str, str]) -> str:
        return problem_text(found["code"], found["pointer"])


class HeldSerializer(serializers.ModelSerializer[HeldRecord]):
    kader = KaderSerializer()
    campaign = NamedCampaignSerializer(allow_null=True, help_text="if it names a real one")
    problems = FieldProblemSerializer(many=True)
    registration = serializers.UUIDField(
        source="registration_id", allow_null=True, help_text="that a coordinator made of it"
    )

    class Meta:
        model = HeldRecord
        fields: tuple[str, ...] = (
            "id",
            "record_id",
            "state",
            "kader",
            "campaign",
            "received_at",
            "problems",
            "registration",
        )


class VersionSerializer(HeldSerializer):
    content = serializers.SerializerMethodField(help_text="as sent, masked, cut down to be shown")

    class Meta(HeldSerializer.Meta):
        fields = (*HeldSerializer.Meta.fields, "content")

    @extend_schema_field(serializers.JSONField(allow_null=True))
    def get_content(self, held: HeldRecord) -> Any:
        return masked_record(content_of(held))


class HeldDecisionSerializer(serializers.ModelSerializer[HeldDecision]):
    actor = serializers.CharField(source="actor.full_name")

    class Meta:
        model = HeldDecision
        fields = ("id", "kind", "actor", "reason", "decided_at")


class WouldBeSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(
        allow_null=True, help_text="null: the id is taken, so it would get another one"
    )
    revision = serializers.IntegerField(help_text="that it would be an edit of; 0: it would be new")
    state = serializers.CharField(allow_null=True, help_text="of the registration that is there")


class HeldDetailSerializer(VersionSerializer):
    """In the context: the `user` who reads, and the `versions`."""

    would_be = serializers.SerializerMethodField(help_text="the registration, once released")
    versions = serializers.SerializerMethodField(
        help_text="what was sent under the same id, this one included, the newest first"
    )
    decisions = serializers.SerializerMethodField(help_text="the latest first")

    class Meta(VersionSerializer.Meta):
        fields = (*VersionSerializer.Meta.fields, "would_be", "versions", "decisions")

    @extend_schema_field(WouldBeSerializer)
    def get_would_be(self, held: HeldRecord) -> Any:
        target, stored = target_of(held)
        if stored and not registrations_for(self.context["user"]).filter(pk=stored.pk).exists():
            # Another office's to decide: releasing it here is not possible.
            return {"id": target, "revision": 0, "state": None}
        return {
            "id": target,
            "revision": stored.revision if stored else 0,
            "state": stored.status if stored else None,
        }

    @extend_schema_field(VersionSerializer(many=True))
    def get_versions(self, held: HeldRecord) -> Any:
        del held
        return VersionSerializer(self.context["versions"], many=True).data

    @extend_schema_field(HeldDecisionSerializer(many=True))
    def get_decisions(self, held: HeldRecord) -> Any:
        found = HeldDecision.objects.filter(held__in=versions_of(held)).select_related("actor")
        return HeldDecisionSerializer(found.order_by("-decided_at", "-id"), many=True).data


class ReleaseForm(ReasonForm):
    registration = serializers.DictField(
        child=serializers.JSONField(allow_null=True),
        default=dict,
        help_text="the fields that are corrected, or all of them; null takes out an unknown field;"
        " `id` and `base_revision` are not looked at",
    )
    base_revision = serializers.IntegerField(
        min_value=0,
        max_value=2**31 - 1,
        required=False,
        help_text="`would_be.revision` as you saw it: 409 if it is another by now",
    )


class DecidedSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="of the held record")
    state = serializers.ChoiceField(choices=HeldRecord.State.choices)
    decision = serializers.UUIDField()
    registration = serializers.UUIDField(allow_null=True, help_text="that it became")
    revision = serializers.IntegerField(allow_null=True)
    outcome = serializers.ChoiceField(choices=Receipt.Outcome.choices, allow_null=True)


PAGE = inline_serializer(
    "HeldPage",
    {
        "count": serializers.IntegerField(help_text="on all pages"),
        "results": HeldSerializer(many=True),
        "next": serializers.CharField(allow_null=True),
    },
)


class HeldRecords(APIView):
    """Records that wait for a coordinator, or that one has decided about."""

    permission_classes = (HasRole,)
    roles = {"GET": REVIEWERS}

    @extend_schema(operation_id="held_records_list", parameters=[QueueForm], responses=PAGE)
    def get(self, request: Request) -> Response:
        """Held records by their newest version, the oldest first."""
        query = queried(QueueForm, request)
        queue = newest_held(caller(request), query)
        page = page_of(
            queue.select_related("kader", "campaign"), query, by="received_at", lowest_first=True
        )
        return Response({"count": queue.count(), **page.told(HeldSerializer)})


class OneHeldRecord(APIView):
    """A held record."""

    permission_classes = (HasRole,)
    roles = {"GET": REVIEWERS}

    @extend_schema(operation_id="held_records_retrieve", responses=HeldDetailSerializer)
    def get(self, request: Request, held_id: int) -> Response:
        """What was sent, masked, what is wrong with it, and its other versions."""
        seen = held_for(caller(request)).select_related("kader", "campaign")
        held = seen.filter(pk=held_id).first()
        if held is None:
            raise Problem("not_found")
        together = seen.filter(record_id=held.record_id, kader=held.kader_id).order_by("-pk")
        context = {"user": caller(request), "versions": together[:MOST_VERSIONS]}
        return Response(HeldDetailSerializer(held, context=context).data)


class Deciding(APIView):
    """For coordinators, about held records of their offices that are not their own."""

    permission_classes = (HasRole,)
    roles = {"POST": {User.Role.COORDINATOR}}


class ReleaseHeld(Deciding):
    """A held record made a registration."""

    @extend_schema(
        operation_id="held_records_release", request=ReleaseForm, responses=DecidedSerializer
    )
    def post(self, request: Request, held_id: int) -> Response:
        """Correct a held record and register it under its kader's name, as if pushed by them."""
        form = filled(ReleaseForm, request)
        return _told(
            releasing.release(
                held_id,
                form["registration"],
                form.get("base_revision"),
                caller(request),
                form["reason"],
                timezone.now(),
            )
        )


class DecideHeld(Deciding):
    """A decision that takes a reason and nothing else."""

    decide: Callable[[int, User, str, datetime], Decided]

    @extend_schema(request=ReasonForm, responses=DecidedSerializer)
    def post(self, request: Request, held_id: int) -> Response:
        """Decide about a held record and its versions so far, with a reason the tablet is told."""
        reason = filled(ReasonForm, request)["reason"]
        return _told(self.decide(held_id, caller(request), reason, timezone.now()))


class DismissHeld(DecideHeld):
    """A held record that is to be no registration."""

    decide = staticmethod(releasing.dismiss)


class ReopenHeld(DecideHeld):
    """A dismissal taken back."""

    decide = staticmethod(releasing.reopen)


class DiscloseHeld(Deciding):
    """Personal data of a held record unmasked, on the record."""

    @extend_schema(
        operation_id="held_records_disclose",
        request=DisclosureForm,
        responses=DisclosedContentSerializer,
    )
    def post(self, request: Request, held_id: int) -> Response:
        """NIK, birth date, phone or mother's name as sent; who saw it, when and why is kept."""
        asked = asked_by(request)
        held = held_for(asked["user"]).filter(pk=held_id).first()
        if held is None:
            raise Problem("not_found")
        HeldDisclosure.objects.create(held=held, **asked)
        return disclosed(held.pk, content_of(held), asked["fields"])


def _told(decided: Decided) -> Response:
    return Response(DecidedSerializer(decided).data)
