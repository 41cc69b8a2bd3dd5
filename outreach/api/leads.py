"""Leads over HTTP: found, looked at, followed up, linked to what they became."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import AskedInteger, ReasonForm, RegionCode, filled, queried
from outreach.api.lead_shapes import LeadDetailSerializer, LeadSerializer
from outreach.api.pages import PageForm, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.leads import erasing, following_up
from outreach.leads.proposing import is_proposed
from outreach.models import CampaignTarget, Lead, LeadDisclosure, LeadEvent, User
from outreach.problems import Problem
from outreach.scopes import leads_for
from outreach.sealing import unseal

Role = User.Role
READERS = {Role.KADER, Role.COORDINATOR, Role.OFFICER, Role.ADMINISTRATOR}
LINKERS = {Role.COORDINATOR, Role.OFFICER}


class LeadQueryForm(PageForm):
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


class Leads(APIView):
    """The leads one may see."""

    permission_classes = (HasRole,)
    roles = {"GET": READERS}

    @extend_schema(
        operation_id="leads_list", parameters=[LeadQueryForm], responses=page_schema(LeadSerializer)
    )
    def get(self, request: Request) -> Response:
        """Leads, the last received first."""
        query = queried(LeadQueryForm, request)
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
