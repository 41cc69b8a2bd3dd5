"""A scripted year of a regional office in a throw-away database, and its figures counted again."""

from collections.abc import Callable

from django.core.management import call_command

from fixtures.year.closing import closing_report, differences, flat
from fixtures.year.drawing import WHOLE, Size
from fixtures.year.happening import CLOSED_AT, Year
from fixtures.year.recount import recounted
from fixtures.year.steps import Steps
from outreach.models import Payment, Person, Registration, StandingSnapshot
from sync.bench.scratch import BenchError, connected, scratch_database


def bench_year(say: Callable[[str], None], seed: int = 1) -> dict[str, float]:
    """Let the year happen and print; gives how many figures there are and the statements it took.

    Raises BenchError where a figure is not what the raw records say.
    """
    with scratch_database() as url, connected(url):
        call_command("migrate", verbosity=0)
        year, wrong = happened(say, WHOLE, seed)
        if wrong:
            raise BenchError("The closing report is not what the raw records say.")
        figures = len(list(flat(closing_report(year.world, CLOSED_AT))))
    return {
        "figures": figures,
        "statements": sum(taken.statements for taken in year.steps.taken.values()),
    }


def happened(say: Callable[[str], None], size: Size, seed: int = 1) -> tuple[Year, list[str]]:
    """A year in the database as it is, which must be empty, and the figures that differ; printed
    as well, with what each kind of step took."""
    year = Year(size, seed)
    year.happen()
    counting = Steps()
    with counting.step("the closing report"):
        report = closing_report(year.world, CLOSED_AT)
    with counting.step("counted from raw records"):
        counted = recounted(year.world, year.across.kept, CLOSED_AT)
    wrong = differences(report, counted)
    say(
        f"{Registration.objects.count():,} registrations of {Person.objects.count():,} people,"
        f" {Payment.objects.count():,} payments, {StandingSnapshot.objects.count()} tables frozen"
    )
    for line in [*year.steps.table(), *counting.table()[1:-1], *wrong]:
        say(line)
    say(f"{len(wrong)} of {len(list(flat(report))):,} figures differ")
    return year, wrong
