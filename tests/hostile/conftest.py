"""One crashable database and one site for the tests of a file: making them takes longest."""

from collections.abc import Iterator

import pytest

from tests.hostile.crashing import Database
from tests.hostile.servers import Site, site


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with Database(tmp_path_factory.mktemp("hostile"), is_unsafe=True) as database:
        yield database


@pytest.fixture(scope="module")
def at(database: Database) -> Iterator[Site]:
    """Healthy servers on a database of their own."""
    with site(database) as at:
        yield at
