"""Users and offices."""

from functools import partial
from typing import Any

import pytest

from outreach.models import Office, Region, User
from tests.cast import PASSWORD, ZONE, Cast, client_of
from tests.garbage import survives_garbage
from tests.threads import at_once

USERS = "/api/v1/users/"
OFFICES = "/api/v1/offices/"


def new_user(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "username": "tini",
        "password": "kelapa-muda-19",
        "role": "kader",
        "office": cast.branch.pk,
        "full_name": "Tini Suhartini",
        "phone": "+6281200000001",
    } | changes


@pytest.fixture
def free(cast: Cast) -> Region:
    """A regency that no branch looks after."""
    return Region.objects.create(
        code="99.03", level=2, kind="regency", name="Tengah", parent_id="99", time_zone=ZONE
    )


def new_office(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Kacab Tengah",
        "kind": "branch_office",
        "parent": cast.regional.pk,
        "regions": ["99.03"],
    } | changes


def pointers(answer: Any) -> set[str]:
    assert answer.status_code == 400, answer.content
    return {found["pointer"] for found in answer.json()["problems"]}


def test_an_administrator_lets_somebody_sign_in(cast: Cast) -> None:
    answer = client_of(cast.andi).post(USERS, new_user(cast))

    assert answer.status_code == 201
    assert "password" not in answer.json()
    signed_in = client_of(None).post(
        "/api/v1/auth/token/", {"username": "tini", "password": "kelapa-muda-19"}
    )
    assert signed_in.status_code == 200
    user = User.objects.get(pk=answer.json()["id"])
    assert (user.role, user.office, user.is_staff, user.is_superuser) == (
        "kader",
        cast.branch,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "12345678"),
        ("password", "tini-suhartini"),
        ("password", "short"),
        ("username", "siti"),
        ("username", "SITI"),
        ("username", "with space"),
        ("office", 987654321),
        ("office", None),
        ("office", 10**30),
        ("role", "king"),
        ("phone", "0812"),
        ("full_name", ""),
        ("is_superuser", True),
    ],
)
def test_a_bad_field_is_named(cast: Cast, field: str, value: Any) -> None:
    answer = client_of(cast.andi).post(USERS, new_user(cast, **{field: value}))

    assert pointers(answer) == {f"/{field}"}
    assert not User.objects.filter(username="tini").exists()


def test_an_administrator_needs_no_office(cast: Cast) -> None:
    body = new_user(cast, role="administrator", office=None)

    assert client_of(cast.andi).post(USERS, body).status_code == 201


def test_coordinators_see_their_offices_users_and_make_none(cast: Cast) -> None:
    def names(user: User) -> set[str]:
        answer = client_of(user).get(USERS)
        assert answer.status_code == 200
        assert PASSWORD not in answer.content.decode()
        return {row["username"] for row in answer.json()["results"]}

    assert names(cast.rina) == {"siti", "budi", "rina", "agus", "dewi"}
    assert names(cast.outsider_coordinator) == {"joko", "maya", "tono", "lina"}
    assert len(names(cast.andi)) == User.objects.count()
    assert client_of(cast.rina).post(USERS, new_user(cast)).status_code == 403
    assert client_of(cast.siti).get(USERS).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_users_of_one_name_one_is_made(cast: Cast) -> None:
    clients = [client_of(cast.andi) for _ in range(6)]
    body = new_user(cast)

    answers = at_once([partial(client.post, USERS, body) for client in clients])

    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 5
    assert User.objects.filter(username="tini").count() == 1


@pytest.mark.usefixtures("free")
def test_an_administrator_opens_an_office(cast: Cast) -> None:
    answer = client_of(cast.andi).post(OFFICES, new_office(cast))

    assert answer.status_code == 201
    office = Office.objects.get(pk=answer.json()["id"])
    [own] = office.territory.all()
    assert (office.parent, own.region_id, own.last_day) == (cast.regional, "99.03", None)
    assert answer.json() == new_office(cast, id=office.pk)


@pytest.mark.usefixtures("free")
@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("name", "Kacab Hulu", "/name"),
        ("name", "", "/name"),
        ("kind", "shop", "/kind"),
        ("kind", "regional_office", "/parent"),
        ("parent", 987654321, "/parent"),
        ("regions", ["98"], "/regions/0"),
        ("regions", ["99.02.01"], "/regions/0"),
        ("regions", ["99", "x"], "/regions/1"),
        ("regions", ["99", "99.02\n"], "/regions/1"),
        ("regions", ["99"] * 601, "/regions"),
        ("regions", "99", "/regions"),
    ],
)
def test_a_bad_office_is_refused(cast: Cast, field: str, value: Any, pointer: str) -> None:
    answer = client_of(cast.andi).post(OFFICES, new_office(cast, **{field: value}))

    assert pointers(answer) == {pointer}
    assert Office.objects.count() == 3


@pytest.mark.usefixtures("free")
def test_a_branch_is_not_below_a_branch(cast: Cast) -> None:
    answer = client_of(cast.andi).post(OFFICES, new_office(cast, parent=cast.branch.pk))

    assert pointers(answer) == {"/parent"}


def test_offices_are_seen_from_one_s_own_down(cast: Cast) -> None:
    def names(user: User) -> list[str]:
        return [row["name"] for row in client_of(user).get(OFFICES).json()["results"]]

    assert names(cast.rina) == names(cast.agus) == ["Kacab Hulu"]
    assert names(cast.regional_coordinator) == ["Kacab Hilir", "Kacab Hulu", "Kanwil Rekaan"]
    assert names(cast.andi) == ["Kacab Hilir", "Kacab Hulu", "Kanwil Rekaan"]
    assert client_of(cast.rina).post(OFFICES, new_office(cast)).status_code == 403


def test_garbage_gets_a_problem(cast: Cast) -> None:
    client = client_of(cast.andi)
    survives_garbage(client, "POST", USERS, new_user(cast))
    survives_garbage(client, "POST", OFFICES, new_office(cast))
