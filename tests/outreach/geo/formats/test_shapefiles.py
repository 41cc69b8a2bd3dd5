import contextlib
import io
import struct
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import shapefile
from hypothesis import given
from hypothesis import strategies as st

from outreach.geo.formats.dbase import read_rows
from outreach.geo.formats.feature import BadGeometryError, Feature, FormatError
from outreach.geo.formats.shapefiles import read_shapefile
from tests.outreach.geo.formats.shapes import UTM, WGS84, Ring, box, hole, shapes


def read(files: dict[str, bytes], **others: bytes) -> tuple[list[Feature], list[str]]:
    beside = {suffix: content for suffix, content in files.items() if suffix != ".shp"}
    return read_shapefile(files[".shp"], beside | {f".{k}": v for k, v in others.items()})


def parts_of(feature: Feature) -> Any:
    parts = feature.parts()
    return parts and [[[*map(tuple, ring.tolist())] for ring in part] for part in parts]


@pytest.mark.parametrize(
    "kind", [shapefile.POLYGON, shapefile.POLYGONZ, shapefile.POLYGONM], ids=["2d", "z", "m"]
)
def test_shapes_and_rows_become_features(kind: int) -> None:
    features, notes = read(shapes([box(98.6, 3.5, 0.1)], None, [box(99, 3, 0.1)], kind=kind))
    assert notes == []
    assert [parts_of(feature) for feature in features] == [
        [[box(98.6, 3.5, 0.1)]],
        None,
        [[box(99, 3, 0.1)]],
    ]
    assert features[1].properties == {
        "KODE": "12.77.01.1002",
        "NAMA": "Desa 1",
        "LUAS": 1.25,
        "NOMOR": 1,
    }
    assert features[0].properties["NOMOR"] is None


REGENCY, CITY, LAKE, ISLAND = (
    box(98, 3, 1),
    hole(98.4, 3.4, 0.2),
    hole(98.1, 3.1, 0.2),
    box(98.15, 3.15, 0.05),
)
AWAY, AWAY_HOLE = box(99.5, 3, 0.5), hole(99.6, 3.1, 0.1)


@pytest.mark.parametrize("turn", [1, -1], ids=["as the format says", "the other way round"])
@pytest.mark.parametrize(
    "order", [(0, 1, 2, 3, 4, 5), (5, 4, 3, 2, 1, 0), (2, 5, 0, 4, 3, 1)], ids=str
)
def test_holes_find_their_shells_in_any_order(order: Sequence[int], turn: int) -> None:
    rings = [REGENCY, CITY, LAKE, ISLAND, AWAY, AWAY_HOLE]
    [feature], _ = read(shapes([rings[number][::turn] for number in order]))
    found = {
        tuple(sorted(part[0])): {tuple(sorted(ring)) for ring in part[1:]}
        for part in parts_of(feature)
    }

    def same(ring: Ring) -> tuple[tuple[float, float], ...]:
        return tuple(sorted(ring))

    assert found == {
        same(REGENCY): {same(CITY), same(LAKE)},
        same(ISLAND): set(),
        same(AWAY): {same(AWAY_HOLE)},
    }


def test_a_hole_that_touches_its_shell_stays_a_hole() -> None:
    [feature], _ = read(shapes([box(98, 3, 1), hole(98, 3.5, 0.25)]))
    assert len(parts_of(feature)) == 1


@pytest.mark.parametrize(
    ("kind", "shape", "what"),
    [
        (shapefile.POINT, (98.6, 3.5), "a point"),
        (shapefile.POLYLINE, [[(98.6, 3.5), (98.7, 3.5)]], "a line"),
        (shapefile.MULTIPOINT, [(98.6, 3.5)], "a set of points"),
    ],
)
def test_what_is_no_polygon_says_what_it_is(kind: int, shape: Any, what: str) -> None:
    shp, dbf = io.BytesIO(), io.BytesIO()
    with shapefile.Writer(shp=shp, dbf=dbf, shapeType=kind) as writer:
        writer.field("KODE", "C", 20)
        if kind == shapefile.POINT:
            writer.point(*shape)
        elif kind == shapefile.MULTIPOINT:
            writer.multipoint(shape)
        else:
            writer.line(shape)
        writer.record("x")
    [feature], _ = read({".shp": shp.getvalue(), ".dbf": dbf.getvalue(), ".prj": WGS84.encode()})
    with pytest.raises(BadGeometryError, match=f"is {what}, not a polygon"):
        feature.parts()


GOOD = shapes([box(98.6, 3.5, 0.1)], [box(99, 3, 0.1), hole(99.02, 3.02, 0.01)])


@pytest.mark.parametrize(
    "prj",
    [
        WGS84,
        WGS84.replace("D_WGS_1984", "WGS_1984").replace('"Degree"', '"degree"'),
        f'COMPD_CS["x",{WGS84},VERT_CS["EGM2008",VERT_DATUM["EGM2008",2005]]]',
        (
            'GEOGCRS["WGS 84",ENSEMBLE["World Geodetic System 1984 ensemble",MEMBER["x"]],'
            'PRIMEM["Greenwich",0],CS[ellipsoidal,2],AXIS["lat",north],'
            'ANGLEUNIT["degree",0.0174532925199433]]'
        ),
    ],
)
def test_wgs84_in_any_spelling_is_welcome(prj: str) -> None:
    assert read(GOOD, prj=prj.encode())[1] == []


