from datetime import date

import pytest

from outreach.months import later


@pytest.mark.parametrize(
    ("months", "expected"),
    [(1, (2027, 1)), (-11, (2026, 1)), (-12, (2025, 12)), (0, (2026, 12)), (14, (2028, 2))],
)
def test_months_follow_each_other_over_years(months: int, expected: tuple[int, int]) -> None:
    assert later(date(2026, 12, 31), months) == date(*expected, 1)
