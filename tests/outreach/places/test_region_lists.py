"""Lists of regions as people have them."""

import csv
import gzip
import json
import os
import threading
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from outreach.geo.region_codes import System, bare_name, dotted
from outreach.models import Region, RegionAlias
from outreach.places.regions.code_repairs import coded
from outreach.places.regions.lists import read_region_list
from outreach.places.regions.loading import RegionReport, load_regions
from outreach.places.regions.sql_inserts import read_inserts
from outreach.places.regions.tables import Problems
from outreach.places.uploads import Refused, Source

pytestmark = pytest.mark.django_db

Load = Callable[..., RegionReport]
VILLAGES = {
    "12.71.01.1001": "Sitirejo",
    "12.71.01.1002": "Binjai",
    "12.71.02.1001": "Sei Mati",
    "12.20.01.2001": "Batang Onang",
}
PARENTS = {
    "12": "Sumatera Utara",
    "12.20": "Kabupaten Padang Lawas Utara",
    "12.20.01": "Dolok Sigompulon",
    "12.71": "Kota Medan",
    "12.71.01": "Medan Kota",
    "12.71.02": "Medan Maimun",
}
EVERY = PARENTS | VILLAGES
BPS = {
    "12": "12",
    "12.20": "1220",
    "12.20.01": "1220080",
    "12.71": "1275",
    "12.71.01": "1275040",
    "12.71.02": "1275041",
    "12.71.01.1001": "1275040001",
    "12.71.01.1002": "1275040002",
    "12.71.02.1001": "1275041001",
    "12.20.01.2001": "1220080001",
}


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a text, or bytes, as a file."""

    def write_and_load(
        content: str | bytes, name: str = "list.csv", system: System | None = None
    ) -> RegionReport:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return load_regions(file, system=system)

    return write_and_load


@pytest.fixture
def country(load: Load) -> None:
    """The list with every BPS code."""
    lines = [f"{code},{name},{BPS[code]}" for code, name in EVERY.items()]
    load("\n".join(["code,name,bps_code", *lines]))


@pytest.fixture
def country_without_bps(load: Load) -> None:
    load("\n".join(["kode,nama", *(f"{code},{name}" for code, name in EVERY.items())]))


def stored() -> dict[str, str]:
    return dict(Region.objects.values_list("code", "name"))


def bps_stored() -> dict[str, str]:
    return dict(Region.objects.exclude(bps_code="").values_list("code", "bps_code"))


def lines(form: str, header: str = "", regions: dict[str, str] = EVERY) -> str:
    rows = [
        form.format(
            code=code,
            digits=code.replace(".", ""),
            name=name,
            parent=code.rpartition(".")[0],
            bps=BPS[code],
        )
        for code, name in regions.items()
    ]
    return "\n".join([*([header] if header else []), *rows]) + "\n"


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


DUMP = """
-- a dump's head; DELETE FROM wilayah;
/*!40101 SET NAMES utf8 */;
SET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";
START TRANSACTION;
DROP TABLE IF EXISTS `regions`.`wilayah`;
CREATE TABLE IF NOT EXISTS `wilayah` (
  `nama` varchar(100) DEFAULT NULL,
  `kode` varchar(13) NOT NULL,
  `luas` decimal(10,2),
  PRIMARY KEY (`kode`)
) ENGINE=MyISAM;
LOCK TABLES `wilayah` WRITE; # locked
DELETE FROM wilayah;
INSERT IGNORE INTO `wilayah` VALUES
('Sumatera Utara','12',NULL),('Kota ''Medan''','12.71',2.5),
("Medan \\"Kota\\"",'12.71.01',-1e3);
INSERT INTO wilayah (kode, nama) VALUES ('12.71.01.1001','Ma\\'u; -- no comment');
UNLOCK TABLES;
COMMIT;
"""


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


# Whose codes they are


def test_the_system_is_decided_for_the_whole_file(load: Load, country: None) -> None:
    # As Kemendagri codes, 12.71.02.1001 and this one would be villages of other names.
    by_parent = load("1275041001,1275041,SEI MATI\n")
    assert (by_parent.system, by_parent.decided_by) == (
        "bps",
        "how many digits the kecamatan have",
    )
    assert load("1275040001,Sitirejo\n").system == "bps"
    by_names = load("kode,nama\n1275041001,Sei Mati\n")
    assert (by_names.system, "1 by their BPS" in by_names.decided_by) == ("bps", True)
    by_names = load("kode,nama\n1271021001,Sei  Mati.\n")
    assert (by_names.system, by_names.updated) == ("kemendagri", ["12.71.02.1001"])


def test_an_undecided_file_is_refused_until_it_is_said(load: Load, country: None) -> None:
    both = "kode,nama\n1271021001,Nama Baru\n"
    with pytest.raises(Refused, match="--system kemendagri or --system bps"):
        load(both)
    with pytest.raises(Refused, match="--system"):
        load("kode,nama\n12,Sumatera Utara\n", system=None)
    assert load(both, system="kemendagri").updated == ["12.71.02.1001"]


def test_provinces_and_regencies_have_mostly_the_same_code_in_both(
    load: Load, country: None
) -> None:
    # BPS's 1275 is Medan, Kemendagri's is Binjai.
    both = "kode,nama\n12,Sumatera Utara\n1220,Kab. Padang Lawas Utara\n"
    with pytest.raises(Refused, match=r"2 of 2 names .*, 2 by their BPS codes"):
        load(both)
    assert load(both + "1275,KOTA MEDAN\n").system == "bps"
    assert load(both + "1271,KOTA MEDAN\n").system == "kemendagri"
    with pytest.raises(Refused, match="could be Kemendagri's or BPS's"):
        load(both + "1275,KOTA MEDAN\n1271,KOTA MEDAN\n")
    assert {bare_name(name) for name in stored().values()} == set(map(bare_name, EVERY.values()))


def test_codes_that_are_not_known_yet_are_not_contradicted(
    load: Load, country_without_bps: None
) -> None:
    same = "kode,nama\n12,Sumatera Utara\n1220,Kabupaten Padang Lawas Utara\n"
    assert len(load(same, system="bps").bps_filled) == 2


def test_names_contradict_what_is_said(load: Load, country: None) -> None:
    villages = {code: name for code, name in VILLAGES.items() if code.startswith("12.71")}
    with pytest.raises(Refused, match="seems to have Kemendagri codes, but"):
        load(lines("{bps},{name}", "kode,nama", villages), system="kemendagri")
    with pytest.raises(Refused, match="columns' names say BPS, --system says Kemendagri"):
        load(lines("{bps},{name}", "kode_bps,nama", villages), system="kemendagri")
    assert stored() == EVERY


@pytest.mark.parametrize(
    ("theirs", "others"),
    [
        ("12.71.01.1001,Sitirejo", "1275040002,Binjai"),
        ("12.71.01.1001,Nama Baru", "12.75.040.002,Nama Baru"),
        ("127101,Medan Kota", "1275041,Medan Maimun"),
        # Nothing but the name tells whose these are: they would be loaded as Kemendagri's.
        ("1271021001,Sei Mati", "1271022001,Padang Bulan"),
    ],
)
@pytest.mark.parametrize("is_said", [False, True])
def test_a_list_with_codes_of_both_systems_is_refused(
    load: Load, country: None, theirs: str, others: str, is_said: bool
) -> None:
    head = "kode,nama,kode_bps\n12.71.03,Medan Baru,1271022\n12.71.03.1001,Padang Bulan,1271022001"
    load(head)
    before = stored()
    for content in (f"kode,nama\n{theirs}\n{others}\n", f"kode,nama\n{others}\n{theirs}\n"):
        with pytest.raises(Refused) as caught:
            load(content, system="kemendagri" if is_said else None)
        told = "\n".join(caught.value.problems)
        assert "list.csv has two code systems in one file: load the rows of each as" in told
        for system, row in (("Kemendagri", theirs), ("BPS", others)):
            line = content.splitlines().index(row) + 1
            assert f"{system} codes: line {line} ({row.replace(',', ' ')})" in told
    assert stored() == before


def test_a_name_of_thousands_may_be_the_other_systems_by_chance(load: Load, country: None) -> None:
    rows = [f"12.71.02.{number},Kampung {number}" for number in range(1001, 3900)]
    mixed = "\n".join(["kode,nama", *rows, "1275040001,Sitirejo"])
    with pytest.raises(Refused, match="line 2901: '1275040001' is not a dotted Kemendagri code"):
        load(mixed)
    with pytest.raises(Refused, match="two code systems"):
        load(mixed + "\n1275040002,Binjai\n1275041001,Sei Mati\n")


def test_a_bps_list_makes_no_regions(load: Load, country_without_bps: None) -> None:
    report = load(lines("{bps},{name}", "kode_bps,nama_bps") + "1275041002,Kampung Baru\n")
    assert stored() == EVERY
    assert bps_stored() == BPS
    assert len(report.bps_filled) == len(BPS)
    assert report.unmatched == ["1275041002 Kampung Baru: no region has this name in 12.71.02"]
    assert load(lines("{bps},{name}", "kode_bps,nama_bps")).unchanged == len(BPS)


def test_a_bps_list_never_guesses(load: Load, country_without_bps: None) -> None:
    load("kode,nama\n12.71.01.1003,Sitirejo\n")
    report = load("kode_bps,nama\n12,Sumatera Utara\n1275,Kota Medan\n1275040,Medan Kota\n")
    assert len(report.bps_filled) == 3
    report = load("kode_bps,nama\n1275040001,SITIREJO\n1275041001,SEI MATI\n")
    assert report.bps_filled == []
    assert report.unmatched == [
        "1275040001 SITIREJO: 2 regions have this name in 12.71.01",
        "1275041001 SEI MATI: the region of its parent 1275041 is not known",
    ]


def test_another_bps_code_of_a_region_is_kept_beside(load: Load, country: None) -> None:
    report = load("kode_bps,nama\n1275040901,SITIREJO\n1275040002,Nama Lain\n")
    assert report.bps_aliased == ["1275040901"]
    assert RegionAlias.objects.get(code="1275040901").region_id == "12.71.01.1001"
    assert report.unmatched == [
        "1275040002 Nama Lain: known as 12.71.01.1002 Binjai, and kept",
    ]
    assert bps_stored() == BPS


def test_a_bps_list_before_any_other_is_refused(load: Load) -> None:
    with pytest.raises(Refused, match="load Kemendagri's list first"):
        load(lines("{bps},{name}", "kode_bps,nama"))


def test_a_bridge_brings_bps_codes(load: Load) -> None:
    report = load(lines("{bps},{name},{digits},{name}", "kode_bps,nama_bps,kode_dagri,nama_dagri"))
    assert (stored(), bps_stored()) == (EVERY, BPS)
    assert report.decided_by == "the columns' names"


def test_a_bridge_without_kemendagri_names_makes_no_regions(
    load: Load, country_without_bps: None
) -> None:
    report = load(
        lines("{bps},{code},x", "bps_code,kemendagri_code,name_bps")
        + "1275041002,12.71.02.1002,Baru\n"
    )
    assert (stored(), bps_stored()) == (EVERY, BPS)
    assert report.unmatched == ["1275041002: 12.71.02.1002 is not in the list of regions"]


def test_a_list_without_bps_codes_takes_none_away(load: Load, country: None) -> None:
    assert load(lines("{code},{name}", "kode,nama")).unchanged == len(EVERY)
    assert bps_stored() == BPS


def test_capitals_are_no_new_name(load: Load, country: None) -> None:
    assert load("code,name\n12.71.01,MEDAN KOTA\n").unchanged == 1
    assert load("code,name\n12.20,KAB. PADANG LAWAS UTARA\n").unchanged == 1
    assert load("code,name\n12.71.01,Medan kota\n").updated == ["12.71.01"]


# What spreadsheets do


@pytest.mark.parametrize("spoilt", ["12.2", "'12.2", "12.2 "])
def test_a_lost_zero_comes_back_only_by_a_name(load: Load, country: None, spoilt: str) -> None:
    rows = f"code,name\n{spoilt},KAB. PADANG LAWAS UTARA\n12.71,Kota Medan\n"
    report = load(rows)
    assert "line 2: 12.2 is 12.20 by its name KAB. PADANG LAWAS UTARA" in report.repaired
    assert "12.02" not in stored()
    with pytest.raises(Refused, match=r"'12\.2' is not a region code.*: write 12\.02 or 12\.20"):
        load(rows.replace("PADANG LAWAS UTARA", "LABUHANBATU"))


def test_a_zero_is_not_put_back_where_the_whole_code_is_there(load: Load, country: None) -> None:
    name = EVERY["12.20"]
    with pytest.raises(Refused, match=r"line 3: '12\.2' is not a region code"):
        load(f"code,name\n12.20,{name}\n12.2,{name}\n12.71,Kota Medan\n")


def test_a_parents_lost_zero_is_told_by_the_code(load: Load, country: None) -> None:
    assert load("code,parent,name\n12.20.01,12.2,Dolok Sigompulon\n").unchanged == 1


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("1271011001.0", "a decimal .0"),
        ("1.271.011.001", "thousands separators"),
        ("1.271011001E+09", "an exponent"),
        ("'1271011001", "a quotation mark or space"),
        ('"=""12.71.01.1001"""', 'a formula ="…"'),
    ],
)
def test_what_a_spreadsheet_put_around_a_code_comes_off(
    load: Load, country: None, written: str, what: str
) -> None:
    report = load(f"kode;nama\n{written};Nama Baru\n", system="kemendagri")
    assert report.updated == ["12.71.01.1001"]
    assert report.repaired == [f"{what} was taken off 1 codes, first in line 2"]


