from pathlib import Path

import pytest

from outreach.geo.region_codes import System
from outreach.places.regions.loading import RegionReport, load_regions
from tests.outreach.places.region_lists.country import BPS, EVERY, Load


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a text, or bytes, as a file."""

    def write_and_load(
        content: str | bytes, name: str = "list.csv", system: System | None = None
    ) -> RegionReport:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return load_regions(file, system=system)

    return write_and_load


@pytest.fixture
def country(load: Load) -> None:
    """The list with every BPS code."""
    lines = [f"{code},{name},{BPS[code]}" for code, name in EVERY.items()]
    load("\n".join(["code,name,bps_code", *lines]))


@pytest.fixture
def country_without_bps(load: Load) -> None:
    load("\n".join(["kode,nama", *(f"{code},{name}" for code, name in EVERY.items())]))
