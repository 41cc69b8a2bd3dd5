"""Standings while several write at once."""

import random

import pytest
from django.db import transaction

from outreach import changes
from outreach.models import Campaign, User
from outreach.standings.rebuilding import rebuild, refresh
from tests.outreach.standings.conftest import CAMPAIGN, FAR, LOWER, NOW, PERIOD, TOWN, UPPER
from tests.outreach.standings.people import People, derived
from tests.threads import at_once

ROUNDS = 25


@pytest.mark.django_db(transaction=True)
def test_a_rebuild_in_the_middle_of_pushes_loses_none_of_them(
    kader: User, campaign: Campaign
) -> None:
    refresh(NOW)

    def push(seed: int) -> None:
        chance = random.Random(seed)
        people = People(kader, first=seed * 100)
        for _ in range(ROUNDS):
            states = chance.choices(["none", "provisional", "verified"], k=3)
            with transaction.atomic():
                changes.settle()
                people.put(
                    {
                        number: (state, chance.choice([UPPER, LOWER, FAR]), PERIOD, CAMPAIGN, TOWN)
                        for number, state in enumerate(states)
                    }
                )

    def repair() -> None:
        for _ in range(5):
            assert rebuild(NOW) == (0, 0, 0)

    at_once([lambda: push(1), lambda: push(2), repair, lambda: refresh(NOW)])
    kept = derived()
    assert rebuild(NOW) == (0, 0, 0)
    assert derived() == kept