@pytest.mark.parametrize("header", ["kode;nama", "kode_bps;nama"])
def test_digits_that_an_exponent_hides_are_lost(load: Load, country: None, header: str) -> None:
    with pytest.raises(Refused, match=r"'1,271E\+09' in line 2 as a number, .* column of codes as"):
        load(f"{header}\n1,271E+09;Sitirejo\n")
    with pytest.raises(Refused, match=r"line 2 as a number \(and 1 more likewise\)"):
        load(f"{header}\n1,271E+09;Sitirejo\n1,2710E+09;Binjai\n")
    assert stored() == EVERY


# What is no list


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (lines("{code},{name}é").encode("cp1252"), r"not UTF-8 at byte .*Windows-1252"),
        (lines("{code},{name}").encode("utf-16"), r"UTF-16: save it as CSV UTF-8"),
        (lines("{code},{name}").encode("utf-16-le"), r"UTF-16: save it as CSV UTF-8"),
        (b'[{"id": "12"}]', "JSON"),
        (b"<!DOCTYPE html><p>", "HTML"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS"),
        ("a,b,c\n1,2,3\n", "has no column code or kode; its columns are a, b, c"),
        ("code\n12.71\n", "has no column name"),
        ("code,name\nx,y\n", "none of its codes is one; the first is 'x'"),
        ("12.71,Medan,Kota\n12.72,Siantar,Kota Dua\n", "no header"),
        ("12.71.01.1001,12.71.01,12.20,A\n", "no header"),
        ("code,parent,name\n12.71,12.71.01,A\n12.71.01,12.71,B\n", "the parent of 12.71 is 12"),
        ("code,name\n12.71.01.9001,A\n", "begins with none of 1, 2 and 3"),
        ("code,name\n12.72,A\n", "12.72 has the parent 12, which is not in the file"),
        ("code,name\n12.71,A\n12.71,B\n", "line 3: 12.71 is there twice"),
        ("kode_bps,nama\n1271,A\n1271,B\n", "line 3: 1271 is there twice"),
        ("kode_bps,nama\n127,A\n", "'127' is no code of BPS"),
        ("kode,nama\n", "has no rows"),
        ("", "is empty"),
        ("kode,nama,Kode\n12,A,13\n", "has 2 columns kode: leave out all but one"),
        ("kode,nama,NAMA\n12,A,B\n", "has 2 columns nama"),
        ("kode,nama\n12.71,=1+1\n", "the name of 12.71 is a formula, '=1\\+1'"),
        ("kode,nama\n12.71,@SUM(A1)\n", "the name of 12.71 is a formula"),
        ("kode,nama\n12.71,A\x1b[2J\n", "12.71 has no printable name"),
        ("kode,nama\n12.71,A\u202eB\n", "12.71 has no printable name"),
        ("kode,nama\n12.71,A\x00B\n", "12.71 has no printable name"),
        (
            "kode,nama\n12.71," + "x" * 100_000 + "\n",
            "the name of 12.71 is longer than 120 characters",
        ),
        ("kode,nama\n12." + "1" * 100_000 + ",A\n", "none of its codes is one"),
        ("kode,nama\n١٢,A\n", "none of its codes is one"),
        ("kode_bps,nama\n１２,A\n", "'１２' is no code of BPS"),
        ("kode,nama\n12," + "x" * 2_000_000 + "\n", "line 2 is longer than 1,000,000 characters"),
        (
            b"kode,nama\n" + b"12,A\n" * 300_000 + b"12,\xc3",
            "not UTF-8 at byte 1500013 .line 300002",
        ),
        (gzip.compress(gzip.compress(b"kode,nama\n12,A\n")), "in a gzip file: unpack it once"),
    ],
)
def test_what_is_no_list_is_refused(load: Load, content: str | bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        load(content)
    assert not stored()


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "list.csv"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path)
    with pytest.raises(Refused, match=r"list.csv (cannot be read|is empty)"):
        load_regions(path)


