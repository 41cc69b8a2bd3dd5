"""Outlines of the current boundaries: what maps are drawn of, made anew when boundaries change."""

import hashlib
import logging
from collections.abc import Collection
from typing import Any

import numpy as np
import shapely
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from outreach import bulk, changes
from outreach.geo.polygons.simplifying import alone_on_a_map, outlined
from outreach.models import Boundary, BoundaryChange
from outreach.places.village_index import newest_version

_ROWS_PER_STATEMENT = 500

log = logging.getLogger(__name__)


def request_outlines() -> None:
    """Have a worker refresh outlines once this transaction is committed."""
    app.configure_task("outreach.tasks.draw_outlines").defer(timestamp=0)


def refresh_pending_outlines() -> int:
    """Outline what has changed since outlines were made last; gives the number of provinces.

    May be repeated and run anywhere: what was interrupted is done again as a whole.
    """
    pending = list(BoundaryChange.objects.filter(outlined_at=None).order_by("id"))
    provinces = refresh_outlines({code for change in pending for code in change.regencies})
    drawn = BoundaryChange.objects.filter(id__in=[change.id for change in pending])
    drawn.update(outlined_at=timezone.now())
    return provinces


def refresh_outlines(regencies: Collection[str]) -> int:
    """Outline the current villages of the provinces these lie in; gives how many those are.

    A province at a time, so that its regencies fit too: about 3 to 10 s for each 1,000
    villages, and 600 MB for the largest. Borders between provinces are not made equal.
    """
    provinces = sorted({code[:2] for code in regencies})
    for province in provinces:
        while not _outline(province):
            log.info("boundaries changed while province %s was drawn: again", province)
    return len(provinces)


def _outline(province: str) -> bool:
    """Outline a province; False, and nothing stored, if boundaries changed meanwhile.

    Nothing is held while it is drawn: that takes longer than a transaction may be idle.
    """
    version = newest_version()
    rows = bulk.run(
        "SELECT id, wkb, region_id, sha256(outline) FROM outreach_boundary"
        " WHERE is_current AND wkb IS NOT NULL AND region_id LIKE %s ORDER BY region_id",
        [f"{province}.%"],
    )
    polygons: Any = np.array(shapely.from_wkb([bytes(row[1]) for row in rows]), dtype=object)
    try:
        outlines = outlined(polygons)
    except shapely.errors.GEOSException as error:
        log.warning("the outlines of province %s do not fit together: %s", province, error)
        outlines = alone_on_a_map(polygons)
    drawn, moved = [], []
    for (row, _, village, was), wkb in zip(rows, shapely.to_wkb(outlines), strict=True):
        if was is None or bytes(was) != hashlib.sha256(wkb).digest():
            drawn.append({"id": row, "outline": bulk.bytea(wkb)})
            moved.append(village)
    with transaction.atomic():
        if newest_version() != version:
            return False
        for start in range(0, len(drawn), _ROWS_PER_STATEMENT):
            bulk.update(Boundary, drawn[start : start + _ROWS_PER_STATEMENT])
        if moved:
            changes.settle()
            changes.log_for_all("boundary", moved)
    return True
