"""The form of a plan: what a campaign puts into it, and what somebody wrote, as the API takes it.

Fields that repeat are numbered, as `stops-0-name`; a row with nothing in it is left out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from outreach.activities.calendar import Hours, OnDate, OnPasaran, OnWeekday, OnWeton, calendar_of
from outreach.api.campaign_forms import TIME_ZONES
from outreach.models import Campaign, CampaignTarget

PARTS = ("physical", "process", "people", "product")
ROWS: Mapping[str, Sequence[str]] = {
    "stops": ("id", "name", "starts_at", "ends_at", "lat", "lon", "radius_m"),
    "partners": ("name", "role"),
    "wetons": ("weekday", "pasaran"),
}
MOST_ROWS = 60
DONE = "[x] "
CLOCK = "%Y-%m-%dT%H:%M"
_HOURS = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})\s*[-–]\s*([0-9]{1,2})[:.]([0-9]{2})")

Written = Mapping[str, Sequence[str]]


@dataclass
class Read:
    """A plan as the API takes it; `places` has the field of the form for each pointer into it."""

    plan: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)


def one(written: Written, name: str) -> str:
    return next(iter(written.get(name, ())), "").replace("\0", "").strip()


def lines(written: Written, name: str) -> list[str]:
    return [line.strip() for line in one(written, name).splitlines() if line.strip()]


def numbered(written: Written, name: str) -> list[int]:
    """The rows of a list in the form, whether or not anything is in them."""
    found = {
        int(parts[1])
        for parts in (key.split("-") for key in written)
        if len(parts) == 3 and parts[0] == name and parts[1].isdecimal() and len(parts[1]) < 4
    }
    return sorted(found)[:MOST_ROWS]


def read_plan(written: Written) -> Read:
    """Villages stay the lines that they are: see outreach.pages.plan_villages."""
    read = Read()
    zone = one(written, "time_zone")
    for name in ("type", "office", "name", "agency", "time_zone"):
        read.plan[name] = one(written, name)
    for name in ("starts_at", "ends_at"):
        read.plan[name] = _instant(one(written, name), zone)
    _read_venue(written, read)
    _read_rows(written, read, zone)
    read.plan["targets"] = []
    for segment in CampaignTarget.Segment.values:
        if number := one(written, f"target-{segment}"):
            read.places[f"/targets/{len(read.plan['targets'])}"] = f"target-{segment}"
            read.plan["targets"].append({"segment": segment, "number": number})
    _read_team(written, read)
    read.plan["checklist"] = {
        part: [
            {"item": line.removeprefix(DONE.strip()).strip(), "done": line.startswith(DONE.strip())}
            for line in lines(written, f"checks-{part}")
        ]
        for part in PARTS
    }
    read.places |= {f"/checklist/{part}": f"checks-{part}" for part in PARTS}
    _read_calendar(written, read)
    return read


def _read_venue(written: Written, read: Read) -> None:
    kind = one(written, "venue")
    read.plan["venue"] = read.plan["polygon"] = None
    if kind == "circle":
        read.plan["venue"] = {
            name: _number(one(written, name)) for name in ("lat", "lon", "radius_m")
        }
        read.places["/venue"] = ""
    elif kind == "polygon":
        corners = [
            [_number(part) for part in re.split(r"[\s;]+|,\s+", line)][:2][::-1]
            for line in lines(written, "polygon")
        ]
        if corners and corners[0] != corners[-1]:
            corners.append(corners[0])
        read.plan["polygon"] = {"type": "Polygon", "coordinates": [corners]}
    elif kind == "kept":
        del read.plan["polygon"]


def _read_rows(written: Written, read: Read, zone: str) -> None:
    for name in ("stops", "partners"):
        read.plan[name] = []
        for number in numbered(written, name):
            row: dict[str, Any] = {
                part: one(written, f"{name}-{number}-{part}") for part in ROWS[name]
            }
            if not any(row.values()):
                continue
            read.places[f"/{name}/{len(read.plan[name])}"] = f"{name}-{number}"
            if name == "stops":
                row |= {part: _instant(row[part], zone) for part in ("starts_at", "ends_at")}
                row |= {part: _number(row[part]) for part in ("lat", "lon", "radius_m")}
                if not row["id"]:
                    del row["id"]
            read.plan[name].append(row)


def _read_team(written: Written, read: Read) -> None:
    """Whoever has no days of their own is on the team from the first day to the last.

    Where those are wrong, which is told at their own fields, nobody is on it for them.
    """
    first, last = (one(written, name)[:10] for name in ("starts_at", "ends_at"))
    is_sound = all(map(_is_day, (first, last))) and first <= last
    read.plan["team"] = []
    for kader in written.get("team", ()):
        own = [one(written, f"team-{kader}-{name}") for name in ("first_day", "last_day")]
        if not (all(own) or is_sound):
            continue
        read.places[f"/team/{len(read.plan['team'])}"] = f"team-{kader}"
        read.plan["team"].append(
            {"kader": kader, "first_day": own[0] or first, "last_day": own[1] or last}
        )


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _read_calendar(written: Written, read: Read) -> None:
    days: list[dict[str, Any]] = []

    def add(place: str, rule: dict[str, Any]) -> None:
        read.places[f"/calendar/days/{len(days)}"] = place
        days.append(rule)

    for day in written.get("weekdays", ()):
        add("weekdays", {"kind": "weekday", "weekday": _whole(day)})
    for name in written.get("pasaran", ()):
        add("pasaran", {"kind": "pasaran", "pasaran": name})
    for number in numbered(written, "wetons"):
        weekday, name = (one(written, f"wetons-{number}-{part}") for part in ROWS["wetons"])
        if weekday or name:
            rule = {"kind": "weton", "weekday": _whole(weekday), "pasaran": name}
            add(f"wetons-{number}-weekday", rule)
    for text in one(written, "dates").split():
        add("dates", {"kind": "date", "date": text})
    closed = one(written, "closed").split()
    read.plan["calendar"] = {"days": days, "closed": closed}
    read.places["/calendar/closed"] = "closed"
    for name in ("hours", "ramadan_hours"):
        read.plan["calendar"][name] = _read_hours(written, read, name)


def _read_hours(written: Written, read: Read, name: str) -> list[dict[str, Any]]:
    hours: list[dict[str, Any]] = []
    for weekday in range(1, 8):
        place = f"{name}-{weekday}"
        for part in filter(None, (text.strip() for text in one(written, place).split(","))):
            read.places[f"/calendar/{name}/{len(hours)}"] = place
            match = _HOURS.fullmatch(part)
            opens, closes = (
                (f"{match[1]:0>2}:{match[2]}", f"{match[3]:0>2}:{match[4]}")
                if match
                else (part, part)
            )
            hours.append({"weekday": weekday, "opens": opens, "closes": closes})
    return hours


def _instant(text: str, zone: str) -> str:
    """A local time with its offset; the text itself where it is none."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return text
    if local.tzinfo or len(text) < len("2026-01-01T00:00") or zone not in TIME_ZONES:
        return text
    return local.replace(tzinfo=ZoneInfo(zone)).isoformat()


