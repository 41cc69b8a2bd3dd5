"""Whether a file's numbers are decimal degrees, or only look like them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from outreach.geo.formats.coordinate_systems import reproject
from outreach.geo.formats.feature import Feature, FormatError

Floats = NDArray[np.float64]

_FEATURES_LOOKED_AT = 1000
_VERTICES_OF_EACH = 200
# Of decimal degrees, two in five have more than 60 where seconds would be: among so many numbers,
# over several hundredths of a degree, some do.
_NUMBERS_THAT_TELL = 200
_HUNDREDTHS_THAT_TELL = 3


def refuse_other_units(features: Sequence[Feature]) -> None:
    """Raises FormatError when a whole file is in metres, or in degrees and minutes.

    DD.MMSS is told from decimal degrees only where the file has some hundred numbers.
    """
    numbers = np.abs(_sample(features))
    if not len(numbers):
        return
    typical = np.median(numbers, axis=0)
    if typical.max() <= 180:
        if _is_degrees_minutes_seconds(numbers):
            raise _with_minutes("DD.MMSS", numbers)
    elif 9400 <= typical.max() < 14200 and _up_to_60(numbers % 100):
        raise _with_minutes("DDMM.m", numbers)
    elif 940_000 <= typical.max() < 1_420_000 and _up_to_60(numbers % 100, numbers // 100 % 100):
        raise _with_minutes("DDMMSS.s", numbers)
    elif (numbers.max(axis=1) > 360).mean() > 0.5:
        x, y = numbers[0]
        raise reproject(f"metres or another unit (like {x:.10g}, {y:.10g})")


def _sample(features: Sequence[Feature]) -> Floats:
    """Some vertices of features all over the file, as they are written: (n, 2)."""
    chosen = features[:: 1 + len(features) // _FEATURES_LOOKED_AT]
    rings = [
        ring[:: 1 + len(ring) // _VERTICES_OF_EACH]
        for feature in chosen
        if isinstance(feature.geometry, list)
        for part in feature.geometry
        for ring in part[:1]
    ]
    return np.concatenate(rings) if rings else np.empty((0, 2))


def _is_degrees_minutes_seconds(numbers: Floats) -> bool:
    # Rounded, lest 0.26 be 25 minutes and 99.99… seconds.
    fraction = np.round(numbers % 1 * 10_000, 3)
    if not _up_to_60(fraction // 100, fraction % 100):
        return False
    counts = [np.unique(column).size for column in numbers.T]
    hundredths = [np.unique(np.floor(column * 100)).size for column in numbers.T]
    return sum(counts) >= _NUMBERS_THAT_TELL and max(hundredths) >= _HUNDREDTHS_THAT_TELL


def _up_to_60(*numbers: Floats) -> bool:
    """Whether all can be minutes or seconds; careless rounding writes 60 of them."""
    return all(bool((column <= 60).all()) for column in numbers)


def _with_minutes(how: str, numbers: Floats) -> FormatError:
    x, y = numbers[0]
    return FormatError(
        f"has coordinates in degrees and minutes ({how}, like {x:.10g}, {y:.10g}): "
        "convert them to decimal degrees"
    )
