"""The first administrator; everybody else is added over the API."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.core.management.base import CommandError, CommandParser

from outreach.models import User

ADMINISTRATOR = User.Role.ADMINISTRATOR.value


class Command(createsuperuser.Command):
    help = "Add an administrator, who may do everything."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(role=ADMINISTRATOR)

    def handle(self, *args: Any, **options: Any) -> Any:
        if options["role"] != ADMINISTRATOR:
            raise CommandError(
                "A superuser is an administrator. People of other roles belong to an office: an"
                " administrator adds them (POST users/)."
            )
        return super().handle(*args, **options)
