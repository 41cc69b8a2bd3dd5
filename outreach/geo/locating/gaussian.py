"""How much of a plane's Gaussian lies in a polygon.

Green's theorem in polar coordinates around the Gaussian's middle turns the mass of a polygon into
[the middle is inside] - 1/2π ∮ exp(-r²/2) dθ, so only edges within a few σ count. As ∮ dθ along an
edge is an angle, what is left to integrate, (1 - exp(-r²/2)) / r², is smooth everywhere.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# What lies farther than this many σ away, in all directions together, weighs less than 0.01.
REACH_SIGMAS = 3.1

# An edge's ends beyond this many σ are cut off: they weigh less than 0.00002.
_CUT_SIGMAS = 3.6
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_AT, _WEIGHT = ((_NODES + 1) / 2)[:, None], (_WEIGHTS / 2)[:, None]


def lost_beyond(across: Floats, start: Floats, end: Floats) -> Floats:
    """What an edge takes from the polygon on its left: 1/2π ∫ exp(-r²/2) dθ along the edge.

    In σ, seen from the middle, which is not on the edge: `across` is the distance to the edge's
    line, negative where the middle is on its right; `start` and `end` are where the edge begins and
    ends along that line, counted from the perpendicular's foot. Right to 0.00005.
    """
    start, end = (np.minimum(np.maximum(at, -_CUT_SIGMAS), _CUT_SIGMAS) for at in (start, end))
    width, across_2 = end - start, across * across
    along = start + width * _AT
    distance_2 = along * along + across_2
    weighed = np.expm1(distance_2 * -0.5) / distance_2 * _WEIGHT
    # One after the other: numpy's own sum depends on how many edges there are.
    smooth = sum(weighed[1:], start=weighed[0])
    angle = np.arctan2(across * width, across_2 + start * end)
    lost: Floats = (angle + across * width * smooth) / (2 * np.pi)
    return lost


def unit_samples(rings: int = 12, spokes: int = 8) -> tuple[Floats, Floats]:
    """Offsets x and y, in σ, of samples of a plane's Gaussian, all of one weight.

    Rings of equal probability, each turned by the golden ratio. They are symmetric, so a fix on a
    straight border is halved exactly.
    """
    ring = np.arange(rings)
    radius = np.sqrt(-2 * np.log1p(-(ring + 0.5) / rings))[:, None]
    turn = (ring * (np.sqrt(5) - 1) / 2 % 1)[:, None]
    angle = 2 * np.pi * (np.arange(spokes) + turn) / spokes
    return (radius * np.cos(angle)).ravel(), (radius * np.sin(angle)).ravel()


def rings_of(rings: list[tuple[float, int]]) -> Floats:
    """Points x and y on rings of such radii, so many on each, every other ring turned."""
    radius = np.concatenate([np.full(number, radius) for radius, number in rings])
    turns = [(np.arange(n) + nth % 2 / 2) / n for nth, (_, n) in enumerate(rings)]
    angle = 2 * np.pi * np.concatenate(turns)
    return np.stack((radius * np.cos(angle), radius * np.sin(angle)))
