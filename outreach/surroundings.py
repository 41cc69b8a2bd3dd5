"""What captures are held against: campaigns, stops, villages, codes, and spots used before."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import shapely

from outreach.activities.calendar import Calendar, Ramadan, calendar_of
from outreach.bulk import encode, run
from outreach.contributions.rules import RuleBook
from outreach.contributions.storing import NEWEST, rules_since
from outreach.drafts import Capture, Draft
from outreach.geo.venue import polygon_of
from outreach.places.village_index import CurrentVillages, current_villages
from outreach.validity import Span

SAME_SPOT_COUNT = 5

KNOWN_VILLAGES = """
    SELECT 'villages', code, code FROM outreach_region WHERE code = ANY(%s) AND level = 4
    UNION ALL
    SELECT 'aliases', code, region_id FROM outreach_regionalias
    WHERE code = ANY(%s) AND system = 'kemendagri' AND level = 4 AND confidence = 'high'
"""
"""Villages by the codes that were declared; one that is gone stands for its one successor."""
SPLITS = """
    SELECT 'splits', from_codes[1],
        effective_day || ' ' || array_to_string(to_codes, ', ') FROM outreach_regionchange
    WHERE kind = 'split' AND undone_at IS NULL AND from_codes && %s::varchar[]
"""
"""Villages that were split, with the day and the codes they were split into."""
CHOICES = """
    SELECT 'choices', registration_id::text,
        chosen.code || ' ' || coalesce(gone.region_id, village_id)
    FROM outreach_villagechoice AS chosen LEFT JOIN outreach_regionalias AS gone
        ON gone.system = 'kemendagri' AND gone.confidence = 'high' AND gone.code = village_id
    WHERE registration_id = ANY(%s)
"""
"""Where workers of a split village live, as decided, with the code they had declared."""


class Split(NamedTuple):
    """A village was split on a day into these, one of which may have kept its code."""

    day: date
    into: tuple[str, ...]

    def leaves_open(self, code: str, on: date) -> bool:
        """Whether nobody knows which part somebody meant who declared the village on a day."""
        return code not in self.into or on < self.day


class Chosen(NamedTuple):
    """In which part of the village `code` a worker lives."""

    code: str
    village: str


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """What a capture is held against. Member days are the sender's own, null when off the team;
    `letters` are the days of the sender's assignment letters.
    """

    type: str
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    venue: tuple[float, float, float] | None
    polygon: shapely.Geometry | None
    member_days: tuple[date, date] | None
    letters: tuple[Span, ...]
    calendar: Calendar
    ramadans: tuple[Ramadan, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything the captures of one batch refer to, read in a constant number of statements.

    `villages` maps codes as declared to those of today, `splits` those that were split; `chosen`
    has what was decided about registrations of these. `occupations` maps codes to whether they are
    transport ones.
    """

    campaigns: dict[UUID, CampaignFacts]
    stops: dict[UUID, tuple[UUID, tuple[float, float, float]]]
    villages: dict[str, str]
    splits: dict[str, Split]
    chosen: dict[UUID, Chosen]
    occupations: dict[str, bool]
    notices: frozenset[str]
    spots: Counter[tuple[float, float]]
    current: CurrentVillages
    rules: RuleBook


def surroundings(captures: Sequence[Capture], kader_id: int) -> Surroundings:
    """What the batch refers to: five statements, whatever its size."""
    drafts = [capture.draft for capture in captures]
    known = _known(drafts)
    return Surroundings(
        campaigns=campaign_facts({draft.campaign for draft in drafts}, kader_id),
        stops=stop_circles({draft.stop for draft in drafts if draft.stop}),
        spots=_spots(drafts, kader_id),
        current=current_villages(),
        villages=known["villages"] | known["aliases"],
        splits=splits_of(known["splits"]),
        chosen=chosen_of(known["choices"]),
        occupations={code: mark == "true" for code, mark in known["occupations"].items()},
        notices=frozenset(known["notices"]),
        rules=rules_since(next((int(number) for number in known["rules"]), None)),
    )


def campaign_facts(ids: Collection[UUID], kader_id: int) -> dict[UUID, CampaignFacts]:
    """Campaigns that there are, by id, as one kader's captures are held against them."""
    rows = run(
        "SELECT c.id, c.type, c.starts_at, c.ends_at, c.time_zone, c.venue_lat, c.venue_lon,"
        " c.venue_radius_m, c.venue_polygon, m.first_day, m.last_day,"
        " array(SELECT valid_from FROM outreach_assignmentletter WHERE kader_id = %s ORDER BY id),"
        " array(SELECT valid_to FROM outreach_assignmentletter WHERE kader_id = %s ORDER BY id),"
        " c.calendar, CASE WHEN c.calendar ? 'ramadan_hours' THEN"
        " (SELECT jsonb_agg(jsonb_build_array(first_day, last_day)) FROM outreach_ramadanperiod)"
        " END"
        " FROM outreach_campaign c LEFT JOIN outreach_campaignmember m"
        " ON m.campaign_id = c.id AND m.kader_id = %s WHERE c.id = ANY(%s)",
        [kader_id, kader_id, kader_id, list(ids)],
    )
    return {
        row[0]: CampaignFacts(
            type=row[1],
            starts_at=row[2],
            ends_at=row[3],
            zone=ZoneInfo(row[4]),
            venue=(row[5], row[6], row[7]) if row[5] is not None else None,
            polygon=polygon_of(row[8]) if row[8] else None,
            member_days=(row[9], row[10]) if row[9] else None,
            letters=tuple(map(Span, row[11], row[12])),
            calendar=calendar_of(row[13]),
            ramadans=tuple(Ramadan(*map(date.fromisoformat, days)) for days in row[14] or ()),
        )
        for row in rows
    }


