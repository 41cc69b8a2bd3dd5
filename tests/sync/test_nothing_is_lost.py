"""Whatever tablets send and coordinators decide, in whatever order: all of it can be found."""

from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid5

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach import reviewing
from outreach.models import CampaignTally, Decision, Registration, Revision, User, VillageTally
from outreach.problems import Problem
from outreach.restoring import restore
from outreach.standings.rebuilding import rebuild
from sync import releasing
from sync.models import HeldRecord, Receipt
from sync.push import Pusher, push
from sync.wire import Batch, receive, typed
from tests.cast import Cast
from tests.records import CAPTURED, NOW, batch, record
from tests.sync.contents import assert_nothing_is_lost

NAMESPACE = UUID(int=11)
NAMES = ("Siti Aminah", "Hj. Siti Aminah", "Budi")
PLACES = ("A", "B", "C")

sending = st.tuples(
    st.just("send"),
    st.integers(0, 1),
    st.integers(0, 1),
    st.integers(0, 3),
    st.sampled_from(NAMES),
    st.sampled_from(PLACES),
    st.integers(0, 1),
    st.sampled_from(("female", "?", "female")),
)
deciding = st.tuples(
    st.sampled_from(("verify", "reject", "request_correction", "undo", "restore")),
    st.integers(0, 5),
)
holding = st.tuples(st.sampled_from(("release", "dismiss", "reopen")), st.integers(0, 5))
steps = st.lists(st.one_of(sending, sending, deciding, holding), min_size=2, max_size=14)


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=steps)
def test_any_sequence_keeps_everything_and_counts_right(
    cast: Cast, drawn: list[tuple[Any, ...]]
) -> None:
    sent: dict[int, list[Any]] = {cast.siti.pk: [], cast.budi.pk: []}
    with transaction.atomic():
        for step in drawn:
            if step[0] == "send":
                _send(cast, sent, *step[1:])
            else:
                _decide(cast.rina, *step)
        for kader, records in sent.items():
            assert_nothing_is_lost(records, kader)
        kept = _counts()
        rebuild(NOW)
        assert _counts() == kept, "tallies differ from a recount"
        before = _contents()
        for kader, records in sent.items():
            _push_again(User.objects.get(pk=kader), records)
        assert _contents() == before, "a replay changed something"
        transaction.set_rollback(True)


def _send(
    cast: Cast,
    sent: dict[int, list[Any]],
    kader: int,
    number: int,
    base: int,
    name: str,
    place: str,
    village: int,
    sex: str,
) -> None:
    user = (cast.siti, cast.budi)[kader]
    one = record(
        cast.market.id,
        cast.villages[village].code,
        id=str(uuid5(NAMESPACE, str(number))),
        captured_at=CAPTURED.isoformat(),
        base_revision=base,
        full_name=name,
        work_place=place,
        sex=sex,
    )
    push(typed(batch([one]), Batch), Pusher(user, None), NOW)
    sent[user.pk].append(one)


def _decide(actor: User, what: str, place: int) -> None:
    """Decide about one of what there is, if that is possible."""
    try:
        if what in {"release", "dismiss", "reopen"}:
            _decide_held(actor, what, place)
        elif what == "restore":
            if kept := _one(Revision.objects.order_by("pk"), place):
                restore(kept.registration_id, kept.pk, None, actor, "seen", NOW)
        elif what == "undo":
            if decision := _one(Decision.objects.order_by("decided_at", "pk"), place):
                reviewing.undo(decision.pk, actor, "seen", NOW)
        elif registration := _one(Registration.objects.order_by("pk"), place):
            reviewing.decide(Decision.Kind(what), [registration.pk], actor, "seen", NOW)
    except Problem as refused:
        if refused.status_code != HTTPStatus.CONFLICT:
            raise


def _decide_held(actor: User, what: str, place: int) -> None:
    record_held = _one(HeldRecord.objects.order_by("pk"), place)
    if record_held is None:
        return
    if what == "release":
        releasing.release(record_held.pk, {"sex": "female"}, None, actor, "seen", NOW)
    elif what == "dismiss":
        releasing.dismiss(record_held.pk, actor, "seen", NOW)
    else:
        releasing.reopen(record_held.pk, actor, "seen", NOW)


def _one(found: Any, place: int) -> Any:
    rows = list(found)
    return rows[place % len(rows)] if rows else None


def _push_again(user: User, records: list[Any]) -> None:
    """Replay everything on a base that cannot be the current one."""
    known = set(Receipt.objects.values_list("record_id", "digest"))
    for one in records:
        received = receive(one, user.pk)
        assert (received.key, received.digest) in {(key, bytes(d)) for key, d in known}
        answer = push(typed(batch([one | {"base_revision": 0}]), Batch), Pusher(user, None), NOW)
        assert answer.results[0].replayed


def _contents() -> Any:
    return (
        sorted((one.pk, bytes(one.digest), one.revision) for one in Registration.objects.all()),
        Revision.objects.count(),
        HeldRecord.objects.count(),
    )


def _counts() -> Any:
    villages = VillageTally.objects.exclude(provisional=0, verified=0, hosted=0)
    campaigns = CampaignTally.objects.exclude(provisional=0, verified=0)
    return (
        sorted(villages.values_list("village_id", "month", "provisional", "verified", "hosted")),
        sorted(campaigns.values_list("campaign_id", "kader_id", "provisional", "verified")),
    )
