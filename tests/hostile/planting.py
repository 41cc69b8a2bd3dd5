"""Bugs that can be planted in the servers of a campaign, to see that it catches them.

They live here and nowhere in the product: `tests.hostile.planted` starts a server with one of them
patched in.
"""

import random
import threading
import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from types import ModuleType
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

Function = TypeVar("Function", bound=Callable[..., Any])

PLANT = "JEMPUT_HOSTILE_PLANT"
"""The environment variable that tells `tests.hostile.planted` which bug."""

LATE_S = 1.0
DAWDLE_S = 0.2

ONCE = {
    "outreach_registration": ["outreach_registration_pkey"],
    "outreach_matchrecord": ["outreach_matchrecord_pkey"],
    "outreach_matchkey": ["outreach_matchkey_pkey"],
    "sync_receipt": ["sync_receipt_pkey"],
}
"""The constraints by which a record is stored once."""


class Plant(NamedTuple):
    """A bug: what it is, which campaign has to catch it, and how it gets into a server."""

    says: str
    campaign: str
    patch: Callable[[], None]
    sql: tuple[str, ...] = ()


def swap(module: ModuleType, name: str, bug: Function) -> Function:
    """Put a bug in the place of a function; gives that. Raises AttributeError if there is none:
    a bug that is planted beside the code shows nothing."""
    sound: Function = getattr(module, name)
    setattr(module, name, bug)
    return sound


def number_early() -> None:
    """The change log's numbers are taken when a push begins, long before the lock.

    Every other push dawdles there, so that others overtake it and readers get to see that.
    """
    from outreach import bulk, changes
    from outreach.matching import watching
    from outreach.models import Change

    own = threading.local()

    def begin_with_numbers() -> watching.Since:
        since = begin()
        own.numbers = bulk.run(
            "SELECT nextval(pg_get_serial_sequence('outreach_change', 'seq'))"
            " FROM generate_series(1, 1000)"
        )
        time.sleep(random.choice((0, DAWDLE_S)))
        return since

    def log_with_numbers(owners: Iterable[tuple[UUID, int]]) -> None:
        rows = [
            {
                "seq": own.numbers.pop(0)[0],
                "kind": "registration",
                "object_id": registration,
                "op": Change.Op.UPSERT.value,
                "kader_id": kader,
            }
            for registration, kader in owners
        ]
        bulk.insert(Change, rows)

    begin = swap(watching, "begin", begin_with_numbers)
    swap(changes, "log_registrations", log_with_numbers)


def store_twice() -> None:
    """Nothing keeps two transactions from watching the same record: see `ONCE`."""
    from outreach import bulk
    from outreach.matching import watching

    def unguarded(model: Any, rows: Any, on_conflict: str, order_by: str) -> str:
        if model._meta.db_table in ONCE:
            on_conflict = ""
        return insertion(model, rows, on_conflict, order_by)

    def hold_anything(*settlement: Any, **more: Any) -> None:
        """The second defence, which looks at what was stored meanwhile, is gone too."""

    insertion = swap(bulk, "_insertion", unguarded)
    swap(watching, "hold_true", hold_anything)


def answer_early() -> None:
    """A push is answered long before its transaction is committed.

    Longer than the campaign ever waits between an acknowledgement and a crash, so that each crash
    loses something acknowledged.
    """
    from django.db import connection, transaction

    from sync import failing

    def attempt(action: Callable[[], Any]) -> Any:
        told: list[Any] = []
        done = threading.Event()

        def late() -> None:
            try:
                with transaction.atomic():
                    told.append(action())
                    done.set()
                    time.sleep(LATE_S)
            except Exception as error:  # noqa: BLE001 - raised again below
                told.append(error)
            finally:
                done.set()
                connection.close()

        threading.Thread(target=late).start()
        done.wait()
        if isinstance(told[0], Exception):
            raise told[0]
        return told[0]

    swap(failing, "attempt", attempt)


def commit_lazily() -> None:
    """A push is answered when its transaction is committed, but not yet on disk."""
    from django.db.backends.signals import connection_created

    def relax(connection: Any, **more: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")

    connection_created.connect(relax, weak=False)


def count_twice() -> None:
    """Now and then a push moves the tallies twice."""
    from outreach.standings import tallies

    def move_again(before: Iterable[tallies.Counted], after: Iterable[tallies.Counted]) -> None:
        gone, come = list(before), list(after)
        for _ in range(random.choice((1, 1, 1, 2))):
            move(gone, come)

    move = swap(tallies, "move", move_again)


def believe() -> None:
    """A photo is kept without a look at whether its bytes are those declared."""
    from outreach.photos import arriving
    from sync import uploads

    def take_in(declared: arriving.Declared, content: bytes) -> arriving.Arrived | None:
        as_it_is = declared._replace(sha256=sha256(content).hexdigest(), size=len(content))
        arrived = arriving.take_in(as_it_is, content)
        return arrived and arrived._replace(declared=declared)

    swap(uploads, "take_in", take_in)


PLANTS = {
    "early-number": Plant("changes are numbered before the lock", "changes", number_early),
    "store-twice": Plant(
        "the unique constraints are gone",
        "copies",
        store_twice,
        tuple(
            f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE"
            for table, names in ONCE.items()
            for name in names
        ),
    ),
    "early-answer": Plant("acknowledged before the commit", "restarts", answer_early),
    "double-count": Plant("tallies are moved twice now and then", "copies", count_twice),
    "no-hash": Plant("photos are kept whatever their bytes hash to", "photos", believe),
    "lazy-commit": Plant("synchronous_commit is off", "restarts", commit_lazily),
}


def plant_in_database(name: str, url: str) -> None:
    """The part of a bug that is in the schema."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as link:
        for statement in PLANTS[name].sql:
            link.execute(statement)
