"""What answers to doubts and decisions about them look like, of flags and of findings."""

from typing import Any

from rest_framework import serializers

from outreach.api.forms import Form
from outreach.models.detecting import Remark

REMARK_STATES = ("open", "accepted", "upheld")


class RemarkSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(Remark.Kind.choices)
    text = serializers.CharField()
    by = serializers.IntegerField(source="by_id")
    made_at = serializers.DateTimeField()


class AnswerTextForm(Form):
    text = serializers.CharField(min_length=3, max_length=500)
