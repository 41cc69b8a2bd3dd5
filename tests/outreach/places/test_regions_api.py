from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from outreach.models import Denominator, User
from outreach.places.boundaries import Origin, load_boundaries
from tests.outreach.places.conftest import WriteCollection, feature, square

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("outreach.api.regions"),
    pytest.mark.usefixtures("regions"),
]

A, B, C = "12.71.01.1001", "12.71.01.1002", "12.71.01.1003"


@pytest.fixture
def client() -> APIClient:
    client = APIClient()
    client.force_authenticate(User(username="kader", role=User.Role.KADER))
    return client


@pytest.fixture
def _boundaries(regions: None, collection: WriteCollection) -> None:
    file = collection(feature(A, square(0, 0)), feature(B, square(1, 0)), feature(C, None))
    load_boundaries([file], Origin("Surveyors", "2026", "MIT", 0))


def get(client: APIClient, path: str, status: int = 200) -> Any:
    answer = client.get(path)
    assert answer.status_code == status, answer.content
    return answer.json()


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


@pytest.mark.usefixtures("_boundaries")
def test_boundaries_are_geojson(client: APIClient) -> None:
    answer = client.get(f"/regions/{A}/boundary/")
    assert answer["Content-Type"] == "application/geo+json"
    village = answer.json()
    assert village["type"] == "Feature" and village["properties"]["name"] == f"Nama {A}"
    assert len(village["geometry"]["coordinates"][0]) == 5
    for code in ("12.71", "12.71.01"):
        below = get(client, f"/regions/{code}/boundary/")
        assert [found["id"] for found in below["features"]] == [A, B]
    assert get(client, "/regions/12.20/boundary/")["features"] == []
    assert get(client, f"/regions/{C}/boundary/", 404)["code"] == "not_found"
    assert get(client, "/regions/12/boundary/", 413)["code"] == "too_large"


@pytest.mark.parametrize("code", ["99", "12.7", "%00", "12.71.01.1001.5", "x" * 500])
def test_unknown_regions_are_not_found(client: APIClient, code: str) -> None:
    for path in (f"/regions/{code}/", f"/regions/{code}/boundary/", f"/regions/?parent={code}"):
        assert get(client, path, 404)["code"] == "not_found"


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
    assert coarse == {"villages": [], "outside": 0, "says_nothing": True}


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
    ],
)
def test_a_fix_that_is_none_is_a_problem(client: APIClient, query: str) -> None:
    assert get(client, f"/regions/locate/?{query}", 400)["code"] == "invalid"
