import pytest

from outreach.models import Region, RegionAlias
from outreach.places.regions.aliases import Resolved, resolve

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("regions")]

BPS = RegionAlias.System.BPS
KEMENDAGRI = RegionAlias.System.KEMENDAGRI


def alias(system: RegionAlias.System, code: str, region: str | None, confidence: str) -> None:
    RegionAlias.objects.create(
        system=system,
        code=code,
        level=4,
        name=f"Lama {code}",
        region_id=region,
        basis="test",
        confidence=confidence,
        source="test",
    )


def test_an_old_code_leads_to_its_successor_if_there_is_one() -> None:
    alias(KEMENDAGRI, "12.71.09.1001", "12.71.01.1001", "high")
    alias(KEMENDAGRI, "12.71.09.1002", None, "none")
    alias(BPS, "12.71.09.1003", "12.71.01.1003", "high")
    asked = ["12.71.09.1001", "12.71.09.1002", "12.71.09.1003", "12.71.01.1001", ""]
    assert resolve(KEMENDAGRI, asked) == {
        "12.71.09.1001": Resolved("12.71.01.1001", "high", "Lama 12.71.09.1001"),
        "12.71.09.1002": Resolved(None, "none", "Lama 12.71.09.1002"),
    }


def test_a_bps_code_of_today_goes_before_an_older_one() -> None:
    Region.objects.filter(code="12.71.01.1001").update(bps_code="1275010001")
    alias(BPS, "1275010001", "12.71.01.1002", "low")
    alias(BPS, "1275010002", "12.71.01.1002", "low")
    assert resolve(BPS, ["1275010001", "1275010002", "1275010003"]) == {
        "1275010001": Resolved("12.71.01.1001", "high", "Nama 12.71.01.1001"),
        "1275010002": Resolved("12.71.01.1002", "low", "Lama 1275010002"),
    }


def test_a_bps_code_that_two_regions_bear_is_nobodys() -> None:
    Region.objects.filter(code__startswith="12.71.01.100").update(bps_code="1275010001")
    assert resolve(BPS, ["1275010001"])["1275010001"].confidence == "none"
    assert resolve(BPS, []) == {}
