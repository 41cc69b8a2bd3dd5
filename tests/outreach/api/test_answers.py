"""Answers to questions of who is who: everything follows at once, and can be taken back."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from outreach.dedup.scoring import shipped_model
from outreach.matching.sweeping import sweep
from outreach.models import (
    Change,
    Decision,
    MatchPair,
    MatchRecord,
    Person,
    User,
    VillageTally,
)
from tests.cast import Cast, client_of, pushed
from tests.garbage import survives_garbage
from tests.outreach.matching.asked import (
    REVIEWS,
    STRANGER,
    TWIN,
    V1,
    in_force,
    merge,
    open_questions,
    person_of,
    problem_of,
    say,
    split,
    state_of_everything,
    twins,
    twins_of_two_offices,
    undo,
)
from tests.records import NOW


def test_the_same_person_counts_once(cast: Cast) -> None:
    first, second, question = twins(cast)
    before = state_of_everything()

    answer = say(cast.rina, question, "same-person")

    assert answer.status_code == 200, answer.content
    assert person_of(first) == person_of(second)
    assert (first.status, second.status) == ("flagged", "duplicate")
    decision = Decision.objects.get()
    assert answer.json() == {
        "decision": str(decision.pk),
        "kind": "same_person",
        "registrations": [
            {"id": str(one.pk), "person": str(one.person_id), "state": one.status}
            for one in sorted((first, second), key=lambda one: one.pk)
        ],
    }
    assert (decision.actor, decision.reason) == (cast.rina, "asked her at home")
    assert sum(tally.provisional for tally in VillageTally.objects.all()) == 1
    assert open_questions() == []
    undone = undo(cast.rina, answer)
    assert undone.status_code == 200
    assert state_of_everything() == before


def test_different_people_are_never_asked_about_again(cast: Cast) -> None:
    first, second, question = twins(cast)
    assert second.status == "conflict"

    answer = say(cast.rina, question, "different-people")

    assert answer.status_code == 200, answer.content
    assert person_of(first) != person_of(second)
    assert second.status == "flagged"
    assert "possible_duplicate" not in second.flags.values_list("code", flat=True)
    pushed(cast, cast.budi, id=str(second.pk), base_revision=1, **TWIN, work_place="Kios 15")
    assert open_questions() == []
    third = pushed(cast, **TWIN)
    assert person_of(third) == person_of(second)
    assert open_questions() == []


@pytest.mark.parametrize(("what", "shift"), [("different-people", 9.0), ("same-person", -20.0)])
def test_no_newer_model_asks_again_what_was_answered(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, what: str, shift: float
) -> None:
    first, second, question = twins(cast)
    say(cast.rina, question, what)
    before = state_of_everything()
    own = shipped_model()
    in_force(monkeypatch, replace(own, version="other", intercept=own.intercept + shift))

    swept = sweep(NOW, everything=True)

    assert (swept.moved, swept.changed) == (0, 0)
    assert state_of_everything() == before
    assert (person_of(first) == person_of(second)) is (what == "same-person")
    assert open_questions() == []


def test_an_answer_keeps_what_it_was_given_on(cast: Cast) -> None:
    _, _, question = twins(cast)

    say(cast.rina, question, "different-people")

    about: Any = Decision.objects.get().about
    assert about["question"] == str(question.pk)
    assert about["score"] == question.score
    assert about["model"] == shipped_model().version
    assert about["frequencies"] == shipped_model().frequencies
    assert "nik_twin" in {reason[0] for reason in about["evidence"]}
    assert about["people"] == [[str(question.left_id)], [str(question.right_id)]]


def test_kader_hear_of_it_in_the_same_transaction(cast: Cast) -> None:
    first, second, question = twins(cast)
    seen = Change.objects.latest("seq").seq

    say(cast.rina, question, "same-person")

    changed = Change.objects.filter(seq__gt=seen).values_list("object_id", "kader_id")
    assert (str(second.pk), cast.budi.pk) in set(changed)
    receipts = client_of(cast.budi).post(
        f"{V1}sync/receipts/", {"ids": [str(second.pk)]}, format="json"
    )
    assert receipts.json()["results"][0]["person"] == str(person_of(first))


def test_credit_goes_to_the_first_trusted_capture_of_either_office(cast: Cast) -> None:
    late, early, question = twins_of_two_offices(cast)

    say(cast.rina, question, "same-person")

    person = Person.objects.get(pk=person_of(late))
    firsts = sorted((late, early), key=lambda one: (one.corrected_at, one.pk))
    assert person.credited_id == firsts[0].pk
    assert Person.objects.exclude(state="none").count() == 1


def test_either_office_answers_and_either_takes_back(cast: Cast) -> None:
    mine, theirs, question = twins_of_two_offices(cast)

    answer = say(cast.outsider_coordinator, question, "same-person")

    assert [row["id"] for row in answer.json()["registrations"]] == [str(theirs.pk)]
    detail = client_of(cast.rina).get(f"{V1}registrations/{mine.pk}/").json()
    assert [(one["kind"], one["actor"]) for one in detail["decisions"]] == [
        ("same_person", "Maya Kusuma")
    ]
    taken_back = undo(cast.rina, answer)
    assert taken_back.status_code == 200
    assert taken_back.json()["id"] == str(mine.pk)
    assert person_of(mine) != person_of(theirs)


def test_who_sees_neither_record_may_not_answer(cast: Cast) -> None:
    _, _, question = twins(cast)

    for what in ("same-person", "different-people"):
        assert problem_of(say(cast.outsider_coordinator, question, what)) == (404, "not_found")
        for user in (cast.siti, cast.agus, cast.dewi, cast.andi):
            assert say(user, question, what).status_code == 403
    assert not Decision.objects.exists()


def test_nobody_answers_about_their_own_records(cast: Cast) -> None:
    first, second, question = twins(cast)
    User.objects.filter(pk=cast.siti.pk).update(role=User.Role.COORDINATOR)

    for what in ("same-person", "different-people"):
        assert problem_of(say(cast.siti, question, what)) == (403, "own_record")
    assert problem_of(merge(cast.siti, first.person_id, second.person_id)) == (403, "own_record")
    answer = say(cast.rina, question, "same-person")
    assert problem_of(undo(cast.siti, answer)) == (403, "own_record")
    person = person_of(first)
    assert problem_of(split(cast.siti, person, first)) == (403, "own_record")


def test_one_s_own_answer_again_is_no_news(cast: Cast) -> None:
    _, _, question = twins(cast)
    answer = say(cast.rina, question, "same-person")

    again = say(cast.rina, question, "same-person")

    assert again.status_code == 200
    assert again.json() == answer.json()
    assert Decision.objects.count() == 1


def test_another_answer_comes_too_late(cast: Cast) -> None:
    _, _, question = twins(cast)
    decision = say(cast.rina, question, "same-person").json()["decision"]

    for user, what in (
        (cast.rina, "different-people"),
        (cast.regional_coordinator, "different-people"),
        (cast.regional_coordinator, "same-person"),
    ):
        late = say(user, question, what)
        assert problem_of(late) == (409, "already_answered")
        assert (late.json()["decision"], late.json()["kind"]) == (decision, "same_person")


def test_a_question_that_fell_away_cannot_be_answered(cast: Cast) -> None:
    _, second, question = twins(cast)
    # The kader corrects the record: it is somebody else altogether.
    pushed(cast, cast.budi, id=str(second.pk), base_revision=1, **STRANGER)

    answer = say(cast.rina, question, "same-person")

    assert answer.status_code in (404, 409)
    assert answer.json()["code"] in ("not_found", "superseded")
    assert not Decision.objects.exists()


def test_taking_back_twice_is_refused(cast: Cast) -> None:
    _, _, question = twins(cast)
    answer = say(cast.rina, question, "same-person")
    undone = undo(cast.rina, answer)

    assert problem_of(undo(cast.rina, answer)) == (409, "already_undone")
    assert problem_of(undo(cast.rina, undone)) == (409, "superseded")
    assert Decision.objects.filter(kind="undo").count() == 1


def test_who_sees_none_of_the_records_takes_nothing_back(cast: Cast) -> None:
    _, _, question = twins(cast)
    answer = say(cast.rina, question, "same-person")

    assert problem_of(undo(cast.outsider_coordinator, answer)) == (404, "not_found")


def test_an_early_answer_is_taken_back_after_later_ones(cast: Cast) -> None:
    first, second, question = twins(cast)
    other = pushed(cast, **STRANGER)
    answer = say(cast.rina, question, "same-person")
    merge(cast.rina, person_of(first), person_of(other))

    undone = undo(cast.rina, answer)

    # The merge said that both of them are the third: that still holds.
    assert undone.status_code == 200
    assert person_of(first) == person_of(second) == person_of(other)


@pytest.mark.parametrize("nik", ["9901014503840002", TWIN["nik"]])
def test_a_veto_that_was_overruled_is_not_asked_about_again(cast: Cast, nik: str) -> None:
    """Both NIKs turned out to be hers: who comes with either is not held against the other."""
    first, second, question = twins(cast)
    said = say(cast.rina, question, "same-person")

    third = pushed(cast, cast.budi, nik=nik, full_name=TWIN["full_name"])

    assert open_questions() == []
    assert person_of(third) == person_of(first) == person_of(second)
    undo(cast.rina, said)
    assert person_of(first) != person_of(second)
    assert len(open_questions()) == 1


def test_a_verified_registration_stays_so_whoever_it_turns_out_to_be(cast: Cast) -> None:
    first, second, question = twins(cast)
    verified = client_of(cast.rina).post(
        f"{V1}registrations/{second.pk}/verify/", {"reason": "papers seen"}
    )

    answer = say(cast.rina, question, "same-person")

    assert person_of(first) == person_of(second)
    assert second.status == "verified"
    assert Person.objects.get(pk=second.person_id).state == "verified"
    # An answer about who it is stands in no decision's way.
    assert undo(cast.rina, verified).status_code == 200
    second.refresh_from_db()
    assert second.status == "duplicate"
    undo(cast.rina, answer)
    second.refresh_from_db()
    assert second.status == "conflict"


def test_garbage_gets_a_problem(cast: Cast) -> None:
    first, second, question = twins(cast)
    client = client_of(cast.rina)
    url = f"{REVIEWS}{question.pk}/"

    survives_garbage(client, "POST", f"{url}different-people/", {"reason": "two sisters"})
    survives_garbage(client, "POST", f"{url}same-person/", {"reason": "one card"})
    people = f"{V1}people/{person_of(first)}/"
    survives_garbage(
        client, "POST", f"{people}merge/", {"other": str(second.person_id), "reason": "one card"}
    )
    body = {"registrations": [str(uuid4())], "reason": "two sisters"}
    survives_garbage(client, "POST", f"{people}split/", body)


@pytest.mark.parametrize("what", ["same-person", "different-people"])
def test_what_a_newer_model_doubts_about_one_person_is_answered(cast: Cast, what: str) -> None:
    first, again = pushed(cast), pushed(cast, cast.budi)
    assert person_of(first) == person_of(again)
    question = MatchPair.objects.get()
    MatchRecord.objects.update(model="older")
    MatchPair.objects.update(model="older", is_open=True, proposed=-5.0, settles=0.1)
    shown = client_of(cast.rina).get(f"{REVIEWS}{question.pk}/").json()
    assert (shown["state"], shown["proposed_score"]) == ("open", -5.0)

    answer = say(cast.rina, question, what)

    assert answer.status_code == 200, answer.content
    assert (person_of(first) == person_of(again)) == (what == "same-person")
    assert open_questions() == []
    assert undo(cast.rina, answer).status_code == 200
    assert person_of(first) == person_of(again)
    assert open_questions() == [question]
