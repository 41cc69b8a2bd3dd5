"""The sweep: what was stored before there was matching, and what another model had judged."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command

from outreach.dedup.scoring import shipped_model
from outreach.matching import groups, judging, storing, sweeping
from outreach.matching.sweeping import Swept, sweep
from outreach.models import MatchKey, MatchPair, MatchRecord, Person, Registration
from tests.cast import Cast
from tests.outreach.matching.crowd import (
    crowd,
    due_people,
    open_questions,
    push_all,
    stored_people,
)
from tests.records import NOW

pytestmark = pytest.mark.django_db


def test_registrations_from_before_are_matched(cast: Cast) -> None:
    push_all(cast, crowd(cast, seed=8, people=120))
    due, asked = due_people()
    MatchPair.objects.all().delete()
    MatchKey.objects.all().delete()
    MatchRecord.objects.all().delete()
    for row in Registration.objects.all():
        row.person = Person.objects.create(state="none", created_at=NOW)
        row.save()

    swept = sweep(NOW)

    assert swept.matched == Registration.objects.count()
    assert swept.moved > 0
    assert (stored_people(), open_questions()) == (due, asked)
    assert sweep(NOW) == Swept()


def test_the_command_says_what_it_did(cast: Cast) -> None:
    push_all(cast, crowd(cast, seed=9, people=20))
    said = StringIO()

    call_command("rematch", "--all", stdout=said)

    assert f"registrations matched: {Registration.objects.count()}\n" in said.getvalue()
    assert "moved to another person: 0" in said.getvalue()


@pytest.mark.parametrize("shift", [2.5, -2.5])
def test_another_model_moves_nobody_and_asks(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, shift: float
) -> None:
    records = crowd(cast, seed=10, people=150, noise=2.0)
    push_all(cast, records)
    people, asked = stored_people(), open_questions()
    other = replace(shipped_model(), version="other", intercept=shipped_model().intercept + shift)
    for module in (groups, judging, storing, sweeping):
        if hasattr(module, "shipped_model"):
            monkeypatch.setattr(module, "shipped_model", lambda: other)

    swept = sweep(NOW, everything=True)

    assert stored_people() == people
    assert swept.moved == 0
    assert swept.proposed > 0
    assert open_questions() > asked
    again = sweep(NOW, everything=True)
    assert (again.moved, again.changed, again.proposed) == (0, 0, 0)

    push_all(cast, crowd(cast, seed=11, people=20))
    kept = {frozenset(group & {row for old in people for row in old}) for group in stored_people()}
    assert kept - {frozenset()} == people
