"""Real threads and processes with connections of their own, for races."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import connection

from outreach import bulk

Result = TypeVar("Result")


def at_once(jobs: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run all jobs at the same moment; gives their results in order, raises what one raised."""
    gate = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)
    faults: list[BaseException] = []

    def run(place: int) -> None:
        try:
            gate.wait(timeout=30)
            results[place] = jobs[place]()
        except BaseException as error:  # noqa: BLE001 - raised again below
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[place]) for place in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    if faults:
        raise faults[0]
    return results


def until_somebody_waits() -> None:
    """Return once another connection waits for a lock that this one holds."""
    for _ in range(3000):
        if bulk.run(
            "SELECT 1 FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        ):
            return
        time.sleep(0.01)
    raise AssertionError("nobody waits for a lock")


def same_database() -> dict[str, str]:
    """The settings with which another process works on the database of this test."""
    return {name: connection.settings_dict[name] for name in ("HOST", "NAME")}
