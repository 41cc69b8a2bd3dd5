import json
import math
from typing import Any

import pytest

from outreach.geo.feature import BadGeometryError, FormatError
from outreach.geo.geojson import read_geojson

SQUARE = [[98.6, 3.5], [98.7, 3.5], [98.7, 3.6], [98.6, 3.6], [98.6, 3.5]]


def document(geometry: Any, **members: Any) -> bytes:
    feature = {"type": "Feature", "properties": {"code": "x"}, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature], **members}).encode()


def parts_of(geometry: Any) -> Any:
    parts = read_geojson(document(geometry))[0].parts()
    return parts and [[ring.tolist() for ring in part] for part in parts]


def test_polygons_multipolygons_and_collections_become_parts() -> None:
    polygon = {"type": "Polygon", "coordinates": [SQUARE, SQUARE]}
    multi = {"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE, SQUARE]]}
    assert parts_of(polygon) == [[SQUARE, SQUARE]]
    assert parts_of(multi) == [[SQUARE], [SQUARE, SQUARE]]
    assert parts_of({"type": "GeometryCollection", "geometries": [polygon, multi]}) == [
        [SQUARE, SQUARE],
        [SQUARE],
        [SQUARE, SQUARE],
    ]


def test_heights_are_left_out() -> None:
    high = [[x, y, 12.5] for x, y in SQUARE]
    assert parts_of({"type": "Polygon", "coordinates": [high]}) == [[SQUARE]]


@pytest.mark.parametrize("geometry", [None, {"type": "Polygon", "coordinates": []}])
def test_no_geometry_is_no_parts(geometry: Any) -> None:
    assert parts_of(geometry) is None


@pytest.mark.parametrize(
    "geometry",
    [
        3,
        "POLYGON ((1 2, 3 4))",
        {"type": "Point", "coordinates": [98.6, 3.5]},
        {"type": "Poly\0gon", "coordinates": [SQUARE]},
        {"type": "Polygon", "coordinates": 7},
        {"type": "Polygon", "coordinates": [[["98.6", "east"]]]},
        {"type": "Polygon", "coordinates": [[[98.6]]]},
        {"type": "Polygon", "coordinates": [[[True, None]]]},
        {"type": "Polygon", "coordinates": [[{"x": 1}]]},
        {"type": "MultiPolygon", "coordinates": [SQUARE]},
    ],
)
def test_a_bad_geometry_says_so_alone(geometry: Any) -> None:
    [feature] = read_geojson(document(geometry))
    with pytest.raises(BadGeometryError, match=r"geometry|position"):
        feature.parts()


WHOLE = document({"type": "Polygon", "coordinates": [SQUARE]})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (WHOLE[:-40], "not whole JSON"),
        (b"PK\x03\x04 a zip", "not whole JSON"),
        (b"\xff\xfe{}", "not whole JSON"),
        (WHOLE.replace(b'"x"', b'"\xff"'), "not UTF-8"),
        (WHOLE.replace(b"98.6,", b"NaN,"), "not whole JSON"),
        (b"[1, 2]", "not a GeoJSON feature collection"),
        (b'{"type": "Topology", "features": []}', "not a GeoJSON feature collection"),
        (b'{"type": "FeatureCollection", "features": 3}', "not a GeoJSON feature collection"),
        (b'{"type": "FeatureCollection", "features": []}', "no features"),
        (document(None, crs={"properties": {"name": "EPSG:32647"}}), "reproject to EPSG:4326"),
        (
            b'{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": '
            + b"[" * 100_000
            + b"]" * 100_000
            + b"}]}",
            "nested too deeply",
        ),
    ],
)
def test_a_file_that_is_no_geojson_says_why(content: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        read_geojson(content)


def test_a_geometry_of_absurd_size_is_not_tried() -> None:
    content = WHOLE.replace(b"]]]", b", [98.6, 3.5]" * 1_300_000 + b"]]]")
    with pytest.raises(BadGeometryError, match="MiB of text"):
        read_geojson(content)[0].parts()


def test_bytes_that_are_no_utf8_in_a_geometry_are_bad_geometry() -> None:
    content = WHOLE.replace(b'"Polygon"', b'"Poly\xff"')
    with pytest.raises(BadGeometryError):
        read_geojson(content)[0].parts()


def test_wgs84_by_any_of_its_names_is_welcome() -> None:
    for name in ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"):
        assert read_geojson(document(None, crs={"properties": {"name": name}}))


def test_numbers_beyond_floats_are_bad_geometry() -> None:
    content = WHOLE.replace(b"98.7,", b"1e999,")
    assert content != WHOLE and not math.isfinite(float("1e999"))
    with pytest.raises(BadGeometryError, match="out of range"):
        read_geojson(content)[0].parts()
