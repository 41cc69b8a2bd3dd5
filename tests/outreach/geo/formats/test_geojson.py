import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.geo.formats.feature import BadGeometryError, FormatError
from outreach.geo.formats.geojson import read_geojson

SQUARE = [[98.6, 3.5], [98.7, 3.5], [98.7, 3.6], [98.6, 3.6], [98.6, 3.5]]


def document(geometry: Any, **members: Any) -> bytes:
    feature = {"type": "Feature", "properties": {"code": "x"}, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature], **members}).encode()


def parts_of(geometry: Any) -> Any:
    [feature], _ = read_geojson(document(geometry))
    parts = feature.parts()
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
    [feature], _ = read_geojson(document(geometry))
    with pytest.raises(BadGeometryError, match=r"geometry|position"):
        feature.parts()


WHOLE = document({"type": "Polygon", "coordinates": [SQUARE]})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (WHOLE[:-40], "not whole JSON"),
        (b"PK\x03\x04 a zip", "not whole JSON"),
        (b"\xff\xfe{}", "not whole JSON"),
        (
            WHOLE.replace(b'"x"', b'"\xff"'),
            f"not UTF-8 at byte {WHOLE.index(b'x')}: save it as UTF-8",
        ),
        (
            WHOLE.replace(b"98.6,", b"NaN,"),
            f"byte {WHOLE.index(b'98.6,')} it has NaN or Infinity, which JSON lacks",
        ),
        (b"[1, 2]", "not a GeoJSON feature collection"),
        (b'{"type": "Topology", "objects": {}, "arcs": []}', "is TopoJSON: make it GeoJSON"),
        (b'{"geometryType": "esriGeometryPolygon", "features": []}', "is ESRI JSON: export it"),
        (b'{"rings": [[[98.6, 3.5]]]}', "is ESRI JSON: export it"),
        (b'{"type": "Villages"}', "its type is 'Villages'"),
        (b'{"villages": []}', "it has no type"),
        (b'{"type": "FeatureCollection", "features": 3}', "not a GeoJSON feature collection"),
        (b'{"type": "FeatureCollection", "features": []}', "no features"),
        (document(None, crs={"properties": {"name": "EPSG:32647"}}), "not in WGS84 degrees but in"),
        (document(None, crs={"properties": {"name": "EPSG:32647"}}), "ogr2ogr -t_srs EPSG:4326"),
        (
            document(None, crs={"properties": {"name": "WGS 84 / UTM zone 47N"}}),
            "but in WGS 84 / UT",
        ),
        (
            document(None, crs={"properties": {"name": "urn:ogc:def:crs:EPSG::43260"}}),
            "EPSG::43260",
        ),
        (document(None, crs={"properties": {"code": 32647}}), "but in EPSG:32647"),
        (document(None, crs={"type": "link", "properties": {"href": "x"}}), "but in .*href"),
        (document({"type": "Polygon", "coordinates": [[["98°40'30\"E", "3°5'"]]]}), "and minutes"),
        (document({"type": "Polygon", "coordinates": [[["98 40 30", "3 5 0"]]]}), "and minutes"),
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
        read_geojson(content)[0][0].parts()


def test_rings_that_are_nothing_cost_nothing() -> None:
    content = WHOLE.replace(b"[[98.6", b"[[98.6, 3.5]], " * 1001 + b"[[98.6", 1)
    [feature], _ = read_geojson(content.replace(b"[[[[", b"[[["))
    with pytest.raises(BadGeometryError, match="rings, most of them without an area"):
        feature.parts()


def test_more_features_than_a_country_has_are_refused() -> None:
    for content in (
        b'{"features": [' + b'{"type": "Feature"},' * 500_001 + b"]}",
        b'{"type": "Feature"}\n' * 500_001,
        b"\x1e" * 500_001,
    ):
        with pytest.raises(FormatError, match=r"has 500,001 features.*: split it"):
            read_geojson(content)


def test_features_cannot_hide_from_being_counted() -> None:
    hidden = b'{"type":"F\\u0065ature"},' * 2_000_000
    content = b'{"type":"FeatureCollection","features":[' + hidden + b'{"type":"Feature"}]}'
    with pytest.raises(FormatError, match="2,000,002 objects"):
        read_geojson(content)


def test_more_properties_than_can_be_kept_are_refused() -> None:
    many = b'"a":1,' * 10_000_001
    content = b'{"type":"Feature","properties":{' + many + b'"b":1},"geometry":null}'
    with pytest.raises(FormatError, match="keep those with codes and names"):
        read_geojson(content)


def test_lists_and_objects_among_properties_are_left_out() -> None:
    document: dict[str, Any] = {
        "type": "Feature",
        "id": ["x"],
        "properties": {"code": "99.01.01.2001", "list": [[]] * 10, "object": {"a": 1}, "n": None},
        "geometry": None,
    }
    [feature], _ = read_geojson(json.dumps(document).encode())
    assert feature.properties == {"code": "99.01.01.2001", "n": None}


def test_bytes_that_are_no_utf8_in_a_geometry_are_bad_geometry() -> None:
    content = WHOLE.replace(b'"Polygon"', b'"Poly\xff"')
    with pytest.raises(BadGeometryError):
        read_geojson(content)[0][0].parts()


