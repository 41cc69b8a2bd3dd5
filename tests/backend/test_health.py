from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

pytestmark = pytest.mark.django_db


def seen_worker(ago: timedelta) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [timezone.now() - ago]
        )


def test_well_with_database_migrations_and_a_worker(client: Client) -> None:
    seen_worker(timedelta(seconds=5))
    answer = client.get("/health/")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "database": "ok",
        "migrations": "ok",
        "worker": "ok",
    }


def test_unwell_without_a_worker_of_late(client: Client) -> None:
    assert client.get("/health/").status_code == 503
    seen_worker(timedelta(minutes=5))
    answer = client.get("/health/")
    assert answer.status_code == 503
    assert answer.json()["worker"] == "not seen"


def test_unwell_while_migrations_are_missing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.health._migrated", False)
    seen_worker(timedelta())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sync'")
    answer = client.get("/health/")
    assert answer.status_code == 503
    assert answer.json()["migrations"] == "missing"


def test_metrics_are_for_known_addresses_and_the_token(client: Client, settings: Any) -> None:
    settings.METRICS_ADDRESSES = ["10.1.1.1"]
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="10.1.1.1").status_code == 200
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404

    settings.METRICS_TOKEN = "t" * 32
    assert client.get("/metrics", headers={"Authorization": "Bearer no"}).status_code == 404
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {'t' * 32}"})
    assert b"django_http_requests" in answer.content
