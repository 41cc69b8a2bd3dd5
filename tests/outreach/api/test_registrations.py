"""Finding registrations, and seeing no more of them than one's role allows."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from outreach.models import Disclosure, Registration, User
from outreach.sealing import seal
from tests.cast import Cast, client_of, pushed
from tests.garbage import survives_garbage

LIST = "/api/v1/registrations/"
SEARCH = "/api/v1/registrations/search/"
NIK = "9901014503840002"
PHONE = "+6281234567890"


def found(user: User, **query: Any) -> list[str]:
    answer = client_of(user).get(LIST, query)
    assert answer.status_code == 200, answer.content
    return [row["full_name"] for row in answer.json()["results"]]


def searched(user: User, **query: Any) -> list[str]:
    answer = client_of(user).post(SEARCH, query)
    assert answer.status_code == 200, answer.content
    return [row["full_name"] for row in answer.json()["results"]]


@pytest.fixture
def some(cast: Cast) -> dict[str, Registration]:
    """Four people: two of Siti's, one of Budi's, one of the other office's."""
    return {
        "aminah": pushed(cast),
        "wati": pushed(
            cast,
            full_name="Wati",
            nik=None,
            nik_missing_reason="lost",
            phone=None,
            domicile_village=cast.other_villages[0].code,
        ),
        "rudi": pushed(
            cast, cast.budi, full_name="Rudi 100%", nik="9901010101800003", phone="+628999888777"
        ),
        "joko": pushed(
            cast,
            cast.outsider_kader,
            campaign=str(cast.other_market.id),
            full_name="Joko Anwar",
            nik="9902010101800004",
        ),
    }


def test_each_role_sees_its_own_part(cast: Cast, some: dict[str, Registration]) -> None:
    Registration.objects.filter(pk=some["rudi"].pk).update(status="verified")

    assert set(found(cast.siti)) == {"Siti Aminah Harahap", "Wati"}
    assert set(found(cast.budi)) == {"Rudi 100%"}
    assert set(found(cast.rina)) == {"Siti Aminah Harahap", "Wati", "Rudi 100%"}
    assert set(found(cast.dewi)) == {"Rudi 100%"}
    assert set(found(cast.outsider_coordinator)) == {"Joko Anwar"}
    assert found(cast.outsider_officer) == []
    assert len(found(cast.regional_coordinator)) == len(found(cast.andi)) == 4
    assert client_of(cast.agus).get(LIST).status_code == 403


def test_what_is_outside_one_s_scope_is_not_there(
    cast: Cast, some: dict[str, Registration]
) -> None:
    aminah = f"{LIST}{some['aminah'].pk}/"
    for user in (cast.budi, cast.outsider_coordinator, cast.outsider_kader, cast.dewi):
        answer = client_of(user).get(aminah)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    for user in (cast.siti, cast.rina, cast.andi):
        assert client_of(user).get(aminah).status_code == 200
    assert client_of(cast.rina).get(f"{LIST}{uuid4()}/").status_code == 404


def test_personal_numbers_are_masked_in_lists_and_details(
    cast: Cast, some: dict[str, Registration]
) -> None:
    client = client_of(cast.rina)
    pushed(cast, mother_name="Halimah", nik="9901014503840010", full_name="Anak")
    answers = [client.get(LIST), client.post(SEARCH, {"search": NIK})]
    answers += [client.get(f"{LIST}{row['id']}/") for row in answers[0].json()["results"]]

    for answer in answers:
        assert NIK not in answer.content.decode()
        assert PHONE not in answer.content.decode()
        assert "Halimah" not in answer.content.decode()
    detail = client.get(f"{LIST}{some['aminah'].pk}/").json()
    assert detail["nik"] == "990101••••••0002"
    assert detail["phone"] == "+6281••••••890"
    assert detail["mother_name"] is None
    without = client.get(f"{LIST}{some['wati'].pk}/").json()
    assert (without["nik"], without["phone"], without["nik_missing_reason"]) == (None, None, "lost")


def test_a_damaged_value_hides_only_itself(cast: Cast, some: dict[str, Registration]) -> None:
    foreign = seal(NIK, uuid4())
    Registration.objects.filter(pk=some["aminah"].pk).update(nik=foreign)

    rows = client_of(cast.rina).get(LIST).json()["results"]

    assert {row["nik"] for row in rows} == {"•" * 10, None, "990101••••••0003"}