def test_wgs84_by_any_of_its_names_is_welcome() -> None:
    for name in (
        "urn:ogc:def:crs:OGC:1.3:CRS84",
        "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        "http://www.opengis.net/def/crs/EPSG/0/4326",
        "urn:ogc:def:crs:EPSG::4326",
        "urn:ogc:def:crs:EPSG:6.9:4326",
        "EPSG:4326",
        "WGS 84",
    ):
        assert read_geojson(document(None, crs={"properties": {"name": name}}))[1] == []
    assert read_geojson(document(None, crs={"properties": {"code": 4326}}))[1] == []
    assert read_geojson(document(None, crs="EPSG:4326"))[1] == []


def test_indonesian_degrees_are_taken_as_wgs84_and_noted() -> None:
    for name in ("urn:ogc:def:crs:EPSG::9470", "EPSG:4755", "SRGI2013"):
        [note] = read_geojson(document(None, crs={"properties": {"name": name}}))[1]
        assert name in note and "taken as WGS84" in note


def test_numbers_beyond_floats_are_bad_geometry() -> None:
    content = WHOLE.replace(b"98.7,", b"1e999,")
    assert content != WHOLE and not math.isfinite(float("1e999"))
    with pytest.raises(BadGeometryError, match="out of range"):
        read_geojson(content)[0][0].parts()


def one_line(value: Any) -> bytes:
    return json.dumps(value).encode()


POLYGON = {"type": "Polygon", "coordinates": [SQUARE]}
FEATURE = {"type": "Feature", "properties": {"code": "x"}, "geometry": POLYGON}


@pytest.mark.parametrize("document", [POLYGON, FEATURE])
def test_a_bare_geometry_or_feature_is_a_file_of_one(document: Any) -> None:
    [feature], _ = read_geojson(one_line(document))
    assert feature.properties == document.get("properties", {})
    assert [ring.tolist() for part in feature.parts() or [] for ring in part] == [SQUARE]


@pytest.mark.parametrize(
    "content",
    [
        one_line(FEATURE) + b"\n" + one_line(FEATURE) + b"\n",
        one_line(FEATURE) + b"\r\n\r\n" + one_line(FEATURE),
        b"\x1e" + one_line(FEATURE) + b"\n\x1e" + json.dumps(FEATURE, indent=1).encode() + b"\n",
    ],
)
def test_a_sequence_is_read_to_its_end(content: bytes) -> None:
    features, _ = read_geojson(content)
    assert [feature.properties for feature in features] == [{"code": "x"}] * 2
    with pytest.raises(FormatError, match=r"not whole JSON.*in record 2"):
        read_geojson(content.rstrip()[:-9])


def test_numbers_that_are_texts_are_numbers() -> None:
    polygon = {"type": "Polygon", "coordinates": [[["98.6", "3.5"], ["98.7", 3]]]}
    assert parts_of(polygon) == [[[[98.6, 3.5], [98.7, 3.0]]]]


def test_a_height_may_be_none() -> None:
    polygon = {"type": "Polygon", "coordinates": [[[98.6, 3.5, None], [98.7, 3, 12]]]}
    assert parts_of(polygon) == [[[[98.6, 3.5], [98.7, 3.0]]]]


def test_lines_beside_a_polygon_are_left_out_and_alone_are_bad() -> None:
    line = {"type": "LineString", "coordinates": SQUARE}
    polygon = {"type": "Polygon", "coordinates": [SQUARE]}
    mixed = {"type": "GeometryCollection", "geometries": [line, polygon, line]}
    assert parts_of(mixed) == [[SQUARE]]
    with pytest.raises(BadGeometryError, match="is 'LineString', not a polygon"):
        parts_of({"type": "GeometryCollection", "geometries": [line]})
    broken = {"type": "Polygon", "coordinates": [[[98.6]]]}
    with pytest.raises(BadGeometryError, match="fewer than two"):
        parts_of({"type": "GeometryCollection", "geometries": [polygon, broken]})


def test_a_feature_may_keep_its_code_in_its_id() -> None:
    content = WHOLE.replace(b'"properties"', b'"id": "12.77.01.1001", "properties"')
    assert read_geojson(content)[0][0].properties == {"id": "12.77.01.1001", "code": "x"}
    own = content.replace(b'"code"', b'"id"')
    assert read_geojson(own)[0][0].properties == {"id": "x"}


@pytest.mark.parametrize("word", ["nan", "inf", "-Infinity", "1e10", "-1e308"])
def test_texts_of_no_number_are_bad_geometry(word: str) -> None:
    [feature], _ = read_geojson(document({"type": "Polygon", "coordinates": [[[word, "3.5"]]]}))
    with pytest.raises(BadGeometryError, match="nowhere on Earth"):
        feature.parts()


def test_properties_that_are_none_are_empty() -> None:
    for properties in (b"null", b"[1]", b'"x"'):
        [feature], _ = read_geojson(WHOLE.replace(b'{"code": "x"}', properties))
        assert feature.properties == {}


whole = st.sampled_from([WHOLE, one_line(FEATURE) + b"\n" + one_line(FEATURE)])


@given(whole, st.data())
def test_a_broken_file_is_refused_or_read_but_never_worse(
    content: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(content)))
    broken = data.draw(
        st.sampled_from(
            [content[:at], content[:at] + content[at + 1 :], content[:at] + b"\0" + content[at:]]
        )
        | st.integers(0, 255).map(lambda byte: content[:at] + bytes([byte]) + content[at + 1 :])
    )
    with contextlib.suppress(FormatError):
        features, _ = read_geojson(broken)
        for feature in features:
            with contextlib.suppress(BadGeometryError):
                parts = feature.parts()
                assert all(ring.shape[1] == 2 for part in parts or [] for ring in part)
