"""How busy this server process is with pushes, and when it sends some away unread.

Nothing here is shared: every process judges by itself, by what its own pushes take.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic

from django.conf import settings
from rest_framework.request import Request

from outreach.problems import SPREAD, Problem, retry_after
from sync.answer_headers import tell

HEADER = "Backoff"
SLOW_S = 8.0
"""A push that takes longer waits for a lock or the database; one waits 10 s before it gives up."""
LONGEST_BACKOFF_S = 120
NEWEST_WEIGHT = 0.2


class Gate:
    """Lets pushes in; sends them away while as many as it takes are in and all of them crawl.

    `most`: how many are let in then. A thread is left for those who read, refresh or ask for the
    server's health.
    """

    def __init__(self, most: int, clock: Callable[[], float] = monotonic) -> None:
        self._most = max(1, most)
        self._clock = clock
        self._lock = Lock()
        self._usual_s = 0.0
        self._inside: dict[object, float] = {}

    @contextmanager
    def passed(self, request: Request) -> Iterator[None]:
        """Be inside. Raises Problem unavailable when it is full and slow.

        Answers given while it is full say in a header how many seconds to leave before the next.
        """
        ticket = object()
        with self._lock:
            pace_s = self._pace_s()
            is_full = len(self._inside) >= self._most
            if is_full and pace_s > SLOW_S:
                raise Problem("unavailable", headers=retry_after(pace_s * len(self._inside)))
            self._inside[ticket] = self._clock()
        if is_full:
            wait_s = min(max(1.0, pace_s * self._most), LONGEST_BACKOFF_S)
            wait_s *= random.uniform(1, SPREAD)  # noqa: S311 - nothing secret
            tell(request, {HEADER: str(round(wait_s))})
        try:
            yield
        finally:
            with self._lock:
                took_s = self._clock() - self._inside.pop(ticket)
                self._usual_s += NEWEST_WEIGHT * (took_s - self._usual_s)

    def _pace_s(self) -> float:
        """What a push takes: as they usually do of late, or as the oldest inside already did."""
        now = self._clock()
        return max([self._usual_s, *(now - since for since in self._inside.values())])


PUSHES = Gate(settings.THREADS - 1)
