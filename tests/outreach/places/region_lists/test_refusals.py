"""Lists that are none, hostile, or at once."""

import gzip
import json
import os
import threading
import time
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from outreach.geo.region_codes import System
from outreach.places.regions.code_repairs import coded
from outreach.places.regions.lists import read_region_list
from outreach.places.regions.loading import load_regions
from outreach.places.regions.tables import Problems
from outreach.places.uploads import Refused, Source
from tests.outreach.places.region_lists.country import DUMP, EVERY, Load, lines, stored

pytestmark = pytest.mark.django_db


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
