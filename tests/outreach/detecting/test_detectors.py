"""What each detector flags, and what looks alike and is not flagged, by the shipped thresholds."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.detecting import bunching, bursts, month_ends, phones, same_place, travel
from outreach.detecting.captures import Capture
from outreach.detecting.phones import PhoneUse
from outreach.detecting.rules import Bunching, Rules
from sync.bench.fraud import shipped_rules
from tests.outreach.detecting.work import MORNING, capture, on_days

RULES = shipped_rules()


@dataclass(frozen=True)
class Way:
    """From one place to another; whether that is impossible."""

    km: float
    minutes: float
    is_flagged: bool


@pytest.mark.parametrize(
    "way",
    [
        Way(40, 10, is_flagged=True),
        Way(40, 23, is_flagged=False),
        Way(2.9, 0, is_flagged=False),
        Way(12, 0, is_flagged=True),
        Way(60, 90, is_flagged=False),
        Way(480, 190, is_flagged=False),
        Way(1400, 240, is_flagged=False),
        Way(1400, 150, is_flagged=True),
        Way(480, 60, is_flagged=True),
    ],
    ids=lambda way: f"{way.km}km-{way.minutes}min",
)
def test_travel_is_flagged_where_no_ferry_and_no_flight_gets(way: Way) -> None:
    here, there = capture(), capture(way.minutes, way.km)
    found = travel.find([there, here], RULES)
    assert found.keys() == ({here.id, there.id} if way.is_flagged else set())
    if way.is_flagged:
        assert found[here.id]["registration"] == str(there.id)
        assert found[here.id]["rule"] == "2014-01-01"


@pytest.mark.parametrize(
    "changes",
    [{"clock_trusted": False}, {"fixed_at": None}, {"accuracy_m": 39_000.0}],
    ids=["clock", "no position", "coarse"],
)
def test_travel_that_nobody_can_know_of_is_not_flagged(changes: dict[str, object]) -> None:
    assert travel.find([capture(), capture(10, 40, **changes)], RULES) == {}


def test_an_old_position_counts_when_it_was_taken() -> None:
    there = capture(10, 40, fixed_at=MORNING - timedelta(hours=1))
    assert travel.find([capture(), there], RULES) == {}


def test_the_faster_way_is_the_evidence() -> None:
    one, two, three = capture(), capture(10, 40), capture(12, 0)
    found = travel.find([one, two, three], RULES)
    assert found[two.id]["registration"] == str(three.id)


def burst(count: int, kind: str = "kader_penggerak", pace: float = 0.5) -> list[Capture]:
    return [capture(600 + number * pace, type=kind) for number in range(count)]


@pytest.mark.parametrize(
    ("kind", "usual"), [("kader_penggerak", 5), ("market_drive", 10), ("monev", 6)]
)
def test_a_burst_is_more_than_the_activity_ever_has(kind: str, usual: int) -> None:
    assert bursts.find(burst(usual, kind), RULES) == {}
    found = bursts.find(burst(usual + 1, kind), RULES)
    assert len(found) == usual + 1
    [evidence] = {tuple(one.items()) for one in found.values()}
    assert dict(evidence) == {
        "count": usual + 1,
        "minutes": 10,
        "most": usual,
        "rule": "2014-01-01",
    }


def test_who_is_always_fast_is_in_no_doubt_up_to_what_hands_can_do() -> None:
    own = [capture(-day * 1440 + number) for day in range(1, 8) for number in range(4)]
    assert bursts.find([*own, *burst(8)], RULES) == {}
    assert len(bursts.find([*own, *burst(9)], RULES)) == 9
    faster = [capture(-day * 1440 + number / 2) for day in range(1, 8) for number in range(14)]
    assert len(bursts.find([*faster, *burst(16)], RULES)) == 16


def at_home(days: int, each: int, **changes: object) -> list[Capture]:
    rng = Random(7)
    return [
        capture(day * 1440 + 20 * number, rng.gauss(0, 0.004), **changes)
        for day in range(days)
        for number in range(each)
    ]


def test_a_kitchen_table_is_flagged_and_a_venue_is_not() -> None:
    assert len(same_place.find(at_home(5, 4), RULES)) > 15
    assert same_place.find(at_home(5, 4, at_venue=True), RULES) == {}
    assert same_place.find(at_home(5, 4, type="service_counter"), RULES) == {}
    assert same_place.find(at_home(5, 4, accuracy_m=300.0), RULES) == {}
    assert same_place.find(at_home(2, 10), RULES) == {}, "a meeting"
    assert same_place.find(at_home(5, 4, person=uuid4()), RULES) == {}, "one person"
    elsewhere = [capture(2000 + 30 * number, 1 + number / 5) for number in range(60)]
    assert same_place.find([*at_home(5, 4), *elsewhere], RULES) == {}, "a quarter of the work"


def use(number: int, address: str = "", name: str = "", **changes: Any) -> PhoneUse:
    made = PhoneUse(
        uuid4(),
        uuid4(),
        name or f"Nama Keluarga{number}",
        address or f"Jl. Melati {number}",
        "001",
        "002",
        "99.01.01.2002",
        date(2026, 3, 10),
    )
    return made._replace(**changes)


def test_a_phone_of_many_households_is_flagged_and_a_familys_is_not() -> None:
    strangers = [use(number) for number in range(4)]
    found = phones.find(strangers, RULES)
    assert found.keys() == {one.registration for one in strangers}
    assert phones.find(strangers[:3], RULES) == {}
    ways = ["Jl. Mesjid No. 4", "Jalan Masjid 4", "jln mesjid 4", "MESJID 4", "Jl Masjid no 4"]
    assert phones.find([use(n, way) for n, way in enumerate(ways)], RULES) == {}
    assert phones.find([use(n, name="Sari Harahap") for n in range(9)], RULES) == {}
    one = uuid4()
    assert phones.find([use(n, person=one) for n in range(9)], RULES) == {}


MARCH = date(2026, 3, 1)
LAST = [(date(2026, 3, 30), 6), (date(2026, 3, 31), 7)]
USUAL = [(date(2026, 3, day), 1) for day in range(2, 12)]


def test_a_heap_at_the_months_end_is_flagged_against_the_kaders_own_rhythm() -> None:
    found = month_ends.find(on_days(*USUAL, *LAST), RULES)
    assert found == {MARCH: {"last": 13, "whole": 23, "days": 2, "most": 2, "rule": "2014-01-01"}}
    drive = [(date(2026, 1, 14), 4), (date(2026, 1, 15), 5)]
    assert month_ends.find(on_days(*USUAL, *drive, *LAST), RULES) == {}
    assert month_ends.find(on_days(*LAST), RULES) == {}, "a kader who has only begun"
    untrusted = [one._replace(clock_trusted=False) for one in on_days(*LAST)]
    assert month_ends.find([*on_days(*USUAL), *untrusted], RULES) == {}
    market = [one._replace(type="market_drive") for one in on_days(*LAST)]
    assert month_ends.find([*on_days(*USUAL), *market], RULES) == {}


def test_who_heaps_up_every_month_is_flagged_every_month() -> None:
    before = [(date(2026, 2, 27), 8), (date(2026, 2, 28), 8)]
    found = month_ends.find(
        on_days(*USUAL, *LAST, *before, (date(2026, 2, 3), 2), (date(2026, 1, 5), 1)), RULES
    )
    assert found.keys() == {MARCH, date(2026, 2, 1)}


def bunching_rule() -> tuple[str, Bunching]:
    dated = RULES.bunching.on(MARCH)
    assert dated
    return dated


def months(*counts: int) -> dict[date, tuple[int, int]]:
    return {date(2025 + place // 12, place % 12 + 1, 1): (n, 25) for place, n in enumerate(counts)}


@pytest.mark.parametrize(
    ("counts", "is_flagged"),
    [
        ((25, 26, 25, 25, 26, 25), True),
        ((25, 26, 25, 25, 26), False),
        ((25, 24, 25, 25, 26, 23), False),
        ((25, 26, 25, 25, 27, 26, 26, 25), True),
        ((25, 26, 25, 25, 26, 25, 40), False),
        ((30, 31, 33, 29, 40, 31), False),
        ((22, 24, 26, 28, 23, 25, 27, 24, 21, 26, 29, 25), False),
    ],
)
def test_months_just_over_the_threshold(counts: tuple[int, ...], *, is_flagged: bool) -> None:
    own = months(*counts)
    found = bunching.of_kader(own, max(own), *bunching_rule())
    assert bool(found) == is_flagged
    if found:
        assert found["chance_percent"] <= found["false_alarms_percent"] == 1.0


def test_an_offices_months_are_tested_together() -> None:
    since, rule = bunching_rule()
    assert bunching.of_office([(25, 25)] * 12, 25, since, rule)
    assert not bunching.of_office([(25, 25)] * 11, 25, since, rule)
    assert not bunching.of_office([(count, 25) for count in range(15, 35)] * 5, 25, since, rule)


def test_rules_are_in_force_from_their_day_until_the_next() -> None:
    thresholds = {"people": 2, "households": 2}
    rules = Rules([("shared_phone", date(2026, 3, 10), thresholds)])
    pair = [use(1), use(2)]
    assert {one["rule"] for one in phones.find(pair, rules).values()} == {"2026-03-10"}
    before = [one._replace(day=date(2026, 3, 9)) for one in pair]
    assert phones.find(before, rules) == {}


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 60), st.booleans()), max_size=14),
    st.randoms(use_true_random=False),
)
def test_the_order_of_captures_does_not_matter(
    drawn: list[tuple[int, int, bool]], rng: Random
) -> None:
    own = [capture(minute, km, clock_trusted=trusted) for minute, km, trusted in drawn]
    shuffled = rng.sample(own, len(own))
    for detector in (travel.find, bursts.find, same_place.find, month_ends.find):
        assert detector(own, RULES) == detector(shuffled, RULES)
