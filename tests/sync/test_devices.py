"""Tablets: states, and who may see and do what."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from outreach.models import User
from sync.devices import create
from sync.models import Device
from tests.cast import Cast, client_of
from tests.garbage import survives_garbage
from tests.records import batch
from tests.sync.test_enrolment import DEVICES, ENROL, enrolled, new_code, set_state


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
