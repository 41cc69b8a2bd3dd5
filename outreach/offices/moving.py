"""Moving regions between offices of one kind, from a day on; and what that changes, told before.

After it everything in the region is the office's from that day, whoever had the region or a part
of it; before it nothing has changed. Registrations and reviews stay with the office of their
campaign: a border moves figures of villages, and what can be planned, not records of people.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from outreach import bulk
from outreach.geo.region_codes import lineage_of
from outreach.models import Office, OfficeTerritory, Region, TerritoryChange, User
from outreach.offices.territory import Held, holders, today
from outreach.places.regions.aliases import IS_GONE, hold_regions
from outreach.problems import Problem, invalid
from outreach.statuses import UNDECIDED
from outreach.validity import Span, faults

ONE_DAY = timedelta(days=1)
LOCK = 0x74657272
MOST_SHOWN = 50


class Move(NamedTuple):
    """What somebody asks for: these regions to this office, from `first_day` on.

    `seen` is the number of the last change that the caller knew of, None where that is all one.
    """

    office: Office
    regions: Sequence[str]
    first_day: date
    reason: str
    seen: int | None = None


class Moved(NamedTuple):
    """What came of it; `change` is None for a preview, and where nothing was to be done."""

    change: TerritoryChange | None
    report: dict[str, Any]


class _Steps(NamedTuple):
    ended: list[OfficeTerritory]
    dropped: list[OfficeTerritory]
    reopened: list[OfficeTerritory]
    new: list[OfficeTerritory]


def preview(asked: Move, now: datetime) -> Moved:
    """What a move would change; changes nothing. Raises Problem as `move` does."""
    _check(asked, now)
    _steps(asked)
    return Moved(None, _report(asked))


@transaction.atomic
def move(asked: Move, actor: User | None, now: datetime) -> Moved:
    """Move regions; once more the same is nothing.

    Raises Problem: invalid for regions that are not there or days that cannot be, conflict where
    somebody moved something since `seen`.
    """
    bulk.run("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    hold_regions()
    _check(asked, now)
    steps = _steps(asked)
    report = _report(asked)
    if not any(steps):
        return Moved(None, report)
    OfficeTerritory.objects.filter(pk__in=[row.pk for row in steps.dropped]).delete()
    OfficeTerritory.objects.filter(pk__in=[row.pk for row in steps.ended]).update(
        last_day=asked.first_day - ONE_DAY
    )
    OfficeTerritory.objects.filter(pk__in=[row.pk for row in steps.reopened]).update(last_day=None)
    OfficeTerritory.objects.bulk_create(steps.new)
    _hold_to_one_at_a_time(asked)
    change = TerritoryChange.objects.create(
        office=asked.office,
        regions=list(asked.regions),
        first_day=asked.first_day,
        actor=actor,
        reason=asked.reason,
        report=report,
        made_at=now,
    )
    return Moved(change, report)


def settle_in(office: Office, regions: Sequence[str], since: date) -> None:
    """Give a new office regions that no other of its kind looks after; in the caller's transaction.

    Parts of them that are another's already stay that. Raises Problem invalid.
    """
    bulk.run("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    hold_regions()
    if unknown := _unknown(regions):
        raise invalid(*unknown)
    taken = _rows(office.kind, regions, above_only=True).filter(_reaching(since))
    of_others = set(taken.values_list("region_id", flat=True))
    text = _("Another office looks after this region: move it from there.")
    wrong = [
        (f"/regions/{place}", "taken", text)
        for place, code in enumerate(regions)
        if not of_others.isdisjoint(lineage_of(code))
    ]
    if wrong:
        raise invalid(*wrong)
    OfficeTerritory.objects.bulk_create(
        OfficeTerritory(office=office, region_id=code, first_day=since) for code in set(regions)
    )


def last_change() -> int:
    """The number of the last change to any office's territory."""
    newest = TerritoryChange.objects.order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def _check(asked: Move, now: datetime) -> None:
    """Raise Problem for what cannot be moved."""
    month = today(now).replace(day=1)
    if asked.first_day < month:
        text = _("Months that are over keep their borders: %(day)s is the first day.") % {
            "day": month
        }
        raise invalid(("/first_day", "month_over", text))
    if asked.seen is not None and asked.seen != last_change():
        raise Problem("conflict", _("Somebody moved a border since you looked."))
    wrong = _unknown(asked.regions) + [
        (f"/regions/{place}", "repeated", _("This region lies in another one of the list."))
        for place, code in enumerate(asked.regions)
        if set(lineage_of(code)[:-1]) & set(asked.regions) or asked.regions.index(code) < place
    ]
    if wrong:
        raise invalid(*wrong)


