"""A feature of a boundary file, whatever format it came in."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]
Parts = list[list[Ring]]
# A village of the finest national layer has far fewer.
MOST_VERTICES = 400_000
# Six times the country's villages.
MOST_FEATURES = 500_000
# In any unit from degrees to metres.
_LARGEST_COORDINATE = 1e9


class FormatError(Exception):
    """A file cannot be read as boundaries; the message goes on after the file's name."""


class BadGeometryError(Exception):
    """A geometry cannot be read as a polygon; the message says why."""


class NoPolygonError(BadGeometryError):
    """A geometry is a point, a line or another thing without an area."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature's properties and its geometry: parts, none, or why it cannot be read."""

    properties: dict[str, Any]
    geometry: Parts | str | None

    def parts(self) -> Parts | None:
        """The polygon's parts, each a list of rings (n, 2), shell first, axes as written.

        None for no geometry. Raises BadGeometryError.
        """
        if isinstance(self.geometry, str):
            raise BadGeometryError(self.geometry)
        return self.geometry


def check_positions(points: Ring) -> None:
    """Raises BadGeometryError unless all are numbers that can be on Earth, whatever the unit."""
    if not (np.abs(points) < _LARGEST_COORDINATE).all():
        raise BadGeometryError("its geometry has coordinates that are nowhere on Earth")
