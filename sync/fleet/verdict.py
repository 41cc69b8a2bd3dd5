"""The truth beside what the server says: what is lost, doubled, judged or counted otherwise."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from sync.fleet.truth import Fact

STORED = ("accepted", "review", "duplicate")
REVIEW_FLAGS = frozenset({"nik_conflict", "possible_duplicate", "village_contradicted"})


class Answer(NamedTuple):
    """What the server says of one record."""

    outcome: str
    revision: int | None
    person: str | None
    flags: frozenset[str]
    event_village: tuple[str, float] | None = None


class Due(NamedTuple):
    """How many records the rules make of something, at least and at most, and how many it is.

    Which of two look-alikes is doubted, and in odd cases how many, depends on who arrived first.
    """

    fewest: int
    most: int
    found: int


class Counts(NamedTuple):
    """People who count for a village."""

    provisional: int
    verified: int


@dataclass(slots=True)
class Comparison:
    """What was found; `differences` is empty when the server is right about everything."""

    records: int = 0
    true_people: int = 0
    people_by_rules: int = 0
    people_found: int = 0
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
    groups: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        groups[fact.identity].append(fact)
    found.true_people = len({fact.person for fact in facts})
    found.people_by_rules = len(groups)
    stored = {}
    for fact in facts:
        answer = answers.get(fact.id, Answer("unknown", None, None, frozenset()))
        found.outcomes.setdefault(fact.story, Counter())[answer.outcome] += 1
        found.differences += _record_differences(fact, answer)
        _compare_details(found, fact, answer)
        if answer.outcome in STORED:
            stored[fact.id] = answer
    found.people_found = len({answer.person for answer in stored.values()})
    found.differences += _person_differences(groups, stored)
    _compare_doubts(found, list(_founders(groups, stored)))
    duplicates = sum(answer.outcome == "duplicate" for answer in stored.values())
    extra = len(facts) - len(groups)
    found.due["duplicate"] = Due(extra, extra, duplicates)
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


def _person_differences(
    groups: Mapping[str, Sequence[Fact]], stored: Mapping[str, Answer]
) -> Iterator[str]:
    """People who are doubled, and different people taken for one."""
    owners: dict[str | None, str] = {}
    for identity, group in groups.items():
        people = sorted({str(stored[fact.id].person) for fact in group if fact.id in stored})
        names = ", ".join(fact.id for fact in group)
        if len(people) > 1:
            yield f"doubled: {names} are one person and became {len(people)}"
        for person in people:
            other = owners.setdefault(person, identity)
            if other != identity:
                yield f"mixed up: {names} and {groups[other][0].id} are different people"


def _founders(
    groups: Mapping[str, Sequence[Fact]], stored: Mapping[str, Answer]
) -> Iterator[tuple[Fact, list[Answer]]]:
    """Of each person those records that are no duplicate: the first to arrive, so one."""
    for group in groups.values():
        there = [fact for fact in group if fact.id in stored]
        firsts = [fact for fact in there if stored[fact.id].outcome != "duplicate"]
        if there:
            yield (firsts or there)[0], [stored[fact.id] for fact in firsts]


def _compare_doubts(found: Comparison, founders: Sequence[tuple[Fact, list[Answer]]]) -> None:
    same_nik: dict[str, list[tuple[Fact, Answer]]] = defaultdict(list)
    same_look: dict[str, list[tuple[Fact, Answer]]] = defaultdict(list)
    contradicted = Due(0, 0, 0)
    for fact, answers in founders:
        if len(answers) != 1:
            found.differences.append(
                f"verdict: of the person of {fact.id} {len(answers)} records are no duplicate"
            )
            continue
        [answer] = answers
        if fact.nik:
            same_nik[fact.nik].append((fact, answer))
        same_look[fact.look].append((fact, answer))
        due = Due(
            fact.contradicted is True,
            fact.contradicted is not False,
            "village_contradicted" in answer.flags,
        )
        contradicted = _sum(contradicted, due)
    found.due["village_contradicted"] = contradicted
    _compare_clusters(found, "nik_conflict", same_nik.values())
    _compare_clusters(found, "possible_duplicate", same_look.values())


def _compare_clusters(
    found: Comparison, flag: str, clusters: Iterable[Sequence[tuple[Fact, Answer]]]
) -> None:
    """All but the first to arrive of those who share something must carry the flag."""
    total = Due(0, 0, 0)
    for people in clusters:
        fewest = most = len(people) - 1
        if flag == "possible_duplicate":
            fewest, most = _lookalikes([fact for fact, _ in people])
        due = Due(fewest, most, sum(flag in answer.flags for _, answer in people))
        total = _sum(total, due)
        if not due.fewest <= due.found <= due.most:
            names = ", ".join(fact.id for fact, _ in people)
            found.differences.append(
                f"verdict: {due.found} of {names} have {flag}, not {fewest} to {most}"
            )
    found.due[flag] = total


def _sum(one: Due, other: Due) -> Due:
    return Due(one.fewest + other.fewest, one.most + other.most, one.found + other.found)


def _lookalikes(people: Sequence[Fact]) -> tuple[int, int]:
    """The fewest and most of these alike that must be doubted, in whatever order they arrived.

    Two who both have a NIK are told apart by it, so a doubt needs one without.
    """
    without = sum(fact.nik is None for fact in people)
    if not without:
        return 0, 0
    return without - (without == len(people)), len(people) - 1


def digest_due(revisions: Iterable[tuple[str, int | None]]) -> tuple[int, str]:
    """Count and digest over a kader's (id, revision), as the contract defines them."""
    lines = sorted(f"{key}:{revision}\n" for key, revision in revisions)
    return len(lines), sha256("".join(lines).encode()).hexdigest()


def standings_due(facts: Iterable[Fact], verified: frozenset[str]) -> dict[str, Counts]:
    """Village → people these records add to its standing, when those in `verified` are.

    The first capture by a right clock decides for which village a person counts.
    """
    groups: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        groups[fact.identity].append(fact)
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
