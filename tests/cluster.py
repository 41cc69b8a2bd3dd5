"""The database of a test run: a pytest plugin, so that it is in place before Django's settings.

Tests run in demo mode on a throw-away embedded PostgreSQL that starts with the first test that
needs a database, or on the server of DATABASE_URL. Workers that run side by side share it: the
first of them to need a database has one migrated, and each copies that one.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

OURS = (
    "SECRET_KEY",
    "TOKEN_KEY",
    "DATA_KEYS",
    "INDEX_KEYS",
    "ALLOWED_HOSTS",
    "PROXIES",
    "CSRF_TRUSTED_ORIGINS",
    "METRICS_TOKEN",
    "METRICS_ADDRESSES",
    "HOST",
    "PORT",
    "STATIC_ROOT",
    "PHOTO_FOLDER",
    "ID_CARD_DAYS",
    "PHOTO_S3_BUCKET",
    "PHOTO_S3_ENDPOINT",
    "PHOTO_S3_REGION",
    "PHOTO_S3_KEY",
    "PHOTO_S3_SECRET",
)

for name in OURS:
    os.environ.pop(name, None)
HOME = Path(tempfile.mkdtemp(prefix="jemput-bola-tests-"))
(HOME / "static").mkdir()
os.environ |= {"JEMPUT_HOME": str(HOME), "DEMO": "1", "LOG_LEVEL": "CRITICAL"}


UNTIL_ALL_ARE_GONE = pytest.StashKey[ExitStack]()


@pytest.fixture(scope="session")
def database_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of the PostgreSQL server under test."""
    from backend.database import address
    from backend.embedded import Hold

    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    home = _home_of_the_run(request.config)
    with Hold(home, throw_away=True):
        yield address(home)


@pytest.fixture(scope="session")
def migrated_database(
    request: pytest.FixtureRequest, database_server: str, django_db_blocker: Any
) -> str:
    """The name of a database with every migration, which nobody is connected to."""
    from django.db import connection

    entry = connection.settings_dict
    before = entry["NAME"], entry["TEST"]["NAME"]
    name = _migrated_name()
    is_made = _home_of_the_run(request.config) / "migrated"
    with is_made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_made.exists():
            return name
        entry["TEST"]["NAME"] = name
        try:
            with django_db_blocker.unblock():
                connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        finally:
            connection.close()
            entry["NAME"], entry["TEST"]["NAME"] = before
        is_made.touch()
    return name


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    from backend.database import socket_folder

    # A slow hash is for attackers; tests sign in all the time.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if not os.environ.get("DATABASE_URL"):
        settings.DATABASES["default"]["HOST"] = str(socket_folder(_home_of_the_run(config)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Have the workers' server from before the first of them needs it until all are gone."""
    from backend.embedded import Hold

    until_all_are_gone = config.stash[UNTIL_ALL_ARE_GONE] = ExitStack()
    if os.environ.get("DATABASE_URL"):
        until_all_are_gone.callback(_drop_migrated)
    else:
        until_all_are_gone.enter_context(Hold(HOME, throw_away=True))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["home_of_the_run"] = str(HOME)


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash.get(UNTIL_ALL_ARE_GONE, ExitStack()).close()
    shutil.rmtree(HOME, ignore_errors=True)


def _home_of_the_run(config: pytest.Config) -> Path:
    """The data folder of the process that began the run, which its workers share."""
    told: dict[str, Any] = getattr(config, "workerinput", {})
    return Path(told.get("home_of_the_run", HOME))


def _migrated_name() -> str:
    from django.conf import settings

    return f"test_{settings.DATABASES['default']['NAME']}_migrated"


def _drop_migrated() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as link:
        link.execute(f'DROP DATABASE IF EXISTS "{_migrated_name()}"')
