"""Planning campaigns: where, when, with whom; changed as a whole or in part, never half."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from outreach import changes
from outreach.models import (
    Attendance,
    Campaign,
    CampaignMember,
    CampaignTarget,
    Lead,
    Office,
    Partner,
    Region,
    Registration,
    Stop,
    User,
)
from outreach.offices.territory import codes_of, today
from outreach.places.regions.aliases import IS_GONE, hold_regions
from outreach.problems import Problem, invalid
from outreach.scopes import campaigns_for, offices_for

COLUMNS = {
    "type": "type",
    "name": "name",
    "starts_at": "starts_at",
    "ends_at": "ends_at",
    "time_zone": "time_zone",
    "polygon": "venue_polygon",
    "checklist": "checklist",
    "calendar": "calendar",
    "agency": "agency",
}
LONGEST = timedelta(days=5 * 366)
Fault = tuple[str, str, Any]
"""A pointer to a field, a code, and what is wrong in words."""


def plan(
    fields: Mapping[str, Any],
    actor: User,
    now: datetime,
    campaign_id: UUID | None = None,
    *,
    new_id: UUID | None = None,
) -> Campaign:
    """Store a new campaign, or what changes about one; a list replaces the list that was there.

    A new one has the id `new_id`, if that is given; IntegrityError where it is another's.

    Raises Problem: not_found for a campaign outside the actor's scope, invalid for what does not
    fit together, conflict for taking away a stop at which registrations were made.
    """
    with transaction.atomic():
        if "villages" in fields:
            hold_regions()
        campaign = _locked(campaign_id, actor) if campaign_id else Campaign(id=new_id or uuid4())
        if faults := _filled(campaign, fields, actor, now):
            raise invalid(*faults)
        campaign.save(force_insert=campaign_id is None)
        team_was, villages_were = _team(campaign), _villages(campaign)
        _put_lists(campaign, fields)
        team, villages = _team(campaign), _villages(campaign)
        moved = villages | villages_were if team != team_was else villages ^ villages_were
        changes.settle()
        changes.log_campaign(campaign.id, team, team_was - team, moved)
    return campaign


def faults_of(
    fields: Mapping[str, Any], actor: User, now: datetime, campaign_id: UUID | None = None
) -> list[Fault]:
    """What would not fit together of such a plan, of which fields may be missing.

    Raises Problem as `plan` does.
    """
    seen = campaigns_for(actor).filter(pk=campaign_id).first() if campaign_id else None
    return _filled(seen or Campaign(id=uuid4()), fields, actor, now)


def _locked(campaign_id: UUID, actor: User) -> Campaign:
    campaign = (
        campaigns_for(actor)
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=campaign_id)
        .first()
    )
    if campaign is None:
        raise Problem("not_found")
    return campaign


def _filled(
    campaign: Campaign, fields: Mapping[str, Any], actor: User, now: datetime
) -> list[Fault]:
    """A campaign with its own fields put into it; gives what does not fit together."""
    for name, column in COLUMNS.items():
        if name in fields:
            setattr(campaign, column, fields[name])
    if "venue" in fields:
        venue = fields["venue"] or {"lat": None, "lon": None, "radius_m": None}
        campaign.venue_lat, campaign.venue_lon = venue["lat"], venue["lon"]
        campaign.venue_radius_m = venue["radius_m"]
    found = _time_faults(campaign)
    if "office" in fields:
        office = offices_for(actor).filter(pk=fields["office"]).first()
        if office is None:
            return [("/office", "does_not_exist", _("This is none of your offices.")), *found]
        if campaign.office_id not in {None, office.pk} and _has_registrations(campaign):
            raise Problem("conflict", _("It has registrations, which count for its office."))
        campaign.office = office
    if campaign.office_id and {"team", "office"} & fields.keys():
        found += _team_faults(campaign, fields.get("team"))
    if campaign.office_id and {"villages", "office"} & fields.keys():
        kept = () if "office" in fields else _villages(campaign)
        found += _village_faults(campaign, fields.get("villages"), kept, now)
    return found


def _time_faults(campaign: Campaign) -> list[Fault]:
    if not (campaign.starts_at and campaign.ends_at):
        return []
    if campaign.ends_at <= campaign.starts_at:
        return [("/ends_at", "before_start", _("The end is not after the start."))]
    if campaign.ends_at - campaign.starts_at > LONGEST:
        return [("/ends_at", "too_long", _("A campaign lasts at most five years."))]
    return []


def _has_registrations(campaign: Campaign) -> bool:
    own = Q(campaign=campaign) | Q(decided_campaign=campaign)
    return Registration.objects.filter(own).exists()


def _put_lists(campaign: Campaign, fields: Mapping[str, Any]) -> None:
    if "team" in fields:
        campaign.members.all().delete()
        CampaignMember.objects.bulk_create(
            CampaignMember(
                campaign=campaign,
                kader_id=member["kader"],
                first_day=member["first_day"],
                last_day=member["last_day"],
            )
            for member in fields["team"]
        )
    if "partners" in fields:
        campaign.partners.all().delete()
        Partner.objects.bulk_create(
            Partner(campaign=campaign, **partner) for partner in fields["partners"]
        )
    if "targets" in fields:
        campaign.targets.all().delete()
        CampaignTarget.objects.bulk_create(
            CampaignTarget(campaign=campaign, **target) for target in fields["targets"]
        )
    if "villages" in fields:
        villages = Campaign.villages.through.objects
        villages.filter(campaign=campaign).delete()
        villages.bulk_create(
            Campaign.villages.through(campaign_id=campaign.id, region_id=code)
            for code in fields["villages"]
        )
    if "stops" in fields:
        _put_stops(campaign, fields["stops"])


def _put_stops(campaign: Campaign, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Stops with an id are changed and keep their registrations, those without one are new."""
    known = set(campaign.stops.values_list("id", flat=True))
    strange = [
        (f"/stops/{place}/id", "does_not_exist", _("This campaign has no such stop."))
        for place, stop in enumerate(wanted)
        if stop.get("id") and stop["id"] not in known
    ]
    if strange:
        raise invalid(*strange)
    gone = known - {stop.get("id") for stop in wanted}
    if gone and any(
        of_stop.objects.filter(campaign=campaign, stop__in=gone).exists()
        for of_stop in (Registration, Lead, Attendance)
    ):
        raise Problem("conflict", _("Registrations were made at a stop that would go."))
    campaign.stops.filter(pk__in=gone).delete()
    Stop.objects.bulk_create(
        [
            Stop(
                **{
                    **stop,
                    "id": stop.get("id") or uuid4(),
                    "campaign": campaign,
                    "sequence": stop.get("sequence", place),
                }
            )
            for place, stop in enumerate(wanted)
        ],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["name", "lat", "lon", "radius_m", "starts_at", "ends_at", "sequence"],
    )


