"""Registrations placed anew when boundaries, or the list of villages, have changed.

A registration knows by which version of the boundaries it was placed, so those that a change still
has to reach are a query, and stopping or running twice does no harm. A push that was placed by
older boundaries starts over (outreach.registering); `let_pushes_end` waits for those that were
past that point. Locks are taken in the order of outreach.registering.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

import shapely
from django.db import transaction
from django.db.models.functions import Left
from django.utils import timezone

from outreach import bulk, changes
from outreach.models import Boundary, BoundaryChange, Campaign
from outreach.places.village_index import current_villages
from outreach.reattribution.placing_again import locked, place_anew
from outreach.reattribution.report import Findings
from outreach.transactions import attempt

CHUNK = 500
LOCK = 0x6A656D71
REACH = 4.0
"""In accuracies: farther than this from a village, a fix has no share of it."""
REACH_M = 6000.0
"""Beside it, for the border's own error."""
METRES_PER_DEGREE = 108_000.0
"""Of a degree either way within Indonesia, at least."""

SURE_SUCCESSORS = """
    SELECT code FROM outreach_regionalias
    WHERE system = 'kemendagri' AND level = 4 AND confidence = 'high'"""
IS_STALE = f"""(
    {{village}} IS NULL AND {{code}} IN (
        SELECT code FROM outreach_region WHERE level = 4 UNION ALL {SURE_SUCCESSORS})
    OR {{village}} IN ({SURE_SUCCESSORS}))"""
"""That a column lacks the village its code is known by, or has one that is gone by now."""

Progress = Callable[[int], None]
Box = dict[str, float]


def reattribute(
    now: datetime, progress: Progress = lambda _looked_at: None
) -> list[BoundaryChange]:
    """Place anew whatever a boundary change has not reached yet; gives those changes, reported.

    Takes up what was interrupted. Several at once share the work, a chunk at a time.
    """
    pending = list(BoundaryChange.objects.filter(reattributed_at=None).order_by("id"))
    if pending:
        # Read before anything is locked: a national index takes seconds.
        current_villages()
        let_pushes_end()
    for change in pending:
        _reach_all(change, progress)
        BoundaryChange.objects.filter(pk=change.pk, reattributed_at=None).update(
            reattributed_at=now
        )
        change.refresh_from_db()
    return pending


def follow_the_list() -> Findings:
    """Give registrations whose village, of home or of work, was on no list or is gone the one it
    is today.

    To be called after regions or aliases were loaded.
    """
    whole = Findings()
    last = UUID(int=0)
    while True:
        ids, found = attempt(partial(_resolve, last))
        if not ids:
            return whole
        whole.add(found)
        last = ids[-1]


def left_behind() -> dict[str, int]:
    """Registrations whose village, of home or of work, is gone without a sure successor, by it."""
    rows = bulk.run(
        """
        SELECT gone.code, count(DISTINCT registration.id) FROM outreach_regionalias AS gone
        JOIN outreach_registration AS registration
            ON gone.code IN (domicile_village_id, work_village_id)
        WHERE system = 'kemendagri' AND gone.level = 4 AND confidence <> 'high'
        GROUP BY gone.code ORDER BY 2 DESC, 1
        """
    )
    return dict(rows)


def let_pushes_end() -> None:
    """Wait for pushes that saw the boundaries of before, and are about to commit."""
    with transaction.atomic():
        changes.settle()


def _reach_all(change: BoundaryChange, progress: Progress) -> None:
    boxes = bulk.encode(_boxes(change))
    last = UUID(int=0)
    looked_at = 0
    while ids := attempt(partial(_reach, change, boxes, last)):
        last = ids[-1]
        looked_at += len(ids)
        progress(looked_at)


def _reach(change: BoundaryChange, boxes: str, last: UUID) -> list[UUID]:
    """Place the next of a change's registrations, and report that with it; which ones."""
    bulk.run("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    change.refresh_from_db()
    if change.reattributed_at is not None:
        return []
    regencies = list(change.regencies)
    ids = locked(
        """
        id > %s AND lat IS NOT NULL AND coalesce(boundary_version, 0) < %s AND (
            left(event_village_id, 5) = ANY(%s)
            OR left(domicile_village_id, 5) = ANY(%s) AND campaign_id IN (
                SELECT id FROM outreach_campaign WHERE type = ANY(%s))
            OR EXISTS (
                SELECT FROM jsonb_to_recordset(%s::jsonb)
                    AS box(west float8, south float8, east float8, north float8)
                CROSS JOIN LATERAL (SELECT (%s * least(accuracy_m, 1e6) + %s) / %s AS far) AS reach
                WHERE lat + far >= south AND lat - far <= north
                    AND lon + far >= west AND lon - far <= east))
        """,
        [
            last,
            change.pk,
            regencies,
            regencies,
            [kind.value for kind in Campaign.AT_HOME],
            boxes,
            REACH,
            REACH_M,
            METRES_PER_DEGREE,
        ],
        CHUNK,
    )
    if ids:
        found = Findings.from_json(change.report)
        found.add(place_anew(ids, timezone.now()))
        BoundaryChange.objects.filter(pk=change.pk).update(report=found.as_json())
    return ids


def _resolve(last: UUID) -> tuple[list[UUID], Findings]:
    """Place the next of those whose unknown village is known now: which ones, and what moved."""
    bulk.run("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    ids = locked(
        f"""
        id > %s AND ({IS_STALE.format(village="domicile_village_id", code="domicile_code")}
            OR {IS_STALE.format(village="work_village_id", code="work_code")})
        """,
        [last],
        CHUNK,
    )
    return ids, place_anew(ids, timezone.now()) if ids else Findings()


def _boxes(change: BoundaryChange) -> list[Box]:
    """Where the change's boundaries, those before and those after, lie: a box a regency."""
    sets = {set_id for moved in change.regencies.values() for set_id in moved.values() if set_id}
    bounds: dict[str, list[float]] = {}
    rows = (
        Boundary.objects.annotate(regency=Left("region_id", 5))
        .filter(set__in=sets, regency__in=list(change.regencies), wkb__isnull=False)
        .values_list("regency", "wkb")
    )
    for regency, wkb in rows.iterator(chunk_size=1000):
        west, south, east, north = shapely.bounds(shapely.from_wkb(bytes(wkb or b""))).tolist()
        box = bounds.setdefault(regency, [west, south, east, north])
        box[:2] = min(box[0], west), min(box[1], south)
        box[2:] = max(box[2], east), max(box[3], north)
    return [
        dict(zip(("west", "south", "east", "north"), box, strict=True)) for box in bounds.values()
    ]
