"""Registrations over HTTP: found, looked at, disclosed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, JSONField, OuterRef, Prefetch, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import AskedInteger, Form, ReasonForm, RegionCode, filled
from outreach.api.pages import LARGEST_PAGE, PAGE_SIZE, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.api.photo_shapes import PhotoLinksSerializer, id_cards_of, photos_of
from outreach.api.registration_shapes import RegistrationDetailSerializer, RegistrationSerializer
from outreach.asking import decisions_about, open_questions_of
from outreach.flags import FLAGS
from outreach.masking import HIDDEN_FIELDS
from outreach.models import Disclosure, Flag, PastPlacement, Registration, Revision, User
from outreach.problems import Problem, invalid
from outreach.scopes import registrations_for
from outreach.sealing import unseal
from outreach.searching import matching, sought

Role = User.Role
READERS = {Role.KADER, Role.COORDINATOR, Role.OFFICER, Role.ADMINISTRATOR}
REVIEWERS = {Role.COORDINATOR, Role.ADMINISTRATOR}
PAGE = page_schema(RegistrationSerializer)
NAMES = RawSQL(
    "(SELECT jsonb_object_agg(region.code, region.name) FROM outreach_region AS region"
    " WHERE region.code IN"
    " (evidence ->> 'declared', evidence ->> 'found', evidence ->> 'village'))",
    [],
    output_field=JSONField(null=True),
)
"""Of the villages in a flag's evidence."""
LATE = Revision.objects.filter(registration=OuterRef("pk"), number=None, was_held=False)
ID_CARD = "id_card"
DISCLOSED = (*HIDDEN_FIELDS, ID_CARD)


class QueryForm(Form):
    """Which registrations to show, and which page of them."""

    state = serializers.ChoiceField(choices=Registration.Status.choices, required=False)
    campaign = serializers.UUIDField(required=False)
    person = serializers.UUIDField(required=False)
    village = RegionCode(
        required=False, help_text="code of a domicile village, or of a region above"
    )
    flag = serializers.ChoiceField(choices=sorted(FLAGS), required=False)
    late = serializers.BooleanField(
        required=False, help_text="with content that came too late and is not the current one"
    )
    search = serializers.CharField(
        min_length=2, max_length=80, required=False, help_text="a part of the name"
    )
    cursor = serializers.CharField(max_length=200, required=False, help_text="`next` of a page")
    limit = AskedInteger(min_value=1, max_value=LARGEST_PAGE, default=PAGE_SIZE)


class SearchForm(QueryForm):
    """The same in a body, where a NIK or a phone number can be given too: URLs get logged."""

    search = serializers.CharField(
        min_length=2,
        max_length=80,
        required=False,
        help_text="a part of the name, a whole NIK or a phone number",
    )


class Registrations(APIView):
    """The registrations one may see."""

    permission_classes = (HasRole,)
    roles = {"GET": READERS}

    @extend_schema(
        operation_id="registrations_list",
        parameters=[QueryForm],
        responses=PAGE,
    )
    def get(self, request: Request) -> Response:
        """Registrations, the last received first."""
        form = QueryForm(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        query = form.validated_data
        if "search" in query and sought(query["search"]).kind != "name":
            text = _(
                "NIK and phone numbers do not belong into a URL: POST to registrations/search/."
            )
            raise invalid(("/search", "personal_data_in_url", text))
        return _found(caller(request), query)


class Search(APIView):
    """Registrations by what must not be in a URL."""

    permission_classes = (HasRole,)
    roles = {"POST": READERS}

    @extend_schema(
        operation_id="registrations_search",
        request=SearchForm,
        responses=PAGE,
    )
    def post(self, request: Request) -> Response:
        """Registrations, the last received first; NIK and phone are looked for as a whole."""
        return _found(caller(request), filled(SearchForm, request))


class OneRegistration(APIView):
    """A registration."""

    permission_classes = (HasRole,)
    roles = {"GET": READERS}

    @extend_schema(operation_id="registrations_retrieve", responses=RegistrationDetailSerializer)
    def get(self, request: Request, registration_id: UUID) -> Response:
        """What was captured, the doubts about it and what was decided; personal data masked."""
        registrations = (
            listed(registrations_for(caller(request)))
            .select_related("event_village", "work_village")
            .prefetch_related(
                Prefetch("past_placements", PastPlacement.objects.order_by("-pk")),
            )
        )
        registration = registrations.filter(pk=registration_id).first()
        if registration is None:
            raise Problem("not_found")
        asks = caller(request).role in REVIEWERS
        context = {
            "photos": photos_of(registration, caller(request), timezone.now(), reviews=asks),
            "decisions": decisions_about(registration_id),
            "questions": open_questions_of(registration_id) if asks else [],
        }
        return Response(RegistrationDetailSerializer(registration, context=context).data)


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


class Disclose(APIView):
    """Personal data unmasked, on the record."""

    permission_classes = (HasRole,)
    roles = {"POST": {Role.COORDINATOR, Role.OFFICER}}

    @extend_schema(
        operation_id="registrations_disclose",
        request=DisclosureForm,
        responses=DisclosedSerializer,
    )
    def post(self, request: Request, registration_id: UUID) -> Response:
        """NIK, birth date, phone or mother's name in clear, or links to photos of ID cards.

        Who saw it, when and why is kept.
        """
        form = filled(DisclosureForm, request)
        wanted = list(dict.fromkeys(form["fields"]))
        user = caller(request)
        registration = registrations_for(user).filter(pk=registration_id).first()
        if registration is None:
            raise Problem("not_found")
        now = timezone.now()
        with transaction.atomic():
            why = Disclosure.objects.create(
                registration=registration,
                user=user,
                fields=wanted,
                reason=form["reason"],
                shown_at=now,
            )
            values = {name: _clear(registration, name) for name in wanted if name != ID_CARD}
            cards = id_cards_of(registration, user, now, why.pk) if ID_CARD in wanted else []
        shown = {"id": registration.id, "values": values, "id_cards": cards}
        return Response(DisclosedSerializer(shown).data)


def _clear(registration: Registration, name: str) -> str | None:
    if name == "birth_date":
        return registration.birth_date.isoformat()
    value = getattr(registration, name)
    return None if value is None else unseal(value, registration.id)


def _found(user: User, query: Mapping[str, Any]) -> Response:
    registrations = listed(registrations_for(user)).filter(condition_of(query))
    page = page_of(registrations, query, by="received_at")
    return Response(
        {"results": RegistrationSerializer(page.results, many=True).data, "next": page.next}
    )


def condition_of(query: Mapping[str, Any]) -> Q:
    """Registrations that fit what a valid query asks for."""
    condition = Q()
    if "state" in query:
        condition &= Q(status=query["state"])
    for name in ("campaign", "kader", "person"):
        if name in query:
            condition &= Q(**{name: query[name]})
    if "village" in query:
        code = query["village"]
        condition &= Q(domicile_code=code) | Q(domicile_code__startswith=f"{code}.")
    if "flag" in query:
        condition &= Q(flags__code=query["flag"])
    if "late" in query:
        late = Q(Exists(LATE))
        condition &= late if query["late"] else ~late
    if "search" in query:
        condition &= matching(sought(query["search"]))
    return condition


def listed(registrations: QuerySet[Registration]) -> QuerySet[Registration]:
    """With everything a list shows, in two statements."""
    return registrations.select_related("campaign", "kader", "domicile_village").prefetch_related(
        Prefetch("flags", Flag.objects.annotate(names=NAMES).order_by("code"))
    )
