"""What `python3 -m backend` does once its environment is there.

Every expected failure ends with one line for each problem and status 1, without a traceback.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured

from backend.embedded import Hold
from backend.failures import CannotStart

PROGRAM = "python3 -m backend"
STOP_WITHIN_S = 10
NEEDS_NO_DATABASE = {
    "help",
    "version",
    "--version",
    "collectstatic",
    "compilemessages",
    "makemessages",
    "spectacular",
    "explain_pairs",
    "train_dedup",
}
MIGRATION_LOCK = 5_201_001


def main(arguments: list[str]) -> int:
    """Run one command line; gives the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    commands: dict[str, Callable[[], int]] = {"serve": serve, "worker": work}
    try:
        if not arguments:
            return run()
        if len(arguments) == 1 and arguments[0] in commands:
            return commands[arguments[0]]()
        return pass_through(arguments)
    except (CannotStart, ImproperlyConfigured) as error:
        for line in str(error).splitlines():
            print(f"backend: {line}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def run() -> int:
    """The whole system in the foreground, until Ctrl-C or SIGTERM."""
    from django.conf import settings

    from backend import supervising

    signal.signal(signal.SIGTERM, supervising.stop_on_signal)
    signal.signal(signal.SIGINT, supervising.stop_on_signal)
    try:
        with supervising.listening(settings.HOST, settings.PORT) as listener:
            tell(f"Data in {settings.JEMPUT_HOME}")
            with _database() as hold:
                prepare()
                log_ins = demo_log_ins()
                supervising.supervise(listener, hold, lambda: announce(log_ins), tell)
    except supervising.Stopped:
        tell("Stopped.")
    return 0


def serve() -> int:
    """gunicorn in this process."""
    os.environ["JEMPUT_SERVING"] = "1"
    from django.conf import settings

    from backend import serving

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    serving.collect_numbers(settings.JEMPUT_HOME, settings.PORT)
    with _database():
        _check_alone()
        serving.run()
    return 0


def work() -> int:
    """procrastinate's worker in this process."""
    with _database():
        from procrastinate.contrib.django import app
        from procrastinate.exceptions import ConnectorException

        _check_alone()
        try:
            connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]  # Django's
            with app.replace_connector(connector) as working:
                working.run_worker(
                    shutdown_graceful_timeout=STOP_WITHIN_S, delete_jobs="successful"
                )
        except ConnectorException as error:
            reason = " ".join(str(error.__cause__ or error).split())
            raise CannotStart(f"the worker lost the database: {reason}") from error
    return 0


def pass_through(arguments: list[str]) -> int:
    """One of Django's commands, with the database up if it needs one."""
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    asks_for_help = arguments[0] in NEEDS_NO_DATABASE or {"-h", "--help"} & set(arguments)
    try:
        with contextlib.nullcontext() if asks_for_help else _database():
            execute_from_command_line([PROGRAM, *arguments])
    except OperationalError as error:
        raise CannotStart(f"the database failed: {str(error).splitlines()[0]}") from error
    return 0


@contextlib.contextmanager
def _database() -> Iterator[Hold | None]:
    """The database, up and fit for use, and Django set up on it; the hold if it is embedded."""
    from django.conf import settings

    from backend import database

    with contextlib.ExitStack() as stack:
        hold = None
        if not settings.DATABASE_URL:
            hold = stack.enter_context(Hold(settings.JEMPUT_HOME))
        if problems := database.problems(settings.DATABASES["default"]):
            raise CannotStart("\n".join(problems))
        django.setup()
        yield hold


def prepare() -> None:
    """Schema, demo data and static files as this version wants them."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        # Two servers that start at once must not migrate at once.
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    try:
        tell("Bringing the database up to date...")
        call_command("migrate", verbosity=0, interactive=False)
        if settings.DEMO and not get_user_model().objects.exists():
            tell("Loading the demo...")
            with transaction.atomic():
                call_command("load_demo")
    finally:
        connection.close()
    _check_keys()
    _check_production()
    if not settings.DEMO:
        call_command("collectstatic", verbosity=0, interactive=False)


def demo_log_ins() -> list[tuple[str, str]]:
    """User name and role of everyone in the demo; nobody outside it."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.db import connection

    if not settings.DEMO:
        return []
    try:
        users = get_user_model().objects.filter(is_demo=True, is_active=True).order_by("pk")
        return list(users.values_list("username", "role"))
    finally:
        connection.close()


def announce(log_ins: list[tuple[str, str]]) -> None:
    from django.conf import settings

    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)  # noqa: S104 - asked, not bound
    place = f"http://[{host}]" if ":" in host else f"http://{host}"
    tell(f"Ready: {place}:{settings.PORT}/  (API description: /api/schema/, state: /health/)")
    if log_ins:
        tell(f"Demo log-ins, all with the password {settings.DEMO_PASSWORD}:")
        for name, role in log_ins:
            tell(f"  {name:14} {role}")
    tell("Ctrl-C stops it.")


def _check_alone() -> None:
    """What `run` has seen to for its children, for a server or worker on its own."""
    from django.db import connections

    from backend import supervising
    from backend.health import migrations_applied

    if supervising.SUPERVISED in os.environ:
        return
    if not migrations_applied():
        raise CannotStart(f"the database is not up to date: run `{PROGRAM} migrate` first")
    _check_keys()
    _check_production()
    # gunicorn forks after this, and a connection must not be shared by processes.
    connections.close_all()
    for connection in connections.all(initialized_only=True):
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own


def _check_keys() -> None:
    """Stop when the data was written with other keys than the ones given."""
    from django.db import connection

    from outreach.key_marks import key_problems

    try:
        if problems := key_problems():
            raise CannotStart("\n".join(problems))
    finally:
        connection.close()


def _check_production() -> None:
    """Outside the demo: stop on unsafe settings, and say what else is wrong."""
    from django.conf import settings
    from django.core import checks

    if settings.DEMO:
        return
    found = checks.run_checks(include_deployment_checks=True, databases=["default"])
    for message in found:
        tell(f"{message.id}: {message.msg} {message.hint or ''}".rstrip())
    if any(m.is_serious() or (m.id or "").startswith("security.") for m in found):
        raise CannotStart("these settings are not safe outside the demo; see above")


def tell(text: str) -> None:
    print(text, flush=True)
