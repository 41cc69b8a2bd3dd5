"""Leads over HTTP: found, looked at, followed up, linked to what they became."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import AskedInteger, Form, ReasonForm, RegionCode, filled
from outreach.api.pages import LARGEST_PAGE, PAGE_SIZE, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.api.registration_shapes import (
    KaderSerializer,
    NamedCampaignSerializer,
    NamedVillageSerializer,
)
from outreach.flags import flag_text
from outreach.leads import erasing, following_up
from outreach.leads.proposing import is_proposed, proposals_for
from outreach.masking import masked_field, masked_phone
from outreach.models import CampaignTarget, Lead, LeadDisclosure, LeadEvent, User
from outreach.problems import Problem
from outreach.scopes import leads_for, registrations_for
from outreach.sealing import unseal

Role = User.Role
READERS = {Role.KADER, Role.COORDINATOR, Role.OFFICER, Role.ADMINISTRATOR}
LINKERS = {Role.COORDINATOR, Role.OFFICER}


class NoteFlagSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


class LeadConsentSerializer(serializers.Serializer[Any]):
    basis = serializers.ChoiceField(source="consent_basis", choices=Lead.ConsentBasis.choices)
    notice_version = serializers.CharField(source="consent_notice", allow_null=True)
    at = serializers.DateTimeField(source="consent_at")


class LeadSerializer(serializers.ModelSerializer[Lead]):
    campaign = NamedCampaignSerializer()
    kader = KaderSerializer()
    stop = serializers.UUIDField(source="stop_id", allow_null=True)
    phone = serializers.SerializerMethodField(help_text="masked")
    village = NamedVillageSerializer(allow_null=True, help_text="null for an unknown code")
    notes = serializers.SerializerMethodField(help_text="numbers that look like a NIK are masked")
    consent = LeadConsentSerializer(source="*")
    registration = serializers.UUIDField(source="registration_id", allow_null=True)
    flags = serializers.SerializerMethodField()

    class Meta:
        model = Lead
        fields: tuple[str, ...] = (
            "id",
            "revision",
            "state",
            "segment",
            "campaign",
            "stop",
            "kader",
            "captured_at",
            "received_at",
            "local_day",
            "full_name",
            "phone",
            "employer",
            "village_code",
            "village",
            "notes",
            "consent",
            "flags",
            "registration",
            "followed_up_at",
            "erased_at",
        )

    def get_phone(self, lead: Lead) -> str | None:
        return masked_phone(lead.phone, lead.id)

    def get_notes(self, lead: Lead) -> str:
        return str(masked_field("notes", lead.notes))

    @extend_schema_field(NoteFlagSerializer(many=True))
    def get_flags(self, lead: Lead) -> Any:
        return [
            {"code": code, "detail": flag_text(code, evidence)}
            for code, evidence in sorted(lead.doubts.items())
        ]


class LeadEventSerializer(serializers.ModelSerializer[LeadEvent]):
    actor = serializers.CharField(
        source="actor.full_name", allow_null=True, default=None, help_text="null: the daily job"
    )
    registration = serializers.UUIDField(source="registration_id", allow_null=True)

    class Meta:
        model = LeadEvent
        fields = ("kind", "actor", "reason", "state_before", "state", "registration", "happened_at")


class ProposalSerializer(serializers.Serializer[Any]):
    registration = serializers.UUIDField()
    same_phone = serializers.BooleanField()
    same_name = serializers.BooleanField()


class LeadDetailSerializer(LeadSerializer):
    events = LeadEventSerializer(many=True, help_text="the latest first")
    proposals = serializers.SerializerMethodField(
        help_text="registrations in one's scope that it may have become"
    )

    class Meta(LeadSerializer.Meta):
        fields = (*LeadSerializer.Meta.fields, "events", "proposals")

    @extend_schema_field(ProposalSerializer(many=True))
    def get_proposals(self, lead: Lead) -> Any:
        found = proposals_for(lead.pk)
        seen = registrations_for(self.context["user"]).filter(
            pk__in=[one.registration for one in found]
        )
        visible = set(seen.values_list("pk", flat=True))
        return [one._asdict() for one in found if one.registration in visible]


class LeadQueryForm(Form):
    """Which leads to show, and which page of them."""

    state = serializers.ChoiceField(choices=Lead.State.choices, required=False)
    segment = serializers.ChoiceField(choices=CampaignTarget.Segment.choices, required=False)
    campaign = serializers.UUIDField(required=False)
    kader = AskedInteger(min_value=1, max_value=2**63 - 1, required=False)
    village = RegionCode(required=False, help_text="code of a village, or of a region above")
    proposed = serializers.BooleanField(
        required=False, help_text="not linked, and somebody registered with the same phone number"
    )
    search = serializers.CharField(
        min_length=2, max_length=80, required=False, help_text="a part of the name or the employer"
    )
    cursor = serializers.CharField(max_length=200, required=False, help_text="`next` of a page")
    limit = AskedInteger(min_value=1, max_value=LARGEST_PAGE, default=PAGE_SIZE)


class Leads(APIView):
    """The leads one may see."""

    permission_classes = (HasRole,)
    roles = {"GET": READERS}

    @extend_schema(
        operation_id="leads_list", parameters=[LeadQueryForm], responses=page_schema(LeadSerializer)
    )
    def get(self, request: Request) -> Response:
        """Leads, the last received first."""
        form = LeadQueryForm(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        query = form.validated_data
        leads = _shown(leads_for(caller(request))).filter(_condition(query))
        page = page_of(leads, query, by="received_at")
        return Response(page.told(LeadSerializer))


class OneLead(APIView):
    """A lead."""

    permission_classes = (HasRole,)
    roles = {"GET": READERS}

    @extend_schema(operation_id="leads_retrieve", responses=LeadDetailSerializer)
    def get(self, request: Request, lead_id: UUID) -> Response:
        """What is kept of it, what was done about it, and what it may have become."""
        return _told(caller(request), lead_id)


class FollowUpForm(ReasonForm):
    state = serializers.ChoiceField(choices=Lead.State.choices)


class FollowUp(APIView):
    """Somebody came back to a lead."""

    permission_classes = (HasRole,)
    roles = {"POST": {Role.KADER, Role.COORDINATOR, Role.OFFICER}}

    @extend_schema(
        operation_id="leads_follow_up", request=FollowUpForm, responses=LeadDetailSerializer
    )
    def post(self, request: Request, lead_id: UUID) -> Response:
        """Where it stands since, and what was said; every time is kept."""
        form, user = filled(FollowUpForm, request), caller(request)
        following_up.follow_up(lead_id, user, form["state"], form["reason"], timezone.now())
        return _told(user, lead_id)


class LinkForm(ReasonForm):
    registration = serializers.UUIDField()


class Link(APIView):
    """A lead that registered."""

    permission_classes = (HasRole,)
    roles = {"POST": LINKERS}

    @extend_schema(operation_id="leads_link", request=LinkForm, responses=LeadDetailSerializer)
    def post(self, request: Request, lead_id: UUID) -> Response:
        """Say which registration it became. Nobody's credit changes by that."""
        form, user = filled(LinkForm, request), caller(request)
        following_up.link(lead_id, user, form["registration"], form["reason"], timezone.now())
        return _told(user, lead_id)


