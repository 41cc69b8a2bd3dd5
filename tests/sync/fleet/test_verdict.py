"""The comparison is given right answers, then false ones: it must find each."""

import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest

from sync.fleet.truth import Fact
from sync.fleet.verdict import (
    Answer,
    Counts,
    answer_of,
    compare,
    digest_due,
    standings_differences,
    standings_due,
)
from tests.sync.fleet.square_region import captured

Answers = dict[str, Answer]


def right_answers(facts: list[Fact]) -> Answers:
    """What a server that knows everybody says when the facts arrive in this order."""
    people: set[int] = set()
    answers = {}
    for fact in facts:
        flags = set(fact.flags)
        if fact.contradicted is not True:
            flags.discard("village_contradicted")
        outcome = "duplicate" if fact.person in people else "accepted"
        others = [other for other in facts if other.nik == fact.nik and other.id in answers]
        if fact.nik and any(other.person != fact.person for other in others):
            flags.add("nik_conflict")
        if flags & {"nik_conflict", "village_contradicted"} and outcome == "accepted":
            outcome = "review"
        people.add(fact.person)
        answers[fact.id] = Answer(outcome, fact.revision, str(fact.person), frozenset(flags))
    return answers


@pytest.fixture(scope="module")
def facts() -> list[Fact]:
    return [capture.fact for capture in captured(records=1500)]


@pytest.mark.parametrize("order", [1, -1])
def test_right_answers_are_right_in_any_order(facts: list[Fact], order: int) -> None:
    found = compare(facts, right_answers(facts[::order]))
    assert found.differences == []
    assert found.people_found == found.true_people == len({fact.person for fact in facts})
    assert found.joined.precision == found.joined.recall == 1
    assert found.joined.true > 0
    assert sum(sum(by.values()) for by in found.outcomes.values()) == len(facts)
    assert found.flags_raised == found.flags_planted > 0
    for due in found.due.values():
        assert due.fewest <= due.found <= due.most
    assert found.due["duplicate"].found > 0
    assert found.due["nik_conflict"].found > 0


def test_records_of_one_worker_that_were_not_joined_cost_recall_and_are_no_fault(
    facts: list[Fact],
) -> None:
    answers = right_answers(facts)
    key = next(key for key, answer in answers.items() if answer.outcome == "duplicate")
    asked = answers[key].flags | {"nik_conflict"}
    answers[key] = answers[key]._replace(person="new", outcome="review", flags=asked)
    found = compare(facts, answers)
    assert found.differences == []
    assert found.joined.precision == 1
    assert 0.9 < found.joined.recall < 1


def one(facts: list[Fact], story: str) -> Fact:
    return next(fact for fact in facts if fact.story == story)


def lose(facts: list[Fact], answers: Answers) -> None:
    del answers[one(facts, "worker").id]


def hold(facts: list[Fact], answers: Answers) -> None:
    answers[one(facts, "invalid").id] = Answer("rejected", None, None, frozenset())


def forget_an_edit(facts: list[Fact], answers: Answers) -> None:
    key = one(facts, "edited").id
    answers[key] = answers[key]._replace(revision=1)


def double_a_person(facts: list[Fact], answers: Answers) -> None:
    key = next(key for key, answer in answers.items() if answer.outcome == "duplicate")
    answers[key] = answers[key]._replace(person="somebody new")


def mix_people_up(facts: list[Fact], answers: Answers) -> None:
    first, second = [fact.id for fact in facts if fact.story == "homonym"][:2]
    answers[second] = answers[second]._replace(person=answers[first].person)


def accept_a_duplicate(facts: list[Fact], answers: Answers) -> None:
    key = next(key for key, answer in answers.items() if answer.outcome == "duplicate")
    answers[key] = answers[key]._replace(outcome="accepted")


def call_a_first_one_duplicate(facts: list[Fact], answers: Answers) -> None:
    key = one(facts, "worker").id
    answers[key] = answers[key]._replace(outcome="duplicate")


def overlook(flag: str) -> Callable[[list[Fact], Answers], None]:
    def sabotage(facts: list[Fact], answers: Answers) -> None:
        key = next(key for key, answer in answers.items() if flag in answer.flags)
        outcome = "accepted" if answers[key].outcome == "review" else answers[key].outcome
        answers[key] = Answer(
            outcome, answers[key].revision, answers[key].person, answers[key].flags - {flag}
        )

    return sabotage