def _unknown(regions: Sequence[str]) -> list[tuple[str, str, Any]]:
    known = Region.objects.filter(~IS_GONE).in_bulk(regions)
    return [
        (f"/regions/{place}", "does_not_exist", _("There is no such region."))
        for place, code in enumerate(regions)
        if code not in known
    ]


def _steps(asked: Move) -> _Steps:
    """Rows to end, to take back and to make. Raises Problem for what is planned for later."""
    rows = list(_rows(asked.office.kind, asked.regions).filter(_reaching(asked.first_day)))
    later = {row.first_day for row in rows if row.first_day > asked.first_day}
    later |= {row.last_day + ONE_DAY for row in rows if row.last_day}
    if later:
        text = _("A change is planned for %(day)s already: move the region on that day first.")
        text %= {"day": min(later)}
        raise invalid(("/first_day", "planned", text))
    ended_before = {
        row.region_id: row
        for row in OfficeTerritory.objects.filter(
            office=asked.office, region__in=asked.regions, last_day=asked.first_day - ONE_DAY
        )
    }
    steps = _Steps([], [], [], [])
    for code in asked.regions:
        inside = [row for row in rows if f"{row.region_id}.".startswith(f"{code}.")]
        kept = [row for row in inside if row.region_id == code and row.office_id == asked.office.pk]
        for row in inside:
            if row not in kept:
                (steps.dropped if row.first_day == asked.first_day else steps.ended).append(row)
        above = [row for row in rows if code.startswith(f"{row.region_id}.")]
        nearest = max(above, key=lambda row: len(row.region_id), default=None)
        if kept or (nearest is not None and nearest.office_id == asked.office.pk):
            continue
        if code in ended_before:
            steps.reopened.append(ended_before[code])
        else:
            steps.new.append(
                OfficeTerritory(office=asked.office, region_id=code, first_day=asked.first_day)
            )
    return steps


def _rows(kind: str, regions: Collection[str], *, above_only: bool = False) -> Any:
    """Assignments to a kind of office of these regions, their parts, and what they lie in."""
    chosen = Q(region__in={step for code in regions for step in lineage_of(code)})
    if not above_only:
        for code in regions:
            chosen |= Q(region__code__startswith=f"{code}.")
    return OfficeTerritory.objects.filter(chosen, office__kind=kind)


def _reaching(day: date) -> Q:
    return Q(last_day__isnull=True) | Q(last_day__gte=day)


def _hold_to_one_at_a_time(asked: Move) -> None:
    """Fail rather than leave a region with two offices on one day."""
    spans_of: dict[str, list[Span]] = defaultdict(list)
    for row in OfficeTerritory.objects.filter(
        region__in=asked.regions, office__kind=asked.office.kind
    ):
        spans_of[row.region_id].append(Span(row.first_day, row.last_day))
    for code, spans in spans_of.items():
        assert not [fault for fault in faults(spans) if fault.kind == "overlap"], code


