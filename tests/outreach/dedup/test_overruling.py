"""What coordinators said stands above what was judged, in whatever order it is looked at."""

import random
from collections.abc import Collection
from itertools import combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from outreach.dedup.clustering import Connection, partition
from outreach.dedup.overruling import overruled

MARGIN = 1.0
Pair = tuple[int, int]

pairs = st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1])
scores = st.dictionaries(pairs, st.integers(4, 12).map(float), max_size=14)


def people(
    connections: dict[Pair, float],
    apart: set[Pair],
    said: dict[Pair, bool],
    order: random.Random | None = None,
    alike: Collection[Pair] = (),
) -> list[tuple[int, ...]]:
    given_connections = [Connection(*pair, score) for pair, score in connections.items()]
    given_apart, given_said = sorted(apart), sorted(said.items())
    if order:
        for some in (given_connections, given_apart, given_said):
            order.shuffle(some)
    return overruled(given_connections, given_apart, sorted(alike), dict(given_said), MARGIN).people


@given(scores, st.sets(pairs, max_size=8), st.randoms(use_true_random=False))
def test_where_nobody_said_anything_it_is_the_partition(
    connections: dict[Pair, float], apart: set[Pair], order: random.Random
) -> None:
    plain = partition([Connection(*p, s) for p, s in connections.items()], apart, MARGIN)
    assert people(connections, apart, {}, order) == plain.people


@given(
    scores,
    st.sets(pairs, max_size=8),
    st.sets(pairs, max_size=8),
    st.dictionaries(pairs, st.booleans(), max_size=6),
    st.randoms(use_true_random=False),
)
def test_the_order_does_not_matter_and_people_are_disjoint(
    connections: dict[Pair, float],
    apart: set[Pair],
    alike: set[Pair],
    said: dict[Pair, bool],
    order: random.Random,
) -> None:
    found = people(connections, apart, said, alike=apart & alike)
    assert people(connections, apart, said, order, apart & alike) == found
    members = [one for group in found for one in group]
    assert len(members) == len(set(members))
    for group in found:
        for pair in combinations(group, 2):
            assert said.get(pair) is not False


@given(scores, st.sets(pairs, max_size=8), st.sets(pairs, min_size=1, max_size=4))
def test_who_is_said_to_be_one_person_is(
    connections: dict[Pair, float], apart: set[Pair], same: set[Pair]
) -> None:
    found = people(connections, apart, dict.fromkeys(same, True))
    for left, right in same:
        assert any({left, right} <= set(group) for group in found)


def test_different_stands_against_a_join_through_others() -> None:
    said: dict[Any, bool] = {(1, 2): True, (2, 3): True, (1, 3): False}
    found = overruled([], [], [], said, MARGIN)
    assert found.people == [(1, 2)]
    assert [(one.left, one.right) for one in found.review] == [(2, 3)]


def test_what_was_said_has_no_rivals_and_joins_what_is_apart() -> None:
    connections = {(1, 2): 9.0, (1, 3): 9.0}
    apart = {(2, 3)}
    assert people(connections, apart, {}) == []
    assert people(connections, apart, {(1, 2): True}) == [(1, 2)]
    assert people(connections, apart, {(2, 3): True}) == [(1, 2, 3)]
    assert people(connections, apart, {(1, 2): False}) == [(1, 3)]


def test_a_veto_that_was_overruled_keeps_nobody_else_apart() -> None:
    """1 and 2 have two NIKs and were said to be one person; 3 has the NIK of 1, 4 that of 2."""
    connections = {(1, 3): 9.0, (2, 4): 8.0}
    apart = {(1, 2), (2, 3), (1, 4), (3, 4)}
    said = {(1, 2): True}
    assert people(connections, apart, said, alike=apart) == [(1, 2, 3, 4)]
    assert people(connections, apart, {}, alike=apart) == [(1, 3), (2, 4)]
    assert people(connections, apart | {(2, 5)}, said) == [(1, 2, 3, 4)]
    # What nobody overruled still counts: 1 and 2 are not apart, 3 and 2 are.
    assert people({(1, 3): 9.0}, {(2, 3)}, said) == [(1, 2)]
