"""The province of the standings' tests."""

from tests.outreach.standings.conftest import (
    campaign as campaign,  # noqa: PLC0414
)
from tests.outreach.standings.conftest import (
    count as count,  # noqa: PLC0414
)
from tests.outreach.standings.conftest import (
    formula as formula,  # noqa: PLC0414
)
from tests.outreach.standings.conftest import (
    kader as kader,  # noqa: PLC0414
)
from tests.outreach.standings.conftest import (
    office as office,  # noqa: PLC0414
)
from tests.outreach.standings.conftest import (
    places as places,  # noqa: PLC0414
)
