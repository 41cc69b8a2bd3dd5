"""How much of a plane's Gaussian lies in a polygon.

Green's theorem in polar coordinates around the Gaussian's middle turns the mass of a polygon into
[the middle is inside] - 1/2π ∮ exp(-r²/2) dθ, so only edges within a few σ count. Along a straight
edge at distance h the integral is a difference of two of Owen's T functions (D. B. Owen, "Tables
for computing bivariate normal probabilities", Annals of Mathematical Statistics 27, 1956).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# What lies farther than this many σ away, in all directions together, weighs less than 0.01.
REACH_SIGMAS = 3.1

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_AT = ((_NODES + 1) / 2)[:, None]
_SHARE = _WEIGHTS / (4 * np.pi)


def owens_t(h: Floats, along: Floats) -> Floats:
    """T(h, along / h) for distances h ≥ 0 in σ, odd in `along`; right to 0.002.

    It is the mass between the foot of the perpendicular and a point `along` a line at distance h,
    as seen from the middle and beyond the line: Gauss-Legendre over the angle.
    """
    angle = np.arctan2(along, h)
    # numpy's tan is ten times as fast as its cos.
    tangent = np.tan(angle * _AT)
    integrand = np.exp((h * h * -0.5) * (1 + tangent * tangent))
    total: Floats = integrand[0] * _SHARE[0]
    for node in range(1, len(_SHARE)):
        total += integrand[node] * _SHARE[node]
    return total * angle


def lost_beyond(across: Floats, start: Floats, end: Floats) -> Floats:
    """What an edge takes from the polygon on its left: 1/2π ∫ exp(-r²/2) dθ along the edge.

    In σ, seen from the middle: `across` is the distance to the edge's line, negative where the
    middle is on its right; `start` and `end` are where the edge begins and ends along that line,
    counted from the perpendicular's foot.
    """
    h = np.abs(across)
    return np.copysign(owens_t(h, end) - owens_t(h, start), across)


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
