"""Three villages in a row with their boundaries, and people whose homes change their names."""

from tests.outreach.places.reattributing.conftest import (
    home_visits as home_visits,  # noqa: PLC0414  # for these tests
)
from tests.outreach.places.reattributing.conftest import (
    sets as sets,  # noqa: PLC0414  # for these tests
)
