"""Fixtures for every test. Race tests need real commits: mark them
`@pytest.mark.django_db(transaction=True)` and open their connections in their own threads.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cast import cast as cast  # noqa: PLC0414  # for every test
from tests.counting import count_queries as count_queries  # noqa: PLC0414

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder with the real region data, which is not part of the repository."""
    folder = Path(os.environ.get("JEMPUT_REFERENCE_DATA") or PROJECT.parent / "shared" / "data")
    if folder.is_dir():
        return folder
    why = f"no region data in {folder}: set JEMPUT_REFERENCE_DATA"
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture
def photo_folder(tmp_path: Path, settings: Any) -> Path:
    """An empty folder that photos are kept in."""
    folder = tmp_path / "photos"
    photos = settings.STORAGES["photos"] | {"OPTIONS": {"location": str(folder)}}
    settings.STORAGES = settings.STORAGES | {"photos": photos}
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium for browser tests (run it with --no-sandbox as root)."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    why = "no Chromium on this machine: apt install chromium"
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_server: str) -> None:
    """Has pytest-django start the server before it makes the test database."""
