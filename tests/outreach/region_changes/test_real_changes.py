"""A merger that happened: two kelurahan of Surabaya are one since, by the real list of regions."""

from pathlib import Path

import pytest
from django.utils import timezone

from outreach.models import Denominator, Region, Standing
from outreach.places.regions.loading import load_regions
from outreach.standings.rebuilding import refresh
from tests.outreach.region_changes.changing import change, figures

pytestmark = [pytest.mark.django_db, pytest.mark.reference]
OLD = ("35.78.12.1004", "35.78.12.1005")
NEW = "35.78.12.1006"


def test_two_kelurahan_of_surabaya_are_one(reference_data: Path) -> None:
    load_regions(reference_data / "regions" / "regions_2025.csv.gz")
    assert Region.objects.filter(pk=NEW).exists() and not Region.objects.filter(pk__in=OLD).exists()
    # As the list was before.
    Region.objects.filter(pk=NEW).delete()
    for number, code in enumerate(OLD):
        Region.objects.create(
            code=code, level=4, kind="kelurahan", name=f"Lama {number}", parent_id="35.78.12",
            time_zone="Asia/Jakarta",
        )  # fmt: skip
        Denominator.objects.create(
            region_id=code, year=2025, value=1000 + number, kind="official", source="Dukcapil",
            loaded_at=timezone.now(),
        )  # fmt: skip
    refresh(timezone.now(), OLD)
    before = Standing.objects.filter(regency="35.78").count()

    made = change("--merge", *OLD, "--into", NEW, "--name", "Gabungan")

    assert figures(NEW) == [(2001, "estimate", 1)]
    assert Standing.objects.filter(regency="35.78").count() == before - 1
    assert made and made.report["told"] == []