def _number(text: str) -> float | str:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


def _whole(text: str) -> int | str:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 4 else text


def written_of(campaign: Campaign) -> dict[str, list[str]]:
    """What the form has in it for a campaign with its plan."""
    zone = ZoneInfo(campaign.time_zone)
    calendar = calendar_of(campaign.calendar)
    written: dict[str, Any] = {
        "type": campaign.type,
        "office": campaign.office_id,
        "name": campaign.name,
        "agency": campaign.agency,
        "time_zone": campaign.time_zone,
        "starts_at": campaign.starts_at.astimezone(zone).strftime(CLOCK),
        "ends_at": campaign.ends_at.astimezone(zone).strftime(CLOCK),
        "lat": campaign.venue_lat,
        "lon": campaign.venue_lon,
        "radius_m": campaign.venue_radius_m,
        **_venue_written(campaign),
        "villages": "\n".join(f"{one.code} {one.name}" for one in campaign.villages.all()),
        "team": [str(member.kader_id) for member in campaign.members.all()],
        "weekdays": [str(rule.weekday) for rule in calendar.days if isinstance(rule, OnWeekday)],
        "pasaran": [rule.pasaran.value for rule in calendar.days if isinstance(rule, OnPasaran)],
        "dates": " ".join(str(rule.date) for rule in calendar.days if isinstance(rule, OnDate)),
        "closed": " ".join(map(str, calendar.closed)),
    }
    for member in campaign.members.all():
        written[f"team-{member.kader_id}-first_day"] = member.first_day
        written[f"team-{member.kader_id}-last_day"] = member.last_day
    for target in campaign.targets.all():
        written[f"target-{target.segment}"] = target.number
    for number, stop in enumerate(campaign.stops.all()):
        for name in ROWS["stops"]:
            value = getattr(stop, name)
            is_time = name in {"starts_at", "ends_at"}
            written[f"stops-{number}-{name}"] = (
                value.astimezone(zone).strftime(CLOCK) if is_time else value
            )
    for number, partner in enumerate(campaign.partners.all()):
        written[f"partners-{number}-name"] = partner.name
        written[f"partners-{number}-role"] = partner.role
    wetons = [rule for rule in calendar.days if isinstance(rule, OnWeton)]
    for number, rule in enumerate(wetons):
        written[f"wetons-{number}-weekday"] = rule.weekday
        written[f"wetons-{number}-pasaran"] = rule.pasaran.value
    for part, checks in campaign.checklist.items():
        said = [f"{DONE if check['done'] else ''}{check['item']}" for check in checks]
        written[f"checks-{part}"] = "\n".join(said)
    written |= _hours_written("hours", calendar.hours)
    written |= _hours_written("ramadan_hours", calendar.ramadan_hours)
    return {
        name: value if isinstance(value, list) else ["" if value is None else str(value)]
        for name, value in written.items()
    }


def _venue_written(campaign: Campaign) -> dict[str, str]:
    polygon = campaign.venue_polygon
    if not polygon:
        return {"venue": "none" if campaign.venue_lat is None else "circle"}
    if polygon["type"] != "Polygon" or len(polygon["coordinates"]) > 1:
        return {"venue": "kept"}
    corners = polygon["coordinates"][0][:-1]
    return {"venue": "polygon", "polygon": "\n".join(f"{lat} {lon}" for lon, lat in corners)}


def _hours_written(name: str, hours: Sequence[Hours]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for row in hours:
        found.setdefault(f"{name}-{row.weekday}", []).append(f"{row.opens}-{row.closes}")
    return {place: ", ".join(parts) for place, parts in found.items()}
