"""Fixtures for every test. Race tests need real commits: mark them
`@pytest.mark.django_db(transaction=True)` and open their connections in their own threads.
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests import chromium as browsers
from tests.cast import cast as cast  # noqa: PLC0414  # for every test
from tests.counting import count_queries as count_queries  # noqa: PLC0414
from tests.restoring import remembered

PROJECT = Path(__file__).resolve().parent.parent
LONGEST = (
    "hostile",
    "backend",
    "fixtures",
    "outreach/matching",
    "outreach/places",
    "outreach/region_changes",
    "outreach/standings",
    "sync/tablet",
)
"""Folders here whose tests take long: they start servers, draw examples or read whole countries."""


# A moment takes longer where others work beside the tests.
hypothesis_settings.register_profile(
    "searching",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=False,
)
# What holds on one machine holds on all; `--hypothesis-profile=searching` looks for what does not.
hypothesis_settings.register_profile(
    "same", hypothesis_settings.get_profile("searching"), derandomize=True, database=None
)
hypothesis_settings.load_profile("same")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the longest files begin first, so that no worker is left alone with one at the end:
    those known as such or with a browser, then those with the most tests.
    """
    folders = {PROJECT / "tests" / name for name in LONGEST}
    long = {
        item.path
        for item in items
        if item.get_closest_marker("browser") or folders & {*item.path.parents}
    }
    sizes = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path not in long, -sizes[item.path], item.path))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes go by their number: a packed file differs by the second in which it was packed, also in
    its length, and workers have to agree."""
    return argname if isinstance(val, bytes) else None


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
    if path := browsers.found():
        return path
    if os.environ.get("CI"):
        pytest.fail(browsers.MISSING)
    pytest.skip(browsers.MISSING)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    database_server: str,
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_use_migrations: bool,
    django_db_keepdb: bool,
) -> None:
    """Has pytest-django start the server before it makes the test database, one a worker."""
    is_worker = hasattr(request.config, "workerinput")
    if is_worker and django_db_use_migrations and not django_db_keepdb:
        template = request.getfixturevalue("migrated_database")
        connection.settings_dict["TEST"]["TEMPLATE"] = template


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: Any, django_db_keepdb: bool
) -> Iterator[None]:
    """A test that commits leaves nothing to the next one, also no jobs, which no model is for."""
    with django_db_blocker.unblock():
        if django_db_keepdb:
            # The run before may have been broken off.
            call_command("flush", interactive=False, verbosity=0)
            connection.cursor().execute("DELETE FROM procrastinate_jobs")
        restoring = remembered()

    def restore(_: TransactionTestCase) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(restoring)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", restore)
        yield
