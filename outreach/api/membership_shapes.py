"""What hand-offs, memberships and follow-up lists look like."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from outreach.api.registration_shapes import (
    RegistrationSerializer,
)
from outreach.masking import HIDDEN
from outreach.membership.held import row_of
from outreach.membership.months import current, unpaid
from outreach.membership.words import REASONS
from outreach.models import HandOff, HandOffRow, HeldResult, Payment, Registration
from outreach.sealing import unseal

LAST_SHOWN = 3


class HandOffSerializer(serializers.ModelSerializer[HandOff]):
    office = serializers.CharField(source="office.name")
    made_by = serializers.CharField(source="made_by.full_name")
    accepted = serializers.IntegerField(help_text="rows that BPJS has accepted")
    refused = serializers.IntegerField(help_text="rows that BPJS has refused")

    class Meta:
        model = HandOff
        fields: tuple[str, ...] = (
            "id",
            "office",
            "made_by",
            "made_at",
            "row_count",
            "accepted",
            "refused",
            "taken_back_at",
            "taken_back_reason",
        )


class MadeSerializer(HandOffSerializer):
    left_out = serializers.ListField(
        child=serializers.UUIDField(), help_text="of those asked for: not verified, or not yours"
    )

    class Meta(HandOffSerializer.Meta):
        fields = (*HandOffSerializer.Meta.fields, "left_out")


class FollowUpSerializer(RegistrationSerializer):
    """In the context: `now`."""

    handed_off_at = serializers.DateTimeField(allow_null=True)
    payment_code = serializers.CharField(allow_null=True)
    paid_until = serializers.DateField(allow_null=True, help_text="the last paid month")
    unpaid_months = serializers.SerializerMethodField(
        help_text="whole months that are not paid; null for who has never paid"
    )
    payer = serializers.ChoiceField(choices=Registration.Payer.choices, allow_null=True)
    subsidy_ends_on = serializers.DateField(
        allow_null=True, help_text="the last day for which somebody else pays, if it is so"
    )

    class Meta(RegistrationSerializer.Meta):
        fields = (
            *RegistrationSerializer.Meta.fields,
            "handed_off_at",
            "payment_code",
            "paid_until",
            "unpaid_months",
            "payer",
            "subsidy_ends_on",
        )

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_unpaid_months(self, registration: Any) -> int | None:
        if registration.paid_until is None:
            return None
        return unpaid(registration.paid_until, current(self.context["now"]))


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    payer = serializers.ChoiceField(
        choices=Registration.Payer.choices,
        allow_null=True,
        help_text="who paid; null: nobody said so",
    )

    class Meta:
        model = Payment
        fields = (
            "id",
            "first_month",
            "months",
            "paid_on",
            "payer",
            "confirmed_at",
            "undone_at",
            "undone_reason",
        )


class HandOffRowSerializer(serializers.ModelSerializer[HandOffRow]):
    hand_off = serializers.UUIDField(source="hand_off_id")
    handed_off_at = serializers.DateTimeField(source="hand_off.made_at")
    answer = serializers.ChoiceField(choices=HandOffRow.Answer.choices)

    class Meta:
        model = HandOffRow
        fields = (
            "hand_off",
            "number",
            "handed_off_at",
            "is_current",
            "answer",
            "payment_code",
            "refusal",
            "answered_at",
        )


class MembershipSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=Registration.Status.choices)
    kpj = serializers.CharField(allow_null=True, help_text="masked but for its end")
    active_from = serializers.DateField(allow_null=True, help_text="the first paid month")
    paid_until = serializers.DateField(allow_null=True, help_text="the last paid month")
    lapsed_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    payments = PaymentSerializer(many=True)
    hand_offs = HandOffRowSerializer(many=True)


def membership_shown(registration: Registration) -> Any:
    """A registration's membership, with what it follows from."""
    member = getattr(registration, "membership", None)
    rows = registration.hand_off_rows.select_related("hand_off").order_by("-pk")
    shown = {
        "state": registration.status,
        "kpj": _masked_kpj(member.kpj, registration) if member else None,
        "payments": registration.payments.order_by("first_month", "pk"),
        "hand_offs": rows,
    } | {
        name: getattr(member, name, None)
        for name in ("active_from", "paid_until", "lapsed_at", "withdrawn_at")
    }
    return MembershipSerializer(shown).data


def _masked_kpj(kpj: bytes | None, registration: Registration) -> str | None:
    if kpj is None:
        return None
    number = unseal(kpj, registration.pk)
    return HIDDEN * (len(number) - LAST_SHOWN) + number[-LAST_SHOWN:]


class WhySerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


class HeldResultSerializer(serializers.ModelSerializer[HeldResult]):
    registration = serializers.UUIDField(source="registration_id")
    registration_state = serializers.ChoiceField(
        source="registration.status", choices=Registration.Status.choices
    )
    full_name = serializers.CharField(source="registration.full_name")
    campaign = serializers.CharField(source="registration.campaign.name")
    file_name = serializers.CharField(source="source.file_name")
    why = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField(help_text="what BPJS says; NIK and KPJ left out")
    decided_by = serializers.CharField(source="decided_by.full_name", allow_null=True, default=None)
    state = serializers.ChoiceField(choices=HeldResult.State.choices)
    kpj_left_out = serializers.BooleanField(
        help_text="it counts, but for its KPJ, which was somebody else's: apply it again when freed"
    )

    class Meta:
        model = HeldResult
        fields = (
            "id",
            "registration",
            "registration_state",
            "full_name",
            "campaign",
            "file_name",
            "source_row",
            "why",
            "result",
            "state",
            "made_at",
            "decided_at",
            "decided_by",
            "reason",
            "kpj_left_out",
        )

    @extend_schema_field(WhySerializer(many=True))
    def get_why(self, held: HeldResult) -> Any:
        return [{"code": code, "detail": str(REASONS.get(code, code))} for code in held.reasons]

    @extend_schema_field(serializers.DictField(child=serializers.CharField(allow_null=True)))
    def get_result(self, held: HeldResult) -> Any:
        row = row_of(held)
        names = ("result", "payment_code", "paid_on", "first_month", "months", "reason", "payer")
        values = {name: getattr(row, name) for name in names}
        return {name: None if value is None else str(value) for name, value in values.items()}
