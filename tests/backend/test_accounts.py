from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory

from backend.accounts import client_address, may_sign_in
from outreach.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "jemput-bola"


def make_user(username: str, **fields: Any) -> User:
    user = User(username=username, full_name=username, role=User.Role.ADMINISTRATOR, **fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def signed_in(username: str, password: str = PASSWORD, address: str = "10.0.0.1") -> Any:
    request = RequestFactory().post("/login/", REMOTE_ADDR=address)
    return authenticate(request, username=username, password=password)


def test_demo_users_sign_in_only_in_the_demo(settings: Any, client: Client) -> None:
    demo, real = make_user("kader1", is_demo=True), make_user("sari")
    assert signed_in("kader1") == demo
    client.force_login(demo, backend="backend.accounts.AccountBackend")

    settings.DEMO = False
    assert signed_in("kader1") is None
    assert signed_in("sari") == real
    assert not may_sign_in(demo)
    # Not through a session that is still open either.
    assert client.get("/api/v1/standings/").status_code in {401, 403}


def test_nobody_signs_in_once_deactivated() -> None:
    make_user("pergi", is_active=False)
    assert signed_in("pergi") is None


def test_wrong_passwords_lock_one_name_at_one_address(client: Client, settings: Any) -> None:
    make_user("sari")
    make_user("budi")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        assert signed_in("sari", "wrong") is None
    assert signed_in("sari") is None
    assert signed_in("budi") is not None, "a carrier's address is shared by many"
    assert signed_in("sari", address="10.0.0.2") is not None


def test_a_locked_log_in_is_told_when_to_come_back(client: Client, settings: Any) -> None:
    make_user("sari")
    answers = [
        client.post(
            "/api/v1/auth/token/",
            {"username": "sari", "password": "wrong"},
            content_type="application/json",
        )
        for _ in range(settings.AXES_FAILURE_LIMIT + 1)
    ]
    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert answers[-1]["Content-Type"] == "application/problem+json"
    assert int(answers[-1]["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6", "6.6.6.6"),
        (1, "1.2.3.4, 6.6.6.6", "6.6.6.6"),
        (2, "1.2.3.4, 6.6.6.6, 10.0.0.9", "6.6.6.6"),
        (2, "6.6.6.6", "10.0.0.1"),
        (1, "made up", "10.0.0.1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_the_address_is_what_our_own_proxies_saw(
    settings: Any, proxies: int, forwarded: str, seen: str
) -> None:
    settings.PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == seen


def test_a_superuser_is_an_administrator_and_nobody_else() -> None:
    def added(**more: str) -> None:
        call_command(
            "createsuperuser", interactive=False, username="andi", full_name="Andi", **more
        )

    with pytest.raises(CommandError, match="POST users/"):
        added(role="coordinator")
    assert not User.objects.exists()
    added()
    assert User.objects.get().role == User.Role.ADMINISTRATOR
