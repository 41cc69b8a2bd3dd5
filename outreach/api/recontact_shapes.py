"""What samples, cases and results of blind calls look like over HTTP."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from outreach.api.forms import Day, Form, wrong
from outreach.masking import masked_phone
from outreach.models import RecontactCase, RecontactSample
from outreach.recontact.calling import is_done
from outreach.recontact.results import Result
from outreach.recontact.sampling import LARGEST
from outreach.standings.small_cells import shown, shown_series


class SampleForm(Form):
    id = serializers.UUIDField(help_text="made by the client: the same once more draws no other")
    office = serializers.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, help_text="one's own unless given"
    )
    campaign = serializers.UUIDField(required=False, help_text="only this one")
    first_day = Day(help_text="of the days of capture")
    last_day = Day()
    size = serializers.IntegerField(min_value=1, max_value=LARGEST)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["last_day"] < attrs["first_day"]:
            raise wrong("last_day", "before_first", _("The last day is before the first."))
        return attrs


class SampleSerializer(serializers.ModelSerializer[RecontactSample]):
    office = serializers.IntegerField(source="office_id")
    campaign = serializers.UUIDField(source="campaign_id", allow_null=True)
    seed = serializers.CharField(help_text="by which the draw is worked out again")
    called = serializers.IntegerField(help_text="cases with an outcome")
    made_by = serializers.IntegerField(source="made_by_id")
    closed_by = serializers.IntegerField(source="closed_by_id", allow_null=True)

    class Meta:
        model = RecontactSample
        fields = (
            "id",
            "office",
            "campaign",
            "first_day",
            "last_day",
            "size",
            "drawn",
            "called",
            "seed",
            "made_by",
            "made_at",
            "closed_at",
            "closed_by",
            "closed_reason",
        )


class CaseSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    place = serializers.IntegerField()
    phone = serializers.SerializerMethodField(help_text="masked")
    state = serializers.SerializerMethodField(help_text="waiting, held (somebody calls) or done")
    is_mine = serializers.SerializerMethodField(help_text="shown last to oneself")
    outcome = serializers.SerializerMethodField(help_text="of one's own last call")
    calls = serializers.IntegerField(source="call_count")

    def get_phone(self, case: RecontactCase) -> str | None:
        return masked_phone(case.registration.phone, case.registration_id)

    def get_state(self, case: RecontactCase) -> str:
        if is_done(case, case.call_count):  # type: ignore[attr-defined]  # annotated
            return "done"
        is_held = case.held_until is not None and case.held_until > self.context["now"]
        return "held" if is_held else "waiting"

    def get_is_mine(self, case: RecontactCase) -> bool:
        return bool(case.caller_id == self.context["user"])

    def get_outcome(self, case: RecontactCase) -> str | None:
        return case.outcome if self.get_is_mine(case) else None


class ShownSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="case.id")
    full_name = serializers.CharField()
    phone = serializers.CharField()
    village = serializers.CharField(help_text="where they live")
    day = serializers.DateField(help_text="on which somebody registered them")
    held_until = serializers.DateTimeField(source="case.held_until")


class CallForm(Form):
    id = serializers.UUIDField(help_text="made by the client: the same once more is the same call")
    outcome = serializers.ChoiceField(RecontactCase.Outcome.choices)
    note = serializers.CharField(max_length=500, allow_blank=True, default="")


class CalledSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    outcome = serializers.ChoiceField(RecontactCase.Outcome.choices)


class ResultSerializer(serializers.Serializer[Any]):
    office = serializers.IntegerField(allow_null=True, help_text="null: all of them")
    kader = serializers.IntegerField(allow_null=True, help_text="null: all of the office")
    frame = serializers.IntegerField(allow_null=True, help_text="who could be drawn")
    without_phone = serializers.IntegerField(allow_null=True, help_text="who could not")
    counts = serializers.DictField(child=serializers.IntegerField(allow_null=True))
    share = serializers.FloatField(
        allow_null=True,
        help_text="who deny, of those who answer; those drawn more often weigh less",
    )
    low = serializers.FloatField(allow_null=True, help_text="95 % bounds by chance (Wilson)")
    high = serializers.FloatField(allow_null=True)
    at_least = serializers.FloatField(
        allow_null=True, help_text="if everybody who did not answer would confirm"
    )
    at_most = serializers.FloatField(allow_null=True, help_text="if they would all deny")


class ResultsSerializer(serializers.Serializer[Any]):
    sample = serializers.UUIDField()
    results = ResultSerializer(many=True, help_text="all, each office, each of its kader")


def told(sample: UUID, results: list[Result], *, guarded: bool) -> dict[str, Any]:
    """The results as somebody sees them: guarded, without kader, small counts and shares of few.

    Offices are told guarded where nothing of them is withheld, which could be had from the whole.
    """
    if not guarded:
        rows = [one._asdict() | one.estimate._asdict() for one in results]
    else:
        rows = [_guarded(one) for one in results if one.kader is None]
        if any(None in row["counts"].values() for row in rows[1:]):
            rows = rows[:1]
    return {"sample": sample, "results": rows}


def _guarded(one: Result) -> dict[str, Any]:
    counts = shown_series(list(one.counts.values()))
    row = one._asdict() | one.estimate._asdict()
    row |= {
        "frame": shown(one.frame),
        "without_phone": shown(one.without_phone),
        "counts": dict(zip(one.counts, counts, strict=True)),
    }
    return row | dict.fromkeys(one.estimate._asdict()) if None in counts else row
