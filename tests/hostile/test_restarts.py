"""What requests find after the database was restarted: a connection, at once."""

from threading import Barrier
from typing import Any

import pytest
from django.db.utils import ConnectionHandler

from backend.database import django_settings
from tests.hostile.crashing import Database
from tests.threads import at_once

THREADS = 4
ALIAS = "restarted"


@pytest.mark.django_db
def test_a_full_pool_serves_the_first_request_after_a_restart(database: Database) -> None:
    entry = django_settings(database.copy(), serving=True, threads=THREADS)
    places = entry["OPTIONS"]["pool"]["max_size"]
    handler = ConnectionHandler({"default": entry, ALIAS: entry})
    inside = Barrier(places)

    def use() -> Any:
        connection = handler[ALIAS]
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
                return cursor.fetchone()
        finally:
            connection.close()

    def use_together() -> None:
        connection = handler[ALIAS]
        connection.ensure_connection()
        inside.wait(timeout=30)
        connection.close()

    pool = handler[ALIAS].pool  # type: ignore[attr-defined]  # PostgreSQL's own
    try:
        for _ in range(2):
            at_once([use_together] * places)
            assert pool.get_stats()["pool_available"] == places
            database.crash()
            assert [use() for _ in range(places)] == [(1,)] * places
            at_once([use_together] * places)
            database.crash()
            assert at_once([use] * places) == [(1,)] * places
    finally:
        handler[ALIAS].close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own
