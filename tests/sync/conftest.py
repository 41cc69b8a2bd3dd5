"""A kader's tablets and records, for every test of the protocol."""

from typing import Any

import pytest

from tests.cast import Cast
from tests.sync.contents import captured
from tests.tablet import Tablet, tablet_of


@pytest.fixture
def tablet(cast: Cast) -> Tablet:
    return tablet_of(cast.siti)


@pytest.fixture
def first(tablet: Tablet) -> Tablet:
    """The kader's tablet beside the `second`."""
    return tablet


@pytest.fixture
def second(cast: Cast) -> Tablet:
    """Another tablet of the same kader."""
    return tablet_of(cast.siti)


@pytest.fixture
def siti(cast: Cast) -> dict[str, Any]:
    """A whole record of one worker."""
    return captured(cast)


@pytest.fixture
def faulty(cast: Cast) -> dict[str, Any]:
    """A record with a NIK that is too short."""
    return captured(cast, nik="99010145038400", mother_name="Nurhayati")
