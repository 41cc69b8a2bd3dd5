"""Personal data shown unmasked, on the record: of registrations, and of contents as sent."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import ReasonForm, filled
from outreach.api.permissions import HasRole, caller
from outreach.api.photo_shapes import PhotoLinksSerializer, id_cards_of
from outreach.masking import HIDDEN_FIELDS, in_clear
from outreach.models import Disclosure, Registration, User
from outreach.problems import Problem
from outreach.scopes import registrations_for
from outreach.sealing import unseal

ID_CARD = "id_card"
DISCLOSED = (*HIDDEN_FIELDS, ID_CARD)


class DisclosureForm(ReasonForm):
    fields_ = serializers.ListField(
        child=serializers.ChoiceField(choices=DISCLOSED),
        min_length=1,
        max_length=len(DISCLOSED),
    )

    def get_fields(self) -> dict[str, Any]:
        # `fields` is what every form calls its own.
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


class IdCardSerializer(serializers.Serializer[Any]):
    sha256 = serializers.CharField()
    links = PhotoLinksSerializer()


class DisclosedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    values = serializers.DictField(child=serializers.CharField(allow_null=True))
    id_cards = IdCardSerializer(many=True, help_text="if asked for: those that can be shown")


class DisclosedContentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    values = serializers.DictField(child=serializers.JSONField(allow_null=True))


def asked_by(request: Request) -> dict[str, Any]:
    """Who asks to see which fields, why and when: a disclosure's columns but for what it is of.

    Raises ValidationError.
    """
    form = filled(DisclosureForm, request)
    return {
        "user": caller(request),
        "fields": list(dict.fromkeys(form["fields"])),
        "reason": form["reason"],
        "shown_at": timezone.now(),
    }


def disclosed(content_id: int, content: Any, wanted: list[str]) -> Response:
    """The answer that shows fields of a content as it was sent, whatever was."""
    fields = content if isinstance(content, dict) else {}
    values = {name: in_clear(fields.get(name)) for name in wanted}
    return Response({"id": content_id, "values": values})


class Disclose(APIView):
    """Personal data unmasked, on the record."""

    permission_classes = (HasRole,)
    roles = {"POST": {User.Role.COORDINATOR, User.Role.OFFICER}}

    @extend_schema(
        operation_id="registrations_disclose",
        request=DisclosureForm,
        responses=DisclosedSerializer,
    )
    def post(self, request: Request, registration_id: UUID) -> Response:
        """NIK, birth date, phone or mother's name in clear, or links to photos of ID cards.

        Who saw it, when and why is kept.
        """
        return Response(DisclosedSerializer(disclose(registration_id, asked_by(request))).data)


def disclose(registration_id: UUID, asked: Mapping[str, Any]) -> dict[str, Any]:
    """A registration's data in clear, after keeping who asked for it, as `asked_by` has it.

    Raises Problem outside the user's scope.
    """
    with transaction.atomic():
        return in_clear_of(on_record(registration_id, asked))


def on_record(registration_id: UUID, asked: Mapping[str, Any]) -> Disclosure:
    """Who asks for a registration's data, as `asked_by` has it, kept.

    Raises Problem outside the user's scope.
    """
    registration = registrations_for(asked["user"]).filter(pk=registration_id).first()
    if registration is None:
        raise Problem("not_found")
    return Disclosure.objects.create(registration=registration, **asked)


def in_clear_of(why: Disclosure) -> dict[str, Any]:
    """The data that somebody who is on record asked for, of a registration that they see."""
    registration, wanted = why.registration, why.fields
    cards = id_cards_of(registration, why.user, why.shown_at, why.pk) if ID_CARD in wanted else []
    values = {name: _clear(registration, name) for name in wanted if name != ID_CARD}
    return {"id": registration.id, "values": values, "id_cards": cards}


def _clear(registration: Registration, name: str) -> str | None:
    if name == "birth_date":
        return registration.birth_date.isoformat()
    value = getattr(registration, name)
    return None if value is None else unseal(value, registration.id)