def _report(asked: Move) -> dict[str, Any]:
    """What the move changes, as figures and names of things, not of people it registered."""
    before = [
        held
        for held in holders(asked.regions, asked.office.kind, asked.first_day)
        if held.office != asked.office.pk
    ]
    villages = [held.village for held in before]
    former = {held.office for held in before if held.office is not None}
    names = dict(Office.objects.filter(pk__in={*former, asked.office.pk}).values_list("pk", "name"))
    return {
        "office": {"id": asked.office.pk, "name": asked.office.name},
        "first_day": asked.first_day.isoformat(),
        "villages": len(villages),
        "from": _by_office(before, names),
        "campaigns": _campaigns(villages, asked.first_day, asked.office.pk),
        "kader": _kader(villages, asked.first_day, former),
        "reviews_that_stay": _reviews(villages),
        "tablets_that_pull_anew": User.objects.filter(
            role=User.Role.KADER, is_active=True, office__in={*former, asked.office.pk}
        ).count()
        if villages
        else 0,
    }


def _by_office(before: Sequence[Held], names: dict[int, str]) -> list[dict[str, Any]]:
    counted = Counter(held.office for held in before)
    return [
        {"id": office, "name": names[office] if office is not None else None, "villages": number}
        for office, number in sorted(counted.items(), key=lambda one: one[0] or 0)
    ]


def _campaigns(villages: Sequence[str], day: date, office: int) -> dict[str, Any]:
    """Campaigns of others that go on after the day in villages that move."""
    rows = bulk.run(
        """
        SELECT campaign.id, campaign.name, office.name, count(*)
        FROM outreach_campaign_villages AS covered
        JOIN outreach_campaign AS campaign ON campaign.id = campaign_id
        JOIN outreach_office AS office ON office.id = campaign.office_id
        WHERE covered.region_id = ANY(%(villages)s) AND campaign.office_id <> %(office)s
            AND campaign.ends_at >= %(day)s::date::timestamp AT TIME ZONE campaign.time_zone
        GROUP BY campaign.id, campaign.name, office.name ORDER BY campaign.name, campaign.id
        """,
        {"villages": villages, "office": office, "day": day},
    )
    shown = [
        {"id": str(one), "name": name, "office": by, "villages": number}
        for one, name, by, number in rows[:MOST_SHOWN]
    ]
    return {"count": len(rows), "shown": shown}


def _kader(villages: Sequence[str], day: date, former: Collection[int]) -> dict[str, Any]:
    """Kader of the former offices who work in villages that move, on campaigns that go on."""
    rows = bulk.run(
        """
        SELECT DISTINCT kader.id, kader.full_name
        FROM outreach_campaign_villages AS covered
        JOIN outreach_campaignmember AS member ON member.campaign_id = covered.campaign_id
        JOIN outreach_user AS kader ON kader.id = member.kader_id
        WHERE covered.region_id = ANY(%(villages)s) AND member.last_day >= %(day)s
            AND kader.is_active AND kader.office_id = ANY(%(former)s)
        ORDER BY kader.full_name, kader.id
        """,
        {"villages": villages, "former": list(former), "day": day},
    )
    shown = [{"id": one, "full_name": name} for one, name in rows[:MOST_SHOWN]]
    return {"count": len(rows), "shown": shown}


def _reviews(villages: Sequence[str]) -> dict[str, Any]:
    """Registrations of people who live there and still wait for a decision, by whose they stay."""
    rows = bulk.run(
        """
        SELECT office.id, office.name, count(*)
        FROM outreach_registration AS registration
        JOIN outreach_campaign AS campaign ON campaign.id = registration.campaign_id
        JOIN outreach_office AS office ON office.id = campaign.office_id
        WHERE registration.domicile_village_id = ANY(%(villages)s)
            AND registration.status = ANY(%(undecided)s)
        GROUP BY office.id, office.name ORDER BY office.name
        """,
        {"villages": villages, "undecided": [str(status) for status in UNDECIDED]},
    )
    offices = [{"id": one, "name": name, "waiting": number} for one, name, number in rows]
    return {"count": sum(row["waiting"] for row in offices), "offices": offices}
