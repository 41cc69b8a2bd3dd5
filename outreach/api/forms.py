"""What console calls may carry: known fields only, all of them bounded."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

UNKNOWN_SHOWN = 10
LONGEST_NAME_SHOWN = 60


class Form(serializers.Serializer[Any]):
    """A serializer that refuses fields it does not know, so that a misspelled one is noticed."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, Mapping) else set()
        if unknown:
            raise serializers.ValidationError(
                {
                    str(name)[:LONGEST_NAME_SHOWN]: serializers.ErrorDetail(
                        _("There is no such field."), "unknown_field"
                    )
                    for name in sorted(unknown)[:UNKNOWN_SHOWN]
                }
            )
        return super().to_internal_value(data)


class ReasonForm(Form):
    """Why somebody decides or looks."""

    reason = serializers.CharField(min_length=3, max_length=500)


def filled(form: type[serializers.Serializer[Any]], request: Request, **context: Any) -> Any:
    """The request's body as the form reads it. Raises ValidationError."""
    filling = form(data=request.data, context={"request": request, **context})
    filling.is_valid(raise_exception=True)
    return filling.validated_data
