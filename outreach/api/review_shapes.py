"""What a question about who is who looks like: two records side by side, and what speaks for what.

A record of the reader's scope is masked as registrations are. Of another office's record one sees
what telling two people apart takes, and whom to call.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from outreach.api.named_shapes import (
    KaderSerializer,
    NamedCampaignSerializer,
    NamedVillageSerializer,
)
from outreach.api.registration_shapes import (
    FlagSerializer,
)
from outreach.dedup.reasons import Reason, veto_codes
from outreach.dedup.scoring import probability
from outreach.masking import HIDDEN, masked_nik, masked_nik_end, masked_phone, slips_between
from outreach.matching.grounds import frequencies_of
from outreach.matching.why_asked import why_text
from outreach.matching.words import VETO, field_of, reason_text, side_of
from outreach.models import Decision, MatchPair, Registration


class OwnPartSerializer(serializers.ModelSerializer[Registration]):
    state = serializers.ChoiceField(source="status", choices=Registration.Status.choices)
    campaign = NamedCampaignSerializer()
    kader = KaderSerializer()
    mother_name = serializers.SerializerMethodField(help_text="hidden; null where there is none")
    flags = FlagSerializer(many=True)

    class Meta:
        model = Registration
        fields = (
            "revision",
            "state",
            "campaign",
            "kader",
            "captured_at",
            "corrected_at",
            "received_at",
            "mother_name",
            "nik_missing_reason",
            "address",
            "rt",
            "rw",
            "work_place",
            "flags",
        )

    def get_mother_name(self, registration: Registration) -> str | None:
        return HIDDEN * 6 if registration.mother_name else None


class OfficeNameSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class SideSerializer(serializers.ModelSerializer[Registration]):
    """One of the two; `seen` in the context has the ids of the records in the reader's scope."""

    in_scope = serializers.SerializerMethodField(help_text="whether it is of one's own offices")
    office = OfficeNameSerializer(source="campaign.office", help_text="whom to ask about it")
    person = serializers.UUIDField(source="person_id")
    nik = serializers.SerializerMethodField(
        help_text="masked; of another office's record but the last four digits. Where the two NIKs "
        "of a question differ in one or two digits these are shown as well"
    )
    birth_year = serializers.IntegerField(source="birth_date.year")
    phone = serializers.SerializerMethodField(help_text="masked")
    domicile_village = NamedVillageSerializer(allow_null=True, help_text="null for an unknown code")
    details = serializers.SerializerMethodField(help_text="null for another office's record")

    class Meta:
        model = Registration
        fields = (
            "id",
            "in_scope",
            "office",
            "person",
            "local_day",
            "full_name",
            "birth_year",
            "sex",
            "nik",
            "phone",
            "domicile_code",
            "domicile_village",
            "occupation_code",
            "details",
        )

    def get_in_scope(self, registration: Registration) -> bool:
        return registration.pk in cast("Collection[UUID]", self.context["seen"])

    def get_nik(self, registration: Registration) -> str | None:
        masked = masked_nik if self.get_in_scope(registration) else masked_nik_end
        slips = cast("Collection[int]", self.context.get("slips", ()))
        return masked(registration.nik, registration.id, slips)

    def get_phone(self, registration: Registration) -> str | None:
        return masked_phone(registration.phone, registration.id)

    @extend_schema_field(OwnPartSerializer(allow_null=True))
    def get_details(self, registration: Registration) -> Any:
        return OwnPartSerializer(registration).data if self.get_in_scope(registration) else None


class VetoSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    text = serializers.CharField(help_text="in the language of the request")


class EvidenceSerializer(VetoSerializer):
    field = serializers.CharField(
        help_text="what was compared: name, birth_date, nik, mother_name, phone, place, sex, "
        "occupation, occasion or household; or base, what any two start from"
    )
    figures = serializers.DictField(child=serializers.IntegerField())
    weight = serializers.FloatField(
        help_text="log odds; with the other weights, base included, `evidence_score`"
    )
    says = serializers.ChoiceField(
        choices=["for", "against", "little"],
        help_text="whether it speaks for one person, by the sign of its weight",
    )


class ReviewSerializer(serializers.ModelSerializer[MatchPair]):
    score = serializers.SerializerMethodField(help_text="log odds of being one person")
    probability = serializers.SerializerMethodField(
        help_text="of being one person, before anything that forbids joining them unasked"
    )
    vetoes = serializers.SerializerMethodField(
        help_text="why they are not joined without asking, however alike they are"
    )
    proposed_score = serializers.FloatField(
        source="proposed",
        allow_null=True,
        help_text="by a newer model that judges otherwise; nothing follows from it unanswered",
    )
    records = serializers.SerializerMethodField(help_text="the two records")

    class Meta:
        model = MatchPair
        fields: tuple[str, ...] = (
            "id",
            "score",
            "probability",
            "proposed_score",
            "vetoes",
            "records",
        )

    def get_score(self, pair: MatchPair) -> float:
        return round(pair.score, 4)

    def get_probability(self, pair: MatchPair) -> float:
        return round(probability(pair.score), 4)

    @extend_schema_field(VetoSerializer(many=True))
    def get_vetoes(self, pair: MatchPair) -> Any:
        return _vetoes([pair.vetoes])

    @extend_schema_field(SideSerializer(many=True))
    def get_records(self, pair: MatchPair) -> Any:
        left, right = pair.left, pair.right
        slips = slips_between(left.nik, left.pk, right.nik, right.pk)
        context = {**self.context, "slips": slips}
        return SideSerializer([left, right], many=True, context=context).data


