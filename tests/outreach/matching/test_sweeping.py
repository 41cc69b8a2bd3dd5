"""The sweep: what was stored before there was matching, and what another model had judged."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command

from outreach.dedup import deciding
from outreach.dedup.deciding import Veto
from outreach.dedup.scoring import shipped_model
from outreach.matching import sweeping
from outreach.matching.sweeping import Swept, sweep
from outreach.models import Flag, MatchKey, MatchPair, MatchRecord, Person, Registration
from tests.cast import Cast, client_of, pushed
from tests.outreach.matching.asked import REVIEWS, in_force
from tests.outreach.matching.crowd import (
    crowd,
    due_people,
    open_questions,
    push_all,
    stored_people,
)
from tests.records import NOW

pytestmark = pytest.mark.django_db

HOMONYM = {
    "full_name": "Siti Aminah",
    "nik": None,
    "nik_missing_reason": "lost",
    "phone": None,
    "mother_name": None,
    "address": None,
    "rt": None,
    "rw": None,
}


def test_registrations_from_before_are_matched(cast: Cast) -> None:
    push_all(cast, crowd(cast, seed=8, people=120))
    due, asked = due_people()
    forget_matches()
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


def test_whoever_is_moved_twice_counts_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was all one person is taken apart by the first chunk, and joined again by later ones."""
    push_all(cast, crowd(cast, seed=14, people=80, noise=2.0))
    forget_matches()
    everybody = Person.objects.create(state="none", created_at=NOW)
    Registration.objects.update(person=everybody)
    states = dict(Registration.objects.values_list("id", "status"))
    monkeypatch.setattr(sweeping, "CHUNK", 3)

    swept = sweep(NOW)

    moved = set(Registration.objects.exclude(person=everybody).values_list("id", flat=True))
    after = dict(Registration.objects.values_list("id", "status"))
    assert any(len(group) > 1 for group in stored_people())
    assert swept.persons.keys() == moved
    assert swept.moved == len(moved)
    assert swept.states.keys() >= moved | {one for one in states if states[one] != after[one]}
    assert sweep(NOW, everything=True).moved == 0


def forget_matches() -> None:
    MatchPair.objects.all().delete()
    MatchKey.objects.all().delete()
    MatchRecord.objects.all().delete()


def kept_pairs() -> set[tuple[object, ...]]:
    """All that is kept of pairs, but their ids."""
    columns = ("left", "right", "score", "model", "is_same", "is_open", "proposed", "settles")
    return set(MatchPair.objects.values_list(*columns))


def test_proposals_end_with_the_model_that_made_them(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    push_all(cast, crowd(cast, seed=10, people=150, noise=2.0))
    own = shipped_model()
    eager = replace(own, version="eager", intercept=own.intercept + 2.5)
    shy = replace(own, version="shy", weights={**own.weights, "date_same": -1.0})
    kept, people, doubts = kept_pairs(), stored_people(), set(Flag.objects.values_list("id"))
    alone = {}
    for model in (eager, shy):
        in_force(monkeypatch, model)
        assert sweep(NOW, everything=True).proposed > 0
        alone[model.version] = kept_pairs()
        in_force(monkeypatch, own)
        withdrawn = sweep(NOW, everything=True)
        assert withdrawn.withdrawn > 0
        assert (withdrawn.moved, withdrawn.proposed) == (0, 0)
        assert kept_pairs() == kept
        assert {flag for (flag,) in Flag.objects.values_list("id")} >= {one for (one,) in doubts}

    for model in (eager, shy, eager):
        in_force(monkeypatch, model)
        sweep(NOW, everything=True)
        assert kept_pairs() == alone[model.version]
        assert stored_people() == people
        again = sweep(NOW, everything=True)
        assert (again.changed, again.proposed, again.withdrawn) == (0, 0, 0)


@pytest.mark.parametrize("shift", [2.5, -2.5])
def test_another_model_moves_nobody_and_asks(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, shift: float
) -> None:
    records = crowd(cast, seed=10, people=150, noise=2.0)
    push_all(cast, records)
    people, asked = stored_people(), open_questions()
    other = replace(shipped_model(), version="other", intercept=shipped_model().intercept + shift)
    in_force(monkeypatch, other)

    swept = sweep(NOW, everything=True)

    assert stored_people() == people
    assert swept.moved == 0
    assert swept.proposed > 0
    assert open_questions() > asked
    proposal = MatchPair.objects.filter(is_open=True, model=shipped_model().version).first()
    assert proposal is not None
    told = client_of(cast.rina).get(f"{REVIEWS}{proposal.pk}/").json()
    total = sum(one["weight"] for one in told["evidence"])
    assert told["evidence_score"] == pytest.approx(told["score"] + shift, abs=0.001)
    assert total == pytest.approx(told["evidence_score"], abs=0.06)
    again = sweep(NOW, everything=True)
    assert (again.moved, again.changed, again.proposed) == (0, 0, 0)

    push_all(cast, crowd(cast, seed=11, people=20))
    kept = {frozenset(group & {row for old in people for row in old}) for group in stored_people()}
    assert kept - {frozenset()} == people


def test_other_rules_under_a_new_version_move_nobody_and_ask(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two homonyms whom the rules of before joined."""
    strict, own = deciding.vetoes, shipped_model()
    with monkeypatch.context() as before:
        before.setattr(deciding, "vetoes", lambda pair: strict(pair) & ~int(Veto.COMMON_NAME))
        in_force(before, replace(own, version="2026-11-21.1"))
        for kader in (cast.siti, cast.budi):
            pushed(cast, kader, **HOMONYM)
        people = stored_people()
        assert [len(group) for group in people] == [2]

    swept = sweep(NOW, everything=True)

    assert stored_people() == people
    assert (swept.moved, swept.proposed) == (0, 1)
    assert MatchPair.objects.get().is_open
