"""The database of a test run: a pytest plugin, so that it is in place before Django's settings.

Tests run in demo mode on a throw-away embedded PostgreSQL that starts with the first test that
needs a database, or on the server of DATABASE_URL.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

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


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    """The URL of the PostgreSQL server under test."""
    from backend.database import address
    from backend.embedded import Hold

    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    with Hold(HOME, throw_away=True):
        yield address(HOME)


def pytest_configure() -> None:
    from django.conf import settings

    # A slow hash is for attackers; tests sign in all the time.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_unconfigure() -> None:
    shutil.rmtree(HOME, ignore_errors=True)
