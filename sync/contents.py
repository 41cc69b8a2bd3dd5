"""How the things that tablets keep are told: as they are at the moment, within a kader's scope."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import shapely
from msgspec import UNSET
from msgspec.structs import replace

from outreach import bulk
from outreach.changes import IN_TERRITORY
from outreach.contributions.storing import current_rules
from outreach.contributions.telling import rules_told
from outreach.models import Attendance, Lead, Registration
from outreach.notes.drafts import note_of
from outreach.places.showing.maps import village_outlines
from sync.answers import Result
from sync.copies import with_copies
from sync.results import current_results
from sync.told import (
    AttendanceChange,
    BusinessTold,
    CampaignChange,
    CampaignTold,
    ChangeTold,
    ContributionRulesChange,
    LeadChange,
    NoteTold,
    NoticeChange,
    NoticeTold,
    OccupationChange,
    OccupationTold,
    RegistrationChange,
    StopTold,
    VenueTold,
    VillageChange,
    VillageTold,
)


class Ref(NamedTuple):
    """One thing to be told about."""

    kind: str
    id: str


class Territory(NamedTuple):
    """A kader, and the regions of their office."""

    kader: int
    codes: list[str]


def told(refs: Iterable[Ref], territory: Territory, *, with_boundaries: bool) -> list[ChangeTold]:
    """How things are, each once and in the order of its last mention.

    What is not there, or not in the territory's scope, is a `delete`.
    """
    ids: dict[str, list[str]] = {}
    distinct = list(dict.fromkeys(reversed(list(refs))))[::-1]
    for ref in distinct:
        ids.setdefault(ref.kind, []).append(ref.id)
    finders: dict[str, Callable[[list[str]], Mapping[str, Any]]] = {
        "campaign": lambda own: _campaigns(own, territory.kader),
        "village": lambda own: _villages(own, territory, with_boundaries=with_boundaries),
        "occupation": _occupations,
        "notice": _notices,
        "registration": lambda own: _registrations(own, territory.kader),
        "lead": lambda own: _notes(Lead, own, territory.kader),
        "attendance": lambda own: _notes(Attendance, own, territory.kader),
        "contribution_rules": lambda own: dict.fromkeys(own, rules_told(current_rules())),
    }
    found = {kind: finders[kind](own) for kind, own in ids.items()}
    return [_change(ref, found[ref.kind].get(ref.id)) for ref in distinct]


_CHANGES: dict[str, Callable[..., ChangeTold]] = {
    "campaign": CampaignChange,
    "village": VillageChange,
    "occupation": OccupationChange,
    "notice": NoticeChange,
    "registration": RegistrationChange,
    "lead": LeadChange,
    "attendance": AttendanceChange,
    "contribution_rules": ContributionRulesChange,
}


def _change(ref: Ref, data: Any) -> ChangeTold:
    return _CHANGES[ref.kind](ref.id, "delete" if data is None else "upsert", data)


def _campaigns(ids: Collection[str], kader: int) -> dict[str, CampaignTold]:
    wanted = [UUID(one) for one in ids]
    stops: dict[UUID, list[StopTold]] = {}
    for campaign, *stop in bulk.run(
        "SELECT campaign_id, id, name, lat, lon, radius_m, starts_at, ends_at, sequence"
        " FROM outreach_stop WHERE campaign_id = ANY(%s) ORDER BY sequence, starts_at, id",
        [wanted],
    ):
        stops.setdefault(campaign, []).append(StopTold(*stop))
    businesses: dict[UUID, list[BusinessTold]] = {}
    for campaign, *business in bulk.run(
        "SELECT campaign_id, id, name, address, contact_role, permit_required, state, registered"
        " FROM outreach_supervisedbusiness WHERE campaign_id = ANY(%s) ORDER BY name, id",
        [wanted],
    ):
        businesses.setdefault(campaign, []).append(BusinessTold(*business))
    rows = bulk.run(
        "SELECT campaign.id, type, name, starts_at, ends_at, time_zone, venue_lat, venue_lon,"
        " venue_radius_m, venue_polygon, first_day, last_day,"
        " array(SELECT region_id::text FROM outreach_campaign_villages AS covered"
        " WHERE covered.campaign_id = campaign.id ORDER BY region_id), calendar, agency"
        " FROM outreach_campaign AS campaign"
        " JOIN outreach_campaignmember AS member ON member.campaign_id = campaign.id"
        " WHERE campaign.id = ANY(%s) AND kader_id = %s",
        [wanted, kader],
    )
    return {
        str(row[0]): CampaignTold(
            type=row[1],
            name=row[2],
            starts_at=row[3],
            ends_at=row[4],
            time_zone=row[5],
            venue=None if row[6] is None else VenueTold(*row[6:9]),
            polygon=row[9],
            first_day=row[10],
            last_day=row[11],
            stops=stops.get(row[0], []),
            villages=row[12],
            calendar=row[13],
            agency=row[14],
            businesses=businesses.get(row[0], []),
        )
        for row in rows
    }


def _villages(
    codes: list[str], territory: Territory, *, with_boundaries: bool
) -> dict[str, VillageTold]:
    rows = bulk.run(
        "SELECT village.code, village.name, village.kind, district.name, regency.name,"
        " province.name, village.time_zone FROM outreach_region AS village"
        " JOIN outreach_region AS district ON district.code = village.parent_id"
        " JOIN outreach_region AS regency ON regency.code = district.parent_id"
        " JOIN outreach_region AS province ON province.code = regency.parent_id"
        " WHERE village.code = ANY(%(asked)s) AND village.level = 4 AND ("
        + IN_TERRITORY.format(codes="%(codes)s::text[]", village="village.code")
        + " OR village.code IN (SELECT region_id FROM outreach_campaign_villages"
        " JOIN outreach_campaignmember USING (campaign_id) WHERE kader_id = %(kader)s))",
        {"asked": codes, **territory._asdict()},
    )
    villages = {code: VillageTold(*names) for code, *names in rows}
    if not with_boundaries:
        return villages
    outlines = village_outlines(list(villages))
    return {
        code: replace(village, boundary=_geometry(outlines.get(code)))
        for code, village in villages.items()
    }


def _geometry(polygon: Any) -> Any:
    return None if polygon is None else msgspec.Raw(shapely.to_geojson(polygon).encode())


def _occupations(codes: list[str]) -> dict[str, OccupationTold]:
    return {
        code: OccupationTold(*names)
        for code, *names in bulk.run(
            "SELECT code, name_id, name_en, is_transport FROM outreach_occupation"
            " WHERE code = ANY(%s)",
            [codes],
        )
    }


def _notices(versions: list[str]) -> dict[str, NoticeTold]:
    return {
        version: NoticeTold(*texts)
        for version, *texts in bulk.run(
            "SELECT version, text_id, text_en, valid_from FROM outreach_consentnotice"
            " WHERE version = ANY(%s)",
            [versions],
        )
    }


def _registrations(ids: list[str], kader: int) -> dict[str, Result]:
    """The own ones as receipts tell of them; what is unknown there or withdrawn is left out.

    A record that was stored under another id only points there: how it stands is told there, and
    changes there.
    """
    told = {}
    for result in with_copies(current_results([UUID(one) for one in ids], kader), kader):
        if result.stored_as not in {UNSET, result.id}:
            told[str(result.id)] = Result(
                result.id, "accepted", "drop", replayed=True, stored_as=result.stored_as
            )
        elif result.outcome != "unknown" and result.state != Registration.Status.WITHDRAWN:
            told[str(result.id)] = result
    return told


def _notes(model: type[Lead] | type[Attendance], ids: list[str], kader: int) -> dict[str, NoteTold]:
    """The own ones; of an erased lead the tablet keeps nothing either."""
    rows = model.objects.filter(pk__in=ids, kader=kader)
    return {
        str(row.pk): NoteTold(
            row.revision, note_of(row), row.state if isinstance(row, Lead) else UNSET
        )
        for row in rows
        if not isinstance(row, Lead) or row.erased_at is None
    }
