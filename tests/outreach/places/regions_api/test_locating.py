"""Which village a position is in."""

import pytest
from rest_framework.test import APIClient

from outreach.models import (
    BoundaryChange,
    BoundarySet,
)
from outreach.places.village_index import Placement
from tests.outreach.places.regions_api.conftest import A, B, get

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("outreach.api.regions"),
    pytest.mark.usefixtures("regions"),
]


@pytest.mark.usefixtures("_boundaries")
def test_a_fix_is_located(client: APIClient) -> None:
    found = get(client, "/regions/locate/?lat=3.5045&lon=98.609&accuracy_m=30&accuracy_kind=p68")
    assert {village["code"] for village in found["villages"]} == {A, B}
    assert found["villages"][0]["name"].startswith("Nama 12.71")
    assert sum(village["probability"] for village in found["villages"]) == pytest.approx(1)
    assert found["outside"] == 0 and found["says_nothing"] is False
    away = get(client, "/regions/locate/?lat=1&lon=99&accuracy_m=30")
    assert (away["villages"], away["outside"]) == ([], 1)
    coarse = get(client, "/regions/locate/?lat=3.5045&lon=98.609&accuracy_m=3000")
    assert coarse["villages"] == [] and coarse["says_nothing"] is True
    assert [(area["code"], area["kind"]) for area in coarse["areas"]] == [("12.71", "city")]
    assert coarse["areas"][0]["probability"] + coarse["outside_areas"] == pytest.approx(1)
    assert 0 < coarse["outside_areas"] < 1 and coarse["outside"] == 0
    assert (found["areas"], found["outside_areas"]) == ([], None)
    for nowhere in ("lat=1&lon=99&accuracy_m=3000", "lat=3.5&lon=98.6&accuracy_m=900000"):
        nothing = get(client, f"/regions/locate/?{nowhere}")
        assert (nothing["areas"], nothing["outside_areas"]) == ([], None)
        assert nothing["says_nothing"] is True
    assert found["boundary_version"] == BoundaryChange.objects.latest("id").pk
    assert {village["set"] for village in found["villages"]} == {str(BoundarySet.objects.get().pk)}


@pytest.mark.usefixtures("_boundaries")
def test_what_is_left_by_rounding_is_no_chance_to_be_outside(
    client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for placement, outside, outside_areas in (
        (Placement(((A, 1.0),), 2.2e-16), 0, None),
        (Placement((), 2.2e-16, (("12.71", 1.0),)), 0, 0),
        (Placement((), 0.25, (("12.71", 0.75),)), 0, 0.25),
    ):
        found = [placement]
        monkeypatch.setattr("outreach.api.regions.locate_all", lambda *_, found=found: found)
        answer = get(client, "/regions/locate/?lat=3.5045&lon=98.609&accuracy_m=3000")
        assert (answer["outside"], answer["outside_areas"]) == (outside, outside_areas)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "lat=3.5&lon=98.6",
        "lat=91&lon=98.6&accuracy_m=5",
        "lat=nan&lon=98.6&accuracy_m=5",
        "lat=3.5&lon=98.6&accuracy_m=inf",
        "lat=3.5&lon=98.6&accuracy_m=-5",
        "lat=3.5&lon=98.6&accuracy_m=5&accuracy_kind=p50",
        "lat=3,5&lon=98.6&accuracy_m=5",
        "lat=1_0&lon=98.6&accuracy_m=5",
        "lat=%D9%A3&lon=98.6&accuracy_m=5",
        "lat=3.5%0A&lon=98.6&accuracy_m=5",
        "lat=3.5&lon=98.6&accuracy_m=1e999",
        "lat=3.5&lon=9" + "8" * 2000 + "&accuracy_m=5",
    ],
)
def test_a_fix_that_is_none_is_a_problem(client: APIClient, query: str) -> None:
    assert get(client, f"/regions/locate/?{query}", 400)["code"] == "invalid"
