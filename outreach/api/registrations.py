"""Registrations over HTTP: found and looked at."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Exists, JSONField, OuterRef, Prefetch, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import RegionCode, filled, queried
from outreach.api.pages import PageForm, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.api.photo_shapes import photos_of
from outreach.api.registration_shapes import (
    RegistrationDetailSerializer,
    RegistrationSerializer,
)
from outreach.asking import decisions_about, open_questions_of
from outreach.contributions.storing import current_rules
from outreach.flags import FLAGS
from outreach.models import Flag, PastPlacement, Registration, Revision, User
from outreach.problems import Problem, invalid
from outreach.scopes import registrations_for
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


class QueryForm(PageForm):
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
        min_length=2,
        max_length=80,
        required=False,
        help_text="beginnings of words of the name, in any order",
    )


class SearchForm(QueryForm):
    """The same in a body, where a NIK or a phone number can be given too: URLs get logged."""

    search = serializers.CharField(
        min_length=2,
        max_length=80,
        required=False,
        help_text="beginnings of words of the name in any order, a whole NIK or a phone number",
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
        query = queried(QueryForm, request)
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
            .select_related("event_village", "work_village", "occupation", "decided_campaign")
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
            "rules": current_rules(),
        }
        return Response(RegistrationDetailSerializer(registration, context=context).data)


def _found(user: User, query: Mapping[str, Any]) -> Response:
    registrations = listed(registrations_for(user)).filter(condition_of(query))
    page = page_of(registrations, query, by="received_at")
    return Response(page.told(RegistrationSerializer))


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