def test_a_files_name_is_kept_without_control_characters(load: Load) -> None:
    assert load("kode,nama\n31,Jakarta\n31.71,Pusat\n", "li\x1bst\u202e.csv").file == "li?st?.csv"


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "w") as file:
            for line in ("kode,nama\n", "31,Jakarta\n", "31.71,Jakarta Pusat\n"):
                time.sleep(0.1)
                file.write(line)
                file.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        load_regions(Path(f"/dev/fd/{reading}"), system="kemendagri")
    finally:
        writer.join()
        os.close(reading)
    assert stored() == {"31": "Jakarta", "31.71": "Jakarta Pusat"}


def test_a_large_file_is_not_held_as_text() -> None:
    content = "kode,nama😀\n".encode() + b",\n" * 2_000_000
    tracemalloc.start()
    try:
        with pytest.raises(Refused, match="has no rows"):
            read_region_list(Source("list.csv", "", content))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * len(content)


def test_a_million_bad_rows_make_a_short_report(load: Load) -> None:
    with pytest.raises(Refused) as caught:
        load("kode,nama\n" + "12.7x.01,Nama\n" * 200_000, system="kemendagri")
    assert len(caught.value.problems) == 1001
    assert caught.value.problems[-1] == "and 199000 more"


def test_the_command_says_how_it_decided(
    tmp_path: Path, country: None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "villages.csv"
    file.write_text("kode,nama\n1271021001,Sei Mati Baru\n")
    with pytest.raises(CommandError, match="--system kemendagri or --system bps"):
        call_command("load_regions", str(file))
    report = tmp_path / "report.json"
    call_command("load_regions", str(file), "--system=kemendagri", f"--report={report}")
    assert "kemendagri codes, by --system" in capsys.readouterr().out
    assert json.loads(report.read_text())["updated"] == ["12.71.02.1001"]
    file.write_text("kode,nama\n12.20,Kabupaten Padang Lawas Utara\n12.20.01,Dolok Sigompulon\n")
    call_command("load_regions", str(file))
    assert "they stay):\n12.71 and 5 in it\n" in capsys.readouterr().out
    file.write_text("kode_bps,nama\n1275041001,Sei Mati\n")
    call_command("load_regions", str(file))
    assert "0 regions got their BPS code, 0 further BPS codes were kept, 1 as they were" in (
        capsys.readouterr().out
    )


def test_every_region_that_gets_another_name_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(word: str) -> tuple[str, dict[str, object]]:
        file, report = tmp_path / "list.csv", tmp_path / "report.json"
        rows = [f"12.71.01.{code},Desa {word} {code}" for code in range(2001, 2101)]
        head = ["kode,nama", "12,Sumatera Utara", "12.71,Kota Medan", "12.71.01,Medan Kota"]
        file.write_text("\n".join([*head, *rows]), "utf-8")
        call_command("load_regions", str(file), f"--report={report}")
        return capsys.readouterr().out, json.loads(report.read_text("utf-8"))["renamed"]

    assert load("Lama")[1] == {}
    out, renamed = load("Baru")
    assert len(renamed) == 100
    assert renamed["12.71.01.2001"] == {"before": "Desa Lama 2001", "after": "Desa Baru 2001"}
    assert "100 updated (100 of them renamed)" in out
    assert "renamed:\n12.71.01.2001 Desa Lama 2001 → Desa Baru 2001\n" in out
    assert len(out.splitlines()) <= 40
    assert "more (see --report)" in out
    out, renamed = load("Baru")
    assert (renamed, "0 updated (0 of them renamed)" in out) == ({}, True)


@pytest.mark.django_db(transaction=True)
def test_two_lists_at_once_wait_for_each_other(load: Load) -> None:
    done: list[int] = []

    def load_one(name: str, system: System, content: str) -> None:
        try:
            report = load(content, name, system)
            done.append(len(report.added) + len(report.bps_filled))
        finally:
            connection.close()

    load(lines("{code},{name}", "kode,nama"))
    contents: list[tuple[str, System, str]] = [
        ("first.csv", "kemendagri", lines("{code},{name}", "kode,nama")),
        ("second.csv", "kemendagri", lines("{code},{name}", "kode,nama")),
        ("third.csv", "bps", lines("{bps},{name}", "kode_bps,nama")),
        ("fourth.csv", "bps", lines("{bps},{name}", "kode_bps,nama")),
    ]
    threads = [threading.Thread(target=load_one, args=content) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 0, 0, len(EVERY)]


_PIECES = st.sampled_from(["'", '"', "\\", ";", "(", ")", "/*", "--", "\n", "\x00", ",", "VALUES"])


@given(
    st.sampled_from([DUMP, lines("{bps},{name}", "kode_bps,nama"), lines("{digits};{name}")]),
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 40), _PIECES | st.text(max_size=3))),
)
def test_no_text_does_more_than_be_refused(text: str, changes: list[tuple[int, int, str]]) -> None:
    for place, length, piece in changes:
        text = text[:place] + piece + text[place + length :]
    problems = Problems()
    with suppress(Refused):
        listed = read_region_list(Source("list.csv", "", text.encode()))
        for system in (None, "kemendagri", "bps"):
            with suppress(Refused):
                coded("list.csv", listed, system, problems)


