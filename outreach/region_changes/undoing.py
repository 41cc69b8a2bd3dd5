"""Changes of regions taken back."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from outreach import bulk, changes
from outreach.geo.region_codes import level_of
from outreach.models import (
    OfficeTerritory,
    Region,
    RegionAlias,
    RegionChange,
    Standing,
    User,
    VillageChoice,
    VillageOfficials,
)
from outreach.places.boundaries.switching import lock_boundaries
from outreach.places.denominators import replace
from outreach.places.regions.aliases import lock_regions
from outreach.places.uploads import Refused
from outreach.region_changes import carrying
from outreach.region_changes.applying import note_boundaries
from outreach.region_changes.asked import RETIRED, RETIRED_BY, undo_faults


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
    _forget_officials(before["officials"])
    VillageChoice.objects.filter(change=change).delete()
    carrying.put_campaigns_back(before["campaigns"], before["campaigns_joined"])
    RegionAlias.objects.filter(
        code__in=change.from_codes, system=RegionAlias.System.KEMENDAGRI
    ).delete()
    _aliases_back(before["aliases"])
    for code, name in before["names"].items():
        Region.objects.filter(pk=code).update(name=name)
    _retire(change, before["added"], now)
    change.undone_at, change.undone_by, change.undone_reason = now, actor, reason
    change.followed_at = None
    change.save()
    codes = sorted({*change.from_codes, *change.to_codes})
    note_boundaries(codes, now)
    changes.settle()
    changes.log_regions(codes)
    carrying.log_campaigns({campaign for campaign, _ in before["campaigns"]}, codes)
    return change


def _aliases_back(aliases: Sequence[Sequence[str]]) -> None:
    """Lead older codes where they led before: rows, regions and confidences."""
    bulk.run(
        "UPDATE outreach_regionalias AS alias SET region_id = was.region,"
        " confidence = was.confidence"
        " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS was(id, region, confidence)"
        " WHERE alias.id = was.id",
        [list(column) for column in zip(*aliases, strict=True)] or [[], [], []],
    )


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


def _forget_officials(made: Sequence[int]) -> None:
    """Standings that are scored by these counts do without until `follow` refreshes them."""
    Standing.objects.filter(officials__in=made).update(officials=None)
    VillageOfficials.objects.filter(pk__in=made).delete()


def _retire(change: RegionChange, added: Sequence[str], now: datetime) -> None:
    """Have codes that a change made stand for the region they came from, if it was one."""
    one = change.from_codes[0] if len(change.from_codes) == 1 else None
    names = dict(Region.objects.filter(pk__in=added).values_list("pk", "name"))
    RegionAlias.objects.bulk_create(
        RegionAlias(
            system=RegionAlias.System.KEMENDAGRI,
            code=code,
            level=level_of(code),
            name=names[code],
            region_id=one,
            basis=f"{RETIRED_BY}{change.pk}{RETIRED}",
            confidence=RegionAlias.Confidence.HIGH if one else RegionAlias.Confidence.NONE,
            last_vintage=now.date().isoformat(),
            source=change.source,
        )
        for code in added
    )
