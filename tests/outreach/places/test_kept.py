"""Answers that cost much are made once, however many ask for them at once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connection

from outreach.geo.region_codes import kind_of, level_of, parent_of
from outreach.models import Region
from outreach.places.boundaries.loading import Origin, load_boundaries
from outreach.places.showing import maps
from outreach.places.showing.kept import Kept
from tests.outreach.places.conftest import CODES, WriteCollection, feature, square

THREADS = 6


@contextmanager
def asked_at_once(ask: Any) -> Iterator[list[Any]]:
    """What so many threads get that all begin at the same moment."""
    start = threading.Barrier(THREADS)

    def run() -> Any:
        start.wait(10)
        try:
            return ask()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        yield [future.result(30) for future in [pool.submit(run) for _ in range(THREADS)]]


def slowly(answer: Any, made: list[Any]) -> Any:
    made.append(answer)
    threading.Event().wait(0.2)
    if isinstance(answer, Exception):
        raise answer
    return answer


def test_one_makes_it_and_the_others_wait() -> None:
    kept: Kept[str] = Kept(2)
    made: list[str] = []
    with asked_at_once(lambda: kept.get("key", lambda: slowly("answer", made))) as got:
        assert got == ["answer"] * THREADS
    assert made == ["answer"]


def test_a_failure_is_everybodys_and_not_kept() -> None:
    kept: Kept[str] = Kept(2)
    made: list[Any] = []
    fault = ValueError("no")
    with asked_at_once(lambda: kept.get("key", lambda: slowly(fault, made))) as got:
        assert got == [fault] * THREADS
    assert len(made) == 1
    assert kept.get("key", lambda: "answer") == "answer"


def test_nobody_waits_for_ever() -> None:
    kept: Kept[str] = Kept(2, patience_s=0.05)
    made: list[str] = []
    with asked_at_once(lambda: kept.get("key", lambda: slowly("answer", made))) as got:
        assert got.count("answer") == 1
        assert sum(isinstance(error, TimeoutError) for error in got) == THREADS - 1
    assert kept.get("key", lambda: "another") == "answer"


def test_the_answers_asked_for_last_are_kept() -> None:
    kept: Kept[str] = Kept(2)
    made: list[str] = []

    def make(name: str) -> str:
        made.append(name)
        return name

    for name in ("a", "b", "a", "c", "a", "b"):
        assert kept.get(name, partial(make, name)) == name
    assert made == ["a", "b", "c", "b"]


@pytest.mark.django_db(transaction=True)
def test_a_map_is_drawn_once_for_all_who_ask_at_once(
    collection: WriteCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in CODES:
        Region.objects.create(
            code=code,
            level=level_of(code),
            kind=kind_of(code) or "",
            name=code,
            parent_id=parent_of(code),
        )
    load_boundaries(
        [collection(feature("12.71.01.1001", square(0, 0)))], Origin("Surveyors", "2026", "MIT", 0)
    )
    drawn: list[Any] = []
    shapes = maps.shapes
    monkeypatch.setattr(maps, "shapes", lambda *args, **kept: shapes(*slowly(args, drawn), **kept))
    version = maps.map_version("12.71")
    with asked_at_once(lambda: maps.packed_map("12.71", 4, version, full=False)) as got:
        assert len({*got}) == 1 and isinstance(got[0], bytes)
    assert len(drawn) == 1
