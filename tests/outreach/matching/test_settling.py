"""Statuses, flags and questions follow from who is whom and what was decided."""

from typing import Any
from uuid import UUID

import pytest

from outreach import reviewing
from outreach.dedup.scoring import probability, shipped_model
from outreach.models import Decision, Flag, MatchPair, Person, Registration, User
from tests.cast import Cast, pushed
from tests.outreach.matching.crowd import crowd, push_all
from tests.records import NOW, strangers

pytestmark = pytest.mark.django_db

ALIKE: dict[str, Any] = {"nik": None, "nik_missing_reason": "lost", "phone": None, "address": None}


def decide(kind: Decision.Kind, registration: Registration, actor: User) -> UUID:
    [ruling] = reviewing.decide(kind, [registration.pk], actor, "seen", NOW)
    assert ruling.decision
    return ruling.decision


def status(registration: Registration) -> str:
    return str(Registration.objects.get(pk=registration.pk).status)


def test_the_next_one_counts_when_the_first_is_rejected_and_no_more_when_that_is_undone(
    cast: Cast,
) -> None:
    first, second = pushed(cast), pushed(cast, cast.budi)
    assert (first.person, status(second)) == (second.person, "duplicate")

    rejected = decide(Decision.Kind.REJECT, first, cast.rina)
    assert (status(first), status(second)) == ("rejected", "flagged")
    assert Person.objects.get(pk=first.person_id).credited_id == second.pk

    reviewing.undo(rejected, cast.rina, "no", NOW)
    assert (status(first), status(second)) == ("flagged", "duplicate")


def test_of_three_the_second_counts_next(cast: Cast) -> None:
    first, second, third = pushed(cast), pushed(cast), pushed(cast)

    decide(Decision.Kind.REJECT, first, cast.rina)

    assert [status(one) for one in (first, second, third)] == ["rejected", "flagged", "duplicate"]


def test_a_question_is_closed_with_its_registration_and_comes_back(cast: Cast) -> None:
    first = pushed(cast)
    second = pushed(cast, **ALIKE, birth_date="1979-03-05")
    [asked] = MatchPair.objects.filter(is_open=True)
    flag = Flag.objects.get(registration=second, code="possible_duplicate")
    assert flag.evidence["people"] == [str(first.person_id)]
    assert status(second) == "conflict"

    rejected = decide(Decision.Kind.REJECT, first, cast.rina)
    assert not MatchPair.objects.filter(is_open=True).exists()
    assert status(second) == "flagged"

    reviewing.undo(rejected, cast.rina, "no", NOW)
    assert MatchPair.objects.get(is_open=True) == asked
    assert status(second) == "conflict"


def test_what_was_decided_stays_whatever_the_question(cast: Cast) -> None:
    [stranger] = strangers(1)
    verified = pushed(cast)
    edited = pushed(cast, **stranger)
    decide(Decision.Kind.VERIFY, verified, cast.rina)

    pushed(cast, id=str(edited.pk), base_revision=1)

    assert status(verified) == "verified"
    assert status(edited) == "duplicate"
    assert Registration.objects.get(pk=edited.pk).person_id == verified.person_id


def test_two_questions_name_both_people(cast: Cast) -> None:
    first = pushed(cast, birth_date="1979-03-05", nik="9901014503790002")
    second = pushed(cast, birth_date="1989-03-05", nik="9901014503890002")
    third = pushed(cast, **ALIKE)

    flag = Flag.objects.get(registration=third, code="possible_duplicate")

    assert set(flag.evidence["people"]) == {str(first.person_id), str(second.person_id)}


def test_a_nik_of_somebody_else_is_asked_before_what_is_most_likely_a_no(cast: Cast) -> None:
    """One NIK, and nothing else alike: one of the two NIKs is wrong, whoever they are."""
    push_all(cast, crowd(cast, seed=10, people=300, noise=3.0))
    first = pushed(cast)
    pushed(cast, full_name="Poniman", sex="male", birth_date="1961-07-23", phone="+6281377788899")

    asked = list(MatchPair.objects.filter(is_open=True).order_by("-settles", "pk"))

    [place] = [at for at, pair in enumerate(asked) if first.pk in (pair.left_id, pair.right_id)]
    assert asked[place].same_nik
    assert asked[place].score < shipped_model().unsure_at
    before, after = asked[:place], asked[place + 1 :]
    assert before
    assert after
    assert all(probability(pair.score) > 0.15 or pair.same_nik for pair in before)
    assert all(probability(pair.score) < 0.25 for pair in after)
