"""What is written in the form of a plan, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outreach.pages.plan_reading import ROWS, numbered, one

BLANK_ROWS = 2
CALENDAR = {
    "weekdays",
    "pasaran",
    "wetons",
    "dates",
    "closed",
    "hours",
    "ramadan_hours",
    "calendar",
}
LABELS: Mapping[str, Any] = {
    "type": gettext_lazy("Type"),
    "office": gettext_lazy("Office"),
    "agency": gettext_lazy("Local agency"),
    "starts_at": gettext_lazy("Begins"),
    "ends_at": gettext_lazy("Ends"),
    "time_zone": gettext_lazy("Time zone of the venue"),
    "villages": gettext_lazy("Villages"),
    "village": gettext_lazy("Village"),
    "venue": gettext_lazy("Venue"),
    "polygon": gettext_lazy("Corners of the area, one a line: latitude longitude"),
    "lat": gettext_lazy("Latitude"),
    "lon": gettext_lazy("Longitude"),
    "radius_m": gettext_lazy("Radius in metres"),
    "first_day": gettext_lazy("First day"),
    "last_day": gettext_lazy("Last day"),
    "dates": gettext_lazy("Days"),
    "closed": gettext_lazy("Closed on"),
    "hours": gettext_lazy("Hours"),
    "ramadan_hours": gettext_lazy("In Ramadan"),
    "calendar": gettext_lazy("Days"),
    "weekdays": gettext_lazy("Weekdays"),
    "pasaran": gettext_lazy("Market days (pasaran)"),
    "wetons": gettext_lazy("Weton: weekday"),
    "team": gettext_lazy("Team"),
    "target": gettext_lazy("Targets"),
    "checks": gettext_lazy("Checklist (4P)"),
    "role": gettext_lazy("Role"),
    "name": gettext_lazy("Name"),
    "stops": gettext_lazy("Stops"),
    "partners": gettext_lazy("Partners"),
}
_GROUPS = {"weekdays", "pasaran", "venue", "calendar", "stops", "team", "partners"}
_MISSING = {"blank", "required", "null", "invalid"}

Errors = dict[str, list[str]]


class Fault(NamedTuple):
    """What is wrong with a field: `at` is what a link to it names."""

    at: str
    label: str
    text: str


def plain_fault(written: Mapping[str, Sequence[str]], name: str, code: str, text: str) -> str:
    """What is wrong in words for who filled the form in, not for who writes programs."""
    if code in _MISSING and name in written and not one(written, name):
        return _("Fill this in.")
    if code == "invalid" and name.endswith(("starts_at", "ends_at")):
        return _("This is no day and time.")
    return text


class PlanForm:
    """What is written in the form, and what is wrong with it."""

    def __init__(self, written: Mapping[str, Sequence[str]], errors: Errors) -> None:
        self.written, self.errors = written, errors

    def value(self, name: str) -> str:
        return one(self.written, name)

    def has(self, name: str, value: Any) -> bool:
        return str(value) in self.written.get(name, ())

    @property
    def faults(self) -> list[Fault]:
        """What is wrong with fields, in a summary above the form."""
        return [
            Fault(
                f"{name}-fault" if name in _GROUPS or name.endswith(("-id", "-kader")) else name,
                self._label(name),
                " ".join(texts),
            )
            for name, texts in self.errors.items()
            if name
        ]

    def _label(self, name: str) -> str:
        kind, *rest = name.split("-")
        label = str(LABELS.get(rest[-1] if rest else kind) or LABELS.get(kind, kind))
        if kind == "stops" and rest:
            title = self.value(f"{kind}-{rest[0]}-name") or "–"
            return _("Stop %(name)s: %(label)s") % {"name": title, "label": label}
        return label

    @property
    def has_days(self) -> bool:
        """Whether days or hours are chosen, or something is wrong with them."""
        chosen = {name.split("-")[0] for name, values in self.written.items() if any(values)}
        wrong = {name.split("-")[0] for name in self.errors}
        return bool((chosen | wrong) & CALENDAR)

    @property
    def others(self) -> list[str]:
        """What is wrong and belongs to no field that is shown."""
        return self.errors.get("", [])

    def rows(self, name: str) -> list[str]:
        """The names of a list's rows: those with something in them, and blank ones to fill in."""
        used = [
            number
            for number in numbered(self.written, name)
            if any(self.value(f"{name}-{number}-{part}") for part in (*ROWS[name], "village"))
        ]
        more = BLANK_ROWS + (BLANK_ROWS if self.value("more") == name else 0)
        first = max(used, default=-1) + 1
        return [f"{name}-{number}" for number in [*used, *range(first, first + more)]]

    @property
    def stops(self) -> list[str]:
        return self.rows("stops")

    @property
    def partners(self) -> list[str]:
        return self.rows("partners")

    @property
    def wetons(self) -> list[str]:
        return self.rows("wetons")
