"""Changes of regions applied: the list at once, registrations and standings after it.

The list, its aliases, figures, campaigns and territories change in one transaction. Registrations
and leads follow in small ones of their own, as after any load of aliases, and whoever was
interrupted goes on where it was: see `follow`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from outreach import bulk, changes
from outreach.geo.region_codes import kind_of, level_of, parent_of, time_zone_of
from outreach.models import (
    BoundaryChange,
    ChangedDenominator,
    Region,
    RegionAlias,
    RegionChange,
    User,
)
from outreach.offices.territory import today
from outreach.places.boundaries.coverage import current_sets
from outreach.places.boundaries.switching import lock_boundaries
from outreach.places.regions.alias_loading import lead_on
from outreach.places.regions.aliases import lock_regions
from outreach.places.uploads import Refused
from outreach.reattribution.placing_again import locked, place_anew
from outreach.reattribution.reattributing import CHUNK, LOCK, let_pushes_end, reattribute
from outreach.reattribution.report import Findings
from outreach.region_changes import carrying
from outreach.region_changes.asked import Asked, faults, retired
from outreach.region_changes.reporting import office_of, touched
from outreach.standings.rebuilding import refresh
from outreach.transactions import attempt

Kind = RegionChange.Kind
Progress = Callable[[int], None]


def preview(asked: Sequence[Asked], day: date, now: datetime) -> list[dict[str, Any]]:
    """What changes would touch; changes nothing. Raises Refused with what is wrong with them.

    A day that is still to come may be previewed.
    """
    if problems := faults(asked, day, max(day, today(now))):
        raise Refused(problems)
    return touched(asked, day)


@transaction.atomic
def apply(
    asked: Sequence[Asked],
    day: date,
    source: str,
    reason: str,
    actor: User | None,
    now: datetime,
) -> list[RegionChange]:
    """Change the list, all of it or nothing. Raises Refused. Call `follow` when it is committed."""
    lock_boundaries()
    lock_regions()
    if problems := faults(asked, day, today(now)):
        raise Refused(problems)
    before = office_of({code for one in asked for code in one.old}, day)
    by = By(day, source, reason, actor, now)
    made = [
        _apply_one(one, report, by) for one, report in zip(asked, touched(asked, day), strict=True)
    ]
    _tell_offices(made, before, day)
    lead_on()
    codes = sorted({code for one in made for code in (*one.from_codes, *one.to_codes)})
    note_boundaries(codes, now)
    changes.settle()
    changes.log_regions(codes)
    carrying.log_campaigns(
        {campaign for one in made for campaign, _ in one.before["campaigns"]}, codes
    )
    return made


class By(NamedTuple):
    """From when on regions change, and who says so."""

    day: date
    source: str
    reason: str
    actor: User | None
    now: datetime


def _apply_one(one: Asked, report: dict[str, Any], by: By) -> RegionChange:
    day, now = by.day, by.now
    names = dict(Region.objects.filter(pk__in=one.old).values_list("pk", "name"))
    added = [*_store_regions(one, names), *_take_up(one, names)]
    aliases = _succeed(one, names, day, by.source)
    figures = carrying.carry_denominators(one, day, now)
    territory, told = carrying.carry_territory(one)
    campaigns, joined = carrying.carry_campaigns(one)
    report["denominators_made"] = len(figures.made)
    report["told"] = [*figures.told, *told]
    change = RegionChange.objects.create(
        kind=one.kind,
        effective_day=day,
        from_codes=list(one.old),
        to_codes=[new.code for new in one.new],
        names=[new.name or names.get(one.old[0], "") for new in one.new],
        shares=None if one.new[0].share is None else [new.share or 0.0 for new in one.new],
        shares_source=one.shares_source,
        source=by.source,
        actor=by.actor,
        reason=by.reason,
        report=report,
        before={
            "names": names,
            "added": added,
            "aliases": aliases,
            "territory": territory,
            "campaigns": campaigns,
            "campaigns_joined": joined,
            "officials": carrying.carry_officials(one, day, now),
        },
        applied_at=now,
    )
    ChangedDenominator.objects.bulk_create(
        ChangedDenominator(change=change, denominator_id=row, is_made=is_made)
        for rows, is_made in ((figures.made, True), (figures.replaced, False))
        for row in rows
    )
    return change


def _store_regions(one: Asked, names: Mapping[str, str]) -> list[str]:
    """Make successors that there are not, and name those that there are; the new codes."""
    there = set(
        Region.objects.filter(pk__in=[new.code for new in one.new]).values_list("pk", flat=True)
    )
    added = [new for new in one.new if new.code not in there]
    Region.objects.bulk_create(
        Region(
            code=new.code,
            level=level_of(new.code),
            kind=kind_of(new.code) or "",
            name=new.name or names[one.old[0]],
            parent_id=parent_of(new.code),
            time_zone=time_zone_of(new.code),
        )
        for new in added
    )
    for new in one.new:
        if new.code in there and new.name:
            Region.objects.filter(pk=new.code).update(name=new.name)
    return [new.code for new in added]


def _take_up(one: Asked, names: Mapping[str, str]) -> set[str]:
    """Have successors that were retired be regions again; their codes."""
    codes = retired({new.code for new in one.new})
    RegionAlias.objects.filter(system=RegionAlias.System.KEMENDAGRI, code__in=codes).delete()
    for new in one.new:
        if new.code in codes and not new.name:
            Region.objects.filter(pk=new.code).update(name=names[one.old[0]])
    return codes


def _succeed(one: Asked, names: Mapping[str, str], day: date, source: str) -> list[Any]:
    """Lead the codes that are gone to their successor, or to none; the aliases that did so before.

    Codes that led to a split village lead nowhere since: nobody knows to which part.
    """
    if not one.gone:
        return []
    before = [
        [str(alias.pk), str(alias.region_id), str(alias.confidence)]
        for alias in RegionAlias.objects.filter(region__in=one.gone)
    ]
    is_split = one.kind == Kind.SPLIT
    RegionAlias.objects.bulk_create(
        RegionAlias(
            system=RegionAlias.System.KEMENDAGRI,
            code=code,
            level=level_of(code),
            name=names[code],
            region_id=None if is_split else one.new[0].code,
            basis=f"{one.kind} on {day}",
            confidence=RegionAlias.Confidence.NONE if is_split else RegionAlias.Confidence.HIGH,
            last_vintage=day.isoformat(),
            source=source,
        )
        for code in one.gone
    )
    return before


def _tell_offices(made: Sequence[RegionChange], before: Mapping[str, list[str]], day: date) -> None:
    """Add to the reports of changes which villages come to other offices by their new code."""
    after = office_of({code for one in made for code in one.to_codes}, day)
    for one in made:
        were = sorted({name for code in one.from_codes for name in before[code]})
        one.report["told"] += [
            f"{code} is looked after by {', '.join(after[code]) or 'nobody'}, before it was"
            f" {', '.join(were) or 'nobody'}"
            for code in sorted(one.to_codes)
            if after[code] != were
        ]
    RegionChange.objects.bulk_update(made, ["report"])


def note_boundaries(codes: Sequence[str], now: datetime) -> None:
    """Have fixes in polygons of changed villages be placed anew: the polygons have other names.

    Another version also has pushes start over that saw the list of before.
    """
    villages = [code for code in codes if level_of(code) == Region.Level.VILLAGE]
    there = bulk.run(
        "SELECT DISTINCT left(region_id, 5) FROM outreach_boundary"
        " WHERE is_current AND region_id = ANY(%s)",
        [villages],
    )
    # A merger across a border joins polygons of one regency to a village of another.
    sets = current_sets({code[:5] for code in villages}) if there else {}
    if villages:
        BoundaryChange.objects.create(
            kind=BoundaryChange.Kind.LIST,
            regencies={
                regency: {"before": str(one), "after": str(one)} for regency, one in sets.items()
            },
            made_at=now,
        )


def follow(made: Sequence[RegionChange], now: datetime, progress: Progress = lambda _: None) -> Any:
    """Have registrations, leads and standings follow changes; what moved. May be repeated."""
    codes = sorted({code for one in made for code in (*one.from_codes, *one.to_codes)})
    let_pushes_end()
    attempt(partial(carrying.lead_leads_on, codes))
    whole = Findings()
    last = UUID(int=0)
    looked_at = 0
    while ids_found := attempt(partial(_follow, codes, last)):
        ids, found = ids_found
        whole.add(found)
        last = ids[-1]
        looked_at += len(ids)
        progress(looked_at)
    reattribute(now)
    refresh(now)
    RegionChange.objects.filter(pk__in=[one.pk for one in made]).update(followed_at=now)
    return whole


def _follow(codes: Sequence[str], last: UUID) -> tuple[list[UUID], Findings] | None:
    bulk.run("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    ids = locked(
        "id > %s AND (domicile_village_id = ANY(%s) OR work_village_id = ANY(%s)"
        " OR domicile_code = ANY(%s) OR work_code = ANY(%s))",
        [last, list(codes), list(codes), list(codes), list(codes)],
        CHUNK,
    )
    # The hour of placing is not part of what is decided, so it is the transaction's.
    return (ids, place_anew(ids, _now())) if ids else None


def _now() -> datetime:
    [(now,)] = bulk.run("SELECT now()")
    assert isinstance(now, datetime)
    return now
