"""What may become of a registration."""

import pytest

from outreach.models import Registration
from outreach.statuses import NEXT, OUT, UNDECIDED, VERIFIED, Impossible, check_step

Status = Registration.Status


def test_every_status_has_its_steps_and_is_of_one_kind() -> None:
    assert set(NEXT) == set(Status)
    assert set(Status) == UNDECIDED | VERIFIED | OUT
    assert len(UNDECIDED) + len(VERIFIED) + len(OUT) == len(Status)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("submitted", "handed_off"),
        ("submitted", "active"),
        ("verified", "active"),
        ("verified", "awaiting_payment"),
        ("active", "verified"),
        ("active", "needs_correction"),
        ("lapsed", "rejected"),
        ("rejected", "active"),
        ("rejected", "withdrawn"),
    ],
)
def test_steps_that_nobody_takes(before: str, after: str) -> None:
    with pytest.raises(Impossible):
        check_step(before, after)


@pytest.mark.parametrize("status", Status.values)
def test_who_is_no_longer_there_can_come_back_to_where_they_were(status: str) -> None:
    if status != "rejected":
        check_step(status, "withdrawn")
        check_step("withdrawn", status)
    check_step(status, status)
