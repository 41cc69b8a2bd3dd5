"""The shapes of what tablets are told of the things that they keep: the wire's own."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from outreach.contributions.telling import RulesTold
from sync.answers import Result

Op = Literal["upsert", "delete"]


class VenueTold(Struct, frozen=True):
    """A circle on the ground."""

    lat: float
    lon: float
    radius_m: float


class StopTold(Struct, frozen=True):
    """A place where a campaign stands for a while."""

    id: UUID
    name: str
    lat: float
    lon: float
    radius_m: float
    starts_at: datetime
    ends_at: datetime
    sequence: int


class BusinessTold(Struct, frozen=True):
    """A business that an agency drive is to visit."""

    id: UUID
    name: str
    address: str
    contact_role: str
    permit_required: bool
    state: str
    registered: int


class CampaignTold(Struct, frozen=True):
    """A campaign the kader is on, from `first_day` to `last_day` in the venue's time zone."""

    type: str
    name: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    venue: VenueTold | None
    polygon: dict[str, Any] | None
    first_day: date
    last_day: date
    stops: list[StopTold]
    villages: list[str]
    calendar: dict[str, Any]
    agency: str
    businesses: list[BusinessTold]


class VillageTold(Struct, frozen=True):
    """A village with the names of what it lies in.

    `boundary`, where asked for, is a simplified GeoJSON geometry; null if none is known.
    """

    name: str
    kind: str
    district: str
    regency: str
    province: str
    time_zone: str
    boundary: dict[str, Any] | UnsetType | None = UNSET


class OccupationTold(Struct, frozen=True):
    """An occupation in both languages."""

    name_id: str
    name_en: str
    is_transport: bool


class NoticeTold(Struct, frozen=True):
    """What a worker is asked to agree to, in both languages."""

    text_id: str
    text_en: str
    valid_from: date


class NoteTold(Struct, frozen=True):
    """An own lead or attendance as it is by now, in the form in which it is pushed; `state` is
    where a lead stands."""

    revision: int
    record: dict[str, Any]
    state: str | UnsetType = UNSET


class Change(Struct, frozen=True, tag_field="kind"):
    """That something is new, another by now, or gone; of what is gone there is no `data`."""

    id: str
    op: Op


class CampaignChange(Change, frozen=True, tag="campaign"):
    data: CampaignTold | None


class VillageChange(Change, frozen=True, tag="village"):
    data: VillageTold | None


class OccupationChange(Change, frozen=True, tag="occupation"):
    data: OccupationTold | None


class NoticeChange(Change, frozen=True, tag="notice"):
    data: NoticeTold | None


class RegistrationChange(Change, frozen=True, tag="registration"):
    data: Result | None


class ContributionRulesChange(Change, frozen=True, tag="contribution_rules"):
    """The rules of contributions, all of them, under the one id `current`."""

    data: RulesTold | None


class LeadChange(Change, frozen=True, tag="lead"):
    data: NoteTold | None


class AttendanceChange(Change, frozen=True, tag="attendance"):
    data: NoteTold | None


ChangeTold = (
    CampaignChange
    | VillageChange
    | OccupationChange
    | NoticeChange
    | RegistrationChange
    | LeadChange
    | AttendanceChange
    | ContributionRulesChange
)
