"""What a campaign's plan may carry."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import msgspec
import shapely
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty
from shapely.geometry import mapping, shape

from outreach.activities.calendar import calendar_of, overlapping
from outreach.api.forms import Form, Instant, Number, RegionCode, wrong
from outreach.models import Campaign, CampaignTarget
from outreach.pointers import explained

MOST_POSITIONS = 2000
TIME_ZONES = ("Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura")
VILLAGE_CODE = r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}$"
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)

_Position = tuple[
    Annotated[float, msgspec.Meta(ge=-180, le=180)], Annotated[float, msgspec.Meta(ge=-90, le=90)]
]


class _Polygon(msgspec.Struct, tag_field="type", tag="Polygon"):
    coordinates: list[list[_Position]]

    def positions(self) -> int:
        return sum(map(len, self.coordinates))


class _MultiPolygon(msgspec.Struct, tag_field="type", tag="MultiPolygon"):
    coordinates: list[list[list[_Position]]]

    def positions(self) -> int:
        return sum(len(ring) for part in self.coordinates for ring in part)


@extend_schema_field(
    {"type": "object", "description": "a GeoJSON Polygon or MultiPolygon in WGS84"}
)
class PolygonField(serializers.Field[Any, Any, Any, Any]):
    """A GeoJSON Polygon or MultiPolygon: valid, not empty, of bounded size, longitude first."""

    default_error_messages = {
        "invalid": _("This is not a GeoJSON Polygon or MultiPolygon in WGS84."),
        "too_large": _("The polygon has too many positions."),
        "crossing": _("The polygon crosses itself or is empty."),
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        try:
            given = msgspec.convert(data, _Polygon | _MultiPolygon)
            if given.positions() > MOST_POSITIONS:
                self.fail("too_large")
            polygon = shape(msgspec.to_builtins(given))
        except (msgspec.ValidationError, ValueError, shapely.errors.ShapelyError):
            self.fail("invalid")
        if not polygon.is_valid or not polygon.area:
            self.fail("crossing")
        return dict(mapping(polygon))

    def to_representation(self, value: Any) -> Any:
        return value


_CLOCK = _("Write a time of day as 08:00.")
_DAY = _("Write a day as 2026-12-25.")
FORMS = {
    "": _("A calendar has days, closed, hours and ramadan_hours, and nothing else."),
    "days": _("A rule is of a kind: weekday, date, pasaran or weton, and has what that names."),
    "hours": _("Hours have a weekday, opens and closes."),
    "ramadan_hours": _("Hours have a weekday, opens and closes."),
    "weekday": _("A weekday is a number from 1, Monday, to 7."),
    "pasaran": _("A pasaran is one of legi, pahing, pon, wage and kliwon."),
    "opens": _CLOCK,
    "closes": _CLOCK,
    "date": _DAY,
    "closed": _DAY,
}
"""How the parts of a calendar are written, by the name that an error lies below."""


@extend_schema_field(
    {
        "type": "object",
        "description": "`days` (rules by weekday, date, pasaran or weton), `closed`, `hours`,"
        " `ramadan_hours`",
    }
)
class CalendarField(serializers.Field[Any, Any, Any, Any]):
    """On which days and at what hours a campaign runs: outreach.activities.calendar."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        try:
            given = calendar_of(data)
        except msgspec.ValidationError as error:
            place = explained(error)[0]
            named = next((step for step in reversed(place) if step in FORMS), "")
            raise _at(place, "invalid", FORMS[named]) from None
        for name in ("hours", "ramadan_hours"):
            if places := overlapping(getattr(given, name)):
                text = _("Hours overlap, or close before they open.")
                raise _at((name, places[0]), "overlap", text)
        kept: dict[str, Any] = msgspec.to_builtins(given)
        return {name: part for name, part in kept.items() if part}

    def to_representation(self, value: Any) -> Any:
        return value


