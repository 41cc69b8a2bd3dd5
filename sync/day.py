"""What a kader is shown of a day beside the own records: campaigns, and where villages stand."""

from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct

from outreach import bulk
from outreach.flag_names import FLAG_NAMES
from outreach.kader.messages import told_to
from outreach.models import Region
from outreach.remarks import DECISIONS
from outreach.standings.months import current_period
from outreach.standings.rankings import village_standings
from outreach.standings.small_cells import guarded, shown
from outreach.statuses import OUT

MOST_CAMPAIGNS = 20
MOST_VILLAGES = 30
MOST_ANSWERS = 20
ANSWERS_FOR = timedelta(days=30)

_CAMPAIGNS = """
    SELECT campaign.id, campaign.name,
        (SELECT count(*) FROM outreach_registration AS own
            WHERE own.kader_id = %(kader)s AND own.campaign_id = campaign.id
                AND own.status <> ALL(%(out)s)),
        (SELECT count(*) FROM outreach_registration AS signup
            WHERE signup.campaign_id = campaign.id AND signup.status <> ALL(%(out)s)),
        (SELECT min(region_id) FROM outreach_campaign_villages WHERE campaign_id = campaign.id)
    FROM outreach_campaignmember AS member
    JOIN outreach_campaign AS campaign ON campaign.id = member.campaign_id
    WHERE member.kader_id = %(kader)s
        AND (%(now)s AT TIME ZONE campaign.time_zone)::date
            BETWEEN member.first_day AND member.last_day
    ORDER BY campaign.starts_at DESC, campaign.id LIMIT %(most)s
"""
"""Own and all signups are counted apart: each from an index, without the wide rows of others."""


class CampaignDay(Struct, frozen=True):
    """Signups of a campaign that a kader is on: the own ones, and all, null where others made few
    of them."""

    id: UUID
    name: str
    own: int
    all: int | None


class VillageDay(Struct, frozen=True):
    """A village among those of its district; no rank where it has no denominator."""

    code: str
    name: str
    rank: int | None
    score: float | None
    verified: int | None


class MessageTold(Struct, frozen=True):
    """What somebody of the office wrote `to` a campaign's team or an office's kader."""

    id: UUID
    text: str
    by: str
    sent_at: datetime
    until: datetime
    to: str


class AnswerTold(Struct, frozen=True):
    """What the office said about an own registration: to a question about the statement, or
    deciding about a flag. `about` is the question, or the flag's name."""

    kind: Literal["question", "accept", "uphold", "reopen"]
    registration: UUID
    about: str
    text: str
    by: str
    at: datetime


class DayAnswer(Struct, frozen=True):
    """A kader's day as the server sees it `as_of` then. `district` is that of the newest campaign
    with villages, whose `villages` are told best first, as of the `period` that is open.
    `messages` and `answers`, of the last 30 days, have the newest first."""

    as_of: datetime
    campaigns: list[CampaignDay]
    district: str | None
    period: date
    villages: list[VillageDay]
    messages: list[MessageTold]
    answers: list[AnswerTold]


def day_of(kader: int, now: datetime) -> DayAnswer:
    """A kader's day. Small counts are withheld: a kader sees the own records and no others'."""
    asked = {"kader": kader, "now": now, "out": sorted(OUT), "most": MOST_CAMPAIGNS}
    rows = bulk.run(_CAMPAIGNS, asked)
    village = next((row[4] for row in rows if row[4]), None)
    district = Region.objects.filter(code=village[:8]).first() if village else None
    period = current_period(now)
    return DayAnswer(
        as_of=now,
        campaigns=[
            CampaignDay(key, name, own, None if shown(whole - own) is None else whole)
            for key, name, own, whole, _ in rows
        ],
        district=district.name if district else None,
        period=period,
        villages=_standings(district.code, period) if district else [],
        messages=[MessageTold(*row) for row in told_to(kader, now)],
        answers=_answers(kader, now),
    )


_ANSWERS = """
    SELECT 'question', question.registration_id, question.text, question.answer, actor.full_name,
        question.answered_at AS at
    FROM outreach_statementquestion AS question
    JOIN outreach_user AS actor ON actor.id = question.answered_by_id
    WHERE question.kader_id = %(kader)s AND question.answered_at > %(since)s
    UNION ALL
    SELECT remark.kind, remark.registration_id, remark.code, remark.text, actor.full_name,
        remark.made_at
    FROM outreach_flagremark AS remark
    JOIN outreach_registration AS own ON own.id = remark.registration_id
    JOIN outreach_user AS actor ON actor.id = remark.by_id
    WHERE own.kader_id = %(kader)s AND remark.kind = ANY(%(decisions)s)
        AND remark.made_at > %(since)s
    ORDER BY at DESC LIMIT %(most)s
"""


def _answers(kader: int, now: datetime) -> list[AnswerTold]:
    asked = {
        "kader": kader,
        "since": now - ANSWERS_FOR,
        "decisions": [kind.value for kind in DECISIONS],
        "most": MOST_ANSWERS,
    }
    return [
        AnswerTold(
            kind,
            registration,
            about if kind == "question" else str(FLAG_NAMES.get(about, about)),
            *rest,
        )
        for kind, registration, about, *rest in bulk.run(_ANSWERS, asked)
    ]


def _standings(district: str, period: date) -> list[VillageDay]:
    rows = village_standings(district, period, limit=MOST_VILLAGES).rows
    return [
        VillageDay(row.code, row.name, row.rank, row.result.score, row.verified)
        for row in (guarded(row, ()) for row in rows)
    ]
