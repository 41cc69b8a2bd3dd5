"""What is asked of the command for changes of regions: files, and what cannot be."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError

from outreach.models import (
    Region,
    RegionChange,
)
from tests.outreach.places.reattributing.three_villages import (
    A,
    B,
    C,
    assert_equal_to_a_recount,
)
from tests.outreach.region_changes.changing import (
    NEW,
    change,
    homes,
)

pytestmark = pytest.mark.django_db


def test_a_file_of_changes(workers: None, tmp_path: Path) -> None:
    file = tmp_path / "changes.csv"
    file.write_text(f"old_code,new_code,name\n{A},{NEW},\n{B},{C},Baru\n{C},{C},\n")
    change(str(file))
    assert homes() == [NEW, NEW, NEW, C, C]
    assert [(one.kind, one.to_codes) for one in RegionChange.objects.order_by("pk")] == [
        ("recode", [NEW]),
        ("merge", [C]),
    ]
    assert Region.objects.get(pk=C).name == "Baru"


def test_a_district_gets_another_code_before_its_villages(workers: None, tmp_path: Path) -> None:
    change("--recode", "99.01.01", "--into", "99.01.02")
    file = tmp_path / "villages.csv"
    file.write_text(
        "old_code,new_code\n" + "".join(f"{code},99.01.02.{code[-4:]}\n" for code in (A, B, C))
    )
    change(str(file))
    assert homes() == [f"99.01.02.{code[-4:]}" for code in (A, A, A, B, C)]
    assert Region.objects.get(pk="99.01.02").name == "Hulu Kota"
    assert_equal_to_a_recount()


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("--recode", A, "--into", B), "is there already: that is a merger"),
        (("--recode", "99.01.01.2999", "--into", NEW), "is not known: load the regions first"),
        (("--recode", A, "--into", "99.01.1"), "is not a region code"),
        (("--recode", A, "--into", "99.01.02"), "not of one level"),
        (("--recode", A, "--into", "99.09.01.2001"), "99.09.01, which .* is not known"),
        (("--recode", A, "--into", "99.01.01.9001"), "begins with none of 1, 2 and 3"),
        (("--merge", A, B, "--into", NEW), "is new and needs a name"),
        (("--merge", A, "--into", NEW), "a merger is of two villages or more"),
        (("--merge", A, B, "--into", C), "name it among the merged ones as well"),
        (("--split", A, "--into", NEW), "a split is of one village into two or more"),
        (("--split", A, "--into", NEW, B, "--name", "x", "y"), "is there already"),
        (
            ("--split", A, "--into", f"{NEW}=0.4", "99.01.01.2011=0.4", "--name", "x", "y"),
            "make up 1",
        ),
        (
            ("--split", A, "--into", f"{NEW}=0.4", "99.01.01.2011=0.6", "--name", "x", "y"),
            "say who says so",
        ),
        (("--split", A, "--into", f"{NEW}=nan", "99.01.01.2011=1", "--name", "x", "y"), "make up"),
        (("--split", A, "--into", f"{NEW}=x", "99.01.01.2011=1"), "is no share"),
        (("--rename", A, "--name", "Pasar Lama"), "called so already"),
        (("--rename", A, "--name", "=1+1"), "is no name"),
        (("--rename", A), "a new name is of one code"),
        (("--recode", A, "--merge", A, B, "--into", NEW), "give a file, or one of"),
        (("--recode", A), "say what it becomes"),
    ],
)
def test_what_cannot_be(workers: None, asked: tuple[str, ...], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        change(*asked)
    assert not RegionChange.objects.exists() and homes() == [A, A, A, B, C]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"code,name\n1,2\n", "no columns old_code and new_code"),
        (b"\xff\xfeo\x00", "is not UTF-8"),
        (b"old_code,new_code\n\x00,1\n", "is no text"),
        (f"old_code,new_code,kind\n{A},{NEW},moved\n".encode(), "'moved' is none of"),
        (f"old_code,new_code,share\n{A},{NEW},2\n{A},{C},x\n".encode(), "line 3: 'x' is no share"),
        (f"old_code,new_code\n{A},{NEW}\n{NEW},{C}\n".encode(), "apply that first"),
        (f"old_code,new_code\n{A},{NEW}\n,{C}\n".encode(), "line 3: '' in old_code is no region"),
        (f"old_code,new_code\n{A},\n".encode(), "line 2: '' in new_code is no region code"),
        (b"old_code,new_code\n" + b"1,2\n" * 10_001, "more than 10000 rows"),
        (b'old_code,new_code\n"1,2\n', "unexpected end of data"),
    ],
)
def test_a_bad_file(workers: None, tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "changes.csv"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=why):
        change(str(file))
    assert not RegionChange.objects.exists()


def test_a_day_to_come_is_only_told(workers: None, capsys: Any) -> None:
    with pytest.raises(CommandError, match="is still to come"):
        change("--recode", A, "--into", NEW, day="2199-01-01")
    change("--recode", A, "--into", NEW, day="2199-01-01", apply=False)
    assert "say --apply on that day" in capsys.readouterr().out
