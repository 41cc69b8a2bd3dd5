"""The truth beside what the server says: what is lost, doubled, judged or counted otherwise.

Who a record's worker is, is true whatever was typed. The server cannot always see it: how many
pairs it joins is told, and that it joins next to no different people is demanded. Everything else
has to be right about the people as the server sees them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from sync.fleet.truth import Fact

WRONG_JOINS = 0.001
"""Of the pairs of records that the server makes one person, so many may be of different people."""
NAMED = 20
STORED = ("accepted", "review", "duplicate")
ASKED_FLAGS = frozenset({"nik_conflict", "possible_duplicate"})
REVIEW_FLAGS = ASKED_FLAGS | {"village_contradicted"}


class Answer(NamedTuple):
    """What the server says of one record."""

    outcome: str
    revision: int | None
    person: str | None
    flags: frozenset[str]
    event_village: tuple[str, float] | None = None


class Due(NamedTuple):
    """How many records must have something, at least and at most, and how many do."""

    fewest: int
    most: int
    found: int


class Joined(NamedTuple):
    """Pairs of records: of one worker, and those of them, and others, that were made one person."""

    true: int
    right: int
    wrong: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0


class Counts(NamedTuple):
    """People who count for a village."""

    provisional: int
    verified: int


@dataclass(slots=True)
class Comparison:
    """What was found; `differences` is empty when the server is right about everything."""

    records: int = 0
    true_people: int = 0
    people_found: int = 0
    joined: Joined = field(default_factory=lambda: Joined(0, 0, 0))
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    """Story → outcome → records."""
    due: dict[str, Due] = field(default_factory=dict)
    """`duplicate` and the reasons for a review."""
    flags_planted: int = 0
    flags_raised: int = 0
    villages_named: int = 0
    villages_right: int = 0
    villages_sure: float = 0.0
    """The sum of the probabilities that the server itself gave its villages."""
    differences: list[str] = field(default_factory=list)


def answer_of(result: Mapping[str, Any]) -> Answer:
    """The wire's result for a record, as far as it is compared."""
    village = result.get("event_village")
    return Answer(
        result["outcome"],
        result.get("revision"),
        result.get("person"),
        frozenset(flag["code"] for flag in result.get("flags", ())),
        (village["code"], village["probability"]) if village else None,
    )


def compare(facts: Sequence[Fact], answers: Mapping[str, Answer]) -> Comparison:
    """Hold the current answers for all records against the truth about them."""
    found = Comparison(records=len(facts))
    found.true_people = len({fact.person for fact in facts})
    stored: dict[str, Answer] = {}
    for fact in facts:
        answer = answers.get(fact.id, Answer("unknown", None, None, frozenset()))
        found.outcomes.setdefault(fact.story, Counter())[answer.outcome] += 1
        found.differences += _record_differences(fact, answer)
        _compare_details(found, fact, answer)
        if answer.outcome in STORED:
            stored[fact.id] = answer
    there = [fact for fact in facts if fact.id in stored]
    people: dict[str, list[Fact]] = defaultdict(list)
    for fact in there:
        people[str(stored[fact.id].person)].append(fact)
    found.people_found = len(people)
    found.joined = _joined(there, people)
    found.differences += _wrong_joins(found.joined, people)
    found.differences += _founder_differences(people, stored)
    found.differences += _unasked_niks(people, stored)
    extra = len(there) - len(people)
    duplicates = sum(answer.outcome == "duplicate" for answer in stored.values())
    found.due["duplicate"] = Due(extra, extra, duplicates)
    _compare_contradictions(found, there, stored)
    for code in ("nik_conflict", "possible_duplicate"):
        asked = sum(code in answer.flags for answer in stored.values())
        found.due[code] = Due(asked, asked, asked)
    return found


def _record_differences(fact: Fact, answer: Answer) -> Iterator[str]:
    name = f"{fact.id} ({fact.story})"
    if answer.outcome not in STORED:
        yield f"lost: {name} is {answer.outcome}"
        return
    if answer.revision != fact.revision:
        yield f"lost: {name} is at revision {answer.revision}, not {fact.revision}"
    if missing := fact.flags - answer.flags:
        yield f"flag missing: {name} lacks {', '.join(sorted(missing))}"
    if answer.outcome == "review" and not answer.flags & REVIEW_FLAGS:
        yield f"verdict: {name} is in review without a reason"
    if answer.outcome == "accepted" and answer.flags & REVIEW_FLAGS:
        yield f"verdict: {name} is accepted in spite of {', '.join(sorted(answer.flags))}"
    if fact.contradicted is False and "village_contradicted" in answer.flags:
        yield f"verdict: {name} contradicts a village that it does not"


