"""Files of very many rows take no more memory than small ones, and too many are refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from outreach.imports.tables import MOST_ROWS
from tests.outreach.imports.workbooks import sheet_xml, with_sheet

READING = """
import resource, sys
from pathlib import Path
import django
django.setup()
from outreach.imports.reading import read
from outreach.imports.tables import Unreadable
from outreach.membership.results import HAND_OFF_RESULTS
content = Path(sys.argv[1]).read_bytes()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count, end = 0, "read"
try:
    for row in read(content, HAND_OFF_RESULTS).rows:
        count += 1
except Unreadable as error:
    end = error.code
print(count, end, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
MOST_MIB = 60
"""Ten times what it takes: a tree of the sheet would take a gigabyte."""


def _cell(column: str, row: int, text: str) -> str:
    return f'<c r="{column}{row}" t="inlineStr"><is><t>{text}</t></is></c>'


def _rows(number: int) -> str:
    first = '<row r="1">' + _cell("A", 1, "Hasil") + _cell("B", 1, "KPJ") + "</row>"
    return first + "".join(
        f'<row r="{row}" ht="15">{_cell("A", row, "lunas")}<c r="B{row}"><v>{10**10 + row}</v></c>'
        "</row>"
        for row in range(2, number + 2)
    )


@pytest.mark.parametrize(
    ("sheet", "end"),
    [
        (lambda: _rows(MOST_ROWS), f"{MOST_ROWS} read"),
        (lambda: _rows(MOST_ROWS + 1), f"{MOST_ROWS} too_many_rows"),
        (
            lambda: _rows(1) + '<row r="9">' + '<c r="A9"/>' * 3_000_000 + "</row>",
            "1 read",
        ),
        (
            lambda: _rows(1) + f'<row r="9">{_cell("A", 9, "x" * 60_000_000)}</row>',
            "2 read",
        ),
    ],
    ids=["many", "too many", "one endless row", "one endless cell"],
)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, sheet: object, end: str) -> None:
    assert callable(sheet)
    path = tmp_path / "large.xlsx"
    path.write_bytes(with_sheet(sheet_xml(sheet())))
    done = subprocess.run(
        [sys.executable, "-c", READING, str(path)], capture_output=True, text=True, check=True
    )
    *what, mib = done.stdout.split()
    assert " ".join(what) == end
    assert int(mib) < MOST_MIB, done.stdout