@pytest.mark.reference
@pytest.mark.parametrize("is_bridged", [False, True])
def test_the_codes_that_are_of_different_villages_in_each_system(
    reference_data: Path, load: Load, is_bridged: bool
) -> None:
    """Nothing but BPS codes that are also Kemendagri's, with BPS's names and no parents."""
    with gzip.open(reference_data / "regions" / "regions_2025.csv.gz", "rt") as file:
        regions = {row["code"]: row for row in csv.DictReader(file)}
    both = {
        row["bps_code"]: row["name"]
        for row in regions.values()
        if row["level"] == "4" and dotted(row["bps_code"]) in regions
    }
    assert len(both) > 3800
    given = "code,name,bps_code\n" if is_bridged else "code,name\n"
    parents = {dotted(code)[:length] for code in both for length in (2, 5, 8, 13)}
    of_both = {row["code"] for row in regions.values() if row["bps_code"] in both}
    needed = parents | {code[:length] for code in of_both for length in (2, 5, 8, 13)}
    for code in sorted(needed):
        row = [code, f'"{regions[code]["name"]}"', regions[code]["bps_code"]]
        given += ",".join(row[: 3 if is_bridged else 2]) + "\n"
    load(given)
    trap = "\n".join(f'{code},"{name}"' for code, name in both.items())
    if is_bridged:
        report = load(trap)
        assert (report.system, report.unchanged) == ("bps", len(both))
    else:
        with pytest.raises(Refused, match="--system kemendagri or --system bps"):
            load(trap)


@pytest.mark.reference
def test_every_sample_of_the_country(reference_data: Path) -> None:
    folder = reference_data / "regions"
    load_regions(folder / "regions_2025.csv.gz")
    told = {}
    for file in sorted((folder / "formats").glob("codes_sample_*")):
        report = load_regions(file)
        told[file.name.removeprefix("codes_sample_").partition("_")[0]] = (
            report.system,
            len(report.added),
            len(report.updated),
            len(report.unmatched),
            len(report.vanished),
        )
    assert told == {
        "bps": ("kemendagri", 0, 1, 0, 0),
        "cahyadsn": ("kemendagri", 0, 0, 0, 0),
        "emsifa": ("bps", 0, 0, 4, 0),
        "idn-area-data": ("kemendagri", 0, 2, 0, 6),
        "region-id": ("kemendagri", 0, 0, 0, 0),
    }
    assert Region.objects.count() == 91_599
