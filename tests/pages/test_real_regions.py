"""The pages about regions with the boundary sets that people really have."""

from pathlib import Path

import pytest

from outreach.models import Boundary, User
from outreach.places.boundaries.loading import Origin, load_boundaries
from outreach.places.regions.loading import load_regions
from outreach.places.showing.comparisons import known_boundaries, surroundings
from outreach.places.showing.outlines import refresh_pending_outlines
from tests.pages.test_pages import page

pytestmark = [pytest.mark.django_db, pytest.mark.reference]

WEK_I = "12.77.01.1001"


@pytest.fixture
def _two_sets(reference_data: Path) -> None:
    folder = reference_data / "regions"
    load_regions(folder / "regions_2025.csv.gz")
    for file, origin in (
        (
            "messy/hdx2020_1277_padangsidimpuan_original.geojson",
            Origin("HDX COD-AB (BPS)", "2020", "CC BY-IGO", 100),
        ),
        (
            "villages/12.77_kota_padangsidimpuan.geojson",
            Origin("cahyadsn (BIG RBI10K)", "2026-08", "MIT", 15),
        ),
    ):
        load_boundaries([folder / file], origin)


@pytest.mark.usefixtures("_two_sets")
def test_two_published_sets_of_one_city_are_seen_over_each_other() -> None:
    user = User.objects.create(username="uji.admin", role="administrator")
    text = page(user, f"/regions/{WEK_I}/")
    assert "HDX COD-AB (BPS) 2020" in text and "cahyadsn (BIG RBI10K) 2026-08" in text
    assert text.count('class="line line-') == 4
    assert "83 % sama" in text
    assert refresh_pending_outlines() == 1
    assert page(user, "/regions/12.77/").count('class="thin"') == 79


@pytest.mark.usefixtures("_two_sets")
def test_every_village_of_the_city_can_be_compared_and_has_neighbours() -> None:
    villages = Boundary.objects.filter(is_current=True).values_list("region_id", flat=True)
    assert len(villages) == 79
    for code in villages:
        known = known_boundaries(code)
        assert [entry.is_reference for entry in known] == [True, False]
        difference = known[1].difference
        assert difference and 0 <= difference.common < 1
        assert 0 <= difference.p50_m <= difference.p90_m <= difference.most_m < 20_000
        around = surroundings(code, [entry.polygon for entry in known])
        assert any(near.is_beside for near in around.neighbours)
        assert code not in {near.code for near in around.neighbours}
