"""Which boundaries there are, and what became of them."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand

from outreach import bulk
from outreach.management.switching import told
from outreach.models import BoundaryChange, BoundarySet
from outreach.reattribution_report import Findings

_FEW = 6


@dataclass(slots=True)
class _Extent:
    """What a set has: villages, those with a polygon and their km², and the regencies."""

    villages: int = 0
    with_boundary: int = 0
    area_km2: float = 0.0
    regencies: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)


class Command(BaseCommand):
    help = "List the sets of boundaries and where they are current, and the last changes of that."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--regency", metavar="12.71", help="only what is in this kabupaten or kota"
        )
        parser.add_argument(
            "--changes", type=int, default=10, help="how many changes (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        regency = options["regency"]
        extents = _extents(regency)
        sets = BoundarySet.objects.defer("report").order_by("loaded_at", "id")
        if regency:
            sets = sets.filter(id__in=extents)
        files = _files(list(extents))
        for source in sets:
            self.stdout.write(f"{source.id} {source.source}, {source.vintage}")
            self.stdout.write(
                f"  status {source.status}, border error {source.border_error_m:g} m,"
                f" licence {source.licence}, loaded {source.loaded_at:%Y-%m-%d %H:%M} UTC"
            )
            for line in _lines(extents.get(source.id, _Extent()), files.get(source.id, [])):
                self.stdout.write(f"  {line}")
        if not sets:
            where = f" in {regency}" if regency else ""
            self.stdout.write(f"no boundaries are loaded{where}: load_boundaries loads them")
        newest = BoundaryChange.objects.select_related("actor", "undone_by").order_by("-pk")
        if regency:
            newest = newest.filter(regencies__has_key=regency)
        for change in newest[: max(options["changes"], 0)]:
            self.stdout.write(told(change))
            for line in Findings.from_json(change.report).lines()[:3]:
                self.stdout.write(f"  {line}")


def _extents(regency: str | None) -> dict[UUID, _Extent]:
    extents: dict[UUID, _Extent] = {}
    for set_id, code, villages, with_boundary, area_km2, is_current in bulk.run(
        "SELECT set_id, left(region_id, 5), count(*), count(wkb), coalesce(sum(area_km2), 0),"
        " bool_or(is_current) FROM outreach_boundary"
        " WHERE %s::text IS NULL OR left(region_id, 5) = %s GROUP BY 1, 2 ORDER BY 2",
        [regency, regency],
    ):
        extent = extents.setdefault(set_id, _Extent())
        extent.villages += villages
        extent.with_boundary += with_boundary
        extent.area_km2 += area_km2
        extent.regencies.append(code)
        if is_current:
            extent.current.append(code)
    return extents


def _files(sets: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The names of the files that sets were loaded from."""
    return dict(
        bulk.run(
            "SELECT id, jsonb_path_query_array(report, '$.files[*].file')"
            " FROM outreach_boundaryset WHERE id = ANY(%s)",
            [list(sets)],
        )
    )


def _lines(extent: _Extent, files: Sequence[str]) -> Iterator[str]:
    if files:
        more = len(files) - _FEW
        yield f"from {', '.join(files[:_FEW])}" + (f" and {more} more" if more > 0 else "")
    yield (
        f"villages: {extent.villages:,}, of which {extent.with_boundary:,} with a boundary,"
        f" {extent.area_km2:,.1f} km², in {_summed(extent.regencies)}"
    )
    yield f"current in: {_summed(extent.current) if extent.current else 'nowhere'}"


def _summed(regencies: Sequence[str]) -> str:
    """Few regencies by their codes, many as their number in each province."""
    if len(regencies) <= _FEW:
        return ", ".join(regencies) or "no regency"
    provinces = Counter(code[:2] for code in regencies)
    return ", ".join(f"{number} regencies of {code}" for code, number in sorted(provinces.items()))