def stop_circles(ids: Collection[UUID]) -> dict[UUID, tuple[UUID, tuple[float, float, float]]]:
    """Stops that there are, by id: their campaign, and the circle on the ground."""
    rows = run(
        "SELECT id, campaign_id, lat, lon, radius_m FROM outreach_stop WHERE id = ANY(%s)",
        [list(ids)],
    )
    return {row[0]: (row[1], (row[2], row[3], row[4])) for row in rows}


def _known(drafts: Sequence[Draft]) -> dict[str, dict[str, str]]:
    """Of what drafts name that which is there, by kind; for villages, which one of today it is.

    Beside it the number of the contribution rules of today, in the same statement.
    """
    villages = {draft.domicile_village for draft in drafts}
    villages |= {draft.work_village for draft in drafts if draft.work_village}
    known: dict[str, dict[str, str]] = {
        kind: {}
        for kind in (
            "villages",
            "aliases",
            "splits",
            "choices",
            "occupations",
            "notices",
            "rules",
        )
    }
    for kind, named, code in run(
        f"{KNOWN_VILLAGES} UNION ALL {SPLITS} UNION ALL {CHOICES} UNION ALL"
        " SELECT 'occupations', code, is_transport::text FROM outreach_occupation"
        " WHERE code = ANY(%s)"
        " UNION ALL SELECT 'notices', version, version FROM outreach_consentnotice"
        " WHERE version = ANY(%s)"
        " UNION ALL SELECT 'rules', id::text, '' FROM outreach_contributionload"
        f" WHERE id = ({NEWEST})",
        [
            list(villages),
            list(villages),
            list(villages),
            [draft.id for draft in drafts],
            list({draft.occupation for draft in drafts}),
            list({draft.consent.notice_version for draft in drafts}),
        ],
    ):
        known[kind][named] = code
    return known


def known_villages(declared: Collection[str]) -> dict[str, str]:
    """Declared village codes to those of today; what is on no list is left out. One statement."""
    rows = run(f"{KNOWN_VILLAGES} ORDER BY 1 DESC", [list(declared), list(declared)])
    return {named: code for _, named, code in rows}


def splits_of(found: Mapping[str, str]) -> dict[str, Split]:
    """Splits by the code that was split, from what SPLITS gives."""
    splits = {}
    for code, told in found.items():
        day, _, into = told.partition(" ")
        splits[code] = Split(date.fromisoformat(day), tuple(into.split(", ")))
    return splits


def chosen_of(found: Mapping[str, str]) -> dict[UUID, Chosen]:
    """Decisions by registration, from what CHOICES gives."""
    return {UUID(one): Chosen(*told.split(" ")) for one, told in found.items()}


def home_of(declared: str, villages: Mapping[str, str], chosen: Chosen | None) -> str | None:
    """The village of today that a worker lives in; what somebody decided goes first."""
    if chosen and chosen.code == declared:
        return chosen.village
    return villages.get(declared)


def splits_and_choices(
    declared: Collection[str], registrations: Collection[UUID]
) -> tuple[dict[str, Split], dict[UUID, Chosen]]:
    """Which of the declared villages were split, and what was decided. One statement."""
    found: dict[str, dict[str, str]] = {"splits": {}, "choices": {}}
    for kind, named, told in run(
        f"{SPLITS} UNION ALL {CHOICES}", [list(declared), list(registrations)]
    ):
        found[kind][named] = told
    return splits_of(found["splits"]), chosen_of(found["choices"])


def _spots(drafts: Sequence[Draft], kader_id: int) -> Counter[tuple[float, float]]:
    """How many registrations stand on each exact spot: this batch's, and some earlier ones.

    Of the kader's earlier ones only as many are looked at as make a spot doubtful.
    """
    spots = Counter((draft.location.lat, draft.location.lon) for draft in drafts if draft.location)
    rows = run(
        "SELECT spot.lat, spot.lon, earlier.number"
        " FROM jsonb_to_recordset(%s::jsonb) AS spot(lat float8, lon float8)"
        " CROSS JOIN LATERAL (SELECT count(*) AS number FROM (SELECT FROM outreach_registration r"
        " WHERE r.kader_id = %s AND r.lat = spot.lat AND r.lon = spot.lon AND r.id <> ALL(%s)"
        " LIMIT %s) AS there) AS earlier WHERE earlier.number > 0",
        [
            encode([{"lat": lat, "lon": lon} for lat, lon in spots]),
            kader_id,
            [draft.id for draft in drafts],
            SAME_SPOT_COUNT,
        ],
    )
    for lat, lon, number in rows:
        spots[lat, lon] += number
    return spots
