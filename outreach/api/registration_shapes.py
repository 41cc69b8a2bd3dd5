"""What a registration looks like to who may see it: NIK, phone and mother's name masked."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from outreach.activities.credited_campaign import suggestion_for
from outreach.api.contribution_shapes import QuoteSerializer, quote_shown
from outreach.api.credit_shapes import (
    CampaignSuggestionSerializer,
    CreditedCampaignSerializer,
    credited_shown,
    suggestion_shown,
)
from outreach.api.named_shapes import (
    KaderSerializer,
    NamedCampaignSerializer,
    NamedVillageSerializer,
)
from outreach.api.photo_shapes import PhotoSerializer
from outreach.contributions.snapshots import kept_quote, requote
from outreach.dedup.scoring import probability
from outreach.flags import flag_text
from outreach.masking import HIDDEN, masked_nik, masked_phone
from outreach.models import Decision, Flag, MatchPair, PastPlacement, Registration


class FlagSerializer(serializers.ModelSerializer[Flag]):
    detail = serializers.SerializerMethodField()

    class Meta:
        model = Flag
        fields = ("code", "detail", "raised_at")

    def get_detail(self, flag: Flag) -> str:
        return flag_text(flag.code, flag.evidence, getattr(flag, "names", None) or {})


class RegistrationSerializer(serializers.ModelSerializer[Registration]):
    state = serializers.ChoiceField(source="status", choices=Registration.Status.choices)
    person = serializers.UUIDField(source="person_id")
    campaign = NamedCampaignSerializer()
    kader = KaderSerializer()
    nik = serializers.SerializerMethodField(help_text="masked, as 127101••••••0002")
    birth_year = serializers.IntegerField(
        source="birth_date.year", help_text="the whole date would fill in the masked NIK"
    )
    phone = serializers.SerializerMethodField(help_text="masked")
    domicile_village = NamedVillageSerializer(allow_null=True, help_text="null for an unknown code")
    flags = FlagSerializer(many=True)

    class Meta:
        model = Registration
        fields: tuple[str, ...] = (
            "id",
            "revision",
            "state",
            "person",
            "campaign",
            "kader",
            "captured_at",
            "corrected_at",
            "received_at",
            "local_day",
            "nik",
            "full_name",
            "birth_year",
            "sex",
            "phone",
            "domicile_code",
            "domicile_village",
            "flags",
        )

    def get_nik(self, registration: Registration) -> str | None:
        return masked_nik(registration.nik, registration.id)

    def get_phone(self, registration: Registration) -> str | None:
        return masked_phone(registration.phone, registration.id)


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    actor = serializers.CharField(source="actor.full_name")
    state_before = serializers.ChoiceField(
        source="status_before", choices=Registration.Status.choices
    )

    class Meta:
        model = Decision
        fields = ("id", "kind", "actor", "reason", "state_before", "undoes", "decided_at")


class QuestionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="of the review that answers it")
    person = serializers.UUIDField(help_text="who may be the same")
    probability = serializers.FloatField()
    url = serializers.CharField()


def question_shown(pair: MatchPair, other: Registration) -> dict[str, Any]:
    """A question by whom it asks about beside the one that is looked at."""
    return {
        "id": pair.pk,
        "person": other.person_id,
        "probability": round(probability(pair.score), 4),
        "url": reverse("review", args=[pair.pk]),
    }


class LocationSerializer(serializers.Serializer[Any]):
    lat = serializers.FloatField()
    lon = serializers.FloatField()
    accuracy_m = serializers.FloatField()
    accuracy_kind = serializers.ChoiceField(choices=Registration.AccuracyKind.choices)
    provider = serializers.CharField(source="location_provider", allow_null=True)
    is_mock = serializers.BooleanField(source="location_is_mock", allow_null=True)
    fixed_at = serializers.DateTimeField(source="location_fixed_at", allow_null=True)


class ConsentSerializer(serializers.Serializer[Any]):
    notice_version = serializers.CharField(source="consent_notice")
    method = serializers.ChoiceField(
        source="consent_method", choices=Registration.ConsentMethod.choices
    )
    at = serializers.DateTimeField(source="consent_at")
    proof_sha256 = serializers.CharField(source="consent_proof_sha256", allow_null=True)


class PastPlacementSerializer(serializers.ModelSerializer[PastPlacement]):
    placement = serializers.DictField(allow_null=True)

    class Meta:
        model = PastPlacement
        fields = (
            "event_code",
            "event_probability",
            "event_reason",
            "boundary_version",
            "placement",
            "replaced_at",
        )


class RegistrationDetailSerializer(RegistrationSerializer):
    """In the context: its `photos`, the `decisions` about it, the open `questions` for the reader,
    and the contribution `rules` of today."""

    mother_name = serializers.SerializerMethodField(help_text="hidden; null where there is none")
    quote = serializers.SerializerMethodField(
        help_text="what the worker was to pay when this came in; null for what is older than quotes"
    )
    requote = serializers.SerializerMethodField(
        help_text="by the rules of today, where that is another amount and nothing is handed off"
    )
    location = serializers.SerializerMethodField()
    event_village = NamedVillageSerializer(allow_null=True)
    event_reason = serializers.ChoiceField(
        choices=Registration.EventReason.choices,
        allow_null=True,
        help_text="how sure the event village is, or why there is none",
    )
    boundary_version = serializers.IntegerField(
        allow_null=True, help_text="the boundary change that it was placed after"
    )
    placement = serializers.DictField(
        allow_null=True,
        help_text="what the position alone says: villages with their probabilities, and outside",
    )
    past_placements = PastPlacementSerializer(
        many=True, help_text="by boundaries of before, the latest first"
    )
    work_village = NamedVillageSerializer(allow_null=True)
    photos = serializers.SerializerMethodField()
    consent = ConsentSerializer(source="*")
    decisions = serializers.SerializerMethodField(help_text="the latest first")
    reviews = serializers.SerializerMethodField(
        help_text="open questions about who this is; none for those who may not see them"
    )
    credited_campaign = serializers.SerializerMethodField()
    campaign_suggestion = serializers.SerializerMethodField(
        help_text="null where nothing speaks against the credited campaign, or none fits better"
    )
    revisions = serializers.IntegerField(
        source="revisions.count", help_text="contents kept that are not the current one"
    )

    class Meta(RegistrationSerializer.Meta):
        fields = (
            *RegistrationSerializer.Meta.fields,
            "nik_missing_reason",
            "mother_name",
            "address",
            "rt",
            "rw",
            "postal_code",
            "work_code",
            "work_village",
            "work_place",
            "occupation_code",
            "is_employer",
            "monthly_income",
            "programmes",
            "months_prepaid",
            "payer",
            "quote",
            "requote",
            "membership_kind",
            "location",
            "location_missing_reason",
            "event_village",
            "event_probability",
            "event_reason",
            "boundary_version",
            "placement",
            "past_placements",
            "clock_skew_s",
            "clock_trusted",
            "photos",
            "consent",
            "working_declaration",
            "decisions",
            "reviews",
            "credited_campaign",
            "campaign_suggestion",
            "revisions",
        )

    def get_mother_name(self, registration: Registration) -> str | None:
        return HIDDEN * 6 if registration.mother_name else None

    @extend_schema_field(QuoteSerializer(allow_null=True))
    def get_quote(self, registration: Registration) -> Any:
        kept = kept_quote(registration)
        return kept and QuoteSerializer(quote_shown(kept)).data

    @extend_schema_field(QuoteSerializer(allow_null=True))
    def get_requote(self, registration: Registration) -> Any:
        anew = requote(registration, self.context["rules"])
        return anew and QuoteSerializer(quote_shown(anew)).data

    @extend_schema_field(LocationSerializer(allow_null=True))
    def get_location(self, registration: Registration) -> Any:
        return None if registration.lat is None else LocationSerializer(registration).data

    @extend_schema_field(PhotoSerializer(many=True))
    def get_photos(self, registration: Registration) -> Any:
        del registration
        return PhotoSerializer(self.context["photos"], many=True).data

    @extend_schema_field(DecisionSerializer(many=True))
    def get_decisions(self, registration: Registration) -> Any:
        del registration
        return DecisionSerializer(self.context["decisions"], many=True).data

    @extend_schema_field(CreditedCampaignSerializer())
    def get_credited_campaign(self, registration: Registration) -> Any:
        return credited_shown(registration, self.context["decisions"])

    @extend_schema_field(CampaignSuggestionSerializer(allow_null=True))
    def get_campaign_suggestion(self, registration: Registration) -> Any:
        return suggestion_shown(suggestion_for(registration))

    @extend_schema_field(QuestionSerializer(many=True))
    def get_reviews(self, registration: Registration) -> Any:
        return [
            question_shown(pair, pair.right if pair.left_id == registration.pk else pair.left)
            for pair in self.context["questions"]
        ]
