"""What tablets say of themselves, and what their office sees of it."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from outreach.models import Flag, Registration
from sync.device_shapes import SKEWS_SHOWN
from sync.models import Device, DeviceReport
from sync.reports import MOST_KEPT
from tests.cast import Cast, client_of, tablet
from tests.counting import Counting
from tests.garbage import survives_garbage
from tests.records import batch, record
from tests.threads import at_once

REPORT = "/api/v1/sync/devices/report/"
DEVICES = "/api/v1/sync/devices/"
PUSH = "/api/v1/sync/push/"
DECADE = timedelta(days=3653)


def body(registrations: int = 3, photos: int = 7, **changes: Any) -> dict[str, Any]:
    return {
        "sent_at": timezone.now().isoformat(),
        "app_version": "1.4.2",
        "platform": "android 14",
        "unsynced": {"registrations": registrations, "photos": photos},
        "oldest_unsynced_at": "2026-11-18T08:15:00+07:00",
        "storage_free_bytes": 5_000_000_000,
        "storage_persistent": True,
    } | changes


def sent(client: APIClient, **changes: Any) -> dict[str, Any]:
    answer = client.post(REPORT, body(**changes))
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def shown(cast: Cast, device: Device | None = None) -> dict[str, Any]:
    answer = client_of(cast.rina).get(f"{DEVICES}{(device or cast.tablet).pk}/")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def test_a_report_is_answered_with_the_time_and_shown_to_the_office(cast: Cast) -> None:
    told = sent(client_of(cast.siti, cast.tablet))

    assert abs(told["clock_skew_s"]) < 60
    assert told["server_time"].endswith("Z")
    assert (told["state"], told["device_action"], told["client"]) == ("active", None, None)
    seen = shown(cast)
    assert seen["unsynced"] == {
        "registrations": 3,
        "photos": 7,
        "oldest_at": "2026-11-18T01:15:00Z",
        "reported_at": seen["seen_at"],
    }
    assert (seen["app_version"], seen["platform"]) == ("1.4.2", "android 14")
    assert (seen["storage_free_bytes"], seen["storage_persistent"]) == (5_000_000_000, True)
    assert seen["clock_skew_s"] == told["clock_skew_s"]
    [listed] = client_of(cast.rina).get(DEVICES).json()["results"]
    assert listed == {key: value for key, value in seen.items() if key != "clock_skews"}


def test_what_a_report_leaves_out_is_not_known(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    sent(client)
    unsynced = {"registrations": 0, "photos": 0}
    client.post(REPORT, {"sent_at": timezone.now().isoformat(), "unsynced": unsynced})

    seen = shown(cast)
    assert (seen["unsynced"]["registrations"], seen["unsynced"]["oldest_at"]) == (0, None)
    assert (seen["storage_free_bytes"], seen["storage_persistent"]) == (None, None)
    assert seen["app_version"] == "1.4.2"


def test_a_tablet_that_never_reported_shows_nothing(cast: Cast) -> None:
    seen = shown(cast)

    assert (seen["unsynced"], seen["storage_free_bytes"], seen["clock_skews"]) == (None, None, [])
    assert seen["seen_at"] == seen["enrolled_at"]


def test_only_the_newest_reports_are_kept_and_every_repetition_is_one(cast: Cast) -> None:
    other = client_of(cast.budi, tablet(cast.budi, cast.rina))
    sent(other)
    client = client_of(cast.siti, cast.tablet)
    for number in range(MOST_KEPT + 5):
        sent(client, registrations=number)

    kept = DeviceReport.objects.filter(device=cast.tablet).order_by("id")
    assert [report.unsynced_registrations for report in kept] == list(range(5, MOST_KEPT + 5))
    assert DeviceReport.objects.count() == MOST_KEPT + 1
    assert shown(cast)["unsynced"]["registrations"] == MOST_KEPT + 4
    assert len(shown(cast)["clock_skews"]) == SKEWS_SHOWN


@pytest.mark.parametrize("decade", [-DECADE, DECADE])
def test_a_clock_ten_years_off_is_shown_and_refuses_nothing(cast: Cast, decade: timedelta) -> None:
    client = client_of(cast.siti, cast.tablet)
    now = timezone.now()
    wrong = now + decade

    told = sent(client, sent_at=wrong.isoformat(), oldest_unsynced_at=wrong.isoformat())
    assert abs(told["clock_skew_s"] - decade.total_seconds()) < 60
    captured_at = wrong - timedelta(hours=2)
    one = record(cast.market.id, cast.villages[0].code, captured_at=captured_at.isoformat())
    answer = client.post(PUSH, batch([one], wrong)).json()

    assert abs(answer["clock_skew_s"] - decade.total_seconds()) < 60
    assert answer["results"][0]["outcome"] == "accepted"
    assert "clock_skew" in {flag["code"] for flag in answer["results"][0]["flags"]}
    stored = Registration.objects.get()
    assert abs(stored.corrected_at - (now - timedelta(hours=2))) < timedelta(minutes=1)
    assert abs(stored.received_at - now) < timedelta(minutes=1)
    assert not Flag.objects.filter(code="outside_campaign_time").exists()
    by = [
        (skew["by"], round(skew["skew_s"] / decade.total_seconds(), 3))
        for skew in shown(cast)["clock_skews"]
    ]
    assert by == [("push", 1.0), ("report", 1.0)]


def test_a_kader_without_a_tablet_has_nothing_to_report(cast: Cast) -> None:
    answer = client_of(cast.siti).post(REPORT, body())

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_tablet_that_is_drained_reports(cast: Cast) -> None:
    Device.objects.update(state="drain_only", state_reason="holidays")

    told = sent(client_of(cast.siti, cast.tablet))

    assert (told["state"], told["state_reason"], told["device_action"]) == (
        "drain_only",
        "holidays",
        None,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"unsynced": {"registrations": -1, "photos": 0}},
        {"unsynced": {"registrations": 1}},
        {"unsynced": {"registrations": 10**7, "photos": 0}},
        {"sent_at": "1970-01-01T00:00:00Z"},
        {"oldest_unsynced_at": "0001-01-01T00:00:00+14:00"},
        {"storage_free_bytes": -1},
        {"app_version": "1" * 41},
        {"platform": "a\x00b"},
        {"platform": "android 14\n"},
        {"app_version": "1.4.2\x7f"},
        {"app_version": "1.4.2\x85"},
    ],
)
def test_what_cannot_be_is_a_problem(cast: Cast, changes: dict[str, Any]) -> None:
    answer = client_of(cast.siti, cast.tablet).post(REPORT, body() | changes)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["problems"][0]["pointer"].startswith(f"/{next(iter(changes))}")
    assert not DeviceReport.objects.exists()


def test_garbage_gets_a_problem(cast: Cast) -> None:
    survives_garbage(client_of(cast.siti, cast.tablet), "POST", REPORT, body())


@pytest.mark.django_db(transaction=True)
def test_reports_and_pushes_at_once_leave_the_newest_report(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)

    def report(part: int) -> None:
        for number in range(15):
            sent(client, registrations=100 * part + number)
            client.post(PUSH, batch([], timezone.now()))

    at_once([partial(report, part) for part in range(4)])

    cast.tablet.refresh_from_db()
    newest = DeviceReport.objects.latest("id")
    assert cast.tablet.last_report_id == newest.pk
    assert DeviceReport.objects.count() == MOST_KEPT


@pytest.mark.parametrize("rows", [1, 8])
def test_statements_do_not_grow(cast: Cast, count_queries: Counting, rows: int) -> None:
    client, office = client_of(cast.siti, cast.tablet), client_of(cast.rina)
    for _ in range(rows):
        sent(client)
        client.post(PUSH, batch([record(cast.market.id, cast.villages[0].code)]))

    with count_queries("POST sync/devices/report/"):
        sent(client)
    with count_queries("GET sync/devices/{id}/"):
        shown(cast)
    with count_queries("PATCH sync/devices/{id}/"):
        office.patch(f"{DEVICES}{cast.tablet.pk}/", {"label": "Tablet 7"})
    with count_queries("POST sync/devices/{id}/state/"):
        state = {"state": "drain_only", "reason": "holidays"}
        office.post(f"{DEVICES}{cast.tablet.pk}/state/", state)
    with count_queries("POST sync/devices/{id}/code/"):
        office.post(f"{DEVICES}{cast.tablet.pk}/code/")
