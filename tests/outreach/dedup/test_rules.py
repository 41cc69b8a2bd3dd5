"""Whoever changes a rule names a new version, or a sweep would move people silently."""

from datetime import date
from hashlib import sha256
from itertools import combinations, product
from typing import Any

import numpy as np

from fixtures.dedup_training import version_of
from outreach.dedup.columns import columns_of
from outreach.dedup.deciding import RULES, judge
from outreach.dedup.facts import facts_of
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.scoring import shipped_model

VERDICTS = {2: "0c9ca9ed4b792ad4"}
"""RULES → digest of what they say of the pairs below. Never change a line: where the test fails,
count RULES on, name the model's version after it in model.json, and add a line."""

_NAMES = (
    *("", "Ibu", "Siti", "Siti Aminah", "Siti Amina", "Sinta Dewi", "Rina", "Rini"),
    *("Sri Wahyuni", "Dewi Sartika", "Bonaraja Hutahaean", "Bonaraja", "S. Hutahaean"),
)
_BIRTH_DATES = (None, *map(date, (1984, 1984, 1984, 1984, 1961), (3, 5, 1, 3, 3), (5, 3, 1, 6, 5)))
_NIKS = ("", "1277014503840001", "1277014503840002", "1277014503480001", "3204114503840021")
_HOMES: tuple[dict[str, Any], ...] = (
    {},
    {"phone": "+6281234567890", "address": "Jl. Mawar No. 3 RT 002 RW 001"},
    {"phone": "+6281234567899", "mother_name": "Rosmawati Lubis"},
)
_PAIRS = 20_000


def verdicts() -> str:
    """Of some thousands of pairs among all mixtures of these, without the scores themselves."""
    facts = [
        facts_of(full_name=name, birth_date=born, nik=nik, village="12.77.01.1001", **home)
        for name, born, nik, home in product(_NAMES, _BIRTH_DATES, _NIKS, _HOMES)
    ]
    every = list(combinations(range(len(facts)), 2))
    some = np.array(every[:: len(every) // _PAIRS])
    model = shipped_model()
    found = judge(model, columns_of(facts, shipped_frequencies()), some[:, 0], some[:, 1])
    said = [found.vetoes, found.same(model), found.unsure(model), found.apart(model)]
    said.append(found.alike(model))
    return sha256(np.stack(said).astype("<i8").tobytes()).hexdigest()[:16]


def test_a_change_of_rules_is_a_new_version() -> None:
    assert verdicts() == VERDICTS[RULES], "other rules: count RULES on"
    assert shipped_model().version.split(".")[1].partition("r")[2] == str(RULES)


def test_new_weights_are_named_with_the_rules() -> None:
    assert version_of(date(2026, 11, 21), 1) == f"2026-11-21.1r{RULES}"
