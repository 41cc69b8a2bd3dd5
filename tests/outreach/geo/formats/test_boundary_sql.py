import contextlib
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.geo.formats.boundary_sql import read_boundary_sql
from outreach.geo.formats.feature import BadGeometryError, Feature, FormatError

RING = "[[1.5,98.6],[1.6,98.6],[1.6,98.7],[1.5,98.6]]"
SWAPPED_RING = [[1.5, 98.6], [1.6, 98.6], [1.6, 98.7], [1.5, 98.6]]
DUMP = f"""/* Data; of 'villages' */
-- DELETE FROM nothing;
# it's a comment
DELETE FROM wilayah_boundaries WHERE kode LIKE '12.77.%' AND LENGTH(kode)=13;
INSERT INTO wilayah_boundaries(kode,nama,lat,lng,path) VALUES
	('12.77.01.1001','Wek I',1.38,99.26,'[{RING}]'),
	('12.77.01.1002','Wek II',-1.5e0,NULL,'[[{RING}],[{RING},{RING}]]');
INSERT INTO `wilayah_boundaries` (`path`, `kode`) VALUES (NULL, "12.77.01.1003");
"""


def rows(values: str, columns: str = "kode,path") -> list[Feature]:
    return read_boundary_sql(f"INSERT INTO t({columns}) VALUES {values};".encode())[0]


def parts_of(feature: Feature) -> Any:
    parts = feature.parts()
    return parts and [[ring.tolist() for ring in part] for part in parts]


def test_rows_become_features_in_any_order_of_columns() -> None:
    features, notes = read_boundary_sql(DUMP.encode())
    assert [feature.properties for feature in features] == [
        {"kode": "12.77.01.1001", "nama": "Wek I", "lat": 1.38, "lng": 99.26},
        {"kode": "12.77.01.1002", "nama": "Wek II", "lat": -1.5, "lng": None},
        {"kode": "12.77.01.1003"},
    ]
    assert [parts_of(feature) for feature in features] == [
        [[SWAPPED_RING]],
        [[SWAPPED_RING], [SWAPPED_RING, SWAPPED_RING]],
        None,
    ]
    assert notes == ["left out, not run: 1 × DELETE FROM"]


def test_dumps_of_several_regencies_put_together_are_read() -> None:
    dumps = DUMP, DUMP.replace("12.77", "12.71")
    third = f"""
        DELETE FROM wilayah_boundaries WHERE LENGTH(kode)=13 AND LEFT(kode,5) ='11.01';
        INSERT INTO wilayah_boundaries (kode,path) VALUES ('11.01.01.2001','{RING}');"""
    features, notes = read_boundary_sql(("".join(dumps) + third).encode())
    assert len(features) == 7 and notes == ["left out, not run: 3 × DELETE FROM"]


def test_a_path_of_one_ring_is_a_polygon() -> None:
    [feature] = rows(f"('x','{RING}')")
    assert parts_of(feature) == [[SWAPPED_RING]]


@pytest.mark.parametrize("path", ["NULL", "''", "'[]'", "'[[]]'", "' [ [ [ ] ] ]'", "'null'"])
def test_an_empty_path_is_no_geometry(path: str) -> None:
    [feature] = rows(f"('x',{path})")
    assert feature.parts() is None


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("'[[[1.5,98.6],[1.6]]]'", "fewer than two"),
        ("'[[[1.5,98.6],'", "cannot be read"),
        ("'[[[[[1.5,98.6]]]]]'", "no JSON list"),
        ("'[1.5,98.6]'", "no JSON list"),
        ("'POLYGON((98.6 1.5))'", "no JSON list"),
        ("7", "not a text"),
        ("'[[[1.5,1e999]]]'", "cannot be read"),
    ],
)
def test_a_bad_path_is_bad_geometry_alone(path: str, why: str) -> None:
    bad, good = rows(f"('x',{path}), ('y','{RING}')")
    with pytest.raises(BadGeometryError, match=why):
        bad.parts()
    assert good.parts()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"'Ma\'arif'", "Ma'arif"),
        ("'Ma''arif'", "Ma'arif"),
        ('"Ma\'arif"', "Ma'arif"),
        ('"a ""b"""', 'a "b"'),
        ("'a \"\"b'", 'a ""b'),
        (r"'a\\'", "a\\"),
        (r"'a\nb\0\%'", "a\nb\0%"),
        ("_utf8mb4'Wek'", "Wek"),
        ("N 'Wek'", "Wek"),
        ("'x); DROP TABLE t; --'", "x); DROP TABLE t; --"),
        ("'Désa'", "Désa"),
        ("12", 12),
        ("-.5", -0.5),
        ("true", True),
        ("'' /* none */", ""),
    ],
)
def test_values_are_read_as_mysql_writes_them(written: str, read: object) -> None:
    [feature] = rows(f"({written},NULL)")
    assert feature.properties == {"kode": read}


