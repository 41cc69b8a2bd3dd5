import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outreach.models import BoundarySet
from outreach.places import village_index as places
from outreach.places.boundaries.loading import Origin, load_boundaries
from outreach.places.boundaries.switching import switch
from outreach.places.village_index import (
    CurrentVillages,
    Fix,
    Placement,
    locate_all,
    village_index,
)
from tests.outreach.places.conftest import WriteCollection, feature, square

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("regions")]

A, B = "12.71.01.1001", "12.71.01.1002"
MIDDLE = Fix(lat=3.5045, lon=98.6045, accuracy_m=10.0, accuracy_kind="p68")


@pytest.fixture(autouse=True)
def _fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_held", None)


def load(file: Path) -> None:
    load_boundaries([file], Origin("Surveyors", "2026", "MIT", 5))


def switch_to(file: Path) -> None:
    """Make current what moves everything, which a load alone does not."""
    load(file)
    switch(BoundarySet.objects.latest("loaded_at").pk, [], reason="newer")


def test_fixes_are_placed_in_order(collection: WriteCollection) -> None:
    load(collection(feature(A, square(0, 0)), feature(B, square(1, 0))))
    beside = Fix(MIDDLE.lat, MIDDLE.lon + 0.009, 10.0)
    coarse = Fix(MIDDLE.lat, MIDDLE.lon, None)
    found = locate_all(village_index(), [None, beside, MIDDLE, None, coarse])
    assert [place and place.best for place in found] == [None, (B, 1.0), (A, 1.0), None, None]
    assert found[0] is None and found[4] == Placement((), 0.0)


def test_no_fix_has_no_placement() -> None:
    assert locate_all(village_index(), []) == []
    assert locate_all(village_index(), [None, None]) == [None, None]


def test_without_boundaries_all_is_outside() -> None:
    assert locate_all(village_index(), [MIDDLE]) == [Placement((), 1.0)]
    assert A not in village_index()


def test_the_index_is_kept_for_one_statement(collection: WriteCollection) -> None:
    load(collection(feature(A, square(0, 0)), feature(B, None)))
    index = village_index()
    assert A in index and B not in index
    with CaptureQueriesContext(connection) as queries:
        assert village_index() is index
    assert len(queries) == 1


def test_a_load_is_seen(collection: WriteCollection) -> None:
    load(collection(feature(A, square(0, 0))))
    old = village_index()
    switch_to(collection(feature(B, square(0, 0))))
    assert village_index().locate([3.5045], [98.6045], [10], ["p68"])[0].best == (B, 1.0)
    assert old.locate([3.5045], [98.6045], [10], ["p68"])[0].best == (A, 1.0)
    assert B in village_index() and A not in village_index()


def test_a_set_loaded_by_a_slow_clock_is_seen(collection: WriteCollection) -> None:
    load(collection(feature(A, square(0, 0))))
    village_index()
    switch_to(collection(feature(B, square(0, 0))))
    late = BoundarySet.objects.latest("loaded_at")
    late.loaded_at -= timedelta(days=1)
    late.save()
    assert B in village_index()


@pytest.mark.django_db(transaction=True)
def test_the_index_is_swapped_while_threads_locate(
    collection: WriteCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [collection(feature(code, square(0, 0)), name=f"{code}.geojson") for code in (A, B)]
    load(files[0])
    builds: list[str] = []
    build = places._build

    def counted() -> CurrentVillages:
        builds.append(threading.current_thread().name)
        return build()

    monkeypatch.setattr(places, "_build", counted)
    found: set[str] = set()
    faults: list[Exception] = []
    done = threading.Event()

    def locate() -> None:
        try:
            while not done.is_set():
                for placement in locate_all(village_index(), [MIDDLE] * 50):
                    assert placement and placement.best
                    found.add(placement.best[0])
        except Exception as fault:  # noqa: BLE001 - whatever it is, the test must see it
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=locate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(6):
        load(files[(turn + 1) % 2])
    done.set()
    for thread in threads:
        thread.join()
    assert not faults and found <= {A, B}
    [placement] = locate_all(village_index(), [MIDDLE])
    assert placement and placement.best == (A, 1.0)
    # At most one build for each of the seven states, however many threads saw it first.
    assert 1 <= len(builds) <= 7
