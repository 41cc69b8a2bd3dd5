"""Regions changed while tablets push by the codes of before and coordinators decide."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string

from outreach.models import Denominator, Lead, RegionChange, Registration
from outreach.region_changes import applying, undoing
from outreach.region_changes.asked import Asked, Successor
from outreach.region_changes.choosing import Choice, choose
from tests.cast import Cast, led
from tests.outreach.places.reattributing.test_races import decide_many, push_many
from tests.outreach.places.reattributing.three_villages import A, B, Sets, assert_equal_to_a_recount
from tests.outreach.region_changes.changing import DAY, people, tallied
from tests.outreach.region_changes.test_splits import EAST, WEST
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "99.01.01.2010"


def to_and_fro() -> None:
    """Merge the two villages into a new one, take that back, and merge them for good."""
    asked = [Asked("merge", (A, B), (Successor(NEW, "Baru"),))]
    day = date.fromisoformat(DAY)
    made = applying.apply(asked, day, "decree", "", None, timezone.now())
    applying.follow(made, timezone.now())
    undone = undoing.undo(made[0].pk, "wrong", None, timezone.now())
    applying.follow([undone], timezone.now())
    again = [Asked("merge", (A, B), (Successor("99.01.01.2011", "Baru"),))]
    applying.follow(applying.apply(again, day, "decree", "", None, timezone.now()), timezone.now())


def test_pushes_and_decisions_meanwhile_end_in_the_new_village(cast: Cast, sets: Sets) -> None:
    jobs: list[Callable[[], None]] = [partial(push_many, cast, seed) for seed in range(2)]
    jobs += [partial(decide_many, cast, 7), to_and_fro]
    at_once(jobs)

    assert set(Registration.objects.values_list("domicile_village", flat=True)) == {"99.01.01.2011"}
    assert people("99.01") == tallied("99.01")
    assert_equal_to_a_recount()


def test_one_of_two_who_choose_is_told(cast: Cast, sets: Sets) -> None:
    push_many(cast, 0)
    day = date.fromisoformat(DAY)
    asked = [Asked("split", (A,), (Successor(WEST, "Barat"), Successor(EAST, "Timur")))]
    [made] = applying.apply(asked, day, "decree", "", None, timezone.now())
    applying.follow([made], timezone.now())
    ids = list(Registration.objects.order_by("pk").values_list("pk", flat=True)[:20])

    def say(village: str) -> int | str:
        try:
            choices = [Choice(one, village) for one in ids]
            return choose(made, choices, cast.rina, "asked", timezone.now())
        except Exception as error:  # noqa: BLE001 - the other one's verdict
            return type(error).__name__

    answers = at_once([partial(say, WEST), partial(say, EAST)])
    assert sorted(map(str, answers)) == ["20", "Problem"]
    assert Registration.objects.filter(domicile_village__in=[WEST, EAST]).count() == 20
    assert_equal_to_a_recount()


def test_two_changes_of_one_village_are_one(cast: Cast, sets: Sets) -> None:
    Denominator.objects.create(
        region_id=A, year=2025, value=400, kind="official", source="x", loaded_at=timezone.now()
    )
    day = date.fromisoformat(DAY)

    def recode(code: str) -> str:
        try:
            asked = [Asked("recode", (A,), (Successor(code),))]
            made = applying.apply(asked, day, "decree", "", None, timezone.now())
        except Exception as error:  # noqa: BLE001 - the other one's verdict
            return type(error).__name__
        return made[0].to_codes[0]

    answers = at_once([partial(recode, WEST), partial(recode, EAST)])
    assert sorted(answers)[1] == "Refused" and RegionChange.objects.count() == 1
    [standing] = Denominator.objects.filter(replaced_at=None)
    assert standing.region_id == sorted(answers)[0]


def recode() -> None:
    asked = [Asked("recode", (A,), (Successor(NEW),))]
    made = applying.apply(asked, date.fromisoformat(DAY), "decree", "", None, timezone.now())
    applying.follow(made, timezone.now())


@pytest.mark.parametrize(
    ("called", "first", "meanwhile"),
    [
        ("outreach.notes.storing.known_villages", led, lambda _cast: recode()),
        ("outreach.region_changes.applying.lead_on", lambda _cast: recode(), led),
    ],
    ids=["a lead is pushed", "a village changes"],
)
def test_a_lead_that_is_pushed_while_its_village_changes_is_of_the_new_one(
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    called: str,
    first: Callable[[Cast], Any],
    meanwhile: Callable[[Cast], Any],
) -> None:
    original, calls = import_string(called), [0]

    def overtaken(*arguments: Any) -> Any:
        found = original(*arguments)
        calls[0] += 1
        if calls[0] == 1:
            at_once([partial(meanwhile, cast)])
        return found

    monkeypatch.setattr(called, overtaken)

    first(cast)

    assert (Lead.objects.get().village_code, Lead.objects.get().village_id) == (A, NEW)
