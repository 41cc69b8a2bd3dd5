"""The fleet's work: campaigns in a region, and who goes out when to register how many."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo

from sync.fleet.places import Gazetteer, Point

OPENS, CLOSES = time(8), time(17)
MARKET_RADIUS_M, STOP_RADIUS_M, BOOTH_RADIUS_M = 180.0, 90.0, 70.0
STOPS = 4
MARKET_TEAM, CAR_TEAM = 6, 3
# Signups a kader brings home on a day, beside each other.
YIELDS = {"market_drive": 6.0, "mobile_car": 4.0, "trade_center_drive": 3.0, "kader_penggerak": 1.0}


@dataclass(slots=True)
class Place:
    """Where a team stands; `id` is the server's once it has been told of the stop."""

    name: str
    point: Point
    radius_m: float
    village: str
    id: str | None = None


@dataclass(slots=True)
class Campaign:
    """A campaign of the fleet, on local days from `first` to `last`; `id` is the server's."""

    type: str
    name: str
    first: date
    last: date
    venue: Place | None
    stops: list[Place]
    team: list[int]
    villages: list[str]
    id: str = ""

    def hours(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """When it begins and ends."""
        return (
            datetime.combine(self.first, time(6), zone),
            datetime.combine(self.last, time(20), zone),
        )


@dataclass(frozen=True, slots=True)
class Outing:
    """One kader's day on a campaign, with so many registrations; `home` where they live."""

    kader: int
    day: date
    campaign: Campaign
    count: int
    home: str


@dataclass(slots=True)
class World:
    """Everything planned before anybody goes out. The same arguments make the same plan."""

    gazetteer: Gazetteer
    zone: tzinfo
    days: Sequence[date]
    campaigns: list[Campaign]
    outings: list[list[Outing]] = field(default_factory=list)
    """By day, then by kader."""


def plan(
    seed: str,
    gazetteer: Gazetteer,
    zone: tzinfo,
    *,
    tablets: int,
    records: int,
    days: Sequence[date],
) -> World:
    """Spread `records` registrations over days, kader (one a tablet) and campaigns."""
    rng = random.Random(f"{seed}/plan")
    homes = [rng.choice(gazetteer.codes) for _ in range(tablets)]
    crews = _crews(rng, tablets)
    world = World(
        gazetteer, zone, days, list(_standing_campaigns(rng, gazetteer, crews, homes, days))
    )
    daily: list[tuple[date, int, Campaign]] = []
    for day in days:
        today = list(_campaigns_of_day(rng, gazetteer, crews, day))
        world.campaigns += today
        for campaign in world.campaigns:
            if campaign.first <= day <= campaign.last:
                daily += [(day, kader, campaign) for kader in campaign.team]
    world.outings = [[] for _ in days]
    weights = [YIELDS[campaign.type] * rng.uniform(0.5, 1.5) for _, _, campaign in daily]
    for (day, kader, campaign), count in zip(daily, _shares(records, weights), strict=True):
        outing = Outing(kader, day, campaign, count, homes[kader])
        world.outings[days.index(day)].append(outing)
    return world


def _crews(rng: random.Random, tablets: int) -> dict[str, list[int]]:
    """Who does what: one kader a tablet; at least one of each kind when there are enough."""
    kader = list(range(tablets))
    rng.shuffle(kader)
    neighbours = max(1, round(tablets * 0.3)) if tablets > 3 else 0
    booth = max(1, round(tablets * 0.1)) if tablets > 2 else 0
    car = max(1, round(tablets * 0.2)) if tablets > 1 else 0
    return {
        "kader_penggerak": sorted(kader[:neighbours]),
        "trade_center_drive": sorted(kader[neighbours : neighbours + booth]),
        "mobile_car": sorted(kader[neighbours + booth : neighbours + booth + car]),
        "market_drive": sorted(kader[neighbours + booth + car :]),
    }


def _standing_campaigns(
    rng: random.Random,
    gazetteer: Gazetteer,
    crews: dict[str, list[int]],
    homes: Sequence[str],
    days: Sequence[date],
) -> Iterator[Campaign]:
    """The campaigns that last all days: neighbourhood work and the booth in a mall."""
    if team := crews["kader_penggerak"]:
        villages = sorted({homes[kader] for kader in team})
        name = f"Simulasi kader penggerak {days[0]}"
        yield Campaign("kader_penggerak", name, days[0], days[-1], None, [], team, villages)
    if team := crews["trade_center_drive"]:
        venue = _place(rng, gazetteer, "Pusat grosir", BOOTH_RADIUS_M)
        yield Campaign(
            "trade_center_drive",
            f"Simulasi stan {venue.name} {days[0]}",
            days[0],
            days[-1],
            venue,
            [],
            team,
            [venue.village],
        )


def _campaigns_of_day(
    rng: random.Random, gazetteer: Gazetteer, crews: dict[str, list[int]], day: date
) -> Iterator[Campaign]:
    for team in _teams(crews["market_drive"], MARKET_TEAM):
        venue = _place(rng, gazetteer, "Pasar", MARKET_RADIUS_M)
        name = f"Simulasi gerebek {venue.name} {day}"
        yield Campaign("market_drive", name, day, day, venue, [], team, [venue.village])
    for team in _teams(crews["mobile_car"], CAR_TEAM):
        stops = [
            _place(rng, gazetteer, f"Perhentian {number + 1}", STOP_RADIUS_M)
            for number in range(STOPS)
        ]
        name = f"Simulasi mobil keliling {team[0] + 1} {day}"
        villages = sorted({stop.village for stop in stops})
        yield Campaign("mobile_car", name, day, day, None, stops, team, villages)


def _teams(crew: Sequence[int], size: int) -> list[list[int]]:
    return [list(crew[at : at + size]) for at in range(0, len(crew), size)]


def _place(rng: random.Random, gazetteer: Gazetteer, what: str, radius_m: float) -> Place:
    village = rng.choice(gazetteer.codes)
    point = gazetteer.spot(rng, village).point
    return Place(f"{what} {village}", point, radius_m, village)


def _shares(total: int, weights: Sequence[float]) -> Iterator[int]:
    """Whole shares of a total by weight, which add up to it exactly."""
    whole, given, passed = sum(weights), 0, 0.0
    for weight in weights:
        passed += weight
        share = round(total * passed / whole) - given
        given += share
        yield share
