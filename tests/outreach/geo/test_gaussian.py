"""The mass of a Gaussian in a polygon, against what is known of it."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.geo.locating.gaussian import lost_beyond, owens_t

PHI = NormalDist().cdf


@given(st.floats(0, 4))
def test_owens_t_along_a_whole_line_is_half_of_what_is_beyond(h: float) -> None:
    assert owens_t(np.array([h]), np.array([1e6]))[0] == pytest.approx(PHI(-h) / 2, abs=2e-3)


@given(st.floats(1e-6, 4))
def test_owens_t_at_45_degrees_has_a_closed_form(h: float) -> None:
    expected = PHI(h) * (1 - PHI(h)) / 2
    assert owens_t(np.array([h]), np.array([h]))[0] == pytest.approx(expected, abs=1e-3)


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
    assert math.isclose(mass, expected, abs_tol=6e-3)
