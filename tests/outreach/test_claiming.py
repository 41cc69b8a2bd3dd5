"""Claims on cases: one holds, until it is over, given up or taken over."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest

from outreach.claiming import LASTS, claim, claimed_by_other, claims_on, release
from outreach.models import Claim
from tests.cast import Cast
from tests.threads import at_once

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def test_a_claim_holds_until_it_is_over_given_up_or_taken_over(cast: Cast) -> None:
    case, rina, ratna = uuid4(), cast.rina, cast.regional_coordinator
    assert claim(case, rina, NOW).by == rina
    later = NOW + LASTS - timedelta(seconds=1)
    assert claim(case, ratna, later).by == rina
    assert claimed_by_other(case, ratna, later)
    assert not claimed_by_other(case, rina, later)
    assert claim(case, rina, later).since == NOW
    assert claim(case, ratna, later, take_over=True).by == ratna
    assert claim(case, rina, later + LASTS).by == rina
    release(case, ratna, later + LASTS)
    assert claims_on([case], later + LASTS)
    release(case, rina, later + LASTS)
    assert not Claim.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_a_case_at_once_one_has_it(cast: Cast) -> None:
    two = cast.rina, cast.regional_coordinator
    for _ in range(5):
        case = uuid4()
        seen = at_once([partial(claim, case, user, NOW) for user in two])
        assert seen[0].by == seen[1].by
        at_once([partial(release, case, user, NOW + 2 * LASTS) for user in two])
    assert not Claim.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_case_given_free_while_somebody_opens_it_is_theirs_or_nobodys(cast: Cast) -> None:
    rina, ratna = cast.rina, cast.regional_coordinator
    for _ in range(10):
        case = uuid4()
        claim(case, rina, NOW)
        jobs: list[Callable[[], object]] = [
            partial(release, case, rina, NOW),
            partial(claim, case, ratna, NOW),
        ]
        at_once(jobs)
        assert {one.by for one in claims_on([case], NOW).values()} <= {ratna}
