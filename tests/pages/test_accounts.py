"""One's own account: the password, where one is signed in, and pages about errors."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django_structlog.signals import bind_extra_request_metadata
from structlog.contextvars import get_contextvars

from outreach.models import BrowserSession, User
from outreach.sessions import browser_of, mark_of, place_of
from tests.cast import PASSWORD, Cast, client_of
from tests.counting import Counting
from tests.pages.test_tablets import signed_in

NEW = "kelapa-muda-19"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
ANDROID = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"


def through_the_door(user: User, agent: str, password: str = PASSWORD) -> Client:
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR="103.28.15.7")
    answer = client.post("/sign-in/", {"username": user.username, "password": password})
    assert answer.status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def passwords(old: str = PASSWORD, new: str = NEW, again: str = "") -> dict[str, str]:
    return {"old_password": old, "new_password1": new, "new_password2": again or new}


def test_own_sessions_are_listed_without_what_a_thief_could_use(cast: Cast) -> None:
    here, there = (through_the_door(cast.rina, agent) for agent in (WINDOWS, ANDROID))
    through_the_door(cast.agus, WINDOWS)
    text = here.get("/account/").content.decode()
    assert "Edge, Windows" in text and "Chrome, Android" in text and "103.28.x.x" in text
    assert "15.7" not in text and "yang ini" in text and text.count("<li>\n") == 2
    for key in BrowserSession.objects.values_list("pk", flat=True):
        assert key not in text
    assert BrowserSession.objects.filter(user=cast.rina).count() == 2
    mark = mark_of(there.session.session_key or "")
    theirs = mark_of(BrowserSession.objects.get(user=cast.agus).pk)
    for which, told in ((theirs, "sudah keluar"), (mark, "sudah dikeluarkan"), (mark, "keluar")):
        answer = here.post("/account/sessions/", {"which": which}, follow=True)
        assert told in answer.content.decode()
    assert is_in(here) and not is_in(there)
    assert BrowserSession.objects.filter(user=cast.agus).exists()
    for to, offered in (("off", "on"), ("on", "off")):
        text = here.post("/account/keys/", {"keys": to}, follow=True).content.decode()
        assert f'name="keys" value="{offered}"' in text


def test_all_others_are_signed_out_at_once(cast: Cast) -> None:
    here, *others = (through_the_door(cast.rina, WINDOWS) for _ in range(3))
    here.post("/account/sessions/", {"which": "others"})
    assert [is_in(client) for client in (here, *others)] == [True, False, False]
    mark = mark_of(here.session.session_key or "")
    assert (
        "keluar" in here.post("/account/sessions/", {"which": mark}, follow=True).content.decode()
    )
    assert is_in(here)


def test_a_session_ends_at_its_time_however_much_it_is_used(cast: Cast) -> None:
    client = through_the_door(cast.rina, WINDOWS)
    row = BrowserSession.objects.get()
    ends = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    assert abs(row.expire_date - ends) < timedelta(minutes=5)
    session = client.session
    session["used_at"] = (timezone.now() - timedelta(hours=1)).isoformat()
    session.save()
    assert is_in(client)
    again = BrowserSession.objects.get()
    assert again.expire_date == row.expire_date
    assert again.get_decoded()["used_at"] > session["used_at"]


def test_a_new_password_ends_other_browsers_and_programs_but_no_tablet(cast: Cast) -> None:
    here, there = (through_the_door(cast.rina, WINDOWS) for _ in range(2))
    signed = client_of(None).post("/api/v1/auth/token/", {"username": "rina", "password": PASSWORD})
    answer = here.post("/account/password/", passwords(), follow=True)
    assert "sudah diganti" in answer.content.decode()
    assert is_in(here) and not is_in(there)
    assert BrowserSession.objects.filter(user=cast.rina).count() == 1
    refresh = {"refresh": signed.json()["refresh"]}
    assert client_of(None).post("/api/v1/auth/token/refresh/", refresh).status_code == 401
    through_the_door(cast.rina, WINDOWS, NEW)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        (passwords(old="salah"), "Ini bukan kata sandi Anda"),
        (passwords(again="lain-lagi-19"), "new_password2"),
        (passwords(new="12345678"), "new_password2"),
        (passwords(new="rina.wulandari"), "new_password2"),
        (passwords(new="pendek"), "new_password2"),
        ({}, "old_password"),
        (passwords(new="\0" * 9), "new_password1"),
    ],
)
def test_a_password_that_cannot_be_taken_is_refused_in_words(
    cast: Cast, form: dict[str, str], says: str
) -> None:
    answer = through_the_door(cast.rina, WINDOWS).post("/account/password/", form)
    assert answer.status_code == 200
    assert says in answer.content.decode() and answer.context["errors"]
    through_the_door(cast.rina, WINDOWS)


def test_guessing_the_old_password_locks_as_signing_in_does(cast: Cast) -> None:
    client = through_the_door(cast.rina, WINDOWS)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post("/account/password/", passwords(old="salah"))
    assert answer.status_code == 429
    assert client.post("/account/password/", passwords()).status_code == 429


def test_the_demos_passwords_stay(cast: Cast) -> None:
    User.objects.filter(pk=cast.rina.pk).update(is_demo=True)
    client = through_the_door(cast.rina, WINDOWS)
    answer = client.post("/account/password/", passwords(), follow=True)
    assert "tidak dapat diganti" in answer.content.decode()
    through_the_door(cast.rina, WINDOWS)


def test_the_demo_says_who_there_is_and_nobody_else_does(cast: Cast) -> None:
    assert "koordinator" not in Client().get("/sign-in/").content.decode()
    User.objects.filter(pk=cast.rina.pk).update(is_demo=True)
    text = Client().get("/sign-in/").content.decode()
    assert "<code>rina</code>" in text and settings.DEMO_PASSWORD in text and "agus" not in text


def test_a_kader_has_an_account_page_too(cast: Cast) -> None:
    assert "Siti Rahayu" in signed_in(cast.siti).get("/account/").content.decode()


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (ANDROID, "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18 Safari/604.1", "Safari, iPhone"),
        ("curl/8.1", ""),
        ("<script>", ""),
    ],
)
def test_browsers_are_told_by_what_they_call_themselves(agent: str, told: str) -> None:
    assert browser_of(agent) == told


def test_of_addresses_the_first_half_is_left() -> None:
    told = [place_of(address) for address in ("103.28.15.7", "2001:db8:1::7", "", None, "x")]
    assert told == ["103.28.x.x", "2001:0db8:…", "", "", ""]


def test_an_error_page_has_the_code_that_the_log_knows(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[str] = []

    def note(**_: object) -> None:
        logged.append(get_contextvars()["request_id"])

    def broken(*_: object) -> None:
        raise ValueError

    bind_extra_request_metadata.connect(note)
    monkeypatch.setattr("outreach.pages.accounts.sessions.sessions_of", broken)
    try:
        for user, address, status in (
            (cast.rina, "/nowhere/", 404),
            (cast.rina, "/account/", 500),
            (cast.agus, "/queue/", 403),
            (cast.siti, "/queue/", 403),
        ):
            client = signed_in(user)
            client.raise_request_exception = False
            answer = client.get(address, headers={"x-request-id": "<b>theirs</b>"})
            assert answer.status_code == status
            assert f'class="request-id">{logged[-1]}<' in answer.content.decode()
    finally:
        bind_extra_request_metadata.disconnect(note)
    assert len(set(logged)) == 4


def test_the_account_costs_the_same_with_many_sessions(cast: Cast, count_queries: Counting) -> None:
    for _ in range(3):
        client = through_the_door(cast.rina, WINDOWS)
        with count_queries("GET account/ page"):
            client.get("/account/")
