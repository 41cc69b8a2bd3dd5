"""Access tokens, and refresh tokens that survive lost answers and betray stolen ones."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from outreach.models import User
from outreach.problems import Problem
from sync.devices import change_state
from sync.models import Device, TokenFamily
from sync.tokens import end_families, refresh, sign_in
from tests.cast import PASSWORD, Cast, client_of, tablet
from tests.garbage import survives_garbage
from tests.threads import at_once

TOKEN = "/api/v1/auth/token/"
REFRESH = "/api/v1/auth/token/refresh/"
LIMITS = "/api/v1/sync/limits/"
DEVICES = "/api/v1/sync/devices/"


def sign(username: str, password: str = PASSWORD, **extra: Any) -> Any:
    return APIClient().post(TOKEN, {"username": username, "password": password}, **extra)


def refreshed(token: str) -> Any:
    return APIClient().post(REFRESH, {"refresh": token})


def with_token(token: str, scheme: str = "Bearer") -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"{scheme} {token}")
    return client


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, settings.TOKEN_KEY, algorithms=["HS256"])
    return claims


def forged(token: str, **claims: Any) -> str:
    return jwt.encode({**claims_of(token), **claims}, settings.TOKEN_KEY, algorithm="HS256")


def test_a_password_gives_tokens_that_work_for_a_quarter_of_an_hour(cast: Cast) -> None:
    answer = sign("rina")

    assert answer.status_code == 200
    access = answer.json()["access"]
    claims = claims_of(access)
    assert claims["exp"] - claims["iat"] == 15 * 60
    assert "device" not in claims
    assert with_token(access).get(DEVICES).status_code == 200
    cast.rina.refresh_from_db()
    assert cast.rina.last_login is not None


@pytest.mark.parametrize(("username", "days"), [("siti", 30), ("rina", 1)])
def test_kader_stay_signed_in_for_a_month_and_staff_for_a_day(
    cast: Cast, username: str, days: int
) -> None:
    claims = claims_of(sign(username).json()["refresh"])

    assert claims["exp"] - claims["iat"] == days * 24 * 3600


@pytest.mark.parametrize(
    ("username", "password"), [("rina", "wrong"), ("nobody", PASSWORD), ("RINA", PASSWORD)]
)
def test_wrong_credentials_say_nothing_about_which_was_wrong(
    cast: Cast, username: str, password: str
) -> None:
    answer = sign(username, password)

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "credentials_invalid"
    assert username not in answer.content.decode()


def test_unknown_users_cost_a_password_hash_too(cast: Cast, monkeypatch: Any) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(User, "set_password", lambda _, raw: hashed.append(raw))

    sign("nobody", "whatever-42")

    assert hashed == ["whatever-42"]


def test_inactive_users_and_demo_users_outside_the_demo_stay_out(cast: Cast, settings: Any) -> None:
    User.objects.filter(pk=cast.rina.pk).update(is_active=False)
    User.objects.filter(pk=cast.dewi.pk).update(is_demo=True)
    assert sign("rina").status_code == 401
    in_the_demo = sign("dewi")
    assert in_the_demo.status_code == 200

    settings.DEMO = False

    assert sign("dewi").status_code == 401
    assert with_token(in_the_demo.json()["access"]).get(LIMITS).status_code == 401
    assert refreshed(in_the_demo.json()["refresh"]).status_code == 401


def test_too_many_wrong_passwords_lock_one_name_at_one_address_only(cast: Cast) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        last = sign("rina", "wrong")

    locked = sign("rina")
    assert last.status_code == locked.status_code == 429
    assert locked["Content-Type"] == "application/problem+json"
    assert int(locked["Retry-After"]) > 0
    assert sign("dewi").status_code == 200
    assert sign("rina", REMOTE_ADDR="203.0.113.9").status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer " + "x" * 5000,
        "Bearer é.é.é",
        "bearer  two tokens",
        "Bearer " + "W" * 1600 + ".e30.x",
        "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJ1c2VyX2lkIjoiMSJ9.",
    ],
)
def test_a_bad_access_token_is_refused_with_a_challenge(cast: Cast, header: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)

    answer = client.get(LIMITS)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_token"'
    assert answer.json()["code"] == "token_invalid"
    assert answer.json()["action"] == "retry"


def test_a_deeply_nested_token_header_is_no_way_to_crash_the_server(cast: Cast) -> None:
    import base64

    header = base64.urlsafe_b64encode(b"[" * 1400).decode().rstrip("=")

    assert with_token(f"{header}.e30.e30").get(LIMITS).status_code == 401


def test_without_a_token_the_challenge_tells_what_to_bring(cast: Cast) -> None:
    for client in (APIClient(), with_token("dXNlcjpwYXNz", scheme="Basic")):
        answer = client.get(LIMITS)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
        assert answer.json()["code"] == "not_authenticated"


def test_tokens_expire_and_each_kind_has_its_own_use(cast: Cast) -> None:
    pair = sign_in(cast.rina, None, timezone.now())
    past = int((timezone.now() - timedelta(seconds=1)).timestamp())

    assert with_token(forged(pair["access"], exp=past)).get(LIMITS).status_code == 401
    assert with_token(pair["refresh"]).get(LIMITS).status_code == 401
    assert refreshed(pair["access"]).status_code == 401
    assert refreshed(forged(pair["refresh"], exp=past)).status_code == 401
    assert with_token(pair["access"]).get(LIMITS).status_code == 200


def test_a_token_of_somebody_deactivated_or_deleted_is_worth_nothing(cast: Cast) -> None:
    client = client_of(cast.rina)
    User.objects.filter(pk=cast.rina.pk).update(is_active=False)
    assert client.get(LIMITS).status_code == 401
    assert (
        with_token(forged(sign_in(cast.dewi, None, timezone.now())["access"], user_id="987654321"))
        .get(LIMITS)
        .status_code
        == 401
    )


def test_authentication_takes_one_statement(cast: Cast, django_assert_num_queries: Any) -> None:
    for client in (client_of(cast.rina), client_of(cast.siti, cast.tablet)):
        with django_assert_num_queries(1):
            assert client.get(LIMITS).status_code == 200


def test_the_tablet_s_state_counts_on_every_request(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    assert client.get("/api/v1/campaigns/").status_code == 200

    Device.objects.update(state=Device.State.DRAIN_ONLY)
    assert client.get(LIMITS).status_code == 200
    assert client.post("/api/v1/sync/receipts/", {"ids": []}).status_code == 200
    drained = client.get("/api/v1/campaigns/")
    assert (drained.status_code, drained.json()["code"]) == (403, "device_drain_only")

    Device.objects.update(state=Device.State.REVOKED)
    revoked = client.get(LIMITS)
    assert (revoked.status_code, revoked.json()["code"]) == (403, "device_revoked")
    assert client_of(cast.siti).get(LIMITS).status_code == 200


def test_a_tablet_that_changed_hands_does_not_speak_for_its_first_kader(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    Device.objects.filter(pk=cast.tablet.pk).update(kader=cast.budi)

    assert client.get(LIMITS).status_code == 401


@pytest.mark.parametrize("on_a_tablet", [True, False])
def test_200_lost_answers_of_200_lock_nobody_out(cast: Cast, on_a_tablet: bool) -> None:
    device = cast.tablet if on_a_tablet else None
    token = sign_in(cast.siti, device, timezone.now())["refresh"]

    for _ in range(200):
        assert refreshed(token).status_code == 200  # the answer is lost
        again = refreshed(token)
        assert again.status_code == 200
        token = again.json()["refresh"]
        assert with_token(again.json()["access"]).get(LIMITS).status_code == 200


def test_an_old_token_used_again_ends_the_family(cast: Cast) -> None:
    first = sign("siti").json()["refresh"]
    elsewhere = sign("siti").json()["refresh"]
    second = refreshed(first).json()["refresh"]
    third = refreshed(second).json()["refresh"]

    stolen = refreshed(first)

    assert stolen.status_code == 401
    assert stolen.json()["code"] == "refresh_invalid"
    assert stolen["WWW-Authenticate"].startswith("Bearer")
    assert refreshed(third).status_code == 401
    assert refreshed(second).status_code == 401
    assert refreshed(elsewhere).status_code == 200


def test_refreshing_survives_a_database_that_went_back_to_a_backup(cast: Cast) -> None:
    token = sign("siti").json()["refresh"]
    for _ in range(5):
        token = refreshed(token).json()["refresh"]
    TokenFamily.objects.update(generation=1)

    assert refreshed(token).status_code == 200


def test_a_new_password_ends_log_ins_but_leaves_tablets(cast: Cast) -> None:
    staff = sign("siti").json()["refresh"]
    enrolled = sign_in(cast.siti, cast.tablet, timezone.now())["refresh"]
    cast.siti.set_password("kebun-teh-77")
    cast.siti.save()

    assert refreshed(staff).status_code == 401
    assert refreshed(enrolled).status_code == 200


def test_the_families_of_a_revoked_tablet_die_and_others_live(cast: Cast) -> None:
    other = tablet(cast.budi, cast.rina)
    mine = sign_in(cast.siti, cast.tablet, timezone.now())["refresh"]
    theirs = sign_in(cast.budi, other, timezone.now())["refresh"]
    end_families(cast.tablet, timezone.now())

    assert refreshed(mine).status_code == 401
    assert claims_of(refreshed(theirs).json()["access"])["device"] == str(other.pk)


def test_a_refresh_takes_two_statements(cast: Cast, django_assert_num_queries: Any) -> None:
    token = sign_in(cast.siti, cast.tablet, timezone.now())["refresh"]

    with django_assert_num_queries(2):
        assert refreshed(token).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_eight_simultaneous_refreshes_all_succeed(cast: Cast) -> None:
    token = sign_in(cast.siti, None, timezone.now())["refresh"]

    def go(_: int) -> str:
        try:
            return refresh(token, timezone.now())["refresh"]
        finally:
            connection.close()

    for _ in range(10):
        with ThreadPoolExecutor(8) as pool:
            successors = list(pool.map(go, range(8)))
        assert {claims_of(successor)["number"] for successor in successors} == {
            claims_of(token)["number"] + 1
        }
        token = successors[3]


@pytest.mark.django_db(transaction=True)
def test_a_thief_and_the_owner_at_once_end_with_the_family_revoked(cast: Cast) -> None:
    first = sign_in(cast.siti, None, timezone.now())["refresh"]
    second = refresh(first, timezone.now())["refresh"]
    refresh(second, timezone.now())

    def go(token: str) -> str:
        try:
            return refresh(token, timezone.now())["refresh"]
        except Problem:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(go, [first, second] * 4))
    assert not any(answers[::2])
    assert TokenFamily.objects.get().revoked_at is not None


@pytest.mark.django_db(transaction=True)
def test_refreshes_while_a_tablet_is_revoked_as_stolen_leave_no_good_token(cast: Cast) -> None:
    def go_on(token: str) -> str:
        with suppress(Problem):
            for _ in range(5):
                token = refresh(token, timezone.now())["refresh"]
        return token

    def revoke(device: Device) -> str:
        now = timezone.now()
        change_state(device.pk, "revoked", "stolen", cast.rina, now, hand_over=False)
        return ""

    for _ in range(5):
        device = tablet(cast.siti, cast.rina)
        token = sign_in(cast.siti, device, timezone.now())["refresh"]
        *tokens, _none = at_once([*[partial(go_on, token)] * 4, partial(revoke, device)])
        for one in tokens:
            answer = refreshed(one)
            assert (answer.status_code, answer["Device-Action"]) == (403, "wipe")


def test_a_log_in_without_tablet_goes_on_when_the_tablet_is_revoked(cast: Cast) -> None:
    plain = sign("siti").json()
    change_state(cast.tablet.pk, "revoked", "stolen", cast.rina, timezone.now(), hand_over=False)

    assert with_token(plain["access"]).get(LIMITS).status_code == 200
    assert refreshed(plain["refresh"]).status_code == 200


def test_garbage_gets_a_problem(cast: Cast) -> None:
    survives_garbage(APIClient(), "POST", TOKEN, {"username": "rina", "password": PASSWORD})
    token = sign("dewi").json()["refresh"]
    survives_garbage(APIClient(), "POST", REFRESH, {"refresh": token})