def test_a_detail_tells_what_was_captured_doubted_and_decided(
    cast: Cast, some: dict[str, Registration]
) -> None:
    client = client_of(cast.rina)
    client.post(f"{LIST}{some['aminah'].pk}/verify/", {"reason": "papers seen"})

    detail = client.get(f"{LIST}{some['aminah'].pk}/").json()

    assert detail["state"] == "verified"
    assert detail["campaign"] == {"id": str(cast.market.id), "name": "Gerebek Pasar Lama"}
    assert detail["kader"] == {"id": cast.siti.pk, "full_name": "Siti Rahayu"}
    assert detail["domicile_village"] == {
        "code": "99.01.01.1001",
        "name": "Pasar Lama",
        "kind": "kelurahan",
    }
    assert {flag["code"] for flag in detail["flags"]} == {"location_missing", "unenrolled_device"}
    assert detail["location"] is None
    assert detail["consent"]["notice_version"] == "2026-01"
    assert detail["photos"][0]["kind"] == "workplace"
    assert detail["revisions"] == 0
    [decision] = detail["decisions"]
    assert (decision["kind"], decision["actor"], decision["reason"]) == (
        "verify",
        "Rina Wulandari",
        "papers seen",
    )


def test_filters_narrow_the_list(cast: Cast, some: dict[str, Registration]) -> None:
    Registration.objects.filter(pk=some["wati"].pk).update(status="rejected")

    assert found(cast.rina, state="rejected") == ["Wati"]
    assert found(cast.andi, campaign=str(cast.other_market.id)) == ["Joko Anwar"]
    assert found(cast.rina, campaign=str(cast.other_market.id)) == []
    assert found(cast.rina, village=cast.other_villages[0].code) == ["Wati"]
    assert found(cast.rina, village="99.02") == ["Wati"]
    assert len(found(cast.rina, village="99")) == 3
    assert len(found(cast.rina, flag="unenrolled_device")) == 3
    assert found(cast.rina, flag="location_mocked") == []
    for text in ("aminah", "HARAHAP am", "Siti, Har."):
        assert found(cast.rina, search=text) == ["Siti Aminah Harahap"]
    assert found(cast.rina, search="minah") == []
    assert found(cast.rina, search="100%") == ["Rudi 100%"]
    assert found(cast.rina, search="%%") == []


@pytest.mark.parametrize("text", [NIK, "9901 0145 0384 0002", "9901.0145.0384.0002"])
def test_a_whole_nik_finds_its_registration_within_the_scope(
    cast: Cast, some: dict[str, Registration], text: str
) -> None:
    assert searched(cast.rina, search=text) == ["Siti Aminah Harahap"]
    assert searched(cast.outsider_coordinator, search=text) == []
    assert searched(cast.budi, search=text) == []


@pytest.mark.parametrize("text", ["+628999888777", "08999888777", "0899-9888-777", "628999888777"])
def test_a_phone_number_finds_its_registration_however_it_is_written(
    cast: Cast, some: dict[str, Registration], text: str
) -> None:
    assert searched(cast.rina, search=text) == ["Rudi 100%"]


def test_a_search_in_a_body_takes_names_and_filters_too(
    cast: Cast, some: dict[str, Registration]
) -> None:
    assert searched(cast.rina, search="wati", state="submitted") == []
    assert searched(cast.rina, search="wati", village="99.02") == ["Wati"]


@pytest.mark.parametrize("text", [NIK, PHONE, "0812 3456 7890"])
def test_personal_numbers_do_not_belong_into_a_url(
    cast: Cast, some: dict[str, Registration], text: str
) -> None:
    answer = client_of(cast.rina).get(LIST, {"search": text})

    assert answer.status_code == 400
    assert answer.json()["problems"][0]["code"] == "personal_data_in_url"
    assert text not in answer.content.decode()


