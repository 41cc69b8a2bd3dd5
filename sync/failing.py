"""Records that the server itself fails on: found, so that the others are stored."""

import logging
import traceback
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError

from outreach.problems import Problem
from outreach.transactions import attempt

log = logging.getLogger(__name__)

SEARCH_S = 1.0
"""How long a push looks for the records that the server fails on."""

Record = TypeVar("Record")
Told = TypeVar("Told")


def around_failures(
    records: Sequence[Record],
    store: Callable[[Sequence[Record]], Told],
    hold: Callable[[Sequence[Record]], Told],
    batch_id: UUID,
    give_up_at: float,
) -> list[Told]:
    """What storing records in one transaction tells, or the parts in which that was possible.

    Where the server fails on one, it is found by halves, and held. The search ends at `give_up_at`
    (monotonic): what is not stored by then is held to be retried. A Problem is no failure: it
    ends the push.
    """
    try:
        return [attempt(lambda: store(records))]
    except (OperationalError, InterfaceError, Problem):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a record does to us, the others are stored
        log_failure(error, batch_id, len(records))
        if len(records) == 1 or monotonic() > give_up_at:
            return [attempt(lambda: hold(records))]
        middle = len(records) // 2
        first, second = (
            around_failures(half, store, hold, batch_id, give_up_at)
            for half in (records[:middle], records[middle:])
        )
        return first + second


def log_failure(error: Exception, batch_id: UUID, records: int) -> None:
    """Say where it failed, never with what values: a database error's text quotes the row."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    log.error(
        "push failed: %s %s at %s:%s, batch %s, %s records",
        type(error).__name__,
        constraint or "",
        place.filename,
        place.lineno,
        batch_id,
        records,
    )
