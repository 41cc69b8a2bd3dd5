"""Records that are almost the same, for the tests of deduplication."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from outreach.dedup.columns import columns_of
from outreach.dedup.comparing import Comparison, compare
from outreach.dedup.facts import Facts, facts_of
from outreach.dedup.frequencies import shipped_frequencies

AMINAH: dict[str, Any] = {
    "full_name": "Siti Aminah Harahap",
    "birth_date": date(1984, 3, 5),
    "sex": "female",
    "nik": "1277014503840001",
    "mother_name": "Rosmawati Lubis",
    "phone": "+6281234567890",
    "village": "12.77.01.1001",
    "address": "Jl. Mawar No. 3 RT 002 RW 001",
    "occupation": "market_trader",
    "kader": "budi",
    "captured_at": datetime(2026, 3, 1, 3, tzinfo=UTC),
}
LATER = datetime(2026, 6, 1, 3, tzinfo=UTC)


def record(**changes: Any) -> Facts:
    """Siti Aminah with some fields changed, met by another kader three months later."""
    return facts_of(**{**AMINAH, "kader": "ani", "captured_at": LATER, **changes})


def compared(one: Facts, other: Facts, *others: Facts) -> Comparison:
    """The comparison of the first two, with the others in the same set."""
    columns = columns_of([one, other, *others], shipped_frequencies())
    return compare(columns, np.array([0]), np.array([1]))
