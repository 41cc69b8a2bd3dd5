"""The doubts that a capture raises by itself."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from outreach.activities.calendar import openings_on
from outreach.dedup import nik as niks
from outreach.drafts import Draft
from outreach.flags import ASSIGNMENT_EXPIRED
from outreach.geo.venue import outside_circle_m, outside_polygon_m
from outreach.models import Campaign
from outreach.placing import Event
from outreach.surroundings import SAME_SPOT_COUNT, CampaignFacts, Split, Surroundings
from outreach.validity import Span

CLOCK_TOLERANCE_S = 300.0
"""Below this a tablet's clock is trusted: a slow network alone looks like seconds of skew."""
AGES = range(18, 65)

Doubts = dict[str, dict[str, Any]]


class Sender(NamedTuple):
    """Who pushes, from what, and how the tablet's clock stands (seconds ahead of ours).

    `handing_over`: the tablet was revoked, or its kader has left.
    """

    kader_id: int
    enrolled: bool
    clock_skew_s: float
    received_at: datetime
    handing_over: bool = False


class Moment(NamedTuple):
    """When a capture happened, the tablet's clock error taken out."""

    corrected_at: datetime
    trusted: bool
    day: date


def moment(captured_at: datetime, campaign: CampaignFacts, sender: Sender) -> Moment:
    """The corrected capture time and its local day at the venue."""
    skew_s = sender.clock_skew_s
    sent_at = sender.received_at + timedelta(seconds=skew_s)
    trusted = abs(skew_s) <= CLOCK_TOLERANCE_S and (
        captured_at <= sent_at + timedelta(seconds=CLOCK_TOLERANCE_S)
    )
    corrected_at = captured_at
    if not trusted:
        corrected_at = min(corrected_at - timedelta(seconds=skew_s), sender.received_at)
    return Moment(corrected_at, trusted, corrected_at.astimezone(campaign.zone).date())


def doubts(
    draft: Draft,
    at: Moment,
    event: Event,
    around: Surroundings,
    sender: Sender,
) -> Doubts:
    """Flag code → evidence, for everything that can be said of one capture by itself."""
    campaign = around.campaigns[draft.campaign]
    found = team_and_time_doubts(draft.captured_at, at, campaign, sender)
    if campaign.type in Campaign.WITHOUT_SIGNUPS:
        found["no_signups_campaign"] = {}
    _doubt_location(found, draft, campaign, around)
    split = around.splits.get(draft.domicile_village)
    if draft.id in around.chosen and around.chosen[draft.id].code == draft.domicile_village:
        split = None
    is_open = bool(split and split.leaves_open(draft.domicile_village, at.day))
    found |= village_doubts(
        draft.domicile_village, around.villages, event, split if is_open else None
    )
    _doubt_worker(found, draft, at, around)
    return found


def team_and_time_doubts(
    captured_at: datetime, at: Moment, campaign: CampaignFacts, sender: Sender
) -> Doubts:
    """What is to be said of who captured something, when, and with what."""
    found: Doubts = {}
    days = campaign.member_days
    if days is None or not days[0] <= at.day <= days[1]:
        found["kader_off_team"] = {"day": at.day.isoformat()}
    found |= _letter_doubts(at.day, campaign.letters)
    if not campaign.starts_at <= at.corrected_at <= campaign.ends_at:
        found["outside_campaign_time"] = {}
    else:
        found |= _doubt_hours(at, campaign)
    if not at.trusted:
        ahead_s = (captured_at - sender.received_at).total_seconds()
        found["clock_skew"] = {"skew_s": round(max(sender.clock_skew_s, ahead_s))}
    if not sender.enrolled:
        found["unenrolled_device"] = {}
    if sender.handing_over:
        found["handed_over"] = {}
    return found


