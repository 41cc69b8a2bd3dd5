"""Registrations as a tablet holds them, with the truth about each."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import dist
from typing import Any, NamedTuple, TextIO
from uuid import UUID

from outreach.dedup.nik import is_placeholder
from sync.fleet.places import METRES_PER_DEGREE, Point, moved, within
from sync.fleet.stories import EXPECTED, UNKNOWN_VILLAGE, Sketch, Stories
from sync.fleet.tablet import Outgoing, Version
from sync.fleet.truth import Fact
from sync.fleet.world import CLOSES, OPENS, Campaign, Outing, Place, World

NOTICE = "2026-01"
P68_SIGMAS = 1.51
HOME_MARGIN_M = 60.0
HOME_ACCURACY_M, VENUE_ACCURACY_M = (5.0, 20.0), (5.0, 80.0)
OUTSIDE_M = 3000.0
CONTRADICTION_M = 2000.0
RIGHT_CLOCK_S = 120
WRONG_CLOCK_SHARE = 0.06
WRONG_CLOCKS = (
    timedelta(hours=30),
    timedelta(hours=3),
    timedelta(minutes=40),
    timedelta(minutes=-25),
    timedelta(hours=-7),
    timedelta(days=-2),
)
# What stock validation meets every day; each must be held, not lost.
INVALID: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = (
    lambda record: record | {"programmes": ["JKK"]},
    lambda record: record | {"birth_date": "1984-13-45"},
    lambda record: record | {"nik": "12710145038400"},
    lambda record: record | {"sex": "L"},
    lambda record: record | {"captured_at": record["captured_at"][:19]},
    lambda record: {name: value for name, value in record.items() if name != "consent"},
    lambda record: record | {"full_name": "  "},
    lambda record: record | {"monthly_income": "dua juta"},
)


class Captured(NamedTuple):
    """A record for a kader's tablet, its truth, and the outcome class to expect."""

    outgoing: Outgoing
    fact: Fact
    expected: str

    def write(self, file: TextIO) -> None:
        """One line of the truth file: the fact, what is expected, and what was typed in the end."""
        typed = self.outgoing.versions[-1].content
        line = {
            **asdict(self.fact),
            "flags": sorted(self.fact.flags),
            "expected": self.expected,
            "captured_at": typed["captured_at"],
            "nik": typed["nik"],
            "full_name": typed["full_name"],
            "birth_date": typed["birth_date"],
            "declared_village": typed["domicile_village"],
        }
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


@dataclass(frozen=True, slots=True)
class _Where:
    """The true point of a capture and what is told of it."""

    point: Point
    accuracy_m: float
    is_clear: bool
    home: str | None