def _team_faults(campaign: Campaign, given: Sequence[Mapping[str, Any]] | None) -> list[Fault]:
    """The team is of the campaign's office or one of its branches."""
    kader = _team(campaign) if given is None else [member["kader"] for member in given]
    fitting = set(
        User.objects.filter(
            pk__in=kader, role=User.Role.KADER, is_active=True, office__in=_offices(campaign)
        ).values_list("pk", flat=True)
    )
    return _others(
        kader,
        fitting,
        "/team/{}/kader" if given is not None else "/office",
        _("There is no such kader in the campaign's office."),
    )


def _village_faults(
    campaign: Campaign, given: Sequence[str] | None, kept: Collection[str], now: datetime
) -> list[Fault]:
    """The villages are of today, and lie where the campaign's office or one of its branches looks
    after.

    When it begins, when it ends or now, as borders move and what is over may be entered afterwards;
    those it had before may stay.
    """
    offices = list(_offices(campaign).values_list("pk", flat=True))
    inside = Q(pk__in=[])
    for day in {today(at) for at in (campaign.starts_at, campaign.ends_at, now) if at}:
        for code in codes_of(offices, day):
            inside |= Q(code__startswith=f"{code}.") | Q(code=code)
    codes = _villages(campaign) if given is None else given
    fitting = set(
        Region.objects.filter(
            inside & ~IS_GONE | Q(pk__in=[] if given is None else kept),
            code__in=codes,
            level=Region.Level.VILLAGE,
        ).values_list("code", flat=True)
    )
    return _others(
        codes,
        fitting,
        "/villages/{}" if given is not None else "/office",
        _("There is no such village in the office's regions."),
    )


def _others(
    given: Collection[Any], fitting: Collection[Any], pointer: str, text: str
) -> list[Fault]:
    places = [place for place, one in enumerate(given) if one not in fitting]
    return list(dict.fromkeys((pointer.format(place), "does_not_exist", text) for place in places))


def _team(campaign: Campaign) -> set[int]:
    return set(campaign.members.values_list("kader_id", flat=True))


def _villages(campaign: Campaign) -> set[str]:
    covered = Campaign.villages.through.objects.filter(campaign=campaign)
    return set(covered.values_list("region_id", flat=True))


def _offices(campaign: Campaign) -> Any:
    return Office.objects.filter(Q(pk=campaign.office_id) | Q(parent=campaign.office_id))
