"""Tablets in the field that may still hold registrations."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from outreach import bulk

SILENT_AFTER = timedelta(days=3)
"""Registrations are made without a word to the server: what was said of them is soon not so."""

Held = Literal["something", "nothing", "unknown"]


def what_is_held(reported_at: datetime | None, unsent: Iterable[int | None], now: datetime) -> Held:
    """Whether a tablet holds what it has not sent, by its last report: numbers of registrations,
    photos and the like.

    Something until it says otherwise; nothing only where it said so lately.
    """
    if reported_at is None:
        return "unknown"
    if any(unsent):
        return "something"
    return "unknown" if reported_at < now - SILENT_AFTER else "nothing"


class Tablets(NamedTuple):
    """Tablets that worked for a region, and how many of them may hold registrations of it."""

    unsynced: int
    at_work: int


# The tables belong to sync, which outreach does not import: a tablet is no more here than a kader's
# sign of life.
_TABLETS = """
    SELECT count(DISTINCT device.id) FILTER (WHERE
        greatest(coalesce(device.pushed_at, device.enrolled_at), report.received_at)
            < least(work.ends_at, greatest(work.starts_at, work.midnight_at))
        OR (
            report.unsynced_registrations > 0
            AND report.received_at >= coalesce(device.pushed_at, device.enrolled_at)
            AND coalesce(report.oldest_unsynced_at < work.ends_at, TRUE)
        )
        ), count(DISTINCT device.id)
    FROM (VALUES (%s, %s::date, %s::timestamptz)) AS asked (region, period, now)
    CROSS JOIN outreach_campaign AS campaign
    JOIN outreach_campaignmember AS member ON member.campaign_id = campaign.id
    JOIN sync_device AS device ON device.kader_id = member.kader_id
        AND (
            device.state IN ('active', 'drain_only')
            OR (device.hand_over_until > asked.now AND device.handed_over_at IS NULL)
        )
    LEFT JOIN sync_devicereport AS report ON report.id = device.last_report_id
    CROSS JOIN LATERAL (
        SELECT greatest(
                campaign.starts_at,
                member.first_day::timestamp AT TIME ZONE campaign.time_zone
            ) AS starts_at,
            least(
                campaign.ends_at,
                (member.last_day + 1)::timestamp AT TIME ZONE campaign.time_zone
            ) AS ends_at,
            date_trunc('day', asked.now, campaign.time_zone) AS midnight_at,
            asked.period::timestamp AT TIME ZONE campaign.time_zone AS month_starts_at,
            (asked.period + interval '1 month') AT TIME ZONE campaign.time_zone AS month_ends_at
    ) AS work
    WHERE work.starts_at <= asked.now
        AND work.starts_at < work.month_ends_at AND work.ends_at > work.month_starts_at
        AND EXISTS (
            SELECT FROM outreach_officeterritory AS territory
            WHERE territory.office_id = campaign.office_id
                AND territory.first_day < asked.period + interval '1 month'
                AND coalesce(territory.last_day >= asked.period, TRUE)
                AND (left(asked.region, length(territory.region_id)) = territory.region_id
                    OR left(territory.region_id, length(asked.region)) = asked.region)
                AND NOT EXISTS (
                    SELECT FROM outreach_officeterritory AS detail
                    JOIN outreach_office AS other ON other.id = detail.office_id
                    JOIN outreach_office AS own ON own.id = territory.office_id
                    WHERE other.id <> own.id AND other.kind = own.kind
                        AND length(detail.region_id) > length(territory.region_id)
                        AND left(asked.region, length(detail.region_id)) = detail.region_id
                        AND detail.first_day <= asked.period AND detail.last_day IS NULL
                )
        )
"""


def tablets_of(within: str, period: date, now: datetime) -> Tablets:
    """The tablets that worked for a region in a month until now.

    They are those of kader on campaigns of the offices that looked after the region on some day of
    the month, wherever the campaign stood: people are registered away from home. On a day of the
    campaign a tablet is unsynced until it pushed or reported on the day, afterwards until it did so
    once after the end. One that reported registrations from before the end is until it pushes or
    reports again.
    """
    [(unsynced, at_work)] = bulk.run(_TABLETS, [within, period, now])
    return Tablets(unsynced, at_work)


class TeamTablets(NamedTuple):
    """Working tablets of a campaign's team: how many hold something, and of how many it is not
    known."""

    holding: int
    unknown: int
    at_work: int


_OF_CAMPAIGNS = """
    SELECT DISTINCT campaign.id, campaign.ends_at, device.id, report.received_at,
        -- A report does not say how old photos are: they follow their registrations within days.
        coalesce(
            report.oldest_unsynced_at < campaign.ends_at,
            report.unsynced_registrations > 0
                OR campaign.ends_at >= report.received_at - interval '3 days'
        ),
        report.unsynced_registrations, report.unsynced_photos
    FROM outreach_campaign AS campaign
    JOIN outreach_campaignmember AS member ON member.campaign_id = campaign.id
    JOIN sync_device AS device ON device.kader_id = member.kader_id
        AND device.state IN ('active', 'drain_only')
    LEFT JOIN sync_devicereport AS report ON report.id = device.last_report_id
    WHERE campaign.id = ANY(%s) AND campaign.starts_at <= %s
"""


def tablets_of_campaigns(campaigns: Collection[UUID], now: datetime) -> Mapping[UUID, TeamTablets]:
    """The working tablets of the teams of campaigns that have begun; one that holds only what is
    from after the end holds nothing of the campaign, and what one said after the end stays so."""
    found: dict[UUID, TeamTablets] = {}
    for campaign, ends_at, _, reported_at, is_of_campaign, *unsent in bulk.run(
        _OF_CAMPAIGNS, [list(campaigns), now]
    ):
        held = what_is_held(reported_at, unsent, now)
        holding, unknown, at_work = found.get(campaign, TeamTablets(0, 0, 0))
        found[campaign] = TeamTablets(
            holding + (held == "something" and is_of_campaign),
            unknown + (held == "unknown" and (reported_at is None or reported_at < ends_at)),
            at_work + 1,
        )
    return found