def test_a_path_is_unescaped_too() -> None:
    [feature] = rows(f"('x','{RING.replace(',', chr(92) + 'n,')}')")
    assert parts_of(feature) == [[SWAPPED_RING]]


def test_a_table_of_the_dump_tells_its_columns() -> None:
    dump = f"""SET NAMES utf8mb4; LOCK TABLES `b` WRITE; BEGIN;
        DROP TABLE IF EXISTS `b`; DROP TABLE IF EXISTS x;
        CREATE TABLE IF NOT EXISTS `b` (
          `kode` varchar(13) NOT NULL DEFAULT 'a,b)' COMMENT 'it''s; (', -- the code, dotted
          `key` enum('x','y'), area decimal(10,2), Path longtext,
          PRIMARY KEY (`kode`, `key`), KEY k (area)
        ) ENGINE=InnoDB COMMENT='a;b';
        ALTER TABLE b ADD INDEX (area);
        INSERT INTO `b` VALUES ('x','y',1.25,'{RING}');
        UNLOCK TABLES; COMMIT;"""
    [feature], notes = read_boundary_sql(dump.encode())
    assert feature.properties == {"kode": "x", "key": "y", "area": 1.25} and feature.parts()
    assert "left out, not run: 2 × DROP TABLE" in notes


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE `other`;",
        "TRUNCATE TABLE other;",
        "DROP TABLE IF EXISTS a, b CASCADE;",
        "DROP INDEX wilayah_boundaries;",
        "COMMENT ON COLUMN wilayah_boundaries.path IS 'a; b';",
        "PRAGMA foreign_keys=ON;",
        "ANALYZE wilayah_boundaries;",
        "CREATE SEQUENCE s START 1;",
    ],
)
def test_a_statement_that_changes_no_row_is_left_out(statement: str) -> None:
    features, notes = read_boundary_sql((DUMP + statement).encode())
    assert len(features) == 3 and statement[:4] in str(notes[1:])


def test_rows_of_other_tables_are_left_out() -> None:
    dump = "INSERT INTO wilayah (kode,nama) VALUES ('12','A'),('13','B');" + DUMP
    features, notes = read_boundary_sql(dump.encode())
    assert len(features) == 3 and "left out, not run: 2 × row of a table without `path`" in notes


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE t SET kode = '1';",
        "DELETE FROM wilayah_boundaries;",
        "DELETE FROM wilayah_boundaries WHERE kode LIKE '12.77.%' AND LENGTH(kode)=13;",
        "DELETE FROM wilayah_boundaries WHERE kode LIKE '12%';",
        "DELETE FROM wilayah_boundaries WHERE kode LIKE '%';",
        "DELETE FROM wilayah_boundaries WHERE kode LIKE '11.01.%' OR 1;",
        "delete from `db`.`wilayah_boundaries` where 1;",
        "TRUNCATE TABLE wilayah_boundaries;",
        "DROP TABLE wilayah_boundaries;",
        "DROP TABLE IF EXISTS `wilayah_boundaries`;",
        "DROP TABLE IF EXISTS x, wilayah_boundaries;",
        "TRUNCATE ONLY wilayah_boundaries;",
        "DROP DATABASE wilayah;",
        "ROLLBACK;",
        "SELECT 1;",
        "LOAD DATA INFILE '/etc/passwd' INTO TABLE t;",
        "GRANT ALL ON *.* TO x;",
        "CREATE TRIGGER t BEFORE INSERT ON b FOR EACH ROW SET x = 1;",
        "CREATE USER x;",
        "DELIMITER //",
        "INSERT INTO b SELECT * FROM c;",
        "REPLACE INTO t(kode,path) VALUES ('1',NULL);",
        "(",
        "\\! rm -rf /",
    ],
)
def test_any_other_statement_refuses_the_file_and_is_named(statement: str) -> None:
    with pytest.raises(FormatError, match=r"has at line 9 ") as caught:
        read_boundary_sql((DUMP + statement).encode())
    if not statement.startswith("INSERT"):
        assert statement.rstrip(";")[:20].rstrip() in str(caught.value)
    assert "only INSERT INTO … (columns) VALUES … is read" in str(caught.value)


