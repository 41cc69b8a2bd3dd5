import pytest

from outreach.models import (
    BoundaryChange,
    Campaign,
)
from outreach.places.boundaries.switching import make_current
from outreach.reattribution.reattributing import reattribute
from outreach.standings.rebuilding import refresh
from tests.cast import Cast, campaign
from tests.outreach.places.reattributing.three_villages import HULU, A, B, C, Sets
from tests.outreach.places.squares import square, stored_set
from tests.records import NOW


@pytest.fixture
def sets(cast: Cast) -> Sets:
    """Three villages in a row, current; and a second opinion that shifts their borders."""
    first = stored_set({A: square(0, 0), B: square(1, 0), C: square(2, 0)}, source="First")
    second = stored_set({A: square(-0.5, 0), B: square(0.5, 0), C: square(1.5, 0)}, source="Second")
    make_current(first.id, [HULU], BoundaryChange.Kind.LOAD)
    reattribute(NOW)
    refresh(NOW)
    return first, second


@pytest.fixture
def home_visits(cast: Cast) -> Campaign:
    return campaign(
        "Kader penggerak",
        cast.branch,
        cast.siti,
        cast.budi,
        type=Campaign.Type.KADER_PENGGERAK,
        venue_lat=None,
        venue_lon=None,
        venue_radius_m=None,
    )
