from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from outreach.hinting import FALSE_BITS, TooManyPeople
from outreach.management.arguments import text
from outreach.models import Office
from sync import hints
from sync.models import HintFilter

BUILD, OFF, ON, NEW_KEY = "build", "off", "on", "new-key"


class Command(BaseCommand):
    help = (
        "Duplicate hints that tablets hold, office by office: `on` gives them to an office's"
        " tablets, `off` takes them away, `build` makes them anew at once instead of at night,"
        " `new-key` hashes with another key. Without an office, say which have them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", nargs="?", choices=[BUILD, NEW_KEY, OFF, ON])
        parser.add_argument("office", nargs="?", type=text(120), help="its name")
        parser.add_argument("--reason", type=text(500), help="on and off: why")

    def handle(self, **options: Any) -> None:
        what, name, reason = options["what"], options["office"], options["reason"]
        if what is None:
            self._list()
            return
        if (what in {ON, OFF}) != bool(reason):
            raise CommandError("--reason is needed by `on` and `off`, and by nothing else.")
        office = Office.objects.filter(name=name).first()
        if office is None:
            names = ", ".join(Office.objects.order_by("name").values_list("name", flat=True)[:20])
            raise CommandError(f"Say which office by its name; there are: {names}.")
        now = timezone.now()
        try:
            if what in {ON, OFF}:
                hints.switch(office, is_on=what == ON, reason=reason, now=now)
            elif what == NEW_KEY:
                hints.change_key(office, now)
            else:
                hints.build(office.pk, now)
        except TooManyPeople as error:
            raise CommandError("More people live there than a filter can hold.") from error
        self._list(office)

    def _list(self, office: Office | None = None) -> None:
        listed = HintFilter.objects.select_related("office").order_by("office__name")
        if office:
            listed = listed.filter(office=office)
        if not listed:
            self.stdout.write("No hints here: they are off.")
        for row in listed:
            if not row.is_on or row.content is None:
                self.stdout.write(f"{row.office}: off ({row.reason})")
                continue
            self.stdout.write(
                f"{row.office}: version {row.version} of {row.made_at:%Y-%m-%d %H:%M} UTC,"
                f" {len(row.content) / 1024:,.0f} KB, key {row.key_number},"
                f" one stranger in {1 << FALSE_BITS} hinted at"
            )
