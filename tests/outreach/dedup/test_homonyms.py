"""Villages where half share five names: without a NIK somebody is asked, nobody is guessed."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest

from outreach.dedup.deciding import Veto
from outreach.dedup.facts import Facts, facts_of
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.resolving import resolve
from outreach.dedup.scoring import shipped_model

FIVE_NAMES = ("Siti Aminah", "Siti", "Budi Santoso", "Muhammad Ali", "Slamet")
OTHER_NAMES = (
    *("Sutrisno", "Sumiati", "Painem", "Endang", "Supriyadi"),
    *("Siti Khadijah", "Nurhayati", "Agus", "Dewi", "Ahmad"),
)


def villager(name: str, born: date, **known: Any) -> Facts:
    fields: dict[str, Any] = {"village": "99.01.01.2001", "occupation": "market_trader"}
    return facts_of(full_name=name, birth_date=born, **fields | known)


def village(people: int = 400) -> list[Facts]:
    """Different people. Of each name every second was born on the day of the one before, and some
    on a 1 January."""
    names = [
        FIVE_NAMES[at // 2 % 5] if at % 2 else OTHER_NAMES[at // 2 % 10] for at in range(people)
    ]
    seen: dict[str, int] = defaultdict(int)
    found = []
    for name in names:
        place = seen[name] = seen[name] + 1
        born = date(1960 + place // 2 % 37, 1, 1) + timedelta(place // 2 * 41 % 200)
        found.append(villager(name, born))
    return found


def test_different_people_of_one_name_and_birth_date_are_asked_about() -> None:
    people = village()
    alike: dict[tuple[str, int], list[int]] = defaultdict(list)
    for place, one in enumerate(people):
        alike[one.name, one.birth_date].append(place)
    due = {pair for places in alike.values() for pair in combinations(places, 2)}

    found = resolve(people, shipped_model(), shipped_frequencies())

    assert found.people == []
    assert len(due) > 150
    assert due <= {(question.left, question.right) for question in found.reviews}


@pytest.mark.parametrize("name", [*FIVE_NAMES, *OTHER_NAMES])
@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({}, {}),
        ({"nik": "9901014503840002"}, {}),
        ({"phone": "+6281234567890"}, {"phone": "+6285799911122"}),
        ({"mother_name": "Painem"}, {"mother_name": "Rosmawati Lubis"}),
    ],
)
def test_homonyms_are_not_joined(name: str, left: dict[str, Any], right: dict[str, Any]) -> None:
    for born in (date(1984, 3, 5), date(1984, 1, 1)):
        pair = [villager(name, born, **left), villager(name, born, **right)]

        found = resolve(pair, shipped_model(), shipped_frequencies())

        assert found.people == []
        assert Veto.COMMON_NAME in Veto(int(found.judged.vetoes[0]))


@pytest.mark.parametrize(
    "shared",
    [
        {"nik": "9901014503840002"},
        {"phone": "+6281234567890"},
        {"mother_name": "Rosmawati Lubis"},
        {"address": "Jl. Mesjid No. 4 RT 002 RW 005"},
    ],
)
def test_one_more_thing_in_common_is_enough(shared: dict[str, str]) -> None:
    pair = [villager("Siti Aminah", date(1984, 3, 5), **shared) for _ in range(2)]

    assert resolve(pair, shipped_model(), shipped_frequencies()).people == [(0, 1)]
