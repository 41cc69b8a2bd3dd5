"""What is known of a kader from a day to a day: what a call may carry, and how it is told."""

from typing import Any, ClassVar

from rest_framework import serializers

from outreach.api.forms import Day, Form, RegionCode
from outreach.models import (
    Agency,
    AssignmentLetter,
    CommunityRole,
    KaderVillage,
    Training,
)


class DatedForm(Form):
    """A form with a first and a last day, named by `days`; whether they are in order is seen when
    what is not given is known."""

    days: ClassVar[tuple[str, str]] = ("first_day", "last_day")


class LetterForm(DatedForm):
    days = ("valid_from", "valid_to")
    number = serializers.CharField(max_length=80)
    issued_on = Day()
    valid_from = Day()
    valid_to = Day()
    office = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    agency = serializers.CharField(max_length=160, allow_blank=True, default="")
    signed_by = serializers.CharField(max_length=120)


class TrainingForm(DatedForm):
    days = ("held_on", "valid_to")
    course = serializers.CharField(max_length=160)
    held_on = Day()
    result = serializers.ChoiceField(Training.Result.choices)
    valid_to = Day(allow_null=True, default=None)


class AgencyForm(DatedForm):
    kind = serializers.ChoiceField(Agency.Kind.choices)
    name = serializers.CharField(max_length=160)
    first_day = Day()
    last_day = Day(allow_null=True, default=None)


class KaderVillageForm(DatedForm):
    village = RegionCode()
    first_day = Day()
    last_day = Day(allow_null=True, default=None)


class CommunityRoleForm(DatedForm):
    role = serializers.ChoiceField(CommunityRole.Role.choices)
    village = RegionCode(allow_null=True, default=None)
    detail = serializers.CharField(max_length=120, allow_blank=True, default="")
    first_day = Day()
    last_day = Day(allow_null=True, default=None)


NOTED = ("noted_by", "noted_at")


class _Noted(serializers.ModelSerializer[Any]):
    noted_by = serializers.IntegerField(source="noted_by_id", allow_null=True)


class LetterSerializer(_Noted):
    office = serializers.IntegerField(source="office_id")

    class Meta:
        model = AssignmentLetter
        fields = ("id", *LetterForm().fields, *NOTED)


class TrainingSerializer(_Noted):
    class Meta:
        model = Training
        fields = ("id", *TrainingForm().fields, *NOTED)


class AgencySerializer(_Noted):
    class Meta:
        model = Agency
        fields = ("id", *AgencyForm().fields, *NOTED)


class KaderVillageSerializer(_Noted):
    village = serializers.CharField(source="village_id")

    class Meta:
        model = KaderVillage
        fields = ("id", *KaderVillageForm().fields, *NOTED)


class CommunityRoleSerializer(_Noted):
    role = serializers.CharField()
    village = serializers.CharField(source="village_id", allow_null=True)

    class Meta:
        model = CommunityRole
        fields = ("id", *CommunityRoleForm().fields, *NOTED)
