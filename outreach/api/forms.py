"""What console calls may carry: known fields only, all of them bounded."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from math import isfinite
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from outreach.geo.region_codes import REGION_CODE
from outreach.phone_numbers import with_country

UNKNOWN_SHOWN = 10
LONGEST_NAME_SHOWN = 60
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


class Form(serializers.Serializer[Any]):
    """A serializer that refuses fields it does not know, so that a misspelled one is noticed."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, Mapping) else set()
        if unknown:
            raise serializers.ValidationError(
                {
                    str(name)[:LONGEST_NAME_SHOWN]: serializers.ErrorDetail(
                        gettext("There is no such field here, but: %(known)s.")
                        % {"known": ", ".join(self.fields)},
                        "unknown_field",
                    )
                    for name in sorted(unknown)[:UNKNOWN_SHOWN]
                }
            )
        return super().to_internal_value(data)


class Number(serializers.FloatField):
    """A finite JSON number: no text, no boolean, no NaN."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool | str):
            self.fail("invalid")
        number = super().to_internal_value(data)
        if not isfinite(number):
            self.fail("invalid")
        return number


class _Asked:
    """Of a number in a query: plain digits, where Python would also read 1_0, nan and ١٠."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str) and not _DECIMAL.fullmatch(data):
            self.fail("invalid")  # type: ignore[attr-defined]  # the field's
        return super().to_internal_value(data)  # type: ignore[misc]  # the field's


class AskedNumber(_Asked, serializers.FloatField):
    """A decimal number of a query."""


class AskedInteger(_Asked, serializers.IntegerField):
    """A whole number of a query."""


class RegionCode(serializers.RegexField):
    """A region's Kemendagri code, of whichever level, and nothing around it."""

    default_error_messages = {
        "invalid": _("This must be a region's code with its dots, such as 12.71.01.1001.")
    }

    def __init__(self, **settings: Any) -> None:
        super().__init__(REGION_CODE, trim_whitespace=False, **settings)


class Month(serializers.RegexField):
    """A month of this century as text: 2026-11."""

    default_error_messages = {"invalid": _("Write a month as 2026-11.")}

    def __init__(self, **settings: Any) -> None:
        super().__init__(r"^20[0-9]{2}-(0[1-9]|1[0-2])\Z", **settings)


class Phone(serializers.CharField):
    """A phone number, kept in E.164."""

    default_error_messages = {
        "invalid": _(
            "This is no phone number: write it in digits, as 0812 3456 7890, or with its country as"
            " +6281234567890."
        )
    }

    def __init__(self, **settings: Any) -> None:
        super().__init__(max_length=32, **settings)

    def to_internal_value(self, data: Any) -> str:
        number = with_country(super().to_internal_value(data))
        if number is None:
            self.fail("invalid")
        return number


class Instant(serializers.DateTimeField):
    """A time with its offset, in a century in which it can be meant."""

    default_error_messages = {"meant": _("This time has no offset, or is of another century.")}

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None or not 2000 <= value.year < 2200:
            self.fail("meant")
        return super().enforce_timezone(value)


class Day(serializers.DateField):
    """A day of a time in which it can be meant."""

    default_error_messages = {"meant": _("This day is of another century.")}

    def to_internal_value(self, value: Any) -> date:
        day = super().to_internal_value(value)
        if not 1950 <= day.year < 2200:
            self.fail("meant")
        return day


class ReasonForm(Form):
    """Why somebody decides or looks."""

    reason = serializers.CharField(min_length=3, max_length=500)


def wrong(field: str, code: str, text: Any) -> serializers.ValidationError:
    """What a form's `validate` raises about one of its fields."""
    return serializers.ValidationError({field: serializers.ErrorDetail(str(text), code)})


def queried(form: type[Form], request: Request) -> Any:
    """The query as the form reads it, which names all that can be asked; what is left blank is not
    asked. Raises ValidationError."""
    known = form().fields
    given = request.query_params.dict()
    asking = form(data={name: text for name, text in given.items() if text or name not in known})
    asking.is_valid(raise_exception=True)
    return asking.validated_data


def filled(form: type[serializers.Serializer[Any]], request: Request, **context: Any) -> Any:
    """The request's body as the form reads it. Raises ValidationError."""
    filling = form(data=request.data, context={"request": request, **context})
    filling.is_valid(raise_exception=True)
    return filling.validated_data