def _at(place: Sequence[str | int], code: str, text: Any) -> serializers.ValidationError:
    """An error about what lies there within a field."""
    found: Any = serializers.ErrorDetail(str(text), code)
    for step in reversed(place):
        found = {str(step): found}
    return serializers.ValidationError(found, code)


def _list_of(form: Form, most: int) -> serializers.ListSerializer[Any]:
    return serializers.ListSerializer(child=form, required=False, max_length=most)


class VenueForm(Form):
    """A circle: degrees WGS84 and metres."""

    lat = Number(min_value=-90, max_value=90)
    lon = Number(min_value=-180, max_value=180)
    radius_m = Number(min_value=1, max_value=100_000)


class StopForm(VenueForm):
    id = serializers.UUIDField(required=False, help_text="of a stop that exists; none: a new one")
    sequence = serializers.IntegerField(
        min_value=0,
        max_value=1000,
        required=False,
        help_text="on the way; else as listed",
    )
    name = serializers.CharField(max_length=160)
    starts_at = Instant()
    ends_at = Instant()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["ends_at"] <= attrs["starts_at"]:
            raise wrong("ends_at", "before_start", _("The end is not after the start."))
        return attrs


class MemberForm(Form):
    """A kader on the team from one local day to another, both included."""

    kader = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    first_day = serializers.DateField()
    last_day = serializers.DateField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not FIRST_DAY <= attrs["first_day"] <= attrs["last_day"] <= LAST_DAY:
            raise wrong("last_day", "before_start", _("The last day is before the first."))
        return attrs


class PartnerForm(Form):
    name = serializers.CharField(max_length=160)
    role = serializers.CharField(max_length=80)


class TargetForm(Form):
    segment = serializers.ChoiceField(choices=CampaignTarget.Segment.choices)
    number = serializers.IntegerField(min_value=0, max_value=10_000_000)


class CheckForm(Form):
    """One item of the service checklist."""

    item = serializers.CharField(max_length=160)
    done = serializers.BooleanField()


class ChecklistForm(Form):
    """The 4P that a service is checked for."""

    physical = _list_of(CheckForm(), 40)
    process = _list_of(CheckForm(), 40)
    people = _list_of(CheckForm(), 40)
    product = _list_of(CheckForm(), 40)


class CampaignForm(Form):
    """A whole plan; a list that is not given is empty."""

    type = serializers.ChoiceField(choices=Campaign.Type.choices)
    office = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    name = serializers.CharField(max_length=160)
    starts_at = Instant()
    ends_at = Instant()
    time_zone = serializers.ChoiceField(choices=TIME_ZONES)
    venue = VenueForm(required=False, allow_null=True, default=None)
    polygon = PolygonField(required=False, allow_null=True, default=None)
    stops = _list_of(StopForm(), 60)
    villages = serializers.ListField(
        child=serializers.RegexField(
            VILLAGE_CODE, error_messages=RegionCode.default_error_messages
        ),
        required=False,
        max_length=500,
    )
    team = _list_of(MemberForm(), 500)
    partners = _list_of(PartnerForm(), 40)
    targets = _list_of(TargetForm(), 4)
    checklist = ChecklistForm(required=False)
    calendar = CalendarField(required=False)
    agency = serializers.CharField(max_length=160, required=False, allow_blank=True)

    def validate_stops(self, stops: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return _once(stops, "id")

    def validate_team(self, team: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return _once(team, "kader")

    def validate_targets(self, targets: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return _once(targets, "segment")

    def validate_villages(self, villages: list[str]) -> list[str]:
        return list(dict.fromkeys(villages))


class CampaignChangesForm(CampaignForm):
    """What changes about a plan; what is not given stays as it is."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
            field.default = empty
        return fields


def _once(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    given = [row[name] for row in rows if name in row]
    if len(given) != len(set(given)):
        raise serializers.ValidationError(_("One of them is listed twice."), "repeated")
    return rows
