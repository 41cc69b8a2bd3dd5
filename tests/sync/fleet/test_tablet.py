import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync.fleet.network import SIGNALS, Signal, Traffic
from sync.fleet.tablet import Outgoing, Tablet, TabletFailed, Tokens, Version
from tests.sync.fleet.fake_server import FakeServer, content_of


def content(key: str, **changes: Any) -> dict[str, Any]:
    return {"id": key, "programmes": ["JKK", "JKM"], **changes}


def plain(key: str) -> Outgoing:
    return Outgoing(key, (Version("final", content(key)),))


def tablet(
    server: FakeServer, signal: Signal = SIGNALS["good"], seed: int = 1
) -> tuple[Tablet, Traffic]:
    rng, traffic = random.Random(seed), Traffic()
    network = server.network(signal, rng, traffic)
    tokens = Tokens("access-0", "refresh-0")
    return Tablet(network, tokens, rng, traffic, zone=UTC), traffic


def test_everything_leaves_once_with_a_good_signal() -> None:
    server = FakeServer()
    ours, traffic = tablet(server)
    ours.capture(plain(str(number)) for number in range(500))
    ours.sync(patience=4)
    assert ours.waiting == 0
    assert len(server.revisions) == 500
    assert traffic.counts["acknowledged"] == 500
    assert ours.faults == []


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_lost_or_doubled_with_a_bad_signal(seed: int) -> None:
    server = FakeServer()
    bad = Signal(lost_request=0.2, lost_answer=0.3, repeated=0.2)
    ours, traffic = tablet(server, bad, seed)
    ours.capture(plain(str(number)) for number in range(300))
    for _ in range(100):
        ours.sync(patience=4)
    assert ours.waiting == 0
    assert {key: len(revisions) for key, revisions in server.revisions.items()} == {
        str(number): 1 for number in range(300)
    }
    assert sum(server.received.values()) > 300
    assert traffic.counts["acknowledged"] == 300
    assert ours.faults == []


@pytest.mark.parametrize("signal", [SIGNALS["good"], Signal(lost_answer=0.4, repeated=0.2)])
def test_versions_leave_in_order_and_the_last_one_stands(signal: Signal) -> None:
    server = FakeServer()
    ours, traffic = tablet(server, signal)
    last = content("a", work_place="merged")
    versions = (
        Version("invalid", content("a", programmes=["JKK"])),
        Version("final", content("a")),
        Version("edit", content("a", work_place="edited")),
        Version("late", content("a", work_place="late")),
        Version("edit", last),
    )
    ours.capture([Outgoing("a", versions)])
    for _ in range(20):
        ours.sync(patience=4)
    assert ours.faults == []
    assert ours.waiting == 0
    assert len(server.revisions["a"]) == 3
    assert server.revisions["a"][-1] == content_of(last)
    assert traffic.counts["late versions"] == 1


def test_an_expired_access_token_is_renewed() -> None:
    server = FakeServer()
    server.good_access = "another"
    ours, traffic = tablet(server, seed=3)
    ours.capture([plain("a")])
    ours.sync(patience=4)
    assert ours.waiting == 0
    assert traffic.counts["tokens renewed"] >= 1


def test_a_lost_refresh_answer_locks_nobody_out() -> None:
    server = FakeServer()
    ours, _ = tablet(server, Signal(lost_answer=0.6), seed=2)
    for number in range(40):
        ours.capture([plain(str(number))])
        ours.sync(patience=6)
    for _ in range(20):
        ours.sync(patience=20)
    assert ours.waiting == 0
    assert server.refreshes > 5


def test_a_tablet_that_is_locked_out_says_so() -> None:
    server = FakeServer()
    server.good_access, server.good_refresh = "another", set()
    ours, _ = tablet(server)
    ours.capture([plain("a")])
    with pytest.raises(TabletFailed, match="locked out: 401"):
        ours.sync(patience=4)
    assert ours.waiting == 1


def test_too_large_a_batch_is_halved_until_it_fits() -> None:
    server = FakeServer()
    server.statuses = [413, 413, 413]
    ours, _ = tablet(server)
    ours.capture(plain(str(number)) for number in range(100))
    ours.sync(patience=4)
    assert ours.waiting == 0


def test_a_busy_server_is_asked_again_and_a_failing_one_is_told_of() -> None:
    server = FakeServer()
    server.statuses = [500, 503]
    ours, _ = tablet(server)
    ours.capture([plain("a")])
    ours.sync(patience=4)
    assert ours.waiting == 0
    assert ours.faults == ["the server answered 500"]


def test_a_refused_push_ends_the_tablet() -> None:
    server = FakeServer()
    server.statuses = [404]
    ours, _ = tablet(server)
    ours.capture([plain("a")])
    with pytest.raises(TabletFailed, match="push: 404"):
        ours.sync(patience=4)


def test_results_in_another_order_are_no_receipts() -> None:
    server = FakeServer()
    server.reverses_results = True
    ours, _ = tablet(server)
    ours.capture([plain("a"), plain("b"), plain("c")])
    for _ in range(5):
        ours.sync(patience=3)
    assert "the results are not one for each record in the order sent" in ours.faults


def test_a_verdict_that_changes_on_replay_is_found() -> None:
    server = FakeServer()
    server.forgets_replays = True
    ours, _ = tablet(server)
    for number in range(60):
        ours.capture([plain(str(number))])
        ours.sync(patience=4)
    assert any("accepted, replayed as conflict" in fault for fault in ours.faults)


def test_a_wrong_clock_is_sent_as_it_is() -> None:
    server, rng = FakeServer(), random.Random(5)
    ahead = Tablet(
        server.network(SIGNALS["good"], rng, Traffic()),
        Tokens("access-0", "refresh-0"),
        rng,
        Traffic(),
        zone=UTC,
        clock_error=timedelta(days=2),
    )
    ahead.capture([plain("a")])
    ahead.sync(patience=4)
    [sent_at] = server.sent_at
    error = datetime.fromisoformat(sent_at) - datetime.now(UTC)
    assert timedelta(hours=47) < error < timedelta(hours=49)
