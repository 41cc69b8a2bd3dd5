import json
from pathlib import Path

import pytest

from outreach.places.features import FeatureFile, read_features
from outreach.places.sources import Refused, read_source

SQUARE = [[98.6, 3.5], [98.7, 3.5], [98.7, 3.6], [98.6, 3.6], [98.6, 3.5]]
FEATURE = {
    "type": "Feature",
    "properties": {"code": "x"},
    "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
}
GEOJSON = json.dumps({"type": "FeatureCollection", "features": [FEATURE]}).encode()
SQL = b"INSERT INTO b(kode,path) VALUES ('x','[[[3.5,98.6],[3.6,98.6],[3.6,98.7]]]');"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "villages"


def read(file: Path, content: bytes) -> FeatureFile:
    file.write_bytes(content)
    return read_features(read_source(file))


def refusal(file: Path, content: bytes) -> str:
    with pytest.raises(Refused) as caught:
        read(file, content)
    [problem] = caught.value.problems
    assert problem.startswith(file.name)
    return problem


@pytest.mark.parametrize(
    ("content", "axes"),
    [
        (GEOJSON, "lon_lat"),
        (b"\xef\xbb\xbf \r\n" + GEOJSON, "lon_lat"),
        (b"\x1e" + json.dumps(FEATURE).encode() + b"\n", "lon_lat"),
        (SQL, "lat_lon"),
        (b"\xef\xbb\xbf/* by hand */ " + SQL, "lat_lon"),
        (b"SET NAMES utf8;" + SQL, "lat_lon"),
    ],
)
def test_the_content_tells_the_format_whatever_the_name(
    file: Path, content: bytes, axes: str
) -> None:
    found = read(file, content)
    assert found.axes == axes and len(found.features) == 1 and found.features[0].parts()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "`git lfs pull`"),
        (b"SQLite format 3\0 and on", "ogr2ogr"),
        (b"Rar!\x1a\x07\0", "unpack it first"),
        (b"7z\xbc\xaf\x27\x1c\0", "unpack it first"),
        (b"\n<!DOCTYPE html><html>", "web page"),
        (b"<html lang=id>", "web page"),
        (b'<?xml version="1.0"?><kml>', "KML"),
        (b"%PDF-1.7", "PDF"),
        (GEOJSON.decode().encode("utf-16"), "UTF-16 or UTF-32: save it as UTF-8"),
        (GEOJSON.decode().encode("utf-16-le"), "UTF-16 or UTF-32: save it as UTF-8"),
        (GEOJSON.decode().encode("utf-16-be"), "UTF-16 or UTF-32: save it as UTF-8"),
        (GEOJSON.decode().encode("utf-32"), "UTF-16 or UTF-32: save it as UTF-8"),
        (GEOJSON.replace(b'"x"', b'"D\xe9sa"'), "not UTF-8 at byte"),
        (b"12,Sumatera Utara\n", "none of the formats known here; boundaries are read from"),
        (b"\0" * 100, "none of the formats"),
        (b"GRANT ALL ON *.* TO x;", "has at line 1 the statement 'GRANT ALL ON"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(file: Path, content: bytes, why: str) -> None:
    assert why in refusal(file, content)
