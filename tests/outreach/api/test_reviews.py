"""Questions about who is who: seen in scope and masked, explained in the reader's language."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from outreach.dedup.scoring import probability, shipped_model
from outreach.models import Decision, MatchPair, Registration, User
from tests.cast import Cast, client_of, pushed
from tests.outreach.matching.asked import (
    REVIEWS,
    STRANGER,
    TWIN,
    V1,
    elsewhere,
    open_questions,
    question_about,
    say,
    twins,
    twins_of_two_offices,
)
from tests.records import CAPTURED

HIDDEN_ACROSS = ("Jl. Mesjid", "Joko Widagdo", "Gerebek Pasar Muara", "990101•", "Pasar Pusat")


def listed(user: User, **query: Any) -> list[str]:
    answer = client_of(user).get(REVIEWS, query)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def shown(user: User, question: MatchPair, language: str = "en") -> Any:
    answer = client_of(user).get(f"{REVIEWS}{question.pk}/", headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_question_shows_two_records_side_by_side(cast: Cast) -> None:
    first, second, question = twins(cast)

    [row] = client_of(cast.rina).get(REVIEWS).json()["results"]

    assert row["id"] == str(question.pk)
    assert {record["id"] for record in row["records"]} == {str(first.pk), str(second.pk)}
    assert row["probability"] == round(probability(row["score"]), 4)
    assert row["proposed_score"] is None
    assert "veto_other_serial" in {veto["code"] for veto in row["vetoes"]}
    by_id = {record["id"]: record for record in row["records"]}
    mine = by_id[str(first.pk)]
    assert (mine["nik"], mine["phone"]) == ("990101••••••0002", "+6281••••••890")
    assert (mine["birth_year"], mine["in_scope"]) == (1984, True)
    assert mine["details"]["kader"]["full_name"] == "Siti Rahayu"
    assert mine["details"]["address"] == "Jl. Mesjid 4"
    assert "possible_duplicate" in {
        flag["code"] for flag in by_id[str(second.pk)]["details"]["flags"]
    }


def test_a_question_explains_itself_in_the_language_of_the_request(cast: Cast) -> None:
    _, _, question = twins(cast)

    english, indonesian = shown(cast.rina, question), shown(cast.rina, question, "id")

    assert english["state"] == "open"
    assert english["answer"] is None
    assert english["model"] == {
        "version": shipped_model().version,
        "frequencies": shipped_model().frequencies,
    }
    by_field = {evidence["field"]: evidence for evidence in english["evidence"]}
    assert by_field["birth_date"]["text"] == "Born on the same day"
    assert by_field["birth_date"]["says"] == "for"
    assert by_field["nik"]["code"] == "nik_twin"
    *compared, base = english["evidence"]
    weights = [abs(evidence["weight"]) for evidence in compared]
    assert weights == sorted(weights, reverse=True)
    assert base["field"] == base["code"] == "base"
    assert base["weight"] == round(shipped_model().intercept, 4)
    total = sum(one["weight"] for one in english["evidence"])
    assert total == pytest.approx(english["score"], abs=0.001)
    assert english["evidence_score"] == english["score"]
    texts = {evidence["text"] for evidence in indonesian["evidence"]}
    assert "Tanggal lahir sama" in texts
    assert texts.isdisjoint(evidence["text"] for evidence in english["evidence"])


def test_names_that_sound_alike_are_not_told_to_be_the_same(cast: Cast) -> None:
    man: dict[str, Any] = {"full_name": "Baharuddin", "sex": "male", "nik": "9901010503840002"}
    first = pushed(cast, **man, mother_name="Rosmawati Lubis")
    twin = man | {"full_name": "Baharudin", "nik": "9901010503840003"}
    second = pushed(cast, cast.budi, **twin, mother_name="Rosmawaty Lubis")
    question = question_about(first, second)

    in_english, in_indonesian = (
        {one["field"]: one for one in shown(cast.rina, question, language)["evidence"]}
        for language in ("en", "id")
    )

    assert in_english["name"]["text"] == "Nearly the same name, written in another way"
    assert in_indonesian["name"]["text"] == "Nama hampir sama, cara penulisannya berbeda"
    assert in_english["mother_name"]["text"].startswith("Nearly the same mother's name")
    say(cast.rina, question, "different-people")
    [decision] = Decision.objects.filter(kind=Decision.Kind.DIFFERENT_PEOPLE)
    about: Any = decision.about
    assert {"name_written", "base"} <= {code for code, _, _ in about["evidence"]}
    total = sum(weight for _, weight, _ in about["evidence"])
    assert total == pytest.approx(about["score"], abs=0.001)


def test_what_twins_niks_weigh_is_told_as_it_is(cast: Cast) -> None:
    """One card fits neither birth date nor sex: a slip, and so it speaks for one person."""
    first = pushed(cast)
    second = pushed(cast, cast.budi, nik=TWIN["nik"], sex="male", birth_date="1984-03-06")

    [nik] = [
        one
        for one in shown(cast.rina, question_about(first, second))["evidence"]
        if one["field"] == "nik"
    ]

    assert (nik["code"], nik["says"]) == ("nik_twin", "for")
    assert nik["weight"] > 1


def test_where_two_niks_differ_is_shown_and_the_rest_stays_hidden(cast: Cast) -> None:
    first = pushed(cast)
    second = elsewhere(cast, nik="9901014603840012", full_name="Sita Aminah Harahap")
    question = question_about(first, second)

    by_id = {one["id"]: one["nik"] for one in shown(cast.rina, question)["records"]}

    assert by_id == {str(first.pk): "990101•5••••0002", str(second.pk): "•••••••6••••0012"}


def asked_because(user: User, question: MatchPair, language: str = "en") -> str:
    return str(shown(user, question, language)["asked_because"]["code"])


def test_a_question_says_why_it_is_asked(cast: Cast) -> None:
    _, _, question = twins(cast)

    english, indonesian = shown(cast.rina, question), shown(cast.rina, question, "id")

    assert english["asked_because"]["code"] == "unsure"
    assert english["asked_because"]["text"] != indonesian["asked_because"]["text"]
    assert {one["field"]: one["says"] for one in english["evidence"]}["nik"] == "against"
    say(cast.rina, question, "different-people")
    assert shown(cast.rina, question)["asked_because"] is None


def test_who_is_as_much_like_two_twins_is_asked_about_for_that(cast: Cast) -> None:
    """A record without a NIK fits the one as well as the other."""
    first, second, between = twins(cast)
    earlier = (CAPTURED - timedelta(hours=5)).isoformat()
    third = pushed(
        cast,
        full_name="S. Aminah Harahap",
        nik=None,
        nik_missing_reason="at home",
        captured_at=earlier,
    )

    both = [question_about(third, one) for one in (first, second)]

    assert [one.is_open for one in both] == [True, True]
    assert [asked_because(cast.rina, one) for one in both] == ["rival", "rival"]
    assert asked_because(cast.rina, between) == "unsure"


def test_a_veto_is_told_where_the_score_alone_would_join(cast: Cast) -> None:
    first = pushed(cast)
    second = pushed(cast, cast.budi, full_name="Rina Aminah Harahap", nik=TWIN["nik"])

    assert asked_because(cast.rina, question_about(first, second)) == "veto"


def test_a_nik_of_somebody_else_says_so(cast: Cast) -> None:
    first = pushed(cast)
    other = pushed(cast, full_name="Poniman", sex="male", birth_date="1961-07-23", phone=None)

    question = question_about(first, other)

    assert asked_because(cast.rina, question) == "nik_conflict"


def test_who_sees_one_of_both_records_sees_of_the_other_what_it_takes(cast: Cast) -> None:
    first, second, question = twins_of_two_offices(cast)

    answer = client_of(cast.rina).get(f"{REVIEWS}{question.pk}/")

    records = {record["id"]: record for record in answer.json()["records"]}
    mine, theirs = records[str(first.pk)], records[str(second.pk)]
    assert mine["details"] is not None
    assert (theirs["in_scope"], theirs["details"]) == (False, None)
    assert theirs["office"]["name"] == "Kacab Hilir"
    assert (theirs["full_name"], theirs["nik"]) == (TWIN["full_name"], "••••••••••••0003")
    text = str(theirs)
    assert not [hidden for hidden in HIDDEN_ACROSS if hidden in text]
    disclosing = {"fields": ["nik"], "reason": "comparing"}
    for record, status in ((first, 200), (second, 404)):
        url = f"{V1}registrations/{record.pk}/"
        assert client_of(cast.rina).post(f"{url}disclose/", disclosing).status_code == status
    assert listed(cast.rina) == listed(cast.outsider_coordinator) == [str(question.pk)]
    their_view = {
        record["id"]: record for record in shown(cast.outsider_coordinator, question)["records"]
    }
    assert their_view[str(first.pk)]["details"] is None
    assert their_view[str(second.pk)]["details"]["campaign"]["name"] == "Gerebek Pasar Muara"


def test_others_see_no_questions(cast: Cast) -> None:
    _, _, question = twins(cast)

    assert listed(cast.outsider_coordinator) == []
    assert listed(cast.regional_coordinator) == listed(cast.andi) == [str(question.pk)]
    url = f"{REVIEWS}{question.pk}/"
    assert client_of(cast.outsider_coordinator).get(url).status_code == 404
    assert client_of(cast.rina).get(f"{REVIEWS}{uuid4()}/").status_code == 404
    for user in (cast.siti, cast.agus, cast.dewi):
        assert client_of(user).get(url).status_code == 403
        assert client_of(user).get(REVIEWS).status_code == 403


def test_the_most_telling_question_comes_first_and_pages_miss_none(cast: Cast) -> None:
    twins(cast)
    for number in range(4):
        worker: dict[str, Any] = {"full_name": f"Wati {number}", "birth_date": f"197{number}-04-09"}
        day = f"4904{70 + number}"
        pushed(cast, **worker, nik=f"990101{day}0001", phone=None, address=f"Gg. {number}")
        pushed(cast, **worker, nik=f"990101{day}0002", phone=None, address=f"Gg. {number}")
    client = client_of(cast.rina)

    whole = client.get(REVIEWS).json()
    ids, cursor = [], ""
    while cursor is not None:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get(REVIEWS, query).json()
        ids += [row["id"] for row in page["results"]]
        cursor = page["next"]

    stored = dict(MatchPair.objects.filter(is_open=True).values_list("id", "settles"))
    assert len(stored) >= 5
    assert ids == [row["id"] for row in whole["results"]]
    assert sorted(ids) == sorted(map(str, stored))
    settles = [stored[MatchPair.objects.get(pk=one).pk] for one in ids]
    assert settles == sorted(settles, reverse=True)


@pytest.mark.parametrize(
    "query",
    [{"cursor": "x"}, {"limit": 0}, {"limit": 201}, {"flag": "x"}, {"village": "99.01\n"}],
)
def test_a_query_that_makes_no_sense_is_told(cast: Cast, query: Any) -> None:
    assert client_of(cast.rina).get(REVIEWS, query).status_code == 400


def test_filters_look_at_one_s_own_records_only(cast: Cast) -> None:
    _, _, question = twins_of_two_offices(cast)
    mine = [str(question.pk)]

    assert listed(cast.rina, campaign=str(cast.market.id)) == mine
    assert listed(cast.rina, campaign=str(cast.other_market.id)) == []
    assert listed(cast.rina, kader=cast.siti.pk) == mine
    assert listed(cast.rina, kader=cast.outsider_kader.pk) == []
    assert listed(cast.rina, village="99.01") == mine
    assert listed(cast.rina, village="99.02") == []
    assert listed(cast.outsider_coordinator, flag="possible_duplicate") == mine
    assert listed(cast.rina, flag="possible_duplicate") == []
    assert listed(cast.regional_coordinator, kader=cast.outsider_kader.pk) == mine


def test_an_answered_question_can_still_be_read(cast: Cast) -> None:
    _, _, question = twins(cast)
    say(cast.rina, question, "different-people", "two sisters, both were there")

    after = shown(cast.rina, question)

    assert listed(cast.rina) == []
    assert after["state"] == "answered"
    assert after["answer"]["kind"] == "different_people"
    assert after["answer"]["actor"] == "Rina Wulandari"
    assert after["answer"]["reason"] == "two sisters, both were there"


def test_a_question_names_whoever_else_an_answer_is_about(cast: Cast) -> None:
    _, _, question = twins(cast)
    again = elsewhere(cast)

    others = shown(cast.rina, question)["others"]

    assert [other["id"] for other in others] == [str(again.pk)]
    assert others[0]["details"] is None


def test_a_question_names_what_keeps_the_two_people_apart_elsewhere(cast: Cast) -> None:
    """The best pair of two people may be one that nothing speaks against."""
    pushed(cast)
    pushed(cast, nik=None, nik_missing_reason="at home")
    pushed(cast, cast.budi, nik=TWIN["nik"])

    details = [shown(cast.rina, question) for question in open_questions()]

    assert details
    for detail in details:
        named = {veto["code"] for veto in (*detail["vetoes"], *detail["other_vetoes"])}
        assert "veto_other_serial" in named


def test_a_registration_says_what_is_asked_about_it(cast: Cast) -> None:
    first, second, question = twins_of_two_offices(cast)
    url = f"{V1}registrations/{first.pk}/"

    [asked] = client_of(cast.rina).get(url).json()["reviews"]

    second.refresh_from_db()
    assert asked["id"] == str(question.pk)
    assert asked["person"] == str(second.person_id)
    assert asked["probability"] == round(probability(question.score), 4)
    assert client_of(cast.rina).get(asked["url"]).json()["id"] == str(question.pk)
    assert client_of(cast.siti).get(url).json()["reviews"] == []


def test_a_person_s_registrations_are_listed(cast: Cast) -> None:
    first, again = pushed(cast), pushed(cast, cast.budi)
    pushed(cast, **STRANGER)
    again.refresh_from_db()

    rows = client_of(cast.rina).get(f"{V1}registrations/", {"person": str(again.person_id)}).json()

    assert {row["id"] for row in rows["results"]} == {str(first.pk), str(again.pk)}


def test_rejected_records_are_not_asked_about(cast: Cast) -> None:
    first, _, question = twins(cast)

    client = client_of(cast.rina)
    rejected = client.post(f"{V1}registrations/{first.pk}/reject/", {"reason": "not a worker"})

    assert rejected.status_code == 200
    assert listed(cast.rina) == []
    assert shown(cast.rina, question)["state"] == "closed"
    again = client.post(
        f"{V1}decisions/{rejected.json()['decision']}/undo/", {"reason": "wrong record"}
    )
    assert again.status_code == 200
    assert listed(cast.rina) == [str(question.pk)]
    assert Registration.objects.get(pk=first.pk).status == "flagged"
