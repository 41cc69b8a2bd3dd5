"""One village in every format, through the command, to the same boundary."""

import gzip
import json
from pathlib import Path

import pytest
import shapely
from django.core.management import CommandError, call_command

from outreach.models import Boundary, BoundarySet
from tests.outreach.geo.formats.shapes import UTM, Ring, shapes
from tests.outreach.places.conftest import feature, square
from tests.outreach.places.test_features import zipped

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("regions")]

CODE = "12.71.01.1001"
RING: Ring = [(x, y) for x, y in square(0, 0)[0]]
GEOJSON = json.dumps(feature(CODE, square(0, 0))).encode()
PATH = json.dumps([[[y, x] for x, y in RING]])
SQL = f"INSERT INTO wilayah_boundaries (kode,nama,path) VALUES ('{CODE}','Nama','{PATH}');".encode()
SHAPEFILE = {
    suffix: content.replace(b"12.77.01.1001", CODE.encode())
    for suffix, content in shapes([RING], names=["Nama"]).items()
}


def load(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    call_command(
        "load_boundaries", file, source="x", vintage="2026", licence="MIT", border_error_m=15
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("one.geojson", GEOJSON),
        ("sequence.json", b"\x1e" + GEOJSON),
        ("one.geojson.gz", gzip.compress(GEOJSON)),
        ("kel.sql", SQL),
        ("kel.sql.gz", gzip.compress(SQL)),
        ("cut.sql", b"DELETE FROM wilayah_boundaries WHERE kode LIKE '12.71.%';" + SQL),
        ("villages.zip", zipped({}, villages=SHAPEFILE)),
    ],
)
def test_every_format_gives_the_same_boundary(tmp_path: Path, name: str, content: bytes) -> None:
    load(tmp_path / name, content)
    [boundary] = Boundary.objects.filter(is_current=True)
    assert boundary.region_id == CODE
    assert shapely.from_wkb(bytes(boundary.wkb or b"")).equals(shapely.Polygon(RING))


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("kel.sql", SQL + b"\nDROP USER root;", "line 2 the statement 'DROP USER root;'"),
        ("kel.sql", SQL[:-2], "ends within what begins at line 1: is it cut short?"),
        ("utm.zip", zipped({}, v=SHAPEFILE | {".prj": UTM.encode()}), "but in WGS_1984_UTM_Zone"),
        ("v.zip", zipped({"v.shp": SHAPEFILE[".shp"]}), "has no .prj"),
        ("v.zip", zipped({}, v=SHAPEFILE)[:-40], "broken ZIP archive"),
        ("v.kml", b'<?xml version="1.0"?><kml/>', "ogr2ogr -t_srs EPSG:4326"),
    ],
)
def test_what_cannot_be_read_changes_nothing(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    with pytest.raises(CommandError) as caught:
        load(tmp_path / name, content)
    assert "nothing was changed" in str(caught.value) and why in str(caught.value)
    assert not BoundarySet.objects.exists()


def test_of_many_files_the_report_names_the_worst(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(14):
        (tmp_path / f"f{number:02}.sql").write_bytes(SQL)
    (tmp_path / "g.sql").write_bytes(SQL.replace(CODE.encode(), b"12.71.01.1998") * 2)
    call_command("load_boundaries", str(tmp_path), *ORIGIN)
    told = capsys.readouterr().out.splitlines()
    report = told[: next(n for n, line in enumerate(told) if line.startswith("change "))]
    assert len(report) <= 40
    table = [line.split()[0] for line in report[1:13]]
    assert table[9:] == ["g.sql", "and", "all"] and report[11].startswith("and 5 more")
    assert report[12].split()[:2] == ["all", "16"]


SPREADSHEETS = {
    "list.xlsx": zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}),
    "list.ods": zipped({"mimetype": b"application/x", "content.xml": b"<x/>"}),
    "list.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
}
ORIGIN = ("--source=x", "--vintage=2026", "--licence=MIT", "--border-error-m=15")


@pytest.mark.parametrize("name", SPREADSHEETS)
@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("load_regions", ()),
        ("load_region_aliases", ()),
        ("load_denominators", ("--column=x", "--source=x", "--year=2025", "--kind=official")),
        ("load_boundaries", ORIGIN),
        ("load_boundaries", (*ORIGIN, "--confirm=FILE")),
    ],
)
def test_of_a_spreadsheet_the_table_is_asked_for(
    tmp_path: Path, command: str, options: tuple[str, ...], name: str
) -> None:
    file, villages = tmp_path / name, tmp_path / "villages.geojson"
    file.write_bytes(SPREADSHEETS[name])
    villages.write_bytes(GEOJSON)
    given = villages if "--confirm=FILE" in options else file
    with pytest.raises(CommandError, match=f"{name} is a spreadsheet: save it as CSV"):
        call_command(command, str(given), *(text.replace("FILE", str(file)) for text in options))
