"""Apply recodes, mergers, splits and new names of regions, or undo them."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from outreach.management.arguments import text
from outreach.management.loading import LoadCommand
from outreach.models import RegionChange, User
from outreach.offices.territory import today
from outreach.places.uploads import Refused, read_source
from outreach.reattribution.report import Findings
from outreach.region_changes import applying, undoing
from outreach.region_changes.asked import LONGEST_SOURCE, Asked, Successor, applied_before
from outreach.region_changes.reading import Read, read_changes
from outreach.region_changes.reporting import lines

_MOST_TOLD = 10
_LEFT_OUT = {
    "no_successor": "no one region is their successor (say it as a merger or split)",
    "unsure": "their successor is not sure (say it with --recode)",
    "not_listed": "not in the list of regions",
    "done_already": "old codes already",
}


class Command(LoadCommand):
    help = (
        "Change regions from a day on: a CSV file with old_code and new_code (also kind, name, "
        "share, shares_source), a list of recodes from one edition of the list of regions to "
        "another (also to_vintage and confidence: sure ones to --vintage are recodes, the others "
        "are told), or one change said by --recode, --merge, --split or --rename with --into. "
        "Tells what it would touch; changes it with --apply. Registrations, campaigns, offices, "
        "figures and standings follow; what a split leaves open waits to be decided. --undo takes "
        "a change back; --follow goes on with one that was interrupted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument("--vintage", help="of a list of recodes those to this edition")
        parser.add_argument("--recode", metavar="CODE", help="a code that is another since")
        parser.add_argument("--merge", metavar="CODE", nargs="+", help="codes that are one since")
        parser.add_argument("--split", metavar="CODE", help="a code that is several since")
        parser.add_argument("--rename", metavar="CODE", help="a region with a new --name")
        parser.add_argument(
            "--into", metavar="CODE[=SHARE]", nargs="+", default=[], help="what it becomes"
        )
        parser.add_argument("--name", nargs="+", default=[], help="names of what it becomes")
        parser.add_argument("--shares-source", default="", help="who says so")
        parser.add_argument("--day", type=_day, help="from when on (YYYY-MM-DD)")
        parser.add_argument("--source", type=text(LONGEST_SOURCE), help="a decree, or who says so")
        parser.add_argument("--reason", type=text(500))
        parser.add_argument("--by", metavar="USER", help="whose decision it is: a user name")
        parser.add_argument("--apply", action="store_true", help="do it")
        parser.add_argument("--undo", type=int, metavar="ID", help="take a change back")
        parser.add_argument("--follow", action="store_true", help="finish what was interrupted")
        super().add_arguments(parser)

    def load(self, max_bytes: int, options: dict[str, Any]) -> dict[str, Any]:
        now = timezone.now()
        if options["follow"]:
            unfinished = list(RegionChange.objects.filter(followed_at=None).order_by("pk"))
            return self._followed(unfinished, {"changes": [one.pk for one in unfinished]})
        actor = _user(options["by"])
        if options["undo"] is not None:
            if not options["reason"]:
                raise CommandError("say why, with --reason")
            undone = undoing.undo(options["undo"], options["reason"], actor, now)
            self.tell(f"undone: {undone.report['change']}")
            return self._followed([undone], {"undone": undone.pk})
        if options["day"] is None or not options["source"]:
            raise CommandError("say from when on, with --day, and who says so, with --source")
        asked, left_out = _asked(options, max_bytes)
        done = applied_before(asked)
        for one, number in done.items():
            self.tell(f"already applied as change {number}: {one.told()}")
        asked = [one for one in asked if one not in done]
        if done and not asked:
            return {"changes": [], "left_out": left_out, "applied": False}
        if not options["apply"]:
            reports = applying.preview(asked, options["day"], now)
            self._tell(reports, left_out)
            late = " on that day" if options["day"] > today(now) else ""
            self.tell(f"nothing was changed: say --apply{late} to do it")
            return {"changes": reports, "left_out": left_out, "applied": False}
        made = applying.apply(
            asked, options["day"], options["source"], options["reason"] or "", actor, now
        )
        self._tell([one.report for one in made], left_out)
        numbers = [str(one.pk) for one in made]
        shown = numbers if len(numbers) < _MOST_TOLD else [f"{numbers[0]} to {numbers[-1]}"]
        self.tell(f"applied: change {', '.join(shown)}" if made else "applied: nothing")
        report = {
            "left_out": left_out,
            "changes": [{"id": one.pk, **one.report} for one in made],
            "applied": True,
        }
        return self._followed(made, report) if made else report

    def _tell(self, reports: list[dict[str, Any]], left_out: dict[str, list[str]]) -> None:
        self.tell_groups([("", [line for report in reports for line in lines(report)])])
        for why, codes in left_out.items():
            some = ", ".join(codes[:_MOST_TOLD])
            more = f" and {len(codes) - _MOST_TOLD} more" if len(codes) > _MOST_TOLD else ""
            self.tell(f"left out, {_LEFT_OUT[why]}: {some}{more}")

    def _followed(self, made: list[RegionChange], report: dict[str, Any]) -> dict[str, Any]:
        found: Findings = applying.follow(made, timezone.now())
        self.tell_groups([("registrations:", found.lines({}))])
        return report | {"registrations": found.as_json()}


def _asked(options: dict[str, Any], max_bytes: int) -> Read:
    named = [name for name in ("recode", "merge", "split", "rename") if options[name]]
    if len(named) + bool(options["file"]) != 1:
        raise CommandError("give a file, or one of --recode, --merge, --split and --rename")
    if options["file"]:
        return read_changes(read_source(options["file"], max_bytes), options["vintage"])
    [kind] = named
    old = options[kind] if kind == "merge" else [options[kind]]
    into = options["into"] or (old if kind == "rename" else [])
    if not into:
        raise CommandError("say what it becomes, with --into")
    if options["name"] and len(options["name"]) != len(into):
        raise CommandError("as many --name as --into")
    names = options["name"] or [""] * len(into)
    new = [_successor(told, name) for told, name in zip(into, names, strict=True)]
    return Read([Asked(kind, tuple(old), tuple(new), options["shares_source"])], {})


def _successor(told: str, name: str) -> Successor:
    code, _, share = told.partition("=")
    if not share:
        return Successor(code, name)
    try:
        return Successor(code, name, float(share))
    except ValueError:
        raise Refused([f"{share[:40]!r} is no share from 0 to 1"]) from None


def _user(name: str | None) -> User | None:
    if name is None:
        return None
    user = User.objects.filter(username=name, role=User.Role.ADMINISTRATOR).first()
    if user is None:
        raise CommandError(f"there is no administrator {name[:40]!r}")
    return user


def _day(told: str) -> date:
    try:
        return date.fromisoformat(told)
    except ValueError:
        raise ArgumentTypeError(f"{told[:40]!r} is no day: write it as 2026-12-31") from None
