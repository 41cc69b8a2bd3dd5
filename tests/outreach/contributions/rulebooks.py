"""Rules for tests: those that the project ships, and a small table of brackets."""

from pathlib import Path

from django.core.management import call_command

import fixtures
from outreach.contributions.quoting import Quote, Worker, quote
from outreach.contributions.reading import read_rules
from outreach.contributions.rules import Bracket, BracketTable, RuleBook

SHIPPED = read_rules(
    (Path(fixtures.__path__[0]) / "contributions.json").read_bytes(), "contributions.json"
)
TABLE = BracketTable(
    version="brackets",
    first_month="2026-01",
    last_month=None,
    step=1000,
    brackets=[
        Bracket(0, 1_099_000, 1_000_000),
        Bracket(1_100_000, 2_499_000, 1_800_000),
        Bracket(2_500_000, None, 2_600_000),
    ],
    source="Made up for tests",
)
CSV = """# Transcribed by a third party; CHECK before use
min,max,base
0,1099000,1000000
1100000,2499000,1800000
2500000,,2600000
"""
SELF_EMPLOYED = Worker(
    income=900_000,
    programmes=("JKK", "JKM"),
    is_transport=False,
    payer="self",
    is_employer=False,
    first_month="2027-01",
    months=1,
)
WITH_JHT = ("JKK", "JKM", "JHT")


def book(*tables: BracketTable) -> RuleBook:
    """The shipped rules, with tables of brackets."""
    return RuleBook(1, SHIPPED.rules, SHIPPED.reliefs, tables)


def quoted(rules: RuleBook | None = None, **changes: object) -> Quote:
    """The quote of a self-employed trader in January 2027, when no relief is in force for them."""
    return quote(SELF_EMPLOYED._replace(**changes), rules or book(TABLE))  # type: ignore[arg-type]  # fields of a Worker


def load_brackets(folder: Path, *options: str, text: str = CSV, first: str = "2026-01") -> None:
    """Load brackets by the command."""
    file = folder / "brackets.csv"
    file.write_text(text)
    call_command(
        "load_contribution_rules", str(file), "--table=brackets", f"--from={first}", *options
    )
