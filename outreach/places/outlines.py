"""Outlines of the current boundaries: what maps are drawn of, made anew when boundaries change."""

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from django.db import transaction
from procrastinate.contrib.django import app

from outreach import bulk
from outreach.geo.simplifying import alone_on_a_map, outlined
from outreach.models import Boundary, BoundaryChange

_LOCK = 7_203_431
_ROWS_PER_STATEMENT = 500

log = logging.getLogger(__name__)


def request_outlines() -> None:
    """Have a worker refresh outlines once this transaction is committed."""
    app.configure_task("outreach.tasks.draw_outlines").defer(timestamp=0)


def refresh_pending_outlines(now: datetime) -> int:
    """Outline what has changed since outlines were made last; gives the number of provinces.

    May be repeated and run anywhere: what was interrupted is done again as a whole.
    """
    pending = list(BoundaryChange.objects.filter(outlined_at=None).order_by("id"))
    provinces = refresh_outlines({code for change in pending for code in change.regencies})
    BoundaryChange.objects.filter(id__in=[change.id for change in pending]).update(outlined_at=now)
    return provinces


def refresh_outlines(regencies: Collection[str]) -> int:
    """Outline the current villages of the provinces these lie in; gives how many those are.

    A province at a time, so that its regencies fit too: about 3 s for each 1,000 villages and
    450 MB for the largest. Borders between provinces are not made equal.
    """
    provinces = sorted({code[:2] for code in regencies})
    for province in provinces:
        with transaction.atomic():
            bulk.run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            _outline(province)
    return len(provinces)


def _outline(province: str) -> None:
    rows = bulk.run(
        "SELECT id, wkb FROM outreach_boundary"
        " WHERE is_current AND wkb IS NOT NULL AND region_id LIKE %s ORDER BY region_id",
        [f"{province}.%"],
    )
    polygons: Any = np.array(shapely.from_wkb([bytes(wkb) for _, wkb in rows]), dtype=object)
    try:
        outlines = outlined(polygons)
    except shapely.errors.GEOSException as error:
        log.warning("the outlines of province %s do not fit together: %s", province, error)
        outlines = alone_on_a_map(polygons)
    drawn = [
        {"id": row, "outline": bulk.bytea(wkb)}
        for (row, _), wkb in zip(rows, shapely.to_wkb(outlines), strict=True)
    ]
    for start in range(0, len(drawn), _ROWS_PER_STATEMENT):
        bulk.update(Boundary, drawn[start : start + _ROWS_PER_STATEMENT])
