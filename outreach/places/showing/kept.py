"""Costly answers of this process: made by one thread while the others wait, then kept."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Kept(Generic[Answer]):
    """The answers asked for last, at most so many; nobody waits longer than `patience_s`."""

    def __init__(self, most: int, patience_s: float = 20.0) -> None:
        self._most, self._patience_s = most, patience_s
        self._answers: OrderedDict[Hashable, Future[Answer]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """The answer for `key`, made now unless it is kept or another thread is at it.

        Raises TimeoutError if that one takes too long. What `make` raises goes to all who wait and
        is not kept.
        """
        with self._lock:
            answer = self._answers.get(key)
            is_mine = answer is None
            if answer is None:
                answer = self._answers[key] = Future()
            self._answers.move_to_end(key)
        if is_mine:
            self._fill(key, answer, make)
        return answer.result(self._patience_s)

    def _fill(self, key: Hashable, answer: Future[Answer], make: Callable[[], Answer]) -> None:
        try:
            answer.set_result(make())
        except BaseException as error:
            with self._lock:
                del self._answers[key]
            answer.set_exception(error)
            raise
        with self._lock:
            made = [key for key, other in self._answers.items() if other.done()]
            for oldest in made[: max(0, len(made) - self._most)]:
                del self._answers[oldest]
