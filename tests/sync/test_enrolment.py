"""Tablets: codes, and what they turn into."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

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


def test_a_code_works_again_for_the_tablet_that_lost_the_answer(cast: Cast) -> None:
    code = new_code(cast)["enrolment_code"]
    tablet = str(uuid4())
    body = {"enrolment_code": code, "installation_id": tablet}
    for wrong in ("", "a tablet", [tablet], {"id": tablet}):
        answer = APIClient().post(ENROL, {**body, "installation_id": wrong}, format="json")
        assert answer.status_code == 400
    lost, again = (APIClient().post(ENROL, body) for _ in range(2))
    assert (lost.status_code, again.status_code) == (201, 201)
    assert again.json()["device_id"] == lost.json()["device_id"]
    old, new = (APIClient().post(REFRESH, {"refresh": a.json()["refresh"]}) for a in (lost, again))
    assert (old.status_code, new.status_code) == (401, 200)

    for other in (str(uuid4()), None):
        answer = APIClient().post(ENROL, {**body, "installation_id": other}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (403, "enrolment_refused")
    # Nor does it when a client that says nothing of itself used the next code.
    renewed = client_of(cast.rina).post(f"{DEVICES}{lost.json()['device_id']}/code/").json()
    assert enrolled(renewed["enrolment_code"]).status_code == 201
    body["enrolment_code"] = renewed["enrolment_code"]
    assert APIClient().post(ENROL, body).status_code == 403


def test_a_used_code_is_worth_nothing_once_its_tablet_was_heard_of(cast: Cast) -> None:
    device, _, code = create(cast.siti, "Tablet", cast.rina, timezone.now())
    sent_at = timezone.now().isoformat()
    batch = {"batch_id": str(uuid4()), "sent_at": sent_at, "registrations": []}
    report = {"sent_at": sent_at, "unsynced": {"registrations": 0, "photos": 0}}
    body = {"enrolment_code": code, "installation_id": str(uuid4())}
    for path, said in (("push/", batch), ("devices/report/", report), (None, {})):
        lost, again = (APIClient().post(ENROL, body) for _ in range(2))
        assert (lost.status_code, again.status_code) == (201, 201)
        tokens = again.json()
        client = APIClient(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
        if path:
            answer = client.post(f"/api/v1/sync/{path}", said, format="json")
        else:
            answer = APIClient().post(REFRESH, {"refresh": tokens["refresh"]})
        assert answer.status_code == 200
        # Another kader of the same tablet types it.
        answer = APIClient().post(ENROL, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "enrolment_refused")
        body["enrolment_code"] = renew_code(device.pk, cast.rina, timezone.now())[2]


def test_a_code_is_not_repeated_once_it_expired_or_its_tablet_was_stolen(cast: Cast) -> None:
    now = timezone.now()
    device, _, code = create(cast.siti, "Tablet", cast.rina, now)
    use = partial(enrol, code, "", "")
    tablet = uuid4()
    assert use(now, tablet).device == use(now, tablet).device
    with pytest.raises(Problem):
        use(now + timedelta(hours=24), tablet)
    change_state(device.pk, "revoked", "stolen", cast.rina, now, hand_over=False)
    with pytest.raises(Problem):
        use(now, tablet)


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


@pytest.mark.django_db(transaction=True)
def test_of_two_tablets_that_use_a_code_at_once_one_has_it_however_often(cast: Cast) -> None:
    def use(code: str, tablet: UUID) -> str:
        try:
            enrol(code, "android", "1", timezone.now(), tablet)
        except Problem as problem:
            return problem.slug
        return str(tablet)

    for _ in range(5):
        device, _, code = create(cast.siti, "Tablet", cast.rina, timezone.now())
        one, other = uuid4(), uuid4()
        outcomes = at_once([partial(use, code, tablet) for tablet in (one, other) * 3])
        device.refresh_from_db()
        assert device.installation_id in {one, other}
        assert sorted(outcomes) == sorted([str(device.installation_id), "enrolment_refused"] * 3)
        assert TokenFamily.objects.filter(device=device, revoked_at=None).count() == 1


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
    refused = client_of(cast.rina).post(f"{DEVICES}{gone}/code/").json()
    assert (refused["code"], refused["state"]) == ("conflict", "revoked")
    assert "daftarkan perangkatnya sebagai tablet baru" in refused["detail"]
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