def doubt(flag: str) -> Callable[[list[Fact], Answers], None]:
    def sabotage(facts: list[Fact], answers: Answers) -> None:
        key = next(f.id for f in facts if f.story == "no_nik" and answers[f.id].outcome != "review")
        answer = answers[key]
        answers[key] = answer._replace(outcome="review", flags=answer.flags | {flag})

    return sabotage


def review_without_reason(facts: list[Fact], answers: Answers) -> None:
    key = one(facts, "worker").id
    answers[key] = answers[key]._replace(outcome="review", flags=frozenset())


@pytest.mark.parametrize(
    ("sabotage", "words"),
    [
        (lose, "lost: .* is unknown"),
        (hold, "lost: .* is rejected"),
        (forget_an_edit, "lost: .* is at revision 1, not 2"),
        (double_a_person, "0 records are no duplicate"),
        (mix_people_up, "mixed up: .* are different people"),
        (accept_a_duplicate, "2 records are no duplicate"),
        (call_a_first_one_duplicate, "0 records are no duplicate"),
        (overlook("nik_conflict"), "people of one NIK, and nobody is asked"),
        (overlook("village_contradicted"), "flag missing"),
        (overlook("location_mocked"), "flag missing: .* lacks location_mocked"),
        (doubt("village_contradicted"), "contradicts a village that it does not"),
        (review_without_reason, "in review without a reason"),
    ],
)
def test_a_false_answer_is_found(
    facts: list[Fact], sabotage: Callable[[list[Fact], Answers], None], words: str
) -> None:
    answers = right_answers(facts)
    sabotage(facts, answers)
    found = compare(facts, answers)
    assert any(re.search(words, text) for text in found.differences), found.differences


def fact(number: int, **changes: object) -> Fact:
    base = Fact(
        id=f"r{number}",
        story="worker",
        kader=0,
        campaign="c",
        person=1,
        nik="1271014503840002",
        domicile="12.71.01.1001",
        event_village="12.71.01.1001",
        happened_at=1000.0 + number,
        trusted=True,
        revision=1,
        flags=frozenset(),
        contradicted=False,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


NOBODY: frozenset[str] = frozenset()
ALL_ONE = {f"r{number}": "p" for number in range(9)}


def test_a_person_counts_once_where_the_first_right_clock_says() -> None:
    facts = [
        fact(3, domicile="12.71.01.1003"),
        fact(2, domicile="12.71.01.1002"),
        fact(1, domicile="12.71.01.1001", trusted=False),
    ]
    assert standings_due(facts, ALL_ONE, NOBODY) == {"12.71.01.1002": Counts(1, 0)}
    assert standings_due(facts, ALL_ONE, frozenset({"r3"})) == {"12.71.01.1002": Counts(0, 1)}


def test_an_unknown_village_counts_nowhere() -> None:
    assert standings_due([fact(1, domicile=None)], ALL_ONE, NOBODY) == {}


def test_different_people_count_each() -> None:
    facts = [fact(1), fact(2), fact(3)]
    people = {"r1": "p", "r2": "q", "r3": "s"}
    assert standings_due(facts, people, frozenset({"r1"})) == {"12.71.01.1001": Counts(2, 1)}


def test_a_miscounted_village_is_found() -> None:
    before = {"a": Counts(5, 2), "b": Counts(1, 0)}
    due = {"a": Counts(3, 1)}
    assert standings_differences(before, {"a": Counts(8, 3), "b": Counts(1, 0)}, due) == []
    for after in (
        {"a": Counts(9, 3), "b": Counts(1, 0)},
        {"a": Counts(8, 2), "b": Counts(1, 0)},
        {"a": Counts(8, 3), "b": Counts(2, 0)},
        {"b": Counts(1, 0)},
    ):
        assert len(standings_differences(before, after, due)) == 1


def test_a_digest_is_over_the_sorted_lines() -> None:
    of_lines = sha256(b"a:1\nb:3\n").hexdigest()
    assert digest_due([("b", 3), ("a", 1)]) == (2, of_lines)
    assert digest_due([("b", 2), ("a", 1)]) != (2, of_lines)


def test_the_wire_is_read_as_it_is_sent() -> None:
    wire = {
        "id": "r1",
        "outcome": "review",
        "revision": 2,
        "person": "p",
        "flags": [{"code": "nik_conflict", "detail": "…"}],
        "event_village": {"code": "12.71.01.1001", "probability": 0.97},
    }
    answer = answer_of(wire)
    assert answer == Answer("review", 2, "p", frozenset({"nik_conflict"}), ("12.71.01.1001", 0.97))
    assert answer_of({"id": "r2", "outcome": "unknown"}).revision is None
