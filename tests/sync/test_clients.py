"""App versions: soft and hard ends of life, and nothing captured lost by them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.http import http_date
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from outreach.models import Registration
from sync.clients import is_below, verdict_on
from sync.models import ClientRule
from tests.cast import PASSWORD, Cast, client_of
from tests.garbage import survives_garbage
from tests.records import batch, record

API = "/api/v1/"
CLIENTS = f"{API}sync/clients/"
SINCE = datetime(2026, 11, 1, tzinfo=UTC)

versions = st.lists(st.integers(0, 999_999), min_size=1, max_size=4)


def rule(cast: Cast, hard_since: datetime | None = None, client: str = "tablet") -> None:
    body = {"soft_minimum": "1.4", "soft_since": SINCE.isoformat()}
    if hard_since:
        body |= {"hard_minimum": "1.2", "hard_since": hard_since.isoformat()}
    assert client_of(cast.andi).put(f"{CLIENTS}{client}/", body).status_code == 200


def asked(cast: Cast, product: str | None, path: str = "campaigns/") -> Any:
    headers = {} if product is None else {"Client-Version": product}
    return client_of(cast.siti, cast.tablet).get(API + path, headers=headers)


def test_a_version_is_told_how_it_stands(cast: Cast) -> None:
    ends_at = timezone.now().replace(microsecond=0) + timedelta(days=30)
    rule(cast, ends_at)

    current, deprecated, ending = (
        asked(cast, f"tablet/{version}") for version in ("1.4", "1.3.9-beta.2", "1.1")
    )

    for answer in (current, deprecated, ending):
        assert answer.status_code == 200
    assert current["Client-Support"] == "current"
    assert not {"Deprecation", "Sunset"} & set(current.headers)
    assert (deprecated["Client-Support"], deprecated["Deprecation"]) == (
        "deprecated",
        f"@{int(SINCE.timestamp())}",
    )
    assert "Sunset" not in deprecated
    assert (ending["Client-Support"], ending["Sunset"]) == (
        "deprecated",
        http_date(ends_at.timestamp()),
    )


@pytest.mark.parametrize(
    "product",
    [None, "", "1.1", "other/0.1", "tablet/", "tablet/x", "tablet/1.1.1.1.1", "tablet/" + "9" * 99],
)
def test_who_does_not_say_a_version_of_ours_is_told_nothing(
    cast: Cast, product: str | None
) -> None:
    rule(cast, timezone.now())

    answer = asked(cast, product)

    assert answer.status_code == 200
    assert not {"Client-Support", "Deprecation", "Sunset"} & set(answer.headers)


def test_a_version_that_ended_reads_nothing_and_still_sends_what_it_holds(cast: Cast) -> None:
    rule(cast, timezone.now() - timedelta(minutes=1))
    ended = {"Client-Version": "tablet/1.1.7"}
    client = client_of(cast.siti, cast.tablet)

    for path in ("campaigns/", "regions/", "registrations/"):
        answer = client.get(API + path, headers=ended)
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["action"]) == (
            426,
            "client_ended",
            "show",
        )
        assert problem["minimum_version"] == "1.4"
        assert answer["Client-Support"] == "ended"
    enrolling = {"enrolment_code": "0000-0000-0000-0000"}
    assert (
        APIClient().post(f"{API}sync/devices/enrol/", enrolling, headers=ended).status_code == 426
    )

    signed_in = APIClient().post(
        f"{API}auth/token/", {"username": "siti", "password": PASSWORD}, headers=ended
    )
    refreshed = APIClient().post(
        f"{API}auth/token/refresh/", {"refresh": signed_in.json()["refresh"]}, headers=ended
    )
    one = record(cast.market.id, cast.villages[0].code)
    pushed = client.post(f"{API}sync/push/", batch([one]), headers=ended)
    receipts = client.post(f"{API}sync/receipts/", {"ids": [one["id"]]}, headers=ended)
    limits = client.get(f"{API}sync/limits/", headers=ended)
    report = client.post(
        f"{API}sync/devices/report/",
        {
            "sent_at": timezone.now().isoformat(),
            "unsynced": {"registrations": 0, "photos": 0},
        },
        headers=ended,
    )
    for answer in (signed_in, refreshed, pushed, receipts, limits, report):
        assert (answer.status_code, answer["Client-Support"]) == (200, "ended")
    assert pushed.json()["results"][0]["outcome"] == "accepted"
    assert report.json()["client"]["support"] == "ended"
    assert report.json()["client"]["minimum_version"] == "1.4"
    assert Registration.objects.count() == 1


def test_pages_and_health_know_no_versions(cast: Cast) -> None:
    rule(cast, timezone.now())

    answer = APIClient().get("/health/", headers={"Client-Version": "tablet/0.1"})

    assert "Client-Support" not in answer.headers


def test_a_rule_counts_from_its_day_on(cast: Cast) -> None:
    rule(cast, SINCE + timedelta(days=10))

    def support(at: datetime) -> str:
        verdict = verdict_on("tablet/1.0", at)
        assert verdict
        return verdict.support

    day = timedelta(days=1)
    assert support(SINCE - day) == "current"
    assert support(SINCE) == support(SINCE + 9 * day) == "deprecated"
    assert support(SINCE + 10 * day) == "ended"


@given(versions, versions)
def test_versions_are_ordered_as_numbers(one: list[int], other: list[int]) -> None:
    left, right = (".".join(map(str, version)) for version in (one, other))
    padded = [version + [0] * (4 - len(version)) for version in (one, other)]
    assert is_below(left, right) == (padded[0] < padded[1])
    assert not is_below(left, None)


def test_administrators_see_and_take_back_rules(cast: Cast) -> None:
    rule(cast)
    rule(cast, SINCE + timedelta(days=10))
    rule(cast, client="field-tool")

    listed = client_of(cast.andi).get(CLIENTS).json()["results"]
    assert [(one["client"], one["hard_minimum"]) for one in listed] == [
        ("field-tool", None),
        ("tablet", "1.2"),
    ]
    for _ in range(2):
        assert client_of(cast.andi).delete(f"{CLIENTS}tablet/").status_code == 204
    assert "Client-Support" not in asked(cast, "tablet/0.1").headers
    assert ClientRule.objects.get().changed_by == cast.andi


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"soft_minimum": "1.x"}, "/soft_minimum"),
        ({"soft_minimum": "1.4.1.1.1"}, "/soft_minimum"),
        ({"soft_since": "2026-11-01T00:00:00"}, "/soft_since"),
        ({"hard_minimum": None}, "/hard_since"),
        ({"hard_since": None}, "/hard_since"),
        ({"hard_minimum": "1.5"}, "/hard_minimum"),
        ({"hard_since": "2026-10-01T00:00:00Z"}, "/hard_since"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    cast: Cast, changes: dict[str, Any], pointer: str
) -> None:
    body = {
        "soft_minimum": "1.4",
        "soft_since": "2026-11-01T00:00:00Z",
        "hard_minimum": "1.2",
        "hard_since": "2026-12-01T00:00:00Z",
    }

    answer = client_of(cast.andi).put(f"{CLIENTS}tablet/", body | changes)

    assert answer.status_code == 400
    assert answer.json()["problems"][0]["pointer"] == pointer
    assert not ClientRule.objects.exists()


def test_garbage_gets_a_problem(cast: Cast) -> None:
    client = client_of(cast.andi)
    body = {"soft_minimum": "1.4", "soft_since": "2026-11-01T00:00:00Z", "hard_minimum": None}
    survives_garbage(client, "PUT", f"{CLIENTS}tablet/", body)
    assert client.put(f"{CLIENTS}Tablet_9/", body).status_code == 404
    assert client.put(f"{CLIENTS}{'a' * 41}/", body).status_code == 404