class Unlink(APIView):
    """A link taken back."""

    permission_classes = (HasRole,)
    roles = {"POST": LINKERS}

    @extend_schema(operation_id="leads_unlink", request=ReasonForm, responses=LeadDetailSerializer)
    def post(self, request: Request, lead_id: UUID) -> Response:
        """The lead stands where it stood before the link, unless somebody has moved it since."""
        reason, user = filled(ReasonForm, request)["reason"], caller(request)
        following_up.unlink(lead_id, user, reason, timezone.now())
        return _told(user, lead_id)


class Erase(APIView):
    """A lead that wants to be forgotten."""

    permission_classes = (HasRole,)
    roles = {"POST": {Role.COORDINATOR, Role.ADMINISTRATOR}}

    @extend_schema(operation_id="leads_erase", request=ReasonForm, responses=LeadDetailSerializer)
    def post(self, request: Request, lead_id: UUID) -> Response:
        """Erase who it is, here and on the tablets; what is left counts in figures. No way back."""
        reason, user = filled(ReasonForm, request)["reason"], caller(request)
        erasing.erase(lead_id, user, reason, timezone.now())
        return _told(user, lead_id)


class DisclosedLeadSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    phone = serializers.CharField(allow_null=True)


class DiscloseLead(APIView):
    """A lead's phone number in clear, on the record."""

    permission_classes = (HasRole,)
    roles = {"POST": LINKERS}

    @extend_schema(
        operation_id="leads_disclose", request=ReasonForm, responses=DisclosedLeadSerializer
    )
    def post(self, request: Request, lead_id: UUID) -> Response:
        """The phone number. Who saw it, when and why is kept."""
        reason, user = filled(ReasonForm, request)["reason"], caller(request)
        lead = leads_for(user).filter(pk=lead_id).first()
        if lead is None:
            raise Problem("not_found")
        LeadDisclosure.objects.create(
            lead=lead, user=user, fields=["phone"], reason=reason, shown_at=timezone.now()
        )
        phone = unseal(lead.phone, lead.pk) if lead.phone else None
        return Response(DisclosedLeadSerializer({"id": lead.pk, "phone": phone}).data)


def _shown(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    return leads.select_related("campaign", "kader", "village")


def _condition(query: dict[str, Any]) -> Q:
    condition = Q()
    for name in ("state", "segment", "campaign", "kader"):
        if name in query:
            condition &= Q(**{name: query[name]})
    if "village" in query:
        code = query["village"]
        condition &= Q(village_code=code) | Q(village_code__startswith=f"{code}.")
    if "proposed" in query:
        condition &= is_proposed() if query["proposed"] else ~is_proposed()
    if "search" in query:
        text = query["search"]
        condition &= Q(full_name__icontains=text) | Q(employer__icontains=text)
    return condition


def _told(user: User, lead_id: UUID) -> Response:
    events = LeadEvent.objects.select_related("actor").order_by("-happened_at", "-pk")
    leads = _shown(leads_for(user)).prefetch_related(Prefetch("events", events))
    lead = leads.filter(pk=lead_id).first()
    if lead is None:
        raise Problem("not_found")
    return Response(LeadDetailSerializer(lead, context={"user": user}).data)
