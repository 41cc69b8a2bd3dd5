"""The mass of a Gaussian in a polygon, against what is known of it."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.geo.locating.gaussian import lost_beyond

PHI = NormalDist().cdf


def lost(across: float, start: float, end: float) -> float:
    return float(lost_beyond(*(np.array([value]) for value in (across, start, end)))[0])


@given(st.floats(1e-6, 4))
def test_half_a_line_takes_half_of_what_is_beyond(h: float) -> None:
    assert lost(h, 0, 1e6) == pytest.approx(PHI(-h) / 2, abs=1e-4)
    assert lost(-h, -1e6, 0) == pytest.approx(-PHI(-h) / 2, abs=1e-4)


@given(st.floats(1e-6, 4))
def test_an_edge_of_45_degrees_has_a_closed_form(h: float) -> None:
    assert lost(h, 0, h) == pytest.approx(PHI(h) * (1 - PHI(h)) / 2, abs=1e-4)


@given(
    st.floats(-3, 3).filter(lambda d: abs(d) > 1e-6),
    st.floats(-3, 3).filter(lambda d: abs(d) > 1e-6),
    st.floats(0.1, 6),
    st.floats(0.1, 6),
)
def test_a_rectangle_has_the_product_of_its_sides_masses(
    west: float, south: float, width: float, height: float
) -> None:
    east, north = west + width, south + height
    if min(abs(east), abs(north)) < 1e-6:
        return
    edges = [
        (-south, west, east),
        (east, south, north),
        (north, -east, -west),
        (-west, -north, -south),
    ]
    across, start, end = np.array(edges).T
    inside = west < 0 < east and south < 0 < north
    mass = inside - lost_beyond(across, start, end).sum()
    expected = (PHI(east) - PHI(west)) * (PHI(north) - PHI(south))
    assert math.isclose(mass, expected, abs_tol=2e-4)
