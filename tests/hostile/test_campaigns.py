"""The short form of the hostile campaigns; `python3 -m tests.hostile` runs the long one."""

import pytest

from tests.hostile.crashing import Database
from tests.hostile.reports import shown
from tests.hostile.running import CAMPAIGNS, run, run_planted
from tests.hostile.servers import Site

SEED = 7


# Sizes are figures without a law of their own, and take long.
@pytest.mark.parametrize("name", sorted(CAMPAIGNS.keys() - {"sizes"}))
def test_every_law_holds(at: Site, name: str) -> None:
    report = run(at, name, CAMPAIGNS[name].short, SEED)
    assert not report.broken, shown(report)


@pytest.mark.parametrize(
    ("bug", "words"),
    [("early-number", "changes skipped"), ("early-answer", "acknowledged and not stored")],
)
def test_a_planted_bug_is_caught(database: Database, bug: str, words: str) -> None:
    report = run_planted(database, bug, SEED)
    assert any(words in broken for broken in report.broken), shown(report)
