"""Answers at the same moment as others, and as pushes."""

import json
from typing import Any

import pytest

from outreach.models import Decision, Person, Registration, VillageTally
from tests.cast import Cast, client_of, pushed
from tests.outreach.matching.asked import (
    TWIN,
    V1,
    open_questions,
    person_of,
    say,
    split,
    twins,
    undo,
)
from tests.records import batch, record
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("second", ["same-person", "different-people"])
def test_of_two_answers_at_once_one_is_too_late(cast: Cast, second: str) -> None:
    first_record, second_record, question = twins(cast)

    answers = at_once(
        [
            lambda: say(cast.rina, question, "same-person"),
            lambda: say(cast.regional_coordinator, question, second),
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [late] = [answer.json() for answer in answers if answer.status_code == 409]
    assert late["code"] == "already_answered"
    decision = Decision.objects.get()
    assert late["decision"] == str(decision.pk)
    joined = person_of(first_record) == person_of(second_record)
    assert joined == (decision.kind == "same_person")


def test_one_undoing_of_two_is_enough(cast: Cast) -> None:
    first, second, question = twins(cast)
    answer = say(cast.rina, question, "same-person")

    undone = at_once(
        [lambda: undo(cast.rina, answer), lambda: undo(cast.regional_coordinator, answer)]
    )

    assert sorted(one.status_code for one in undone) == [200, 409]
    assert person_of(first) != person_of(second)


@pytest.mark.parametrize("what", ["same-person", "different-people"])
def test_a_third_record_that_arrives_meanwhile_joins_whom_it_belongs_to(
    cast: Cast, what: str
) -> None:
    first, second, question = twins(cast)
    third = record(cast.market.id, cast.villages[0].code, **TWIN)
    tablet = client_of(cast.siti)

    def push() -> Any:
        body = json.dumps(batch([third]))
        return tablet.post(f"{V1}sync/push/", body, content_type="application/json")

    answers = at_once([lambda: say(cast.rina, question, what), push])

    assert [answer.status_code for answer in answers] == [200, 200]
    stored = Registration.objects.get(pk=third["id"])
    assert (person_of(first) == person_of(second)) == (what == "same-person")
    # After "the same person" it is like one of the two and unlike the other: that is asked.
    asked = {record for pair in open_questions() for record in (pair.left_id, pair.right_id)}
    assert stored.person_id == second.person_id or stored.pk in asked
    owners = {first.person_id, second.person_id, stored.person_id}
    people = Person.objects.exclude(state="none")
    assert {person.pk for person in people} == owners
    assert {person.credited_id for person in people} <= {first.pk, second.pk, stored.pk}
    assert sum(VillageTally.objects.values_list("provisional", flat=True)) == len(owners)


def test_a_split_while_the_person_grows_leaves_everybody_somewhere(cast: Cast) -> None:
    first, again = pushed(cast), pushed(cast, cast.budi)
    person = person_of(first)
    third = record(cast.market.id, cast.villages[0].code)
    tablet = client_of(cast.siti)

    def push() -> Any:
        body = json.dumps(batch([third]))
        return tablet.post(f"{V1}sync/push/", body, content_type="application/json")

    answers = at_once([lambda: split(cast.rina, person, again), push])

    assert [answer.status_code for answer in answers] == [200, 200]
    assert person_of(first) != person_of(again)
    stored = Registration.objects.get(pk=third["id"])
    assert stored.person_id in (person_of(first), person_of(again))
    assert Person.objects.exclude(state="none").count() == 2


def test_one_undoing_of_a_verification_is_enough(cast: Cast) -> None:
    registration = pushed(cast)
    url = f"{V1}registrations/{registration.pk}/verify/"
    verified = client_of(cast.rina).post(url, {"reason": "papers seen"})

    undone = at_once(
        [lambda: undo(cast.rina, verified), lambda: undo(cast.regional_coordinator, verified)]
    )

    assert sorted(one.status_code for one in undone) == [200, 409]


def test_a_verification_and_an_answer_at_once_both_hold(cast: Cast) -> None:
    first, second, question = twins(cast)
    url = f"{V1}registrations/{second.pk}/verify/"

    answers = at_once(
        [
            lambda: client_of(cast.rina).post(url, {"reason": "papers seen"}),
            lambda: say(cast.regional_coordinator, question, "same-person"),
        ]
    )

    assert [answer.status_code for answer in answers] == [200, 200]
    assert person_of(first) == person_of(second)
    assert second.status == "verified"
    assert Person.objects.get(pk=second.person_id).state == "verified"
    assert sum(VillageTally.objects.values_list("verified", flat=True)) == 1
