"""How quotes and the rules behind them are told."""

from typing import Any

import msgspec
from rest_framework import serializers

from outreach.contributions.quoting import MISSING, NOTES, Quote
from outreach.contributions.rules import PROGRAMMES
from outreach.contributions.telling import quote_told


class AmountsSerializer(serializers.Serializer[Any]):
    """Whole rupiah."""

    jkk = serializers.IntegerField()
    jkm = serializers.IntegerField()
    jht = serializers.IntegerField()
    total = serializers.IntegerField()


class QuotedMonthsSerializer(AmountsSerializer):
    """Months that follow each other and cost the same; the amounts are those of one month."""

    first_month = serializers.CharField(help_text="as 2026-11")
    last_month = serializers.CharField()
    months = serializers.IntegerField()
    base = serializers.IntegerField(help_text="the income base")
    rule = serializers.CharField(help_text="the version of the rates")
    brackets = serializers.CharField(allow_null=True, help_text="of the income brackets, if any")
    reliefs = serializers.ListField(child=serializers.CharField(), help_text="of what is paid less")


class WhyNotSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(MISSING)
    detail = serializers.CharField()


class QuoteNoteSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(NOTES)
    detail = serializers.CharField()


class QuoteSerializer(serializers.Serializer[Any]):
    """What contributions would be."""

    first_month = serializers.CharField(help_text="the first contribution month, as 2026-11")
    months = serializers.IntegerField(
        allow_null=True, help_text="how many are paid together; null: not known, one is quoted"
    )
    spans = QuotedMonthsSerializer(many=True)
    total = AmountsSerializer(
        allow_null=True, help_text="of all months; null unless each has its amounts"
    )
    missing = WhyNotSerializer(many=True, help_text="why there is no amount, or no total")
    notes = QuoteNoteSerializer(many=True)
    rules_version = serializers.IntegerField(
        allow_null=True, help_text="the rules that were known when it was made"
    )


class ContributionRuleSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    first_month = serializers.CharField()
    last_month = serializers.CharField(allow_null=True, help_text="null: until further notice")
    jkk_rate_ppm = serializers.IntegerField(help_text="millionths of the base")
    jkm_amount = serializers.IntegerField(help_text="rupiah a month")
    jht_rate_ppm = serializers.IntegerField(help_text="millionths of the base")
    lowest_base = serializers.IntegerField()
    source = serializers.CharField()  # type: ignore[assignment]  # the field hides DRF's own


class ContributionReliefSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    first_month = serializers.CharField()
    last_month = serializers.CharField(allow_null=True)
    for_transport = serializers.BooleanField(help_text="for transport occupations, or all others")
    programmes = serializers.ListField(child=serializers.ChoiceField(PROGRAMMES))
    pays_percent = serializers.IntegerField()
    not_for_payers = serializers.ListField(child=serializers.CharField())
    source = serializers.CharField()  # type: ignore[assignment]  # the field hides DRF's own


class BracketSerializer(serializers.Serializer[Any]):
    min = serializers.IntegerField()
    max = serializers.IntegerField(allow_null=True)
    base = serializers.IntegerField()


class BracketTableSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    first_month = serializers.CharField()
    last_month = serializers.CharField(allow_null=True)
    step = serializers.IntegerField(help_text="incomes are taken in whole steps of so many rupiah")
    brackets = BracketSerializer(many=True)
    source = serializers.CharField()  # type: ignore[assignment]  # the field hides DRF's own
    checked = serializers.CharField(
        allow_null=True, help_text="by whom and against what; null: by nobody"
    )


class ContributionRulesSerializer(serializers.Serializer[Any]):
    """What contributions are reckoned by."""

    version = serializers.IntegerField(allow_null=True)
    rules = ContributionRuleSerializer(many=True)
    reliefs = ContributionReliefSerializer(many=True)
    bracket_tables = BracketTableSerializer(many=True)


def quote_shown(quote: Quote) -> Any:
    """A quote for QuoteSerializer, in the language of the request."""
    return msgspec.to_builtins(quote_told(quote))
