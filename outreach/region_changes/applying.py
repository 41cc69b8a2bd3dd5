"""Changes of regions applied, and undone: the list at once, registrations and standings after it.

The list, its aliases, figures, campaigns and territories change in one transaction. Registrations
follow in small ones of their own, as after any load of aliases, and whoever was interrupted goes on
where it was: see `follow`.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from outreach import bulk, changes
from outreach.geo.region_codes import kind_of, level_of, parent_of, time_zone_of
from outreach.models import (
    BoundaryChange,
    ChangedDenominator,
    OfficeTerritory,
    Region,
    RegionAlias,
    RegionChange,
    User,
    VillageChoice,
    VillageOfficials,
)
from outreach.offices.territory import today
from outreach.places.boundaries.coverage import current_sets
from outreach.places.boundaries.switching import lock_boundaries
from outreach.places.denominators import replace
from outreach.places.regions.alias_loading import lead_on
from outreach.places.regions.aliases import lock_regions
from outreach.places.uploads import Refused
from outreach.reattribution.placing_again import locked, place_anew
from outreach.reattribution.reattributing import CHUNK, LOCK, let_pushes_end, reattribute
from outreach.reattribution.report import Findings
from outreach.region_changes import carrying
from outreach.region_changes.asked import Asked, faults, undo_faults
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
    return [touched(one, day) for one in asked]


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
    made = [_apply_one(one, day, source, reason, actor, now) for one in asked]
    codes = sorted({code for one in made for code in (*one.from_codes, *one.to_codes)})
    _note_boundaries(codes, now)
    changes.settle()
    changes.log_regions(codes)
    carrying.log_campaigns(
        {campaign for one in made for campaign, _ in one.before["campaigns"]}, codes
    )
    return made


def _apply_one(
    one: Asked, day: date, source: str, reason: str, actor: User | None, now: datetime
) -> RegionChange:
    report = touched(one, day)
    offices = office_of(one.old, day)
    names = dict(Region.objects.filter(pk__in=one.old).values_list("pk", "name"))
    added = _store_regions(one, names)
    aliases = _succeed(one, day, source)
    figures = carrying.carry_denominators(one, day, now)
    territory, told = carrying.carry_territory(one)
    campaigns, joined = carrying.carry_campaigns(one)
    if one.kind in {Kind.RECODE, Kind.MERGE} and one.gone:
        carrying.move_leads(one.gone, one.new[0].code)
    report["denominators_made"] = len(figures.made)
    report["told"] = [*figures.told, *told, *_moved_offices(one, offices, day)]
    change = RegionChange.objects.create(
        kind=one.kind,
        effective_day=day,
        from_codes=list(one.old),
        to_codes=[new.code for new in one.new],
        names=[new.name or names.get(one.old[0], "") for new in one.new],
        shares=None if one.new[0].share is None else [new.share or 0.0 for new in one.new],
        shares_source=one.shares_source,
        source=source,
        actor=actor,
        reason=reason,
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


def _store_regions(one: Asked, names: dict[str, str]) -> list[str]:
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


def _succeed(one: Asked, day: date, source: str) -> list[Any]:
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
    known = dict(Region.objects.filter(pk__in=one.gone).values_list("pk", "name"))
    RegionAlias.objects.bulk_create(
        RegionAlias(
            system=RegionAlias.System.KEMENDAGRI,
            code=code,
            level=level_of(code),
            name=known[code],
            region_id=None if is_split else one.new[0].code,
            basis=f"{one.kind} on {day}",
            confidence=RegionAlias.Confidence.NONE if is_split else RegionAlias.Confidence.HIGH,
            last_vintage=day.isoformat(),
            source=source,
        )
        for code in one.gone
    )
    lead_on()
    return before


def _moved_offices(one: Asked, before: dict[str, list[str]], day: date) -> list[str]:
    """Villages that come to other offices by their new code, told."""
    after = office_of([new.code for new in one.new], day)
    were = sorted({name for names in before.values() for name in names})
    return [
        f"{code} is looked after by {', '.join(sorted(names)) or 'nobody'}, before it was"
        f" {', '.join(were) or 'nobody'}"
        for code, names in sorted(after.items())
        if sorted(names) != were
    ]


def _note_boundaries(codes: Sequence[str], now: datetime) -> None:
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
    """Have registrations, events and standings follow changes; what moved. May be repeated."""
    codes = sorted({code for one in made for code in (*one.from_codes, *one.to_codes)})
    let_pushes_end()
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


@transaction.atomic
def undo(change_id: int, reason: str, actor: User | None, now: datetime) -> RegionChange:
    """Put the list back as it was before a change. Raises Refused. Call `follow` when committed.

    Codes that the change made stay, as older codes of the region they came from: tablets have
    them. What was declared by the code of a merger's or split's own goes with that, or is left to
    be looked at.
    """
    lock_boundaries()
    lock_regions()
    change = RegionChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise Refused([f"there is no change {change_id}"])
    if problems := undo_faults(change):
        raise Refused(problems)
    before = change.before
    _figures_back(change, now)
    OfficeTerritory.objects.filter(pk__in=before["territory"]).delete()
    VillageOfficials.objects.filter(pk__in=before["officials"]).delete()
    VillageChoice.objects.filter(change=change).delete()
    carrying.put_campaigns_back(before["campaigns"], before["campaigns_joined"])
    RegionAlias.objects.filter(
        Q(code__in=change.from_codes), system=RegionAlias.System.KEMENDAGRI
    ).delete()
    for alias, region, confidence in before["aliases"]:
        RegionAlias.objects.filter(pk=alias).update(region=region, confidence=confidence)
    for code, name in before["names"].items():
        Region.objects.filter(pk=code).update(name=name)
    _retire(change, before["added"], now)
    carrying.leads_back(change.from_codes)
    change.undone_at, change.undone_by, change.undone_reason = now, actor, reason
    change.followed_at = None
    change.save()
    codes = sorted({*change.from_codes, *change.to_codes})
    _note_boundaries(codes, now)
    changes.settle()
    changes.log_regions(codes)
    carrying.log_campaigns({campaign for campaign, _ in before["campaigns"]}, codes)
    return change


def _figures_back(change: RegionChange, now: datetime) -> None:
    rows = list(change.denominators.select_related("denominator"))
    replace([row.denominator_id for row in rows if row.is_made], now)
    bulk.run(
        "UPDATE outreach_denominator AS old SET replaced_at = NULL WHERE id = ANY(%s)"
        " AND NOT EXISTS (SELECT FROM outreach_denominator AS newer"
        " WHERE (newer.region_id, newer.year, newer.segment, newer.source)"
        " = (old.region_id, old.year, old.segment, old.source) AND newer.replaced_at IS NULL)",
        [[row.denominator_id for row in rows if not row.is_made]],
    )


def _retire(change: RegionChange, added: Sequence[str], now: datetime) -> None:
    """Have codes that a change made stand for the region they came from, if it was one."""
    one = change.from_codes[0] if len(change.from_codes) == 1 else None
    RegionAlias.objects.bulk_create(
        RegionAlias(
            system=RegionAlias.System.KEMENDAGRI,
            code=code,
            level=level_of(code),
            name=Region.objects.get(pk=code).name,
            region_id=one,
            basis=f"change {change.pk} undone",
            confidence=RegionAlias.Confidence.HIGH if one else RegionAlias.Confidence.NONE,
            last_vintage=now.date().isoformat(),
            source=change.source,
        )
        for code in added
    )
