import contextlib
import gzip
import hashlib
import io
import json
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from outreach.geo.formats.feature import Feature, FormatError
from outreach.geo.formats.shapefiles import read_shapefile
from outreach.places.boundaries.file_formats import FeatureFile, read_features
from outreach.places.boundaries.zip_archives import read_shapefile_in_zip
from outreach.places.uploads import Refused, read_source
from tests.outreach.geo.formats.shapes import Ring, box, shapes

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
        (b"villages.shp".ljust(257, b"\0") + b"ustar\x0000", "tar archive; unpack it first"),
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


SHAPEFILE = shapes([box(98.6, 3.5, 0.1)], [box(99, 3, 0.1)])


def zipped(
    files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, **layers: dict[str, bytes]
) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        for layer, parts in layers.items():
            for suffix, content in parts.items():
                archive.writestr(layer + suffix, content)
    return packed.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zipped_shapefile_is_read_as_it_is(file: Path, method: int) -> None:
    found = read(file, zipped({"readme.txt": b"x", "__MACOSX/._a.shp": b""}, method, a=SHAPEFILE))
    assert found.axes == "lon_lat" and len(found.features) == 2
    assert found.features[1].properties["KODE"] == "12.77.01.1002"


def test_the_names_in_an_archive_are_only_names(tmp_path: Path, file: Path) -> None:
    evil = {f"../../{tmp_path.name}/EVIL{s.upper()}": content for s, content in SHAPEFILE.items()}
    assert len(read(file, zipped(evil)).features) == 2
    assert [entry.name for entry in tmp_path.iterdir()] == [file.name]


def test_one_of_several_layers_is_named_after_the_file(tmp_path: Path) -> None:
    file = tmp_path / "villages.zip"
    other = {f"sub/Surabaya{s}": c for s, c in shapes([box(112, -7, 0.1)]).items()}
    content = zipped(other, Medan=SHAPEFILE)
    assert "has several layers: sub/Surabaya, Medan; name one after" in refusal(file, content)
    for layer, features in (("medan", 2), ("Surabaya", 1)):
        source = read_source(tmp_path / f"villages.zip#{layer}")
        assert source.name == f"villages.zip#{layer}"
        assert len(read_features(source).features) == features
    with pytest.raises(Refused, match="has no layer Binjai: sub/Surabaya, Medan"):
        read_source(tmp_path / "villages.zip#Binjai")


def test_a_layer_is_named_with_its_archive_and_folder(tmp_path: Path) -> None:
    layers = {
        f"{name}{suffix}": content
        for name in ("2023/desa", "a#b", "..\\..\\v")
        for suffix, content in SHAPEFILE.items()
    }
    (tmp_path / "x#1.zip").write_bytes(zipped(layers))
    for layer in ("2023/desa", "a#b", "v", "../../v", "..\\..\\v"):
        source = read_source(tmp_path / f"x#1.zip#{layer}")
        assert source.name == f"x#1.zip#{layer}" and len(read_features(source).features) == 2
    with pytest.raises(Refused, match=r"has several layers: 2023/desa, a#b, \.\./\.\./v; name"):
        read_source(tmp_path / "x#1.zip")


def test_a_shapefile_beside_its_companions_is_read(tmp_path: Path) -> None:
    for suffix, content in SHAPEFILE.items():
        (tmp_path / f"Villages{suffix.upper()}").write_bytes(content)
    source = read_source(tmp_path / "Villages.SHP")
    assert len(read_features(source).features) == 2
    assert source.sha256 != hashlib.sha256(SHAPEFILE[".shp"]).hexdigest()
    (tmp_path / "Villages.PRJ").unlink()
    with pytest.raises(Refused, match=r"Villages.SHP has no \.prj"):
        read_features(read_source(tmp_path / "Villages.SHP"))


def encrypted(content: bytes) -> bytes:
    """The archive with the flag that its files need a password."""
    flagged = bytearray(content)
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := flagged.find(magic, at + 1)) >= 0:
            flagged[at + offset] |= 1
    return bytes(flagged)


