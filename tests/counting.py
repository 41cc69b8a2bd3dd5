"""How many statements each endpoint takes: compared with a committed baseline.

`WRITE_QUERY_COUNTS=1 python3 -m pytest …` writes what it finds into the baseline instead.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

BASELINE = Path(__file__).with_name("query_counts.json")

Counting = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def count_queries() -> Counting:
    """`with count_queries("GET registrations/"):` holds a block to its number in the baseline."""
    return _counted


@contextmanager
def _counted(name: str) -> Iterator[None]:
    with CaptureQueriesContext(connection) as captured:
        yield
    baseline = json.loads(BASELINE.read_text())
    if os.environ.get("WRITE_QUERY_COUNTS"):
        baseline[name] = len(captured)
        BASELINE.write_text(json.dumps(baseline, indent=2, sort_keys=True) + "\n")
        return
    statements = "\n".join(query["sql"][:200] for query in captured.captured_queries)
    counted, expected = len(captured), baseline.get(name)
    assert counted == expected, (
        f"{name}: {counted}, not {expected} as in the baseline:\n{statements}"
    )