@pytest.mark.parametrize(
    "datum",
    [
        "D_SRGI_2013",
        "SRGI2013",
        "Datum_Geodesi_Nasional_1995",
        "D_DGN_1995",
        "D_Sistem_Referensi_Geospasial_Indonesia_2013",
    ],
)
def test_indonesian_degrees_are_taken_as_wgs84_and_noted(datum: str) -> None:
    [note] = read(GOOD, prj=WGS84.replace("D_WGS_1984", datum).encode())[1]
    assert datum in note and "taken as WGS84" in note


@pytest.mark.parametrize(
    ("prj", "why"),
    [
        (UTM, "not in WGS84 degrees but in WGS_1984_UTM_Zone_47N: reproject it with `ogr2ogr -t_s"),
        (WGS84.replace("D_WGS_1984", "D_Batavia"), "but in D_Batavia: reproject"),
        (WGS84.replace("0.0]", "106.8077]"), "another unit or prime meridian"),
        (WGS84.replace("0.0174532925199433", "0.01570796326794897"), "another unit"),
        ("", "names no datum"),
        ("+proj=longlat", "names no datum"),
        ("PRIMEM[" * 1000, "names no datum"),
    ],
)
def test_another_coordinate_system_is_refused(prj: str, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        read(GOOD, prj=prj.encode())


@pytest.mark.parametrize(
    ("missing", "why"), [(".prj", "has no .prj, so .* add the .prj"), (".dbf", "has no .dbf")]
)
def test_a_file_that_lacks_its_companion_says_which(missing: str, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        read({suffix: content for suffix, content in GOOD.items() if suffix != missing})


def test_a_dbf_of_another_file_is_refused() -> None:
    other = shapes([box(98, 3, 1)])
    with pytest.raises(FormatError, match=r"has 2 shapes but 1 rows in its \.dbf"):
        read(GOOD | {".dbf": other[".dbf"]})


def test_rows_that_are_deleted_are_left_out_with_their_shapes() -> None:
    dbf = bytearray(GOOD[".dbf"])
    [header] = struct.unpack_from("<H", dbf, 8)
    dbf[header] = ord("*")
    features, notes = read(GOOD | {".dbf": bytes(dbf)})
    assert [feature.properties["KODE"] for feature in features] == ["12.77.01.1002"]
    assert notes == ["1 shapes whose rows are deleted were left out"]


@pytest.mark.parametrize(
    ("encoding", "cpg", "notes"),
    [
        ("utf-8", None, []),
        ("utf-8", b"UTF-8\r\n", []),
        ("cp1252", b"1252", []),
        ("cp1252", b"ISO-8859-1", []),
        ("cp1252", b"88591", []),
        ("utf-8", b"punycode", []),
        ("utf-8", b"hex", []),
        ("cp1252", None, ["the texts of its .dbf are no UTF-8: they were read as Windows-1252"]),
        (
            "cp1252",
            b"UTF-8",
            ["the texts of its .dbf are no UTF-8: they were read as Windows-1252"],
        ),
    ],
)
def test_names_are_read_in_the_encoding_they_are_in(
    encoding: str, cpg: bytes | None, notes: list[str]
) -> None:
    files = shapes([box(98, 3, 1)], names=["Desa xx"])
    files[".dbf"] = files[".dbf"].replace(b"Desa xx     ", "Désa é".encode(encoding).ljust(12))
    [feature], told = read(files | ({".cpg": cpg} if cpg else {}))
    assert feature.properties["NAMA"] == "Désa é" and told == notes


def test_a_letter_cut_by_the_width_of_its_field_is_left_out() -> None:
    files = shapes([box(98, 3, 1)], names=["Desa xx"])
    files[".dbf"] = files[".dbf"].replace(b"Desa xx     ", "Desa abcdefé".encode()[:12])
    [feature], told = read(files)
    assert feature.properties["NAMA"] == "Desa abcdef" and told == []


def test_a_shapefile_cut_anywhere_is_refused() -> None:
    for suffix in (".shp", ".dbf"):
        content = GOOD[suffix]
        # The last byte of a .dbf only says that it ends.
        for at in range(len(content) - 1):
            with pytest.raises(FormatError):
                read(GOOD | {suffix: content[:at]})


@pytest.mark.parametrize("kind", [shapefile.POLYGON, shapefile.POLYGONZ, shapefile.POLYGONM])
@pytest.mark.parametrize("vertices", [4, 6, 9, 10])
def test_a_shape_longer_than_its_numbers_say_is_damaged(kind: int, vertices: int) -> None:
    ring = [(98.0 + x / 10, 3.0) for x in range(5)] + [(98.4 - x / 10, 3.5) for x in range(5)]
    files = shapes([[*ring, ring[0]]], kind=kind)
    assert read(files)[0][0].geometry is not None
    shp = bytearray(files[".shp"])
    struct.pack_into("<i", shp, 100 + 8 + 40, vertices)
    [one], _ = read(files | {".shp": bytes(shp)})
    assert one.geometry == "its shape is damaged: it is longer than its numbers of points say"


def test_an_encoding_that_was_never_made_is_taken_as_utf_8() -> None:
    files = shapes([box(98, 3, 1)], names=["Désa"])
    rows, notes = read_rows(files[".dbf"], b"ISO-8859-12")
    assert rows[0] and rows[0]["NAMA"] == "Désa" and not notes


def test_a_polygon_of_ten_million_vertices_is_one_line() -> None:
    ring = np.zeros((10_000_000, 2))
    header = struct.pack("<i4d3i", 5, 0, 0, 0, 0, 1, len(ring), 0)
    record = header + ring.tobytes()
    shp = bytearray(GOOD[".shp"][:100])
    shp += struct.pack(">2i", 1, len(record) // 2) + record
    struct.pack_into(">i", shp, 24, len(shp) // 2)
    [feature], _ = read(shapes([box(98, 3, 1)]) | {".shp": bytes(shp)})
    with pytest.raises(BadGeometryError, match=r"has 10,000,000 vertices, no village's"):
        feature.parts()


def test_rings_within_rings_without_end_are_not_tried() -> None:
    onion = [box(98 + i / 10_000, 3 + i / 10_000, 1 - i / 5_000) for i in range(4_000)]
    started = time.process_time()
    [feature], _ = read(shapes(onion))
    with pytest.raises(BadGeometryError, match=r"its 4,000 rings lie in one another too often"):
        feature.parts()
    assert time.process_time() - started < 3


def test_an_archipelago_is_many_parts() -> None:
    islands = [box(98 + i % 100 / 100, 3 + i // 100 / 100, 0.005) for i in range(3_000)]
    [feature], _ = read(shapes(islands))
    assert len(parts_of(feature)) == 3_000


@given(st.sampled_from([".shp", ".dbf", ".prj", ".cpg"]), st.data())
def test_a_broken_shapefile_is_refused_or_read_but_never_worse(
    suffix: str, data: st.DataObject
) -> None:
    files = GOOD | {".cpg": b"UTF-8"}
    content = bytearray(files[suffix])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(FormatError):
        features, _ = read(files | {suffix: bytes(content)})
        for feature in features:
            with contextlib.suppress(BadGeometryError):
                parts = feature.parts()
                assert all(ring.shape[1] == 2 for part in parts or [] for ring in part)


def test_coordinates_that_are_no_numbers_are_bad_geometry() -> None:
    for absurd in (float("nan"), float("inf"), 1e300):
        shp = GOOD[".shp"].replace(struct.pack("<d", 98.6), struct.pack("<d", absurd))
        bad, good = read(GOOD | {".shp": shp})[0]
        with pytest.raises(BadGeometryError, match="nowhere on Earth"):
            bad.parts()
        assert good.parts()


def test_values_of_every_kind_of_column() -> None:
    dbf = io.BytesIO()
    with shapefile.Writer(dbf=dbf) as writer:
        for kind, size, decimals in (("D", 8, 0), ("L", 1, 0), ("F", 12, 3), ("N", 18, 0)):
            writer.field(kind.lower(), kind, size, decimals)
        writer.field("c", "C", 254)
        writer.record("20230928", True, -1.5, 1277011001, " Désa")
        writer.record(None, None, None, None, "")
    content = dbf.getvalue()
    assert read_rows(content, None)[0] == [
        {"d": "20230928", "l": "T", "f": -1.5, "n": 1277011001, "c": "Désa"},
        {"d": "00000000", "l": "", "f": None, "n": None, "c": ""},
    ]
    overflown = content.replace(b"1277011001", b"**********")
    [first, _], _ = read_rows(overflown, None)
    assert first and first["n"] is None


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda dbf: dbf[:20], "has an empty .dbf"),
        (lambda dbf: dbf[:4] + struct.pack("<I", 10_000_000) + dbf[8:], "its .dbf holds fewer"),
        (lambda dbf: dbf[:10] + struct.pack("<H", 3) + dbf[12:], "columns do not fit its rows"),
        (lambda dbf: dbf[:32] + b"\r" + dbf[33:], "columns do not fit its rows"),
    ],
)
def test_a_damaged_table_says_so(damage: Any, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        read_rows(damage(GOOD[".dbf"]), None)


def test_a_table_of_more_values_than_a_country_needs_is_refused() -> None:
    columns = b"".join(
        (b"A%03d\0\0\0\0\0\0\0C\0\0\0\0\x01" % i).ljust(32, b"\0") for i in range(200)
    )
    rows = 100_001
    head = struct.pack("<4xIHH20x", rows, 32 + len(columns) + 1, 201)
    with pytest.raises(FormatError, match=r"100,001 rows of 200 columns .* split it, or keep only"):
        read_rows(head + columns + b"\r" + b" " * 201 * rows, None)