WHOLE_ZIP = zipped({}, a=SHAPEFILE)
BOMB = zipped({"a.shp": SHAPEFILE[".shp"] + b"\0" * 50_000_000, "a.dbf": b"", "a.prj": b""})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (zipped({"villages.geojson": GEOJSON}), "without a .shp (it holds villages.geojson)"),
        (zipped({"inner.zip": WHOLE_ZIP}), "without a .shp (it holds inner.zip): unpack it first"),
        (zipped({"doc.kml": b"<kml/>"}), "without a .shp"),
        (encrypted(WHOLE_ZIP), "has a.shp encrypted"),
        (zipped({}, zipfile.ZIP_LZMA, a=SHAPEFILE), "packed by an uncommon method"),
        (zipped({"A.SHP": b"x"}, a=SHAPEFILE), "has two files named a.shp"),
        (zipped({str(i): b"" for i in range(2001)}), "more than 2,000 files"),
        (WHOLE_ZIP[:-30], "is a broken ZIP archive"),
        (WHOLE_ZIP[:200], "is a broken ZIP archive"),
        (zipped({"a.shp": b"", "a.dbf": b"", "a.prj": b""}), "is empty"),
        (BOMB, "is larger than 16 MiB unpacked: split it, or --max-mib"),
        (
            BOMB.replace(struct.pack("<I", 50_000_000 + len(SHAPEFILE[".shp"])), b"\x10\0\0\0"),
            "is a broken ZIP archive",
        ),
    ],
)
def test_an_archive_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "villages.zip"
    file.write_bytes(content)
    with pytest.raises(Refused) as caught:
        read_features(read_source(file, max_bytes=16 * 1024**2))
    assert why in caught.value.problems[0]


@given(st.data())
def test_a_broken_archive_is_refused_or_read_but_never_worse(data: st.DataObject) -> None:
    content = bytearray(WHOLE_ZIP[: data.draw(st.integers(30, len(WHOLE_ZIP)))])
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(FormatError):
        read_shapefile(*read_shapefile_in_zip(bytes(content), "", 1024**2))


def test_a_file_of_two_gigabytes_is_not_read(file: Path) -> None:
    with file.open("wb") as sparse:
        sparse.truncate(2 * 1024**3)
    tracemalloc.start()
    with pytest.raises(Refused, match="larger than 256 MiB"):
        read_source(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1024**2


def test_a_bomb_of_gzip_costs_no_more_than_is_allowed(file: Path) -> None:
    file.write_bytes(gzip.compress(b"0" * 200 * 1024**2, 1))
    tracemalloc.start()
    with pytest.raises(Refused, match="larger than 8 MiB"):
        read_source(file, max_bytes=8 * 1024**2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 * 1024**2


@pytest.mark.parametrize("said", [1000, 64 * 1024**2, 65 * 1024**2])
def test_a_zip_costs_no_more_than_it_says_and_once(said: int) -> None:
    large = SHAPEFILE | {".shp": b"\0\0\x27\x0a".ljust(64 * 1024**2, b"\0")}
    content = bytearray(zipped({}, a=large))
    entry = content.index(b"PK\x01\x02")
    assert struct.unpack_from("<I", content, entry + 24) == (64 * 1024**2,)
    struct.pack_into("<I", content, entry + 24, said)
    packed = bytes(content)
    tracemalloc.start()
    with contextlib.suppress(FormatError):
        read_shapefile_in_zip(packed, "", 256 * 1024**2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < said * 1.2 + 4 * 1024**2


def rings_of(feature: Feature) -> list[Ring]:
    return [[(x, y) for x, y in ring] for part in feature.parts() or [] for ring in part]


def outline(feature: Feature) -> Any:
    return shapely.MultiPolygon([shapely.Polygon(r[0], r[1:]) for r in feature.parts() or []])


@pytest.mark.reference
def test_one_city_is_the_same_in_every_format(reference_data: Path, tmp_path: Path) -> None:
    folder = reference_data / "regions"
    found = read_features(read_source(folder / "villages" / "12.77_kota_padangsidimpuan.geojson"))
    geojson = {entry.properties["code"]: outline(entry) for entry in found.features}
    dump = read_features(read_source(folder / "messy" / "cahyadsn_kel_12.77_original.sql"))
    sql = {entry.properties["kode"]: outline(entry) for entry in dump.features}
    packed = tmp_path / "12.77.zip"
    packed.write_bytes(zipped({}, a=shapes(*map(rings_of, found.features))))
    shapefile = map(outline, read_features(read_source(packed)).features)
    assert sql.keys() == geojson.keys() and len(sql) == 79
    for (code, polygon), same in zip(geojson.items(), shapefile, strict=True):
        swapped = shapely.transform(sql[code], lambda xy: xy[:, ::-1])
        assert shapely.hausdorff_distance(polygon, swapped) < 1e-6
        assert polygon.normalize() == same.normalize()


@pytest.mark.reference
@pytest.mark.parametrize("name", ["12.03_tapanuli_selatan", "35.78_kota_surabaya"])
def test_real_holes_and_islands_survive_a_shapefile(reference_data: Path, name: str) -> None:
    file = reference_data / "regions" / "villages" / f"{name}.geojson"
    found = [entry for entry in read_features(read_source(file)).features if entry.parts()]
    files = shapes(*map(rings_of, found))
    again, _ = read_shapefile(files.pop(".shp"), files)
    for one, other in zip(found, again, strict=True):
        assert shapely.area(outline(one)) == pytest.approx(shapely.area(outline(other)))
