"""Order never matters: the same records end in the same people, credits and tallies."""

from collections import defaultdict
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.models import CampaignTally, Person, Registration, VillageTally
from outreach.standings.rebuilding import rebuild
from sync.push import Pusher, push
from sync.wire import Batch, typed
from tests.cast import Cast
from tests.records import CAPTURED, NOW, batch, record

NAMES = ("Siti Aminah", "Hj. Siti Aminah", "Aminah", "Budi")
NIKS = ("9901014503840002", "9901014503840003", None)
BIRTH_DATES = ("1984-03-05", "1984-05-03")
NAMESPACE = UUID(int=7)

captures = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(NIKS),
        st.sampled_from(BIRTH_DATES),
        st.integers(0, 2),
        st.integers(0, 5),
        st.integers(0, 1),
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=captures, order=st.randoms(use_true_random=False), size=st.integers(1, 4))
def test_any_order_and_any_batches_end_the_same(
    cast: Cast, drawn: list[tuple[Any, ...]], order: Any, size: int
) -> None:
    sent = [_captured(cast, number, *what) for number, what in enumerate(drawn)]
    shuffled = list(sent)
    order.shuffle(shuffled)

    assert _after(cast, sent, len(sent)) == _after(cast, shuffled, size)


def _captured(
    cast: Cast,
    number: int,
    name: str,
    nik: str | None,
    born: str,
    village: int,
    hours: int,
    kader: int,
) -> tuple[int, dict[str, Any]]:
    return kader, record(
        cast.market.id,
        cast.villages[village].code,
        id=str(uuid5(NAMESPACE, str(number))),
        full_name=name,
        nik=nik,
        nik_missing_reason=None if nik else "lost",
        birth_date=born,
        captured_at=(CAPTURED - timedelta(hours=hours)).isoformat(),
    )


def _after(cast: Cast, records: list[tuple[int, dict[str, Any]]], size: int) -> Any:
    """What the database says after these records, which are then taken back."""
    with transaction.atomic():
        for start in range(0, len(records), size):
            by_kader = defaultdict(list)
            for kader, sent in records[start : start + size]:
                by_kader[kader].append(sent)
            for kader, own in by_kader.items():
                user = (cast.siti, cast.budi)[kader]
                push(typed(batch(own), Batch), Pusher(user, None), NOW)
        kept = _counts()
        rebuild(NOW)
        assert _counts() == kept, "tallies differ from a recount"
        state = _people(), kept
        transaction.set_rollback(True)
    return state


def _people() -> Any:
    groups: dict[UUID, set[UUID]] = defaultdict(set)
    for person, registration in Registration.objects.values_list("person_id", "id"):
        groups[person].add(registration)
    people = Person.objects.exclude(state="none").values_list(
        "id", "state", "credited_id", "village_id", "month"
    )
    return sorted((sorted(groups[person]), *rest) for person, *rest in people)


def _counts() -> Any:
    villages = VillageTally.objects.exclude(provisional=0, verified=0, hosted=0)
    campaigns = CampaignTally.objects.exclude(provisional=0, verified=0)
    return (
        sorted(villages.values_list("village_id", "month", "provisional", "verified", "hosted")),
        sorted(campaigns.values_list("campaign_id", "kader_id", "provisional", "verified")),
    )
