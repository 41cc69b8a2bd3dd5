"""What a lead looks like to who may see it: the phone number masked."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from outreach.api.named_shapes import (
    KaderSerializer,
    NamedCampaignSerializer,
    NamedVillageSerializer,
)
from outreach.flags import flag_text
from outreach.leads.proposing import proposals_for
from outreach.masking import masked_field, masked_phone
from outreach.models import Lead, LeadEvent
from outreach.scopes import registrations_for


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
            "follow_up_on",
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