def test_pages_go_through_everything_once_also_within_one_instant(cast: Cast) -> None:
    for number in range(7):
        pushed(cast, full_name=f"Orang {number}", nik=f"99010145038400{number:02}", phone=None)
    client, seen, cursor = client_of(cast.rina), [], None
    while True:
        answer = client.get(LIST, {"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        seen += [row["full_name"] for row in answer["results"]]
        cursor = answer["next"]
        if cursor is None:
            break

    assert sorted(seen) == [f"Orang {number}" for number in range(7)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "gone"),
        ("campaign", "x"),
        ("village", "99.01.01.١٢٣٤"),
        ("village", "%"),
        ("flag", "nonsense"),
        ("search", "a"),
        ("search", "a" * 81),
        ("search", "a\x00b"),
        ("cursor", "AAAA"),
        ("limit", "9" * 30),
        ("stat", "verified"),
    ],
)
def test_a_senseless_query_is_a_problem(cast: Cast, name: str, value: str) -> None:
    answer = client_of(cast.rina).get(LIST, {name: value})

    assert answer.status_code == 400
    assert answer.json()["problems"][0]["pointer"] == f"/{name}"


def test_disclosing_shows_and_keeps_who_saw_what_and_why(
    cast: Cast, some: dict[str, Registration]
) -> None:
    aminah = some["aminah"]
    answer = client_of(cast.rina).post(
        f"{LIST}{aminah.pk}/disclose/",
        {"fields": ["nik", "phone", "mother_name"], "reason": "calling back"},
    )

    assert answer.status_code == 200
    assert answer.json()["values"] == {"nik": NIK, "phone": PHONE, "mother_name": None}
    [kept] = Disclosure.objects.all()
    assert (kept.registration_id, kept.user, kept.fields, kept.reason) == (
        aminah.pk,
        cast.rina,
        ["nik", "phone", "mother_name"],
        "calling back",
    )


def test_only_those_with_the_right_disclose(cast: Cast, some: dict[str, Registration]) -> None:
    url = f"{LIST}{some['aminah'].pk}/disclose/"
    body = {"fields": ["nik"], "reason": "curious"}

    def status(user: User) -> int:
        return int(client_of(user).post(url, body).status_code)

    assert [status(user) for user in (cast.siti, cast.agus, cast.andi)] == [403] * 3
    assert [status(user) for user in (cast.dewi, cast.outsider_coordinator)] == [404] * 2
    Registration.objects.filter(pk=some["aminah"].pk).update(status="verified")
    assert status(cast.dewi) == 200
    assert status(cast.outsider_officer) == 404
    assert Disclosure.objects.count() == 1


def test_nothing_is_disclosed_without_a_reason(cast: Cast, some: dict[str, Registration]) -> None:
    url = f"{LIST}{some['aminah'].pk}/disclose/"
    client = client_of(cast.rina)
    for body in ({"fields": ["nik"]}, {"fields": ["nik"], "reason": "  "}, {"reason": "because"}):
        assert client.post(url, body).status_code == 400
    assert client.post(url, {"fields": ["full_name"], "reason": "because"}).status_code == 400
    assert not Disclosure.objects.exists()


def test_garbage_gets_a_problem(cast: Cast, some: dict[str, Registration]) -> None:
    client = client_of(cast.rina)
    survives_garbage(
        client,
        "POST",
        SEARCH,
        {
            "search": "wati",
            "state": "submitted",
            "campaign": str(cast.market.id),
            "village": "99",
            "flag": "unenrolled_device",
            "limit": 5,
            "cursor": "AAAA",
        },
        allowed=200,
    )
    survives_garbage(
        client,
        "POST",
        f"{LIST}{some['aminah'].pk}/disclose/",
        {"fields": ["nik"], "reason": "because"},
    )


def test_statements_do_not_grow_with_the_list(cast: Cast, django_assert_num_queries: Any) -> None:
    client = client_of(cast.rina)
    pushed(cast)
    with django_assert_num_queries(3):
        client.get(LIST)
    for number in range(10, 30):
        pushed(cast, full_name=f"Orang {number}", nik=f"99010145038400{number}", phone=None)
    with django_assert_num_queries(3):
        assert len(json.loads(client.get(LIST).content)["results"]) == 21


def test_ids_in_paths_are_uuids_or_nothing_is_there(cast: Cast) -> None:
    for path in ("x/", "1/verify/", f"{UUID(int=1)}x/", "00000000-0000-0000-0000-00000000000/"):
        assert client_of(cast.rina).get(LIST + path).status_code == 404
