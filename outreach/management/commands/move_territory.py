from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from outreach.management.reports import add_report, check_report, write_report
from outreach.management.switching import reason
from outreach.models import Office
from outreach.offices.moving import Move, Moved, move, preview
from outreach.problems import Problem


class Command(BaseCommand):
    help = (
        "Move regions to an office from a day on, from whichever office of its kind has them; with"
        " --preview tell only what that changes. Registrations and reviews stay with the office of"
        " their campaign."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("office", help="the office's name")
        parser.add_argument("regions", nargs="+", metavar="CODE", help="codes of whatever level")
        parser.add_argument(
            "--from", dest="first_day", type=date.fromisoformat, required=True, metavar="DAY"
        )
        parser.add_argument("--reason", type=reason, required=True)
        parser.add_argument("--preview", action="store_true")
        add_report(parser)

    def handle(self, **options: Any) -> None:
        check_report(options["report"])
        office = Office.objects.filter(name=options["office"]).first()
        if office is None:
            raise CommandError("there is no office of this name")
        asked = Move(office, options["regions"], options["first_day"], options["reason"])
        now = timezone.now()
        try:
            moved = preview(asked, now) if options["preview"] else move(asked, None, now)
        except Problem as problem:
            details = [found["detail"] for found in problem.extra.get("problems", ())]
            raise CommandError("; ".join(details) or str(problem)) from None
        for line in _lines(moved):
            self.stdout.write(line)
        write_report(options["report"], moved.report)


def _lines(moved: Moved) -> list[str]:
    told = moved.report
    former = [f"  {one['villages']} from {one['name'] or 'nobody'}" for one in told["from"]]
    campaigns = [
        f"  {one['name']} of {one['office']} goes on in {one['villages']} of them"
        for one in told["campaigns"]["shown"]
    ]
    waiting = [
        f"  {one['waiting']} reviews stay with {one['name']}"
        for one in told["reviews_that_stay"]["offices"]
    ]
    done = f"change {moved.change.pk}" if moved.change else "nothing was changed"
    return [
        f"{told['villages']} villages to {told['office']['name']} from {told['first_day']}",
        *former,
        *campaigns,
        f"  {told['kader']['count']} kader of the former offices work there",
        *waiting,
        f"  {told['tablets_that_pull_anew']} kader's tablets pull anew on that day",
        done,
    ]