def record_id(seed: str, kader: int, number: int) -> str:
    """The id of a kader's so-many-th record, counted from 0."""
    digest = sha256(f"{seed}/{kader}/{number}".encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


class Recorder:
    """Writes the fleet's registrations, outing by outing, in the order of days."""

    def __init__(self, seed: str, world: World, stories: Stories) -> None:
        self._random = random.Random(f"{seed}/records")
        self._world = world
        self._stories = stories
        self._seed = seed
        self._written: Counter[int] = Counter()

    def clock_error(self, kader: int) -> timedelta:
        """How far a kader's tablet is ahead: seconds for most, hours or days for a few."""
        rng = random.Random(f"{self._seed}/clock/{kader}")
        if rng.random() < WRONG_CLOCK_SHARE:
            return rng.choice(WRONG_CLOCKS)
        return timedelta(seconds=rng.randint(-RIGHT_CLOCK_S, RIGHT_CLOCK_S))

    def captures(self, outing: Outing) -> Iterator[Captured]:
        """The outing's registrations. Its campaigns and stops must have their server ids."""
        rng = self._random
        opens = datetime.combine(outing.day, OPENS, self._world.zone)
        open_s = (datetime.combine(outing.day, CLOSES, self._world.zone) - opens).seconds
        for second in sorted(rng.uniform(0, open_s) for _ in range(outing.count)):
            yield self._capture(outing, opens + timedelta(seconds=int(second)))

    def _capture(self, outing: Outing, at: datetime) -> Captured:
        visited = outing.home if outing.campaign.type == "kader_penggerak" else None
        sketch = self._stories.next(outing, visited)
        campaign, stop = self._placed(outing, sketch)
        where = self._where(sketch, outing, stop)
        error = self.clock_error(outing.kader)
        key = record_id(self._seed, outing.kader, self._written[outing.kader])
        self._written[outing.kader] += 1
        record = self._record(key, sketch, campaign, stop, where, at + error)
        flags = set(sketch.flags) | _flags(sketch, outing, campaign)
        if sketch.story == "outside_venue" and _is_far(stop or campaign.venue, where.point):
            flags.add("outside_venue")
        trusted = abs(error.total_seconds()) <= RIGHT_CLOCK_S
        contradicted: bool | None = False
        if visited and record["location"]:
            contradicted = None if not where.is_clear else False
            if far := self._elsewhere(sketch, where.point):
                record["domicile_village"] = far
                # Near a border the fix may lie outside all villages: a weaker doubt.
                contradicted = True if where.is_clear else None
                if contradicted:
                    flags.add("village_contradicted")
        versions = self._versions(sketch, record)
        nik = record["nik"]
        domicile = record["domicile_village"]
        fact = Fact(
            id=record["id"],
            story=sketch.story,
            kader=outing.kader,
            campaign=campaign.id,
            person=sketch.person,
            nik=None if nik is None or is_placeholder(nik) else nik,
            domicile=None if domicile == UNKNOWN_VILLAGE else domicile,
            event_village=self._world.gazetteer.village_at(where.point),
            happened_at=(at + error if trusted else at).timestamp(),
            trusted=trusted,
            revision=sum(version.kind in ("final", "edit") for version in versions),
            flags=frozenset(flags if trusted else flags | {"clock_skew"}),
            contradicted=contradicted,
        )
        return Captured(
            Outgoing(record["id"], versions), fact, EXPECTED.get(sketch.story, "accepted")
        )

    def _placed(self, outing: Outing, sketch: Sketch) -> tuple[Campaign, Place | None]:
        """The campaign and stop that the record names: off the team, those of other people."""
        campaign = outing.campaign
        if sketch.story == "off_team" and (others := self._others(outing)):
            campaign = self._random.choice(others)
        stop = self._random.choice(campaign.stops) if campaign.stops else None
        return campaign, stop

    def _others(self, outing: Outing) -> list[Campaign]:
        return [
            campaign
            for campaign in self._world.campaigns
            if campaign.first <= outing.day <= campaign.last
            and outing.kader not in campaign.team
            and campaign.type != "kader_penggerak"
        ]

    def _where(self, sketch: Sketch, outing: Outing, stop: Place | None) -> _Where:
        rng, gazetteer = self._random, self._world.gazetteer
        place = stop or outing.campaign.venue
        if place is None:
            spot = gazetteer.spot(rng, outing.home, HOME_MARGIN_M)
            return _Where(spot.point, rng.uniform(*HOME_ACCURACY_M), spot.is_clear, outing.home)
        if sketch.story == "outside_venue":
            village = gazetteer.far_from(rng, place.point, OUTSIDE_M)
            if village:
                point = gazetteer.spot(rng, village).point
                return _Where(point, rng.uniform(*VENUE_ACCURACY_M), is_clear=True, home=None)
        point = within(rng, place.point, place.radius_m)
        return _Where(point, rng.uniform(*VENUE_ACCURACY_M), is_clear=True, home=None)

    def _elsewhere(self, sketch: Sketch, point: Point) -> str | None:
        if sketch.story != "elsewhere":
            return None
        return self._world.gazetteer.far_from(self._random, point, CONTRADICTION_M)

    def _record(
        self,
        key: str,
        sketch: Sketch,
        campaign: Campaign,
        stop: Place | None,
        where: _Where,
        captured_at: datetime,
    ) -> dict[str, Any]:
        rng, worker = self._random, sketch.worker
        place = stop or campaign.venue
        lost = sketch.story == "no_location"
        record = {
            "id": key,
            "campaign": campaign.id,
            "stop": stop.id if stop else None,
            "captured_at": captured_at.isoformat(),
            "nik": worker.nik,
            "nik_missing_reason": None,
            "full_name": worker.full_name,
            "birth_date": worker.birth_date,
            "sex": worker.sex,
            "mother_name": worker.mother_name if rng.random() < 0.3 else None,
            "phone": worker.phone,
            "address": worker.address,
            "rt": worker.rt,
            "rw": worker.rw,
            "postal_code": worker.postal_code,
            "domicile_village": worker.village,
            "work_village": place.village if place else None,
            "work_place": place.name if place else None,
            "occupation": worker.occupation,
            "is_employer": worker.is_employer,
            "monthly_income": worker.monthly_income,
            "programmes": worker.programmes,
            "months_prepaid": worker.months_prepaid,
            "payer": worker.payer,
            "membership_kind": rng.choices(("new", "reactivation", "unknown"), (80, 8, 12))[0],
            "location": None if lost else self._location(sketch, where, captured_at),
            "location_missing_reason": "Tidak ada sinyal GPS" if lost else None,
            "photos": [_photo(key)] if rng.random() < 0.7 else [],
            "consent": {
                "notice_version": NOTICE,
                "method": rng.choice(("signed", "ticked", "recorded")),
                "at": (captured_at - timedelta(minutes=2)).isoformat(),
                "proof_sha256": None,
            },
            "working_declaration": True,
            **sketch.changes,
        }
        record["birth_date"] = record["birth_date"].isoformat()
        return record

    def _location(self, sketch: Sketch, where: _Where, at: datetime) -> dict[str, Any]:
        fix = moved(self._random, where.point, where.accuracy_m / P68_SIGMAS)
        return {
            "lat": round(fix.lat, 7),
            "lon": round(fix.lon, 7),
            "accuracy_m": round(where.accuracy_m, 1),
            "accuracy_kind": "p68",
            "provider": self._random.choice(("gps", "fused")),
            "is_mock": sketch.story == "mocked",
            "fixed_at": (at - timedelta(seconds=9)).isoformat(),
        }

    def _versions(self, sketch: Sketch, record: dict[str, Any]) -> tuple[Version, ...]:
        rng = self._random
        final = Version("final", record)
        edited = Version("edit", record | {"work_place": "Kios pindah ke blok B"})
        match sketch.story:
            case "invalid":
                return (Version("invalid", rng.choice(INVALID)(record)), final)
            case "edited":
                return (final, edited)
            case "overtaken":
                late = Version("late", record | {"work_place": "Dari tablet kedua"})
                merged = Version("edit", record | {"work_place": "Blok B, dari tablet kedua"})
                return (final, edited, late, merged)
        return (final,)


def _photo(key: str) -> dict[str, Any]:
    return {
        "kind": "workplace",
        "sha256": sha256(key.encode()).hexdigest(),
        "size": 180_000,
        "media_type": "image/jpeg",
    }


def _flags(sketch: Sketch, outing: Outing, campaign: Campaign) -> set[str]:
    flags = set()
    if sketch.story == "mocked":
        flags.add("location_mocked")
    if sketch.story == "no_location":
        flags.add("location_missing")
    if outing.kader not in campaign.team:
        flags.add("kader_off_team")
    return flags


def _is_far(place: Place | None, point: Point) -> bool:
    # Within Indonesia a degree is as long north as east to 2 %: enough to tell near from far.
    return place is not None and METRES_PER_DEGREE * dist(place.point, point) > OUTSIDE_M
