"""A person: registrations, standing, questions and what was said, for whoever sees one of them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from outreach.models import Registration, User
from tests.cast import Cast, client_of, pushed
from tests.counting import Counting
from tests.outreach.matching.asked import (
    STRANGER,
    TWIN,
    V1,
    merge,
    person_of,
    say,
    split,
    twins,
    twins_of_two_offices,
    undo,
)
from tests.records import CAPTURED

LATER = (CAPTURED + timedelta(hours=1)).isoformat()


def shown(user: User, person: object) -> Any:
    answer = client_of(user).get(f"{V1}people/{person}/")
    assert answer.status_code == 200, answer.content
    return answer.json()


def ids(registrations: Any) -> list[str]:
    return sorted(one["id"] for one in registrations)


def test_a_person_is_shown_with_registrations_standing_and_questions(cast: Cast) -> None:
    first, twin, question = twins(cast)
    again = pushed(cast, cast.budi, captured_at=LATER)

    person = shown(cast.rina, person_of(first))

    assert (person["id"], person["superseded_by"]) == (str(first.person_id), None)
    assert (person["state"], person["credited"]) == ("provisional", str(first.pk))
    assert person["village"]["name"] == "Pasar Lama"
    assert person["month"] == "2026-11-01"
    assert ids(person["registrations"]) == sorted((str(first.pk), str(again.pk)))
    assert person["registrations"][0]["nik"] == "990101••••••0002"
    assert person["registrations_elsewhere"] == 0
    [review] = person["reviews"]
    assert (review["id"], review["person"]) == (str(question.pk), str(person_of(twin)))
    assert person["decisions"] == []


def test_what_was_said_stays_in_sight_when_it_was_taken_back(cast: Cast) -> None:
    first, second, question = twins(cast)
    stranger = pushed(cast, **STRANGER)
    merged = merge(cast.rina, person_of(stranger), person_of(first), "one card")
    undone = undo(cast.rina, merged, "the wrong card")
    different = say(cast.rina, question, "different-people", "two sisters")

    decisions = shown(cast.rina, person_of(first))["decisions"]

    assert [one["kind"] for one in decisions] == ["different_people", "undo", "merge"]
    assert [one["reason"] for one in decisions] == ["two sisters", "the wrong card", "one card"]
    assert {one["actor"] for one in decisions} == {"Rina Wulandari"}
    ids_of = [answer.json()["decision"] for answer in (different, undone, merged)]
    assert [one["id"] for one in decisions] == ids_of
    assert decisions[1]["undoes"] == decisions[2]["id"]
    assert decisions[2]["undone_by"] == decisions[1]["id"]
    assert decisions[2]["registrations"] == [[str(stranger.pk)], [str(first.pk)]]
    assert [one["id"] for one in shown(cast.rina, person_of(second))["decisions"]] == ids_of[:1]


def test_who_was_merged_away_leads_to_who_it_has_become_and_back(cast: Cast) -> None:
    first, stranger = pushed(cast), pushed(cast, **STRANGER)
    third = pushed(cast, **STRANGER | {"nik": "9901016412710009", "full_name": "Jumirah Lubis"})
    gone = person_of(stranger)
    split_later = merge(cast.rina, gone, person_of(third))
    merged = merge(cast.rina, gone, person_of(first))

    became = shown(cast.rina, gone)

    assert (became["id"], became["superseded_by"]) == (str(gone), str(first.person_id))
    assert ids(became["registrations"]) == sorted(str(one.pk) for one in (first, stranger, third))
    assert shown(cast.rina, person_of(third))["superseded_by"] is None
    undo(cast.rina, merged)
    undo(cast.rina, split_later)
    alone = shown(cast.rina, gone)
    assert (alone["superseded_by"], ids(alone["registrations"])) == (None, [str(stranger.pk)])


def test_of_registrations_of_another_office_one_sees_how_many(cast: Cast) -> None:
    first, second, question = twins_of_two_offices(cast)
    gone = person_of(second)
    say(cast.regional_coordinator, question, "same-person")

    mine, theirs = shown(cast.rina, person_of(first)), shown(cast.outsider_coordinator, gone)

    assert (ids(mine["registrations"]), mine["registrations_elsewhere"]) == ([str(first.pk)], 1)
    assert (ids(theirs["registrations"]), theirs["registrations_elsewhere"]) == (
        [str(second.pk)],
        1,
    )
    assert theirs["superseded_by"] == str(first.person_id)
    assert sorted(map(len, theirs["decisions"][0]["registrations"])) == [0, 1]
    assert "Siti" not in str(theirs)
    whole = shown(cast.regional_coordinator, gone)
    assert (len(whole["registrations"]), whole["registrations_elsewhere"]) == (2, 0)


def test_nobody_else_sees_a_person(cast: Cast) -> None:
    first, stranger = pushed(cast), pushed(cast, **STRANGER)
    gone = person_of(stranger)
    merge(cast.rina, gone, person_of(first))

    for person in (first.person_id, gone, uuid4()):
        answer = client_of(cast.outsider_coordinator).get(f"{V1}people/{person}/")
        assert answer.status_code == 404
    for user in (cast.siti, cast.agus, cast.dewi):
        assert client_of(user).get(f"{V1}people/{first.person_id}/").status_code == 403


def test_a_person_without_registrations_that_count_has_no_standing(cast: Cast) -> None:
    first = pushed(cast)
    client_of(cast.rina).post(f"{V1}registrations/{first.pk}/reject/", {"reason": "made up"})

    person = shown(cast.rina, person_of(first))

    assert (person["state"], person["credited"], person["village"]) == ("none", None, None)


@pytest.mark.parametrize("rows", [1, 6])
def test_a_person_costs_as_many_statements_whatever_was_registered_and_said(
    cast: Cast, count_queries: Counting, rows: int
) -> None:
    for _ in range(rows):
        first, _twin = pushed(cast), pushed(cast, cast.budi, **TWIN)
        stranger = pushed(cast, **STRANGER)
        merge(cast.rina, person_of(stranger), person_of(first))
        split(cast.rina, person_of(first), *Registration.objects.filter(full_name="Painem"))
    client = client_of(cast.rina)

    with count_queries("GET people/{id}/"):
        assert client.get(f"{V1}people/{first.person_id}/").status_code == 200