@pytest.mark.parametrize(
    ("dump", "why"),
    [
        ("INSERT INTO t(kode,path) VALUES ('a',NULL,3);", "line 1 a row of 3 values for 2 columns"),
        ("INSERT INTO t VALUES ('a',NULL);", "without the names of its columns"),
        ("INSERT INTO t(kode,Kode) VALUES ('a','b');", "named twice"),
        ("INSERT INTO t(kode,path) VALUES ('a',NULL) ('b',NULL);", "no `,` or `;` after a row"),
        ("INSERT INTO t(kode,path) VALUES ('a',ST_GeomFromText('POINT(1 2)'));", 'the value "ST_G'),
        ("INSERT INTO t(kode,path) VALUES (12.77.01,NULL);", "the value '12.77.01"),
        ("INSERT INTO t(kode,path) VALUES ('a',X'00');", "the value \"X'00"),
        ("INSERT INTO t(kode,path) VALUES\n('a'=1,NULL);", "line 2 .* where a `\\)` should be"),
        ("INSERT INTO t(kode,) VALUES (1);", "where a name should be"),
        (
            "INSERT INTO t(kode,nama) VALUES ('a','b');",
            "the polygon; name so the one that has it of kode, nama",
        ),
        ("CREATE TABLE t (path text);", "no INSERT of rows"),
        ("-- nothing", "no INSERT of rows"),
        ("/* open", "ends within what begins at line 1"),
        ("SET x = 'open;", "ends within"),
        (
            "INSERT INTO t(kode,path) VALUES ('98\\xb0','[[[\"98°40''30\\\"\",\"1\"]]]');",
            "and minutes",
        ),
    ],
)
def test_a_dump_that_cannot_be_read_says_why(dump: str, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        read_boundary_sql(dump.encode())


def test_bytes_that_are_no_utf8_are_named() -> None:
    with pytest.raises(FormatError, match=r"not UTF-8 at byte 38: save it"):
        read_boundary_sql(b"INSERT INTO t(kode,path) VALUES ('D\xc3\xa9 \xe9',NULL);")


def test_a_dump_cut_anywhere_within_a_statement_is_refused() -> None:
    dump = DUMP.encode()
    insert = dump.index(b"INSERT")
    for at in range(insert + 1, len(dump.rstrip())):
        if not dump[:at].rstrip().endswith(b";"):
            with pytest.raises(FormatError):
                read_boundary_sql(dump[:at])


@given(st.data())
def test_a_broken_dump_is_refused_or_read_but_never_worse(data: st.DataObject) -> None:
    content = DUMP.encode()
    at = data.draw(st.integers(0, len(content)))
    piece = data.draw(
        st.sampled_from(
            [b"'", b'"', b"\\", b"/*", b"*/", b"--", b";", b"(", b")", b"\xff", b"`", b"\0", b""]
        )
    )
    broken = content[:at] + piece + content[at + data.draw(st.integers(0, 3)) :]
    with contextlib.suppress(FormatError):
        features, _ = read_boundary_sql(broken)
        for feature in features:
            with contextlib.suppress(BadGeometryError):
                assert feature.parts() is None or parts_of(feature)


def test_more_rows_than_a_country_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outreach.geo.formats.boundary_sql.MOST_FEATURES", 2)
    with pytest.raises(FormatError, match="has more than 2 rows: split it"):
        rows("('a',NULL),('b',NULL),('c',NULL)")


@pytest.mark.parametrize(
    "content",
    [
        b"INSERT INTO t(kode,path) VALUES ('" + rb"\'" * 500_000,
        b"INSERT INTO t(kode,path) VALUES ('" + b"''" * 500_000,
        b"INSERT INTO t(kode,path) VALUES " + b"(" * 1_000_000,
        b"/*" * 500_000,
        b"-- x\n" * 200_000,
        b"SET x = " + b"`a" * 500_000,
        b"CREATE TABLE t (" + b"a int, " * 150_000,
        b"INSERT INTO t(kode,path) VALUES (" + b"9" * 1_000_000,
        b"INSERT INTO t(kode,path) VALUES ('', '" + b"[" * 1_000_000 + b"');",
    ],
)
def test_the_time_is_linear_in_the_size(content: bytes) -> None:
    started = time.process_time()
    with contextlib.suppress(FormatError):
        read_boundary_sql(content)
    assert time.process_time() - started < 5


@pytest.mark.reference
def test_the_dump_that_people_have(reference_data: Path) -> None:
    file = reference_data / "regions" / "messy" / "cahyadsn_kel_12.77_original.sql"
    features, notes = read_boundary_sql(file.read_bytes())
    assert len(features) == 79 and len({feature.properties["kode"] for feature in features}) == 79
    assert all(feature.parts() for feature in features)
    assert notes == ["left out, not run: 1 × DELETE FROM"]
