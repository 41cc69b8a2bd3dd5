"""Boundaries as maps."""

import gzip
from typing import Any

import pytest
import shapely
from rest_framework.test import APIClient

from outreach.models import (
    Region,
)
from outreach.places.boundaries.loading import Origin, load_boundaries
from outreach.places.showing.outlines import refresh_pending_outlines
from tests.outreach.places.conftest import WriteCollection, feature, square
from tests.outreach.places.regions_api.conftest import A, B, C, get

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("outreach.api.regions"),
    pytest.mark.usefixtures("regions"),
]

ELSEWHERE = "12.20.01.2001"


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


@pytest.mark.usefixtures("_boundaries")
def test_only_what_changed_is_provisional_and_a_province_stays_as_it_was_drawn(
    client: APIClient, collection: WriteCollection
) -> None:
    elsewhere = collection(feature(ELSEWHERE, square(5, 0)), name="12.20.geojson")
    load_boundaries([elsewhere], Origin("Neighbours", "2025", "MIT", 0))
    refresh_pending_outlines()
    paths = [f"/regions/{path}" for path in ("12.20/boundary/", "12/boundary/?level=2")]
    [neighbour, province] = [client.get(path) for path in paths]
    shrunk = collection(
        feature(A, square(0, 0, 0.008)), feature(B, square(1, 0, 0.008)), name="2.geojson"
    )
    load_boundaries([shrunk], Origin("Census", "2027", "ODbL", 0))
    for code in ("12.71", "12.71.01", A):
        assert get(client, f"/regions/{code}/boundary/")["is_provisional"]
    again = client.get(paths[0], HTTP_IF_NONE_MATCH=neighbour["ETag"])
    assert again.status_code == 304 and not neighbour.json()["is_provisional"]
    now = get(client, paths[1])
    assert now["is_provisional"] and now["features"] == province.json()["features"]
    assert now["sources"] == province.json()["sources"]
    refresh_pending_outlines()
    for code in ("12", "12.71", "12.20"):
        assert not get(client, f"/regions/{code}/boundary/")["is_provisional"]
    drawn = get(client, paths[1])
    assert drawn["features"] != now["features"]
    assert {source["licence"] for source in drawn["sources"]} == {"MIT", "ODbL"}
    assert client.get(paths[0])["ETag"] != neighbour["ETag"]


def test_a_province_not_drawn_yet_has_no_slivers_between_its_villages(
    client: APIClient, collection: WriteCollection
) -> None:
    file = collection(feature(A, square(0, 0, 0.0089)), feature(B, square(1, 0)))
    load_boundaries([file], Origin("Surveyors", "2026", "MIT", 0))
    [city] = get(client, "/regions/12/boundary/?level=2")["features"]
    assert city["geometry"]["type"] == "Polygon" and len(city["geometry"]["coordinates"]) == 1


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
