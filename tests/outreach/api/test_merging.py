"""Two people joined unasked, and one split: everything follows at once, and can be taken back."""

from uuid import uuid4

import pytest

from outreach import answering
from outreach.models import (
    Decision,
    PairVerdict,
    Person,
    Registration,
)
from tests.cast import Cast, pushed
from tests.outreach.matching.asked import (
    STRANGER,
    elsewhere,
    merge,
    open_questions,
    person_of,
    problem_of,
    say,
    split,
    state_of_everything,
    twins,
    undo,
)


def test_two_people_are_merged_unasked_and_taken_apart_again(cast: Cast) -> None:
    first, again, other = pushed(cast), pushed(cast), pushed(cast, cast.budi, **STRANGER)
    before = state_of_everything()

    answer = merge(cast.rina, person_of(first), person_of(other))

    assert answer.status_code == 200, answer.content
    assert person_of(first) == person_of(again) == person_of(other)
    assert Decision.objects.get().kind == "merge"
    assert PairVerdict.objects.count() == 2
    assert undo(cast.rina, answer).status_code == 200
    assert state_of_everything() == before


def test_a_merge_takes_a_registration_of_each_in_scope(cast: Cast) -> None:
    mine, theirs = pushed(cast), elsewhere(cast, **STRANGER)

    assert problem_of(merge(cast.rina, mine.person_id, theirs.person_id)) == (404, "not_found")
    assert problem_of(merge(cast.rina, theirs.person_id, mine.person_id)) == (404, "not_found")
    assert problem_of(merge(cast.rina, mine.person_id, uuid4())) == (404, "not_found")
    itself = merge(cast.rina, mine.person_id, mine.person_id)
    assert problem_of(itself) == (400, "invalid")
    assert merge(cast.regional_coordinator, mine.person_id, theirs.person_id).status_code == 200


def test_a_person_is_split_and_made_whole_again(cast: Cast) -> None:
    records = [pushed(cast), pushed(cast, cast.budi), pushed(cast)]
    person = person_of(records[0])
    before = state_of_everything()

    answer = split(cast.rina, person, records[1])

    assert answer.status_code == 200, answer.content
    assert person_of(records[0]) == person_of(records[2]) == person
    assert person_of(records[1]) != person
    assert records[1].status != "duplicate"
    assert Person.objects.exclude(state="none").count() == 2
    assert open_questions() == []
    assert undo(cast.rina, answer).status_code == 200
    assert state_of_everything() == before


def test_a_split_takes_registrations_of_this_person_in_scope(cast: Cast) -> None:
    first, second, theirs = pushed(cast), pushed(cast, cast.budi), elsewhere(cast)
    stranger = pushed(cast, **STRANGER)
    person = person_of(first)
    assert person_of(theirs) == person

    for apart in ([stranger], [first, stranger], [theirs]):
        answer = split(cast.rina, person, *apart)
        assert problem_of(answer) == (400, "invalid")
        assert answer.json()["problems"][0]["pointer"] == f"/registrations/{len(apart) - 1}"
    whole = split(cast.regional_coordinator, person, first, second, theirs)
    assert problem_of(whole) == (400, "invalid")
    assert problem_of(split(cast.rina, uuid4(), first)) == (404, "not_found")
    assert problem_of(split(cast.outsider_coordinator, person, first)) == (400, "invalid")
    assert split(cast.rina, person, first, second).status_code == 200
    assert person_of(first) == person_of(second) != person_of(theirs)


def test_same_over_somebody_s_different_is_refused_by_name(cast: Cast) -> None:
    first, second, question = twins(cast)
    said = say(cast.rina, question, "different-people").json()["decision"]

    answer = merge(cast.regional_coordinator, person_of(first), person_of(second))

    assert problem_of(answer) == (409, "contradicts")
    assert answer.json()["decisions"] == [said]
    assert person_of(first) != person_of(second)


def test_a_split_corrects_a_merge(cast: Cast) -> None:
    first, other = pushed(cast), pushed(cast, cast.budi, **STRANGER)
    before = state_of_everything()
    merged = merge(cast.rina, person_of(first), person_of(other))
    halved = split(cast.rina, person_of(first), other)

    assert halved.status_code == 200
    assert person_of(first) != person_of(other)
    # In whatever order they are taken back.
    assert undo(cast.rina, merged).status_code == 200
    assert person_of(first) != person_of(other)
    assert undo(cast.rina, halved).status_code == 200
    assert state_of_everything() == before


def test_whoever_is_taken_apart_again_has_the_old_id(cast: Cast) -> None:
    """A person of two, one alone and another one: merged one after the other, taken back in the
    order in which it was said."""
    first, again, stranger = pushed(cast), pushed(cast, cast.budi), pushed(cast, **STRANGER)
    third = pushed(cast, **STRANGER | {"nik": "9901016412710009", "full_name": "Jumirah Lubis"})
    people = {one.pk: person_of(one) for one in (first, again, stranger, third)}
    assert len(set(people.values())) == 3

    one = merge(cast.rina, people[stranger.pk], people[first.pk])
    other = merge(cast.rina, people[third.pk], person_of(stranger))
    assert {person_of(row) for row in (first, again, stranger, third)} == {people[first.pk]}
    assert undo(cast.rina, one).status_code == 200
    assert undo(cast.rina, other).status_code == 200

    assert dict(Registration.objects.values_list("pk", "person_id")) == people
    assert Person.objects.count() == 3


def test_people_of_too_many_registrations_are_refused(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "MOST_REGISTRATIONS", 1)
    first, _, other = pushed(cast), pushed(cast), pushed(cast, **STRANGER)

    answer = merge(cast.rina, person_of(first), person_of(other))

    assert problem_of(answer) == (409, "too_many_registrations")
    assert answer.json()["most"] == 1
    assert problem_of(split(cast.rina, person_of(first), first)) == (409, "too_many_registrations")
