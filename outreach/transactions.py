"""Transactions that start over when another one got in between."""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, transaction
from psycopg.errors import DeadlockDetected, SerializationFailure

from outreach import bulk

ATTEMPTS = 8
PATIENCE = 1
LANE = 0x6A656D72
"""An advisory lock: shared by all who could overtake somebody, and taken alone by whoever was
overtaken so often (PATIENCE), before any other lock."""

Result = TypeVar("Result")


class Overtaken(Exception):
    """Somebody else stored in the meantime what this transaction was about to store."""


def attempt(action: Callable[[], Result]) -> Result:
    """Run `action` in a transaction of its own and start over where it was overtaken.

    Raises what the last attempt raised.
    """
    for number in range(ATTEMPTS - 1):
        try:
            with transaction.atomic():
                if number >= PATIENCE:
                    bulk.run("SELECT pg_advisory_xact_lock(%s)", [LANE])
                return action()
        except Overtaken:
            continue
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected | SerializationFailure):
                raise
    with transaction.atomic():
        bulk.run("SELECT pg_advisory_xact_lock(%s)", [LANE])
        return action()


def lock_for_load(tables: str) -> None:
    """Wait until nobody else writes to these tables, and keep writers waiting till commit.

    A national load takes longer than a request may, and so may waiting for one.
    """
    bulk.run("SET LOCAL lock_timeout = '10min'")
    bulk.run("SET LOCAL statement_timeout = '10min'")
    bulk.run(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
