"""Layers of a few villages in Medan and Padang Lawas Utara, loaded."""

from pathlib import Path
from typing import Any

from django.core.management import call_command

from outreach.models import Boundary
from outreach.places.boundaries.loading import BoundaryReport, Origin, load_boundaries
from tests.outreach.places.conftest import Feature, feature, square

MEDAN = ("12.71.01.1001", "12.71.01.1002", "12.71.01.1003")
PALUTA = ("12.20.01.2001", "12.20.01.2002")
ORIGIN = Origin("Surveyors", "2026", "MIT", 15)
GIVEN = {"source": "Surveyors", "vintage": "2026", "licence": "MIT", "border_error_m": 15}
"""ORIGIN, as options of the command."""
BOW_TIE = [[[98.6, 3.5], [98.7, 3.6], [98.7, 3.5], [98.6, 3.56], [98.6, 3.5]]]


def medan(*columns: float) -> list[Feature]:
    """Its villages, each a square in one of these columns."""
    return [feature(code, square(column, 0)) for code, column in zip(MEDAN, columns, strict=False)]


def load(*files: Path, **options: Any) -> BoundaryReport:
    return load_boundaries(files, ORIGIN, **options)


def command_on(file: Path) -> None:
    call_command(
        "load_boundaries", file, source="A few", vintage="2026", licence="MIT", border_error_m=5
    )


def outcomes(report: BoundaryReport) -> list[tuple[str, str]]:
    return [(village.code, village.outcome) for village in report.villages]


def current() -> dict[str, bool]:
    """The villages of the current state, and whether they have a polygon."""
    rows = Boundary.objects.filter(is_current=True).values_list("region_id", "wkb")
    return {code: wkb is not None for code, wkb in rows}