def _vetoes(bits: Iterable[int]) -> list[dict[str, str]]:
    """What forbids joining pairs unasked, each reason once."""
    codes = dict.fromkeys(code for some in bits for code in veto_codes(some))
    return [{"code": code, "text": reason_text(code, {})} for code in codes]


class AnswerSerializer(serializers.ModelSerializer[Decision]):
    actor = serializers.CharField(source="actor.full_name")

    class Meta:
        model = Decision
        fields = ("id", "kind", "actor", "reason", "decided_at")


class ModelVersionsSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    frequencies = serializers.CharField(
        allow_null=True, help_text="the table of names; null for a model of other days"
    )


class ReviewDetailSerializer(ReviewSerializer):
    """`others` in the context: what else is registered of the two people; `beside`: what forbids
    joining other pairs across the two unasked; `answer`: what was said of them; `why`: a code of
    outreach.matching.why_asked, None where nothing is asked; `reasons`: what speaks for what."""

    state = serializers.SerializerMethodField(
        help_text="open; answered; or closed: joined, told apart or changed without an answer to it"
    )
    asked_because = serializers.SerializerMethodField(
        help_text="why a person has to say, however much they are alike; null if not open"
    )
    evidence = serializers.SerializerMethodField(
        help_text="the weightiest first, and then what any two registrations start from"
    )
    evidence_score = serializers.SerializerMethodField(
        help_text="what the evidence adds up to: the score by the model in force, and so another "
        "than `score` where an older model scored the pair; null without evidence"
    )
    model = serializers.SerializerMethodField(help_text="which model and table of names scored it")
    other_vetoes = serializers.SerializerMethodField(
        help_text="why further registrations of the two people are not joined without asking"
    )
    others = serializers.SerializerMethodField(
        help_text="further registrations of the two people, for whom an answer holds too"
    )
    answer = serializers.SerializerMethodField()

    class Meta(ReviewSerializer.Meta):
        fields = (
            *ReviewSerializer.Meta.fields,
            "state",
            "asked_because",
            "evidence",
            "evidence_score",
            "model",
            "other_vetoes",
            "others",
            "answer",
        )

    @extend_schema_field(serializers.ChoiceField(choices=["open", "answered", "closed"]))
    def get_state(self, pair: MatchPair) -> str:
        if pair.is_open:
            return "open"
        return "answered" if self.context["answer"] else "closed"

    @extend_schema_field(VetoSerializer(allow_null=True))
    def get_asked_because(self, pair: MatchPair) -> Any:
        del pair
        code = self.context["why"]
        return {"code": code, "text": why_text(code)} if code else None

    @extend_schema_field(EvidenceSerializer(many=True))
    def get_evidence(self, pair: MatchPair) -> Any:
        del pair
        return [
            {
                "field": field_of(reason.code),
                "code": reason.code,
                "text": reason_text(reason.code, reason.figures),
                "figures": reason.figures,
                "weight": round(reason.weight, 4),
                "says": side_of(reason.weight),
            }
            for reason in self.context["reasons"]
            if field_of(reason.code) != VETO
        ]

    def get_evidence_score(self, pair: MatchPair) -> float | None:
        del pair
        reasons = cast("Sequence[Reason]", self.context["reasons"])
        return round(sum(reason.weight for reason in reasons), 4) if reasons else None

    @extend_schema_field(ModelVersionsSerializer)
    def get_model(self, pair: MatchPair) -> Any:
        return {"version": pair.model, "frequencies": frequencies_of(pair.model)}

    @extend_schema_field(VetoSerializer(many=True))
    def get_other_vetoes(self, pair: MatchPair) -> Any:
        del pair
        return _vetoes(self.context["beside"])

    @extend_schema_field(SideSerializer(many=True))
    def get_others(self, pair: MatchPair) -> Any:
        del pair
        others = cast("Sequence[Registration]", self.context["others"])
        return SideSerializer(others, many=True, context=self.context).data

    @extend_schema_field(AnswerSerializer(allow_null=True))
    def get_answer(self, pair: MatchPair) -> Any:
        del pair
        answer = self.context["answer"]
        return AnswerSerializer(answer).data if answer else None
