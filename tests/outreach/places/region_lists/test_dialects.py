"""Lists of regions as people have them."""

import gzip
import time
from contextlib import suppress

import pytest

from outreach.models import Region
from outreach.places.regions.sql_inserts import read_inserts
from outreach.places.uploads import Refused
from tests.outreach.places.region_lists.country import DUMP, EVERY, VILLAGES, Load, lines, stored

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "content",
    [
        lines("{code},{name}", "code,name"),
        lines("{name};{code}", "NAMA;KODE WILAYAH"),
        lines("{code}\t{name}", "Kd_Wilayah\tNama Wilayah"),
        "\ufeff" + lines("{code},{parent},{name}", "id,parent_id,name"),
        lines("{code},{name}"),
        lines("{digits},{name}"),
        lines("{digits};{name};{parent}", "kode;nama;kode_induk"),
        lines("'{code},{name} ", "kode,nama"),
        lines("{name},{digits}"),
        lines('"{code}"|"{name}"', "kode|nama"),
        "sep=;\n" + lines("{code};{name}", "kode;nama"),
        lines("1,{code},{name}", "id,kode,nama"),
        lines("{code},{name}\r", "kode,nama\r"),
        lines("-,{code},{name}", "kode_bps,kode_dagri,nama"),
        lines("{code},7,8,{name}", "kode,id,parent_id,nama"),
        lines("{code},{name},3.595196,98.672226"),
        lines("{code},{name},Desa", "Kode Wilayah Administrasi,Nama Provinsi / Kab / Kota,x"),
        gzip.compress(lines("{code},{name}", "kode,nama").encode()),
        lines("INSERT INTO wilayah (kode, nama) VALUES ('{code}', '{name}');"),
        lines("INSERT INTO `wilayah` VALUES ('{code}','{name}');"),
    ],
)
def test_a_list_of_any_dialect_makes_the_same_regions(load: Load, content: str | bytes) -> None:
    report = load(content)
    assert stored() == EVERY
    assert (report.system, len(report.added)) == ("kemendagri", len(EVERY))
    assert Region.objects.get(code="12.20.01.2001").kind == "desa"
    assert load(content).unchanged == len(EVERY)


def test_a_wide_list_makes_every_level(load: Load) -> None:
    header = "kode_prov,provinsi,kode_kab,kabupaten,kode_kec,kecamatan,kode_desa,desa"
    rows = [
        ",".join(
            f"{code},{EVERY[code]}" for code in (village[:2], village[:5], village[:8], village)
        )
        for village in VILLAGES
    ]
    load("\n".join([header, *rows]))
    assert stored() == EVERY


def test_a_code_in_pieces_is_put_together(load: Load) -> None:
    header = "KDPROV,NMPROV,KDKAB,NMKAB,KDKEC,NMKEC,KDDESA,NMDESA"
    rows = [
        ",".join(
            f"{code.rpartition('.')[2]},{EVERY[code]}"
            for code in (village[:2], village[:5], village[:8], village)
        )
        for village in VILLAGES
    ]
    load("\n".join([header, *rows]))
    assert stored() == EVERY


def test_a_dump_is_read_with_what_dumps_have(load: Load) -> None:
    report = load(DUMP, "wilayah.sql")
    assert stored() == {
        "12": "Sumatera Utara",
        "12.71": "Kota 'Medan'",
        "12.71.01": 'Medan "Kota"',
        "12.71.01.1001": "Ma'u; -- no comment",
    }
    assert "1 × DROP TABLE" in report.left_out


PG_DUMP = r"""
--
-- PostgreSQL database dump
--
\restrict EkNfgwOGh8Xyb8afR5lvXuS7F4urzdUbYWyyk9wilLv8eWj4g4d8ZLSXrvqgqLq
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.wilayah (
    id integer NOT NULL,
    kode character varying(13) NOT NULL,
    nama text
);
ALTER TABLE public.wilayah OWNER TO postgres;
COMMENT ON TABLE public.wilayah IS 'x';
CREATE SEQUENCE public.wilayah_id_seq
    AS integer
    START WITH 1;
ALTER SEQUENCE public.wilayah_id_seq OWNED BY public.wilayah.id;
ALTER TABLE ONLY public.wilayah ALTER COLUMN id SET DEFAULT nextval('wilayah_id_seq'::regclass);
INSERT INTO public.wilayah VALUES (1, '12', 'Sumatera Utara');
INSERT INTO public.wilayah VALUES (2, '12.71', 'Kota Medan');
SELECT pg_catalog.setval('public.wilayah_id_seq', 3, true);
CREATE INDEX n ON public.wilayah USING btree (nama);
\unrestrict EkNfgwOGh8Xyb8afR5lvXuS7F4urzdUbYWyyk9wilLv8eWj4g4d8ZLSXrvqgqLq
"""


def test_what_pg_dump_writes_is_read(load: Load) -> None:
    report = load(PG_DUMP, "wilayah.sql")
    assert stored() == {"12": "Sumatera Utara", "12.71": "Kota Medan"}
    assert "4 × setting of pg_dump" in report.left_out


