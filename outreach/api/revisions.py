"""Contents of a registration that are not the current one: seen side by side, and restored."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
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
from outreach.api.forms import ReasonForm, filled, queried
from outreach.api.named_shapes import KaderSerializer
from outreach.api.pages import PageForm, page_of
from outreach.api.permissions import HasRole, caller
from outreach.api.registrations import REVIEWERS
from outreach.drafts import record_of
from outreach.kept_contents import shown_content
from outreach.models import Disclosure, Registration, Revision, User
from outreach.problems import Problem
from outreach.restoring import content_of, restore
from outreach.scopes import registrations_for

KEPT_AS = ("replaced", "late", "held")


class DifferenceSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    kept = serializers.JSONField(help_text="masked as in the registration")
    current = serializers.JSONField(help_text="masked as in the registration")


class RevisionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="to restore it by")
    number = serializers.IntegerField(
        allow_null=True, help_text="as the how manieth it was current; null if it never was"
    )
    kept_as = serializers.ChoiceField(
        choices=KEPT_AS,
        help_text="replaced by another, late (it lost a conflict), or held for its problems",
    )
    is_current = serializers.BooleanField(help_text="the current content is this one again")
    kader = KaderSerializer()
    received_at = serializers.DateTimeField()
    differs = DifferenceSerializer(many=True)


class CurrentContentSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    state = serializers.ChoiceField(source="status", choices=Registration.Status.choices)
    kader = KaderSerializer()
    received_at = serializers.DateTimeField()


class RevisionsSerializer(serializers.Serializer[Any]):
    current = CurrentContentSerializer()
    results = RevisionSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class RestoreForm(ReasonForm):
    base_revision = serializers.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        required=False,
        help_text="the current revision as you saw it: 409 if it is another by now",
    )


class RestoredSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="of the registration")
    state = serializers.ChoiceField(source="status", choices=Registration.Status.choices)
    revision = serializers.IntegerField()
    decision = serializers.UUIDField()


class Revisions(APIView):
    """What a registration was, and what was sent of it too late."""

    permission_classes = (HasRole,)
    roles = {"GET": REVIEWERS}

    @extend_schema(
        operation_id="registrations_revisions",
        parameters=[PageForm],
        responses=RevisionsSerializer,
    )
    def get(self, request: Request, registration_id: UUID) -> Response:
        """Contents that were kept, the last received first, and where they differ from today's."""
        registrations = registrations_for(caller(request)).select_related("kader")
        registration = registrations.filter(pk=registration_id).first()
        if registration is None:
            raise Problem("not_found")
        kept = Revision.objects.filter(registration=registration).select_related("kader")
        page = page_of(kept, queried(PageForm, request), by="received_at")
        current = record_of(registration)
        shown = [shown_content(revision, registration, current) for revision in page.results]
        answer = {"current": registration, "results": shown, "next": page.next}
        return Response(RevisionsSerializer(answer).data)


class Restore(APIView):
    """A kept content made the current one."""

    permission_classes = (HasRole,)
    roles = {"POST": {User.Role.COORDINATOR}}

    @extend_schema(
        operation_id="registrations_revisions_restore",
        request=RestoreForm,
        responses=RestoredSerializer,
    )
    def post(self, request: Request, registration_id: UUID, revision_id: int) -> Response:
        """Make a kept content the current one again, as a new revision; undone by restoring the
        other. What was verified is to be verified again.
        """
        form = filled(RestoreForm, request)
        restored = restore(
            registration_id,
            revision_id,
            form.get("base_revision"),
            caller(request),
            form["reason"],
            timezone.now(),
        )
        return Response(RestoredSerializer(restored).data)


class DiscloseRevision(APIView):
    """Personal data of a kept content unmasked, on the record."""

    permission_classes = (HasRole,)
    roles = {"POST": {User.Role.COORDINATOR}}

    @extend_schema(
        operation_id="registrations_revisions_disclose",
        request=DisclosureForm,
        responses=DisclosedContentSerializer,
    )
    def post(self, request: Request, registration_id: UUID, revision_id: int) -> Response:
        """NIK, birth date, phone or mother's name as sent; who saw it, when and why is kept."""
        asked = asked_by(request)
        registrations = registrations_for(asked["user"]).filter(pk=registration_id)
        revision = Revision.objects.filter(pk=revision_id, registration__in=registrations).first()
        if revision is None:
            raise Problem("not_found")
        Disclosure.objects.create(registration_id=registration_id, revision=revision, **asked)
        return disclosed(revision.pk, content_of(revision), asked["fields"])