def _doubt_hours(at: Moment, campaign: CampaignFacts) -> Doubts:
    """What the campaign's own calendar says; for information, as hours are kept loosely."""
    local = at.corrected_at.astimezone(campaign.zone)
    openings = openings_on(campaign.calendar, at.day, campaign.ramadans)
    if openings is None:
        return {"not_a_campaign_day": {"day": at.day.isoformat()}}
    if not openings or any(one.opens <= local.time() <= one.closes for one in openings):
        return {}
    hours = ", ".join(f"{one.opens:%H:%M}-{one.closes:%H:%M}" for one in openings)
    return {"outside_opening_hours": {"time": f"{local:%H:%M}", "hours": hours}}


def _letter_doubts(day: date, letters: Collection[Span]) -> Doubts:
    """Whether a kader who had letters had none any more; who never had one is in no doubt."""
    ended = [letter.last for letter in letters if letter.last and letter.last < day]
    if not ended or any(letter.has(day) for letter in letters):
        return {}
    return {ASSIGNMENT_EXPIRED: {"ended": max(ended).isoformat()}}


def _doubt_location(
    found: Doubts, draft: Draft, campaign: CampaignFacts, around: Surroundings
) -> None:
    fix = draft.location
    if fix is None:
        found["location_missing"] = {"reason": draft.location_missing_reason}
    else:
        if fix.is_mock:
            found["location_mocked"] = {}
        if (count := around.spots[fix.lat, fix.lon]) >= SAME_SPOT_COUNT:
            found["identical_coordinates"] = {"count": count}
        distance_m = _outside_venue_m(draft, campaign, around) - fix.accuracy_m
        if distance_m > 0:
            found["outside_venue"] = {"distance_m": round(distance_m)}
    if draft.stop and not _stop_of(draft, around):
        found["stop_unknown"] = {}


def village_doubts(
    declared: str, villages: Mapping[str, str], event: Event, split: Split | None = None
) -> Doubts:
    """What is to be said of a declared village; all that changes with regions and boundaries.

    `split`: it was split, and nobody knows which part is meant.
    """
    village = villages.get(declared)
    if village is None:
        return {"village_unknown": {"code": declared}}
    found: Doubts = {}
    if village != declared:
        found["village_recoded"] = {"code": declared, "village": village}
    if split:
        found["village_split"] = {"code": declared, "villages": ", ".join(split.into)}
    return found | event.doubts


def _doubt_worker(found: Doubts, draft: Draft, at: Moment, around: Surroundings) -> None:
    age = age_on(at.day, draft.birth_date)
    if age not in AGES:
        found["age_out_of_range"] = {"age": age}
    if draft.nik:
        if niks.is_placeholder(draft.nik):
            found["nik_placeholder"] = {}
        else:
            for field in niks.disagrees(draft.nik, draft.birth_date, draft.sex):
                found[f"nik_{field}_mismatch"] = {}
    if draft.occupation not in around.occupations:
        found["occupation_unknown"] = {"code": draft.occupation}
    if draft.consent.notice_version not in around.notices:
        found["consent_notice_unknown"] = {"version": draft.consent.notice_version}
    if not draft.working_declaration:
        found["not_working"] = {}


def age_on(day: date, birth_date: date) -> int:
    """Whole years from birth to a day; negative for births after it."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def _outside_venue_m(draft: Draft, campaign: CampaignFacts, around: Surroundings) -> float:
    fix = draft.location
    assert fix is not None
    if stop := _stop_of(draft, around):
        return outside_circle_m(fix.lat, fix.lon, *stop)
    if campaign.polygon is not None:
        return outside_polygon_m(fix.lat, fix.lon, campaign.polygon)
    if campaign.venue:
        return outside_circle_m(fix.lat, fix.lon, *campaign.venue)
    return 0.0


def _stop_of(draft: Draft, around: Surroundings) -> tuple[float, float, float] | None:
    campaign, circle = around.stops.get(draft.stop, (None, None)) if draft.stop else (None, None)
    return circle if campaign == draft.campaign else None
