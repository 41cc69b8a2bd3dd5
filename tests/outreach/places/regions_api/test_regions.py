"""Regions, and what is known of each."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from outreach.models import (
    BoundaryChange,
    Denominator,
    RegionAlias,
    User,
)
from outreach.places.boundaries.loading import Origin, load_boundaries
from tests.counting import Counting
from tests.outreach.places.conftest import WriteCollection, feature, square
from tests.outreach.places.regions_api.conftest import A, B, C, get

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("outreach.api.regions"),
    pytest.mark.usefixtures("regions"),
]


def test_nobody_unknown_is_answered() -> None:
    for path in ("/regions/", "/regions/12/", "/regions/12.71/boundary/", "/regions/locate/"):
        assert APIClient().get(path).status_code in {401, 403}


def test_the_provinces_and_what_lies_under_a_region(client: APIClient) -> None:
    provinces = get(client, "/regions/")["regions"]
    assert [region["code"] for region in provinces] == ["12"]
    villages = get(client, "/regions/?parent=12.71.01")["regions"]
    assert villages[0] == {
        "code": A,
        "name": f"Nama {A}",
        "kind": "kelurahan",
        "level": 4,
        "parent": "12.71.01",
        "time_zone": "Asia/Jakarta",
    }
    assert [village["code"] for village in villages] == [A, B, C]
    assert get(client, f"/regions/?parent={A}")["regions"] == []


@pytest.mark.usefixtures("_boundaries")
def test_a_region_with_all_that_is_known(client: APIClient) -> None:
    Denominator.objects.create(
        region_id=A, year=2025, value=1200, kind="official", source="BPS", loaded_at=timezone.now()
    )
    region = get(client, f"/regions/{A}/")
    assert [above["code"] for above in region["ancestors"]] == ["12", "12.71", "12.71.01"]
    assert region["denominators"][0]["value"] == 1200
    assert region["boundary"] | {"area_km2": 1} == {
        "source": "Surveyors",
        "vintage": "2026",
        "licence": "MIT",
        "border_error_m": 0.0,
        "area_km2": 1,
        "has_polygon": True,
    }
    assert get(client, f"/regions/{C}/")["boundary"]["has_polygon"] is False
    province = get(client, "/regions/12/")
    assert province["boundary"] is None and province["ancestors"] == []
    assert province["boundary_changes"] == []


@pytest.mark.usefixtures("_boundaries")
def test_a_region_tells_its_sets_and_how_the_current_one_changed(
    client: APIClient, collection: WriteCollection
) -> None:
    wider = feature(A, square(0, 0, 0.0095))
    both = collection(wider, feature(B, square(1, 0)), name="2.geojson")
    load_boundaries([both], Origin("Census", "2020", "CC BY", 50))
    sets = get(client, f"/regions/{A}/")["boundary_sets"]
    assert [(found["source"], found["current"]) for found in sets] == [
        ("Census", 1),
        ("Surveyors", 0),
    ]
    assert sets[0]["area_km2"] > sets[1]["area_km2"] > 0.9
    [census, surveyors] = get(client, "/regions/12.71/")["boundary_sets"]
    assert (census["villages"], census["with_polygon"], census["current"]) == (2, 2, 2)
    assert (surveyors["villages"], surveyors["with_polygon"], surveyors["current"]) == (3, 2, 0)
    newest, first = get(client, "/regions/12.71.01/")["boundary_changes"]
    assert newest["id"] > first["id"] and newest["kind"] == "load"
    assert (newest["before"], newest["after"]) == (surveyors["id"], census["id"])
    assert (first["before"], first["after"]) == (None, surveyors["id"])


@pytest.mark.usefixtures("_boundaries")
def test_why_boundaries_changed_is_told_to_staff_and_not_to_a_kader(client: APIClient) -> None:
    BoundaryChange.objects.update(reason="Bu Sari measured it")
    [told] = get(client, "/regions/12.71/")["boundary_changes"]
    assert "reason" not in told and told["kind"] == "load"
    client.force_authenticate(User(username="petugas", role=User.Role.OFFICER))
    [told] = get(client, "/regions/12.71/")["boundary_changes"]
    assert told["reason"] == "Bu Sari measured it"


def test_an_older_code_is_not_found_but_its_successor_told(client: APIClient) -> None:
    for code, region, confidence in (
        ("12.71.09.1001", A, "high"),
        ("12.71.09.1002", None, "none"),
    ):
        RegionAlias.objects.create(
            system="kemendagri",
            code=code,
            level=4,
            name="Lama",
            region_id=region,
            basis="name",
            confidence=confidence,
            source="a list",
        )
    for path in ("/regions/12.71.09.1001/", "/regions/12.71.09.1001/boundary/"):
        problem = get(client, path, 404)
        assert problem["successor"] == {"code": A, "confidence": "high"}
        assert problem["former_name"] == "Lama"
    assert get(client, "/regions/12.71.09.1002/", 404)["successor"] is None
    assert get(client, f"/regions/{A}/")["aliases"][0]["code"] == "12.71.09.1001"


@pytest.mark.parametrize("code", ["99", "12.7", "%00", "12.71.01.1001.5", "x" * 500, "١٢", "12%0A"])
def test_unknown_regions_are_not_found(client: APIClient, code: str) -> None:
    for path in (f"/regions/{code}/", f"/regions/{code}/boundary/"):
        assert get(client, path, 404)["code"] == "not_found"
    problem = get(client, f"/regions/?parent={code}", 400 if code == "%00" else 404)
    assert problem["code"] == ("invalid" if code == "%00" else "not_found")


@pytest.mark.usefixtures("_boundaries")
def test_numbers_of_statements_do_not_grow_with_the_villages(
    client: APIClient, count_queries: Counting
) -> None:
    where = "?lat=3.5045&lon=98.609&accuracy_m=30"
    get(client, f"/regions/locate/{where}")
    tag = client.get("/regions/12.71/boundary/")["ETag"]
    for name, path, headers in (
        ("regions/", "/regions/?parent=12.71.01", {}),
        ("regions/{code}/", f"/regions/{A}/", {}),
        ("regions/{code}/boundary/", "/regions/12.71.01/boundary/", {}),
        ("regions/{code}/boundary/ unchanged", "/regions/12.71/boundary/", {"If-None-Match": tag}),
        ("regions/locate/", f"/regions/locate/{where}", {}),
    ):
        with count_queries(f"GET {name}"):
            assert client.get(path, headers=headers).status_code < 400
