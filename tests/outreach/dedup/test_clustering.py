import random

from hypothesis import given
from hypothesis import strategies as st

from outreach.dedup.clustering import MOST_TOGETHER, Connection, groups, partition

RECORDS = st.integers(0, 11)
PAIRS = st.tuples(RECORDS, RECORDS).filter(lambda pair: pair[0] < pair[1])
JUDGED = st.dictionaries(PAIRS, st.integers(4, 9), max_size=30)
APART = st.sets(PAIRS, max_size=12)


def connections(judged: dict[tuple[int, int], int]) -> list[Connection[int]]:
    return [Connection(left, right, score) for (left, right), score in judged.items()]


@given(JUDGED, APART, st.integers())
def test_the_order_of_the_pairs_makes_no_difference(
    judged: dict[tuple[int, int], int], apart: set[tuple[int, int]], seed: int
) -> None:
    rng = random.Random(seed)
    shuffled = rng.sample(connections(judged), len(judged))
    turned = [pair if rng.random() < 0.5 else pair[::-1] for pair in apart]
    assert partition(shuffled, turned, 1) == partition(connections(judged), sorted(apart), 1)


@given(JUDGED, APART)
def test_each_connected_group_can_be_settled_by_itself(
    judged: dict[tuple[int, int], int], apart: set[tuple[int, int]]
) -> None:
    """What makes it right to look at the groups a batch touches and at no others."""
    whole = partition(connections(judged), apart, 1)
    people, review = [], []
    for group in groups(connections(judged)):
        part = partition(
            [one for one in connections(judged) if one.left in group],
            [(one, other) for one, other in apart if one in group and other in group],
            1,
        )
        people += part.people
        review += part.review
    assert sorted(people) == whole.people
    assert sorted(review, key=repr) == sorted(whole.review, key=repr)


@given(JUDGED, APART)
def test_nobody_is_with_somebody_they_are_apart_from(
    judged: dict[tuple[int, int], int], apart: set[tuple[int, int]]
) -> None:
    found = partition(connections(judged), apart, 1)
    for people in found.people:
        assert not any({one, other} <= set(people) for one, other in apart)
    together = {record for people in found.people for record in people}
    assert len(together) == sum(map(len, found.people))


@given(JUDGED)
def test_without_anybody_apart_people_are_the_connected_groups(
    judged: dict[tuple[int, int], int],
) -> None:
    found = partition(connections(judged), [], 1)
    assert found.people == sorted(tuple(sorted(group)) for group in groups(connections(judged)))
    assert found.review == []


@given(JUDGED, APART, PAIRS)
def test_a_word_from_a_coordinator_stands_above_the_scores(
    judged: dict[tuple[int, int], int], apart: set[tuple[int, int]], said: tuple[int, int]
) -> None:
    same = [*connections({k: v for k, v in judged.items() if k != said}),
            Connection(*said, float("inf"))]  # fmt: skip
    found = partition(same, apart - {said}, 1)
    assert any(set(said) <= set(people) for people in found.people)
    found = partition(connections(judged), apart | {said}, 1)
    assert not any(set(said) <= set(people) for people in found.people)


def test_a_rival_within_the_margin_leaves_both_to_a_person() -> None:
    near = [Connection(0, 1, 8.0), Connection(0, 2, 7.5)]
    assert partition(near, [(1, 2)], 1.0).people == []
    assert len(partition(near, [(1, 2)], 1.0).review) == 2
    clear = [Connection(0, 1, 8.0), Connection(0, 2, 6.5)]
    assert partition(clear, [(1, 2)], 1.0).people == [(0, 1)]


def test_those_apart_who_are_alike_make_no_rivals() -> None:
    judged = [Connection(1, 2, 8.0), Connection(1, 3, 7.5)]
    found = partition(judged, [(2, 3)], 1, [(2, 3)])
    assert (found.people, found.review) == ([(1, 2)], [judged[1]])


def test_a_crowd_is_no_person() -> None:
    chain = [Connection(n, n + 1, 9.0) for n in range(MOST_TOGETHER)]
    assert partition(chain, [], 1).people == []
    assert len(partition(chain, [], 1).review) == MOST_TOGETHER
    assert partition(chain[1:], [], 1).people == [tuple(range(1, MOST_TOGETHER + 1))]


@given(JUDGED, APART, st.integers(1, 5), st.integers())
def test_batches_that_settle_only_what_they_touch_end_as_the_whole(
    judged: dict[tuple[int, int], int], apart: set[tuple[int, int]], size: int, seed: int
) -> None:
    """As a push does it: keep judged pairs, and settle the groups of a batch's pairs anew."""
    arriving = random.Random(seed).sample(connections(judged), len(judged))
    known: list[Connection[int]] = []
    person: dict[int, tuple[int, ...]] = {}
    for start in range(0, len(arriving), size):
        batch = arriving[start : start + size]
        known += batch
        touched = {record for one in batch for record in (one.left, one.right)}
        for group in groups(known):
            if group.isdisjoint(touched):
                continue
            person = {record: people for record, people in person.items() if record not in group}
            found = partition(
                [one for one in known if one.left in group],
                [pair for pair in apart if set(pair) <= group],
                1,
            )
            person |= {record: people for people in found.people for record in people}
    assert sorted(set(person.values())) == partition(known, apart, 1).people
