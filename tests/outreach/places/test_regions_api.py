import gzip
from typing import Any

import pytest
import shapely
from django.utils import timezone
from rest_framework.test import APIClient

from outreach.models import (
    BoundaryChange,
    BoundarySet,
    Denominator,
    Region,
    RegionAlias,
    User,
)
from outreach.places.boundaries.loading import Origin, load_boundaries
from outreach.places.showing.outlines import refresh_pending_outlines
from outreach.places.village_index import Placement
from tests.counting import Counting
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


@pytest.mark.usefixtures("_boundaries")
def test_boundaries_are_geojson(client: APIClient) -> None:
    answer = client.get(f"/regions/{A}/boundary/")
    assert answer["Content-Type"] == "application/geo+json"
    village = answer.json()
    assert village["type"] == "Feature" and village["properties"]["name"] == f"Nama {A}"
    assert len(village["geometry"]["coordinates"][0]) == 5
    for code in ("12", "12.71", "12.71.01"):
        below = get(client, f"/regions/{code}/boundary/")
        assert [found["id"] for found in below["features"]] == [A, B]
        assert below["sources"][0] | {"border_error_m": 0.0} == {
            "source": "Surveyors",
            "vintage": "2026",
            "licence": "MIT",
            "status": "unknown",
            "border_error_m": 0.0,
        }
    assert get(client, "/regions/12.20/boundary/")["features"] == []
    assert get(client, f"/regions/{C}/boundary/", 404)["code"] == "not_found"


@pytest.mark.usefixtures("_boundaries")
def test_larger_regions_are_dissolved_before_and_after_outlines_are_made(client: APIClient) -> None:
    for is_provisional in (True, False):
        for code, level, found in (
            ("12", 2, ["12.71"]),
            ("12", 3, ["12.71.01"]),
            ("12.71", 2, ["12.71"]),
        ):
            answer = get(client, f"/regions/{code}/boundary/?level={level}")
            assert answer["is_provisional"] is is_provisional
            assert [feature["id"] for feature in answer["features"]] == found
            [corner, *_] = answer["features"][0]["geometry"]["coordinates"][0]
            assert corner[0] == pytest.approx(98.6, abs=0.02)
        refresh_pending_outlines()


@pytest.mark.usefixtures("_boundaries")
def test_neighbours_share_their_border_unless_the_true_polygons_are_asked_for(
    client: APIClient, collection: WriteCollection
) -> None:
    overlapping = [feature(A, square(0, 0, 0.0092)), feature(B, square(1, 0))]
    load_boundaries(
        [collection(*overlapping, name="2.geojson")], Origin("Surveyors", "2027", "MIT", 0)
    )
    assert refresh_pending_outlines() == 1
    assert refresh_pending_outlines() == 0
    drawn = _polygons(get(client, "/regions/12.71/boundary/"))
    assert shapely.coverage_is_valid(drawn)
    true = _polygons(get(client, "/regions/12.71.01/boundary/?detail=full"))
    assert not shapely.coverage_is_valid(true)
    [village] = _polygons({"features": [get(client, f"/regions/{A}/boundary/?detail=full")]})
    assert village.equals(true[0])


def _polygons(collection: Any) -> Any:
    return [shapely.geometry.shape(found["geometry"]) for found in collection["features"]]


@pytest.mark.usefixtures("_boundaries")
@pytest.mark.parametrize(
    "query",
    [
        *("level=1", "level=5", "level=x", "level=%DB%B3", "level=0_4", "level=4%20"),
        *("detail=much", "level=2&detail=full"),
    ],
)
def test_a_map_that_cannot_be_is_a_problem(client: APIClient, query: str) -> None:
    assert get(client, f"/regions/12.71.01/boundary/?{query}", 400)["code"] == "invalid"


@pytest.mark.usefixtures("_boundaries")
def test_true_polygons_are_of_a_district_at_most_and_levels_below_the_region(
    client: APIClient,
) -> None:
    assert get(client, "/regions/12.71/boundary/?detail=full", 400)["code"] == "invalid"
    assert get(client, "/regions/12.71.01/boundary/?level=2", 400)["code"] == "invalid"


@pytest.mark.usefixtures("_boundaries")
def test_what_has_not_changed_is_not_sent_again(
    client: APIClient, collection: WriteCollection
) -> None:
    paths = ("/regions/", "/regions/12.71/", "/regions/12.71/boundary/", f"/regions/{A}/boundary/")
    tags = {path: client.get(path)["ETag"] for path in paths}
    assert len(set(tags.values())) == len(paths)
    for path, tag in tags.items():
        again = client.get(path, HTTP_IF_NONE_MATCH=tag)
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        assert "private" in again["Cache-Control"]
        assert client.get(path, HTTP_IF_NONE_MATCH='W/"other"').status_code == 200
    load_boundaries(
        [collection(feature(A, square(0, 0)), feature(B, square(1, 0)), name="2.geojson")],
        Origin("Surveyors", "2027", "MIT", 0),
    )
    seen = {tags["/regions/12.71/boundary/"]}
    seen.add(client.get("/regions/12.71/boundary/")["ETag"])
    refresh_pending_outlines()
    seen.add(client.get("/regions/12.71/boundary/")["ETag"])
    Region.objects.filter(code=A).update(name="Baru")
    seen.add(client.get("/regions/12.71/boundary/")["ETag"])
    assert len(seen) == 4
    assert client.get("/regions/", HTTP_IF_NONE_MATCH=tags["/regions/"]).status_code == 304


@pytest.mark.usefixtures("_boundaries")
def test_maps_are_packed_for_whoever_takes_them_so(client: APIClient) -> None:
    plain = client.get("/regions/12.71/boundary/", HTTP_ACCEPT_ENCODING="gzip;q=0, br")
    assert "Content-Encoding" not in plain
    packed = client.get("/regions/12.71/boundary/", HTTP_ACCEPT_ENCODING="br, gzip")
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed["ETag"] == plain["ETag"] and "Accept-Encoding" in packed["Vary"]


@pytest.mark.parametrize("code", ["99", "12.7", "%00", "12.71.01.1001.5", "x" * 500, "١٢", "12%0A"])
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
