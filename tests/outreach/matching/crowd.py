"""Made-up registrations that look alike, pushed as a tablet would, and who they are by the rule."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from fixtures.lookalikes import Labelled, lookalikes
from fixtures.people import Population
from outreach.dedup.clustering import MOST_TOGETHER
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.pairing import without_crowded
from outreach.dedup.resolving import resolve
from outreach.dedup.scoring import shipped_model
from outreach.matching.records import facts_of_registration
from outreach.models import MatchPair, Registration
from outreach.statuses import OUT
from sync.push import Pusher, push
from sync.wire import Batch, typed
from tests.cast import Cast
from tests.records import CAPTURED, NOW, batch, record

VILLAGES = [
    f"99.01.{district:02}.{village}" for district in range(1, 9) for village in range(1001, 1013)
]
NAMESPACE = UUID(int=18)

People = frozenset[frozenset[UUID]]


def crowd(cast: Cast, seed: int, people: int, noise: float = 1.0) -> list[dict[str, Any]]:
    """Records of about 1.4 registrations for each of so many people, none that cannot be stored."""
    return [
        _record(cast, labelled, f"{seed}/{place}")
        for place, labelled in enumerate(lookalikes(seed, people, noise))
        if labelled.fields["birth_date"]
    ]


def _record(cast: Cast, labelled: Labelled, name: str) -> dict[str, Any]:
    fields = labelled.fields
    code = fields["village"].replace(".", "")
    nik = fields["nik"] if len(fields["nik"]) == 16 and fields["nik"].isdigit() else None
    return record(
        cast.market.id,
        f"{code[:2]}.{code[2:4]}.{code[4:6]}.{code[6:]}",
        id=str(uuid5(NAMESPACE, name)),
        full_name=fields["full_name"] or "Tanpa nama",
        birth_date=fields["birth_date"].isoformat(),
        sex=fields["sex"] or "female",
        nik=nik,
        nik_missing_reason=None if nik else "lost",
        mother_name=fields["mother_name"] or None,
        phone=fields["phone"] if fields["phone"].startswith("+62") else None,
        address=fields["address"] or None,
        rt=None,
        rw=None,
        occupation=fields["occupation"] or "market_trader",
        captured_at=CAPTURED.isoformat(),
    )


def strangers_as(cast: Cast, number: int, **shared: Any) -> list[dict[str, Any]]:
    """So many people of one regency, the same ones every time, but for what they share."""
    population = Population(7, VILLAGES, NOW.date())
    workers = [population.worker() for _ in range(number)]
    return [
        record(
            cast.market.id,
            worker.village,
            nik=worker.nik,
            full_name=worker.full_name,
            birth_date=worker.birth_date.isoformat(),
            sex=worker.sex,
            mother_name=worker.mother_name,
            phone=worker.phone,
            address=worker.address,
            occupation=worker.occupation,
            rt=worker.rt,
            rw=worker.rw,
        )
        | shared
        for worker in workers
    ]


def push_all(cast: Cast, records: Sequence[dict[str, Any]], size: int = 500) -> None:
    for start in range(0, len(records), size):
        push(typed(batch(records[start : start + size]), Batch), Pusher(cast.siti, None), NOW)


def stored_people() -> People:
    """Who is whom in the database."""
    groups: dict[UUID, set[UUID]] = defaultdict(set)
    for person, registration in Registration.objects.values_list("person_id", "id"):
        groups[person].add(registration)
    return frozenset(map(frozenset, groups.values()))


def due_people() -> tuple[People, set[tuple[UUID, UUID]]]:
    """Who is whom among the stored registrations by the rule for sets, and what is to be asked."""
    rows = sorted(Registration.objects.all(), key=lambda row: row.id.int)
    facts = without_crowded([facts_of_registration(row) for row in rows])
    found = resolve(facts, shipped_model(), shipped_frequencies())
    assert all(len(group) <= MOST_TOGETHER for group in found.people)
    joined = {place for group in found.people for place in group}
    groups: list[tuple[int, ...]] = [
        *found.people,
        *((place,) for place in range(len(rows)) if place not in joined),
    ]
    assert not Registration.objects.filter(status__in=OUT)
    person = {place: group for group in groups for place in group}
    asked = {(person[one.left], person[one.right]): (one.left, one.right) for one in found.reviews}
    conflicts = sorted(
        (-score, left, right)
        for left, right, score in zip(
            found.pairs.left.tolist(),
            found.pairs.right.tolist(),
            found.judged.scores.tolist(),
            strict=True,
        )
        if facts[left].nik and facts[left].nik == facts[right].nik
    )
    for _, left, right in conflicts:
        two = (person[left], person[right])
        if person[left] != person[right] and two not in asked and two[::-1] not in asked:
            asked[two] = (left, right)
    return (
        frozenset(frozenset(rows[place].id for place in group) for group in groups),
        {(rows[left].id, rows[right].id) for left, right in asked.values()},
    )


def open_questions() -> set[tuple[UUID, UUID]]:
    return set(MatchPair.objects.filter(is_open=True).values_list("left_id", "right_id"))
