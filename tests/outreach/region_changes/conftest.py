"""Three villages in a row with their boundaries, and people whose homes change their names."""

from uuid import uuid5

import pytest

from outreach import reviewing
from outreach.models import Campaign, Decision
from tests.cast import Cast
from tests.outreach.places.reattributing.conftest import (
    home_visits as home_visits,  # noqa: PLC0414  # for these tests
)
from tests.outreach.places.reattributing.conftest import (
    sets as sets,  # noqa: PLC0414  # for these tests
)
from tests.outreach.places.reattributing.three_villages import (
    NAMESPACE,
    A,
    B,
    C,
    Sets,
    send,
    worker,
)
from tests.outreach.region_changes.changing import measure
from tests.records import NOW


@pytest.fixture
def workers(cast: Cast, sets: Sets, home_visits: Campaign) -> None:
    """Three at home in A, one of them verified, and one in each of B and C."""
    send(
        cast,
        worker(1, home_visits, 0.5, home=A, work_village=A),
        worker(2, home_visits, 0.5, home=A),
        worker(3, cast.market, 1.5, home=A),
        worker(4, home_visits, 1.5, home=B),
        worker(5, home_visits, 2.5, home=C),
    )
    reviewing.decide(Decision.Kind.VERIFY, [uuid5(NAMESPACE, "1")], cast.rina, "seen", NOW)
    measure(A, 400)
    measure(B, 300)
