"""Boundary files of any format that is read here, as features."""

from dataclasses import dataclass
from typing import Literal

from outreach.geo.feature import Feature, FormatError
from outreach.geo.geojson import read_geojson
from outreach.places.sources import Refused, Source

Axes = Literal["lon_lat", "lat_lon"]


@dataclass(frozen=True, slots=True)
class FeatureFile:
    """A file's features, what to tell about reading it, and the axis order of its format."""

    features: list[Feature]
    notes: list[str]
    axes: Axes


def read_features(source: Source) -> FeatureFile:
    """The features of a boundary file. Raises Refused with a sentence that says what to do."""
    try:
        return FeatureFile(read_geojson(source.content), [], "lon_lat")
    except FormatError as error:
        raise Refused([f"{source.name} {error}"]) from None
