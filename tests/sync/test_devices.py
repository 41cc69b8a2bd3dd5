"""Tablets: codes, enrolment, states, and who may see and do what."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from outreach.models import User
from outreach.problems import SPREAD, Problem
from sync import guessing
from sync.devices import ALPHABET, change_state, create, enrol, renew_code
from sync.epoch import epoch
from sync.models import Device, EnrolmentCode, TokenFamily, WrongCodes
from tests.cast import Cast, client_of
from tests.garbage import survives_garbage
from tests.records import batch
from tests.threads import at_once

DEVICES = "/api/v1/sync/devices/"
ENROL = "/api/v1/sync/devices/enrol/"
REFRESH = "/api/v1/auth/token/refresh/"


def new_code(cast: Cast) -> dict[str, Any]:
    answer = client_of(cast.rina).post(DEVICES, {"kader": cast.siti.pk, "label": "Tablet 7"})
    assert answer.status_code == 201
    body: dict[str, Any] = answer.json()
    return body


def enrolled(code: str, **extra: Any) -> Any:
    body = {"enrolment_code": code, "platform": "android 14", "app_version": "1.2.0"}
    return APIClient().post(ENROL, body, **extra)


def set_state(user: User, device: object, state: str, **extra: Any) -> Any:
    body = {"state": state, "reason": "lost in a river", **extra}
    return client_of(user).post(f"{DEVICES}{device}/state/", body)


def test_a_code_makes_a_tablet_that_may_speak_for_its_kader(cast: Cast) -> None:
    offer = new_code(cast)
    assert offer["enrolment_url"] == f"http://testserver/tablet/#{offer['enrolment_code']}"
    assert offer["qr_svg"].startswith("<svg")
    assert offer["enrolment_code"] not in str(EnrolmentCode.objects.values_list())

    answer = enrolled(offer["enrolment_code"])

    assert answer.status_code == 201
    tablet = answer.json()
    assert tablet["device_id"] == offer["id"]
    assert tablet["kader"] == {"id": cast.siti.pk, "full_name": "Siti Rahayu"}
    assert tablet["epoch"] == epoch()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tablet['access']}")
    assert client.post("/api/v1/sync/receipts/", {"ids": []}).status_code == 200
    device = Device.objects.get(pk=offer["id"])
    assert (device.state, device.platform, device.app_version, device.created_by) == (
        "active",
        "android 14",
        "1.2.0",
        cast.rina,
    )


def test_codes_hold_80_bits_and_are_read_as_people_type_them(cast: Cast) -> None:
    offer = new_code(cast)
    code = offer["enrolment_code"]
    assert len(code.replace("-", "")) == 16
    assert not set("ILOU") & set(code)

    typed = f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "

    assert enrolled(typed).status_code == 201


def test_a_code_works_once(cast: Cast) -> None:
    code = new_code(cast)["enrolment_code"]
    enrolled(code)

    again = enrolled(code)

    assert (again.status_code, again.json()["code"]) == (403, "enrolment_refused")


def test_expired_unknown_and_overtaken_codes_are_refused_alike(cast: Cast) -> None:
    expired = new_code(cast)["enrolment_code"]
    EnrolmentCode.objects.update(expires_at=timezone.now())
    revoked = new_code(cast)
    set_state(cast.rina, revoked["id"], "revoked")
    answers = [enrolled(c) for c in (expired, "0000-0000-0000-0000", revoked["enrolment_code"])]
    fine = new_code(cast)["enrolment_code"]
    User.objects.filter(pk=cast.siti.pk).update(is_active=False)
    answers.append(enrolled(fine))

    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1


def test_a_code_lives_for_a_day(cast: Cast) -> None:
    now = timezone.now()
    _, enrolment, code = create(cast.siti, "Tablet", cast.rina, now)
    assert enrolment.expires_at == now + timedelta(hours=24)
    with pytest.raises(Problem):
        enrol(code, "", "", now + timedelta(hours=24))
    assert enrol(code, "", "", now + timedelta(hours=23, minutes=59)).device.kader == cast.siti


@pytest.mark.django_db(transaction=True)
def test_of_eight_simultaneous_uses_one_wins(cast: Cast) -> None:
    def use(code: str) -> str:
        try:
            return str(enrol(code, "android", "1", timezone.now()).device.state)
        except Problem as problem:
            return problem.slug
        finally:
            connection.close()

    for _ in range(5):
        _, _, code = create(cast.siti, "Tablet", cast.rina, timezone.now())
        with ThreadPoolExecutor(8) as pool:
            outcomes = sorted(pool.map(use, [code] * 8))
        assert outcomes == ["active"] + ["enrolment_refused"] * 7


def test_guessing_is_bounded_for_an_address_and_locks_no_honest_tablet_out(cast: Cast) -> None:
    for _ in range(guessing.MOST_WRONG):
        assert enrolled("0000-0000-0000-0000").status_code == 403

    stopped = enrolled("0000-0000-0000-0001")
    assert (stopped.status_code, stopped.json()["code"]) == (429, "throttled")
    assert 0 < int(stopped["Retry-After"]) <= SPREAD * (guessing.WINDOW.total_seconds() + 1) + 1
    assert enrolled("0000-0000-0000-0000", REMOTE_ADDR="203.0.113.9").status_code == 403
    assert enrolled(new_code(cast)["enrolment_code"]).status_code == 201

    later = timezone.now() + guessing.WINDOW
    assert guessing.wait_s("127.0.0.1", later) == 0
    guessing.note_wrong("127.0.0.1", later)
    assert guessing.wait_s("127.0.0.1", later) == 0


def test_guessing_on_costs_one_row_and_enrols_nothing(cast: Cast) -> None:
    offer = new_code(cast)
    guesses = random.Random(7)
    for number in range(4 * guessing.MOST_WRONG):
        answer = enrolled("".join(guesses.choices(ALPHABET, k=16)))
        assert answer.status_code == (403 if number < guessing.MOST_WRONG else 429)

    assert WrongCodes.objects.get().count == guessing.MOST_WRONG
    assert Device.objects.get(pk=offer["id"]).state == "pending"


@pytest.mark.parametrize("who", ["outsider_kader", "rina", "nobody", "inactive"])
def test_a_tablet_goes_to_an_active_kader_of_one_s_own_offices_only(cast: Cast, who: str) -> None:
    User.objects.filter(pk=cast.budi.pk).update(is_active=False)
    kader = {
        "outsider_kader": cast.outsider_kader.pk,
        "rina": cast.rina.pk,
        "nobody": 987654321,
        "inactive": cast.budi.pk,
    }[who]

    answer = client_of(cast.rina).post(DEVICES, {"kader": kader, "label": "Tablet"})

    assert answer.status_code == 400
    assert answer.json()["problems"][0]["pointer"] == "/kader"
    assert Device.objects.count() == 1


def test_coordinators_see_the_tablets_of_their_offices(cast: Cast) -> None:
    create(cast.outsider_kader, "Tablet Hilir", cast.outsider_coordinator, timezone.now())

    def labels(user: User) -> set[str]:
        answer = client_of(user).get(DEVICES)
        assert answer.status_code == 200
        return {device["label"] for device in answer.json()["results"]}

    assert labels(cast.rina) == {"Tablet siti"}
    assert labels(cast.outsider_coordinator) == {"Tablet Hilir"}
    assert labels(cast.regional_coordinator) == {"Tablet siti", "Tablet Hilir"}
    assert labels(cast.andi) == {"Tablet siti", "Tablet Hilir"}


def test_pages_of_tablets_hold_each_one_once(cast: Cast) -> None:
    now = timezone.now()
    for number in range(7):
        create(cast.siti, f"Tablet {number}", cast.rina, now)
    client, seen, cursor = client_of(cast.rina), [], ""
    while True:
        answer = client.get(DEVICES, {"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        assert len(answer["results"]) <= 3
        seen += [device["id"] for device in answer["results"]]
        cursor = answer["next"]
        if not cursor:
            break

    assert len(seen) == len(set(seen)) == 8


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "x"},
        {"cursor": "é"},
        {"cursor": "W10"},
        {"cursor": "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiw1XQ"},
        {"cursor": "\x00"},
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "x"},
    ],
)
def test_a_senseless_page_is_a_problem(cast: Cast, query: dict[str, str]) -> None:
    answer = client_of(cast.rina).get(DEVICES, query)

    assert answer.status_code == 400
    assert answer.json()["problems"][0]["pointer"] == f"/{next(iter(query))}"


def test_states_go_their_way_and_revoked_is_for_good(cast: Cast) -> None:
    device = cast.tablet.pk
    for state in ("drain_only", "active", "active", "drain_only", "revoked", "revoked"):
        answer = set_state(cast.rina, device, state)
        assert (answer.status_code, answer.json()["state"]) == (200, state)
        assert answer.json()["state_reason"] == "lost in a river"
    for state in ("active", "drain_only"):
        answer = set_state(cast.rina, device, state)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_only_its_code_makes_a_pending_tablet_active(cast: Cast) -> None:
    pending = new_code(cast)["id"]

    assert set_state(cast.rina, pending, "active").status_code == 409
    assert set_state(cast.rina, pending, "revoked").status_code == 200


def test_a_stolen_tablet_s_tokens_end_at_once_and_say_why(cast: Cast) -> None:
    tokens = enrolled(new_code(cast)["enrolment_code"]).json()
    set_state(cast.rina, tokens["device_id"], "revoked", hand_over=False)

    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    refreshed = client_of(None).post("/api/v1/auth/token/refresh/", {"refresh": tokens["refresh"]})
    for answer in (
        client.get("/api/v1/sync/limits/"),
        client.post("/api/v1/sync/push/", batch([])),
        refreshed,
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "device_revoked")
        assert answer["Device-Action"] == answer.json()["device_action"] == "wipe"


def test_somebody_else_s_tablet_is_not_there(cast: Cast) -> None:
    answer = set_state(cast.outsider_coordinator, cast.tablet.pk, "revoked")

    assert answer.status_code == 404
    cast.tablet.refresh_from_db()
    assert cast.tablet.state == "active"


def test_garbage_gets_a_problem(cast: Cast) -> None:
    coordinator = client_of(cast.rina)
    survives_garbage(
        coordinator, "POST", DEVICES, {"kader": cast.siti.pk, "label": "Tablet", "extra": 1}
    )
    survives_garbage(
        coordinator,
        "POST",
        f"{DEVICES}{cast.tablet.pk}/state/",
        {"state": "drain_only", "reason": "because"},
    )
    survives_garbage(
        APIClient(),
        "POST",
        ENROL,
        {"enrolment_code": new_code(cast)["enrolment_code"], "platform": "a", "app_version": "1"},
    )


def test_console_calls_refuse_fields_they_do_not_know(cast: Cast) -> None:
    body = {"kader": cast.siti.pk, "label": "Tablet", "lable": "Tablet"}

    answer = client_of(cast.rina).post(DEVICES, body)

    assert answer.status_code == 400
    [found] = answer.json()["problems"]
    assert (found["pointer"], found["code"]) == ("/lable", "unknown_field")


def test_a_new_code_takes_the_old_one_s_place(cast: Cast) -> None:
    lost = new_code(cast)

    answer = client_of(cast.rina).post(f"{DEVICES}{lost['id']}/code/")

    assert answer.status_code == 201
    again = answer.json()
    assert again["id"] == lost["id"]
    assert again["enrolment_url"].endswith(again["enrolment_code"])
    assert enrolled(lost["enrolment_code"]).status_code == 403
    assert enrolled(again["enrolment_code"]).json()["device_id"] == lost["id"]


def test_a_tablet_that_lost_its_tokens_comes_back_as_itself(cast: Cast) -> None:
    first = enrolled(new_code(cast)["enrolment_code"]).json()
    set_state(cast.rina, first["device_id"], "drain_only")
    code = client_of(cast.rina).post(f"{DEVICES}{first['device_id']}/code/").json()
    before = APIClient().post(REFRESH, {"refresh": first["refresh"]})

    again = enrolled(code["enrolment_code"]).json()

    assert again["device_id"] == first["device_id"]
    assert Device.objects.get(pk=again["device_id"]).state == "drain_only"
    old, new = (
        APIClient().post(REFRESH, {"refresh": tokens["refresh"]})
        for tokens in (before.json(), again)
    )
    assert (before.status_code, old.status_code, new.status_code) == (200, 401, 200)


def test_no_new_code_for_what_was_stolen_or_is_not_there(cast: Cast) -> None:
    gone = new_code(cast)["id"]
    set_state(cast.rina, gone, "revoked")

    def renewed(user: User, device: object) -> int:
        return int(client_of(user).post(f"{DEVICES}{device}/code/").status_code)

    assert renewed(cast.rina, gone) == 409
    assert renewed(cast.outsider_coordinator, cast.tablet.pk) == 404
    assert renewed(cast.rina, cast.tablet.pk) == 201


@pytest.mark.django_db(transaction=True)
def test_enrolling_renewing_and_revoking_at_once_never_leaves_an_old_code_good(cast: Cast) -> None:
    def attempt(action: Any, *arguments: Any) -> Any:
        try:
            return action(*arguments)
        except Problem as problem:
            return problem.slug

    now = timezone.now()
    for _ in range(10):
        device, _, code = create(cast.siti, "Tablet", cast.rina, now)
        use = partial(attempt, enrol, code, "android", "1", now)
        renew = partial(attempt, renew_code, device.pk, cast.rina, now)
        revoke = partial(attempt, change_state, device.pk, "revoked", "lost", cast.rina, now)
        done = at_once([use, use, use, renew, renew, revoke])
        assert sum(not isinstance(outcome, str) for outcome in done[:3]) <= 1
        device.refresh_from_db()
        assert device.state == "revoked"
        assert attempt(enrol, code, "android", "1", now) == "enrolment_refused"
        alive = TokenFamily.objects.filter(device=device, revoked_at=None).count()
        assert alive <= (device.hand_over_until is not None)


def test_kader_who_share_a_tablet_are_shown_to_their_office(cast: Cast) -> None:
    installation = str(uuid4())
    for coordinator, kader in (
        (cast.rina, cast.siti),
        (cast.rina, cast.budi),
        (cast.outsider_coordinator, cast.outsider_kader),
    ):
        _, _, code = create(kader, "shared", coordinator, timezone.now())
        answer = APIClient().post(ENROL, {"enrolment_code": code, "installation_id": installation})
        assert answer.status_code == 201

    def others(user: User) -> dict[str, list[str]]:
        listed = client_of(user).get(DEVICES).json()["results"]
        return {
            device["kader"]["full_name"]: [one["full_name"] for one in device["other_kader"]]
            for device in listed
            if device["label"] == "shared"
        }

    assert others(cast.rina) == {
        "Siti Rahayu": ["Budi Santoso"],
        "Budi Santoso": ["Siti Rahayu"],
    }
    assert others(cast.outsider_coordinator) == {"Joko Widagdo": []}


def test_lists_are_narrowed_to_a_kader_and_a_state(cast: Cast) -> None:
    create(cast.budi, "Budi's", cast.rina, timezone.now())
    create(cast.siti, "Siti's second", cast.rina, timezone.now())

    def labels(**query: Any) -> set[str]:
        listed = client_of(cast.rina).get(DEVICES, query).json()["results"]
        return {device["label"] for device in listed}

    assert labels(kader=cast.siti.pk) == {"Tablet siti", "Siti's second"}
    assert labels(state="pending") == {"Budi's", "Siti's second"}
    assert labels(kader=cast.siti.pk, state="active") == {"Tablet siti"}
    assert labels(kader=cast.outsider_kader.pk) == set()
    for senseless in ({"kader": "x"}, {"kader": 2**70}, {"state": "lost"}):
        assert client_of(cast.rina).get(DEVICES, senseless).status_code == 400


def test_a_tablet_is_renamed_by_its_office(cast: Cast) -> None:
    url = f"{DEVICES}{cast.tablet.pk}/"

    answer = client_of(cast.rina).patch(url, {"label": "Tablet 12"})

    assert (answer.status_code, answer.json()["label"]) == (200, "Tablet 12")
    assert client_of(cast.rina).get(url).json() == answer.json()
    assert client_of(cast.rina).patch(url, {"kader": cast.budi.pk}).status_code == 400
    assert client_of(cast.outsider_coordinator).patch(url, {"label": "mine"}).status_code == 404
    assert client_of(cast.outsider_coordinator).get(url).status_code == 404
    survives_garbage(client_of(cast.rina), "PATCH", url, {"label": "Tablet 13"})
