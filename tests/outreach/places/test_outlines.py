"""Outlines follow every change of boundaries, by a job that may be interrupted."""

from typing import Any

import pytest
import shapely
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from outreach.geo.polygons.simplifying import outlined
from outreach.models import Boundary, BoundaryChange
from outreach.places.boundaries.loading import Origin, load_boundaries
from outreach.places.showing import outlines
from outreach.tasks import draw_outlines
from tests.outreach.places.conftest import WriteCollection, feature, square

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("regions")]

A, B, C, OTHER = "12.71.01.1001", "12.71.01.1002", "12.71.01.1003", "12.20.01.2001"


@pytest.fixture
def _loaded(regions: None, collection: WriteCollection) -> None:
    file = collection(
        feature(A, square(0, 0, 0.0092)),
        feature(B, square(1, 0)),
        feature(C, None),
        feature(OTHER, square(2, 0, 0.0088)),
    )
    load_boundaries([file], Origin("Surveyors", "2026", "MIT", 0))


def drawn() -> dict[str, bytes | None]:
    rows = Boundary.objects.filter(is_current=True).values_list("region_id", "outline")
    return {code: bytes(outline) if outline else None for code, outline in rows}


@pytest.mark.usefixtures("_loaded")
def test_a_change_asks_for_outlines_and_the_job_draws_them_together() -> None:
    [job] = ProcrastinateJob.objects.filter(task_name=draw_outlines.name)
    assert job.status == "todo"
    assert set(drawn().values()) == {None}
    draw_outlines(timestamp=0)
    found = drawn()
    assert found.pop(C) is None
    shapes = shapely.from_wkb([outline for outline in found.values() if outline])
    assert shapely.coverage_is_valid(shapes, gap_width=0.0001)
    assert not BoundaryChange.objects.filter(outlined_at=None).exists()


def test_what_was_interrupted_is_taken_up_again() -> None:
    periodic = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert periodic[draw_outlines.name] == "*/5 * * * *"


@pytest.mark.usefixtures("_loaded")
def test_an_interrupted_job_changes_nothing_and_is_done_whole_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("outreach.bulk.update", stop)
        with pytest.raises(KeyboardInterrupt):
            draw_outlines(timestamp=0)
    assert BoundaryChange.objects.filter(outlined_at=None).exists()
    draw_outlines(timestamp=0)
    assert all(outline for code, outline in drawn().items() if code != C)


@pytest.mark.usefixtures("_loaded")
def test_what_changed_while_it_was_drawn_is_drawn_again(
    monkeypatch: pytest.MonkeyPatch, collection: WriteCollection
) -> None:
    newer = collection(feature(A, square(0, 0, 0.008)), feature(B, square(1, 0)), name="2.geojson")
    sizes: list[int] = []

    def slowly_outlined(polygons: Any) -> Any:
        sizes.append(len(polygons))
        if len(sizes) == 1:
            load_boundaries([newer], Origin("Surveyors", "2027", "MIT", 0))
        return outlined(polygons)

    monkeypatch.setattr(outlines, "outlined", slowly_outlined)
    outlines.refresh_outlines(["12.71"])
    assert len(sizes) == 2
    current = shapely.from_wkb([drawn()[A]])
    assert shapely.area(current) == pytest.approx([0.008**2], rel=0.01)


@pytest.mark.usefixtures("_loaded")
def test_a_province_that_cannot_be_fitted_together_is_drawn_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(polygons: Any) -> Any:
        raise shapely.errors.GEOSException("TopologyException: side location conflict")

    monkeypatch.setattr(outlines, "outlined", fail)
    draw_outlines(timestamp=0)
    assert all(outline for code, outline in drawn().items() if code != C)


@pytest.mark.usefixtures("_loaded")
def test_outlines_of_one_place_are_the_same_however_often_they_are_made() -> None:
    outlines.refresh_outlines(["12.71", "12.20"])
    once = drawn()
    assert outlines.refresh_outlines(["12.20"]) == 1
    assert drawn() == once
    assert outlines.refresh_outlines([]) == 0
    assert outlines.refresh_outlines(["99.01"]) == 1