@pytest.mark.parametrize(
    "addition",
    [
        "REPLACE INTO wilayah (kode, nama) VALUES ('12.72', 'Kota Dua');",
        "INSERT OR REPLACE INTO public.wilayah (nama, kode) VALUES (N'Kota Dua', '12.72');",
        "INSERT INTO wilayah VALUES ('Kota Dua', '12.72', 1) ON DUPLICATE KEY UPDATE nama = 'x';",
        """PRAGMA foreign_keys=ON; ANALYZE; COMMENT ON TABLE wilayah IS 'a; b';
        DELETE FROM sequences; INSERT INTO sequences VALUES ('wilayah', 4);
        INSERT INTO wilayah (kode, nama) VALUES (12.72, _utf8'Kota Dua');""",
        """DELETE FROM wilayah WHERE kode LIKE '12.72%';
        INSERT INTO wilayah (kode, nama) VALUES ('12.72', 'Kota Dua');""",
        "INSERT INTO wilayah (kode, nama) VALUES ('12.72', 'Kota Dua'),\n",
    ],
)
def test_a_dump_may_go_on_in_other_manners(load: Load, addition: str) -> None:
    report = load(DUMP + addition, "wilayah.sql")
    assert ("is the file cut short?" in str(report.left_out)) == (not addition.endswith(";"))
    assert len(stored()) == 5 and stored()["12.72"] == "Kota Dua"


def test_a_dump_is_read_in_linear_time() -> None:
    rows = ",\n".join(f"('{number}', 'Nama')" for number in range(100_000))
    contents = [
        f"INSERT INTO t (kode, nama) VALUES {rows};",
        "INSERT INTO t (kode) VALUES ('1');\n" * 50_000,
        "INSERT INTO t (kode) VALUES ('" + "''" * 500_000,
        "DROP TABLE " + "a," * 300_000,
    ]
    for content in contents:
        started = time.process_time()
        with suppress(Refused):
            read_inserts("list.sql", content.encode())
        assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("addition", "why"),
    [
        (
            "UPDATE wilayah SET nama = 'x';",
            "has at line 21 the statement \"UPDATE wilayah SET nama = 'x';\"",
        ),
        ("delete from wilayah;", "line 21 the statement 'delete from wilayah;'"),
        ("TRUNCATE wilayah;", "line 21 the statement 'TRUNCATE wilayah;'"),
        ("DROP TABLE `wilayah`;", "line 21 the statement 'DROP TABLE `wilayah`;'"),
        ("DROP TABLE x, wilayah;", "line 21 the statement 'DROP TABLE x"),
        ("DELETE FROM ONLY wilayah WHERE kode LIKE '12.%';", "line 21 the statement 'DELETE"),
        ("SELECT pg_catalog.set_config('a', upper('b'), true);", 'the statement "SELECT pg_cat'),
        ("\\restrict a; DROP TABLE x\n", "line 21 the statement"),
        ("SELECT pg_read_file('/etc/passwd');", 'line 21 the statement "SELECT'),
        ("LOAD DATA INFILE 'x' INTO TABLE wilayah;", 'line 21 the statement "LOAD DATA'),
        ("COPY wilayah FROM stdin;\n12\tx\n\\.\n", "dump with pg_dump --inserts"),
        ("GO\nINSERT INTO wilayah (kode) VALUES ('13');", "line 21 the statement 'GO'"),
        ("\\i other.sql", "line 21 the statement"),
        ("INSERT INTO wilayah (kode) SELECT 1;", "only INSERT INTO … (columns) VALUES … is read"),
        ("INSERT INTO wilayah SET kode = 1;", "only INSERT INTO … (columns) VALUES … is read"),
        ("INSERT INTO wilayah VALUES (1, upper('a'));", "line 21 the value \"upper('a'));\""),
        ("INSERT INTO wilayah VALUES (1, (2));", "the value '(2));': only texts, numbers and NULL"),
        ("INSERT INTO wilayah VALUES (1 2);", "'2);' where a `)` should be"),
        ("INSERT INTO wilayah VALUES (1, 'a', 2) RETURNING kode;", "no `,` or `;` after a row"),
        ("INSERT INTO wilayah VALUES (1, 'a", "ends within what begins at line 21"),
        ("INSERT INTO wilayah VALUES (1, 'a'", "ends within what begins at line 21"),
        ("INSERT INTO wilayah", "ends within what begins at line 21"),
        ("INSERT INTO wilayah (kode, nama) VALUES (1);", "a row of 1 values for 2 columns"),
        ("INSERT INTO x VALUES (" + "1," * 3000 + "1);", "a row of more than 2,000 values"),
        ("/* no end", "ends within what begins at line 21"),
    ],
)
def test_a_dump_with_anything_else_is_refused(load: Load, addition: str, why: str) -> None:
    with pytest.raises(Refused) as caught:
        load(DUMP + addition, "wilayah.sql")
    assert why in "\n".join(caught.value.problems)
    assert not stored()


def test_a_dump_of_one_table_a_level(load: Load) -> None:
    load(
        "INSERT INTO provinces VALUES ('12','Sumatera Utara');\n"
        "INSERT INTO regencies VALUES ('1271','12','Kota Medan');\n"
        "INSERT INTO districts VALUES ('127101','1271','Medan Kota');\n"
        "INSERT INTO users (email, password) VALUES ('a','b');\n"
    )
    assert [*stored()] == ["12", "12.71", "12.71.01"]