def _compare_details(found: Comparison, fact: Fact, answer: Answer) -> None:
    found.flags_planted += len(fact.flags)
    found.flags_raised += len(fact.flags & answer.flags)
    if answer.event_village and fact.event_village:
        found.villages_named += 1
        found.villages_right += answer.event_village[0] == fact.event_village
        found.villages_sure += answer.event_village[1]


def _pairs(number: int) -> int:
    return number * (number - 1) // 2


def _joined(facts: Iterable[Fact], people: Mapping[str, Sequence[Fact]]) -> Joined:
    true = sum(map(_pairs, Counter(fact.person for fact in facts).values()))
    right = sum(
        _pairs(number)
        for group in people.values()
        for number in Counter(fact.person for fact in group).values()
    )
    return Joined(true, right, sum(_pairs(len(group)) for group in people.values()) - right)


def _wrong_joins(joined: Joined, people: Mapping[str, Sequence[Fact]]) -> Iterator[str]:
    """Different people taken for one, where they are more than may happen."""
    if 1 - joined.precision <= WRONG_JOINS:
        return
    yield f"mixed up: {joined.wrong} of {joined.wrong + joined.right} joined pairs are wrong"
    mixed = [group for group in people.values() if len({fact.person for fact in group}) > 1]
    for group in mixed[:NAMED]:
        names = ", ".join(f"{fact.id} ({fact.story})" for fact in group)
        yield f"mixed up: {names} are different people"


def _founder_differences(
    people: Mapping[str, Sequence[Fact]], stored: Mapping[str, Answer]
) -> Iterator[str]:
    """Of each person one record, the first to arrive, is no duplicate."""
    for group in people.values():
        firsts = [fact for fact in group if stored[fact.id].outcome != "duplicate"]
        if len(firsts) != 1:
            yield (
                f"verdict: of the person of {group[0].id} {len(firsts)} records are no duplicate"
            )


def _unasked_niks(
    people: Mapping[str, Sequence[Fact]], stored: Mapping[str, Answer]
) -> Iterator[str]:
    """Where several people hold one NIK, somebody has to be asked."""
    holders: dict[str, dict[str, Sequence[Fact]]] = defaultdict(dict)
    for person, group in people.items():
        for fact in group:
            if fact.nik:
                holders[fact.nik][person] = group
    for groups in holders.values():
        facts = [fact for group in groups.values() for fact in group]
        if len(groups) > 1 and not any(stored[fact.id].flags & ASKED_FLAGS for fact in facts):
            names = ", ".join(fact.id for fact in facts)
            yield f"verdict: {names} are {len(groups)} people of one NIK, and nobody is asked"


def _compare_contradictions(
    found: Comparison, facts: Iterable[Fact], stored: Mapping[str, Answer]
) -> None:
    total = Due(0, 0, 0)
    for fact in facts:
        has = "village_contradicted" in stored[fact.id].flags
        due = (fact.contradicted is True, fact.contradicted is not False)
        total = Due(total.fewest + due[0], total.most + due[1], total.found + has)
    found.due["village_contradicted"] = total


def digest_due(revisions: Iterable[tuple[str, int | None]]) -> tuple[int, str]:
    """Count and digest over a kader's (id, revision), as the contract defines them."""
    lines = sorted(f"{key}:{revision}\n" for key, revision in revisions)
    return len(lines), sha256("".join(lines).encode()).hexdigest()


def standings_due(
    facts: Iterable[Fact], people: Mapping[str, str | None], verified: frozenset[str]
) -> dict[str, Counts]:
    """Village → people these records add to its standing, when those in `verified` are.

    `people`: whom the server has each record for, by id. The first capture by a right clock decides
    for which village a person counts.
    """
    groups: dict[str | None, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.id in people:
            groups[people[fact.id]].append(fact)
    due: dict[str, Counter[bool]] = defaultdict(Counter)
    for group in groups.values():
        first = min(group, key=lambda fact: (not fact.trusted, fact.happened_at, fact.id))
        if first.domicile:
            due[first.domicile][any(fact.id in verified for fact in group)] += 1
    return {village: Counts(count[False], count[True]) for village, count in due.items()}


def standings_differences(
    before: Mapping[str, Counts], after: Mapping[str, Counts], due: Mapping[str, Counts]
) -> list[str]:
    """Villages whose standing did not change by what is due."""
    differences = []
    nothing = Counts(0, 0)
    for village in sorted(before.keys() | after.keys() | due.keys()):
        old, new, owed = (side.get(village, nothing) for side in (before, after, due))
        changed = Counts(new.provisional - old.provisional, new.verified - old.verified)
        if changed != owed:
            differences.append(
                f"standing: {village} gained {changed.provisional} provisional and"
                f" {changed.verified} verified, not {owed.provisional} and {owed.verified}"
            )
    return differences
