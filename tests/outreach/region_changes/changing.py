"""Changes of regions as somebody makes them on a command line."""

from typing import Any
from uuid import uuid5

from django.core.management import call_command

from outreach import bulk
from outreach.models import Denominator, Region, RegionChange, Registration
from outreach.region_changes.reporting import COUNTED
from outreach.standings.rebuilding import refresh
from tests.outreach.places.reattributing.three_villages import NAMESPACE
from tests.records import NOW

DAY = "2026-11-01"


def change(*asked: str, apply: bool = True, day: str = DAY) -> RegionChange | None:
    call_command(
        "change_regions",
        *asked,
        f"--day={day}",
        "--source=Kepmendagri 1/2026",
        *(["--apply"] if apply else []),
    )
    return RegionChange.objects.order_by("-pk").first()


def undo(changed: RegionChange | None) -> None:
    assert changed is not None
    call_command("change_regions", f"--undo={changed.pk}", "--reason=wrong decree")


def measure(code: str, value: int, **changes: Any) -> Denominator:
    made = Denominator.objects.create(
        **{
            "region_id": code,
            "year": 2025,
            "value": value,
            "kind": "official",
            "source": "Dukcapil",
            "loaded_at": NOW,
        }
        | changes
    )
    refresh(NOW, [code])
    return made


def figures(code: str) -> list[tuple[int, str, int]]:
    """What stands for a region: value, kind and revision."""
    rows = Denominator.objects.filter(region=code, replaced_at=None).order_by("source", "year")
    return list(rows.values_list("value", "kind", "revision"))


def people(within: str) -> tuple[int, int]:
    """Verified and provisional people of a region, counted from people by plain SQL."""
    [counts] = bulk.run(
        "SELECT count(*) FILTER (WHERE state = 'verified'),"
        " count(*) FILTER (WHERE state = 'provisional')"
        " FROM outreach_person WHERE starts_with(village_id, %s)",
        [within],
    )
    return counts[0], counts[1]


def tallied(within: str) -> tuple[int, int]:
    [counts] = bulk.run(
        "SELECT coalesce(sum(verified), 0)::int, coalesce(sum(provisional), 0)::int"
        " FROM outreach_villagetally WHERE starts_with(village_id, %s)",
        [within],
    )
    return counts[0], counts[1]


def split_of(village: Region) -> RegionChange:
    """A split that was applied, without any of what follows."""
    return RegionChange.objects.create(
        kind="split",
        effective_day=DAY,
        from_codes=[village.code],
        to_codes=[village.code, f"{village.code[:9]}2090"],
        names=[village.name, "Baru"],
        source="Kepmendagri 1/2026",
        report={"told": []} | dict.fromkeys(COUNTED, 0),
        applied_at=NOW,
    )


NEW = "99.01.01.2010"


def homes() -> list[str | None]:
    return [
        Registration.objects.get(pk=uuid5(NAMESPACE, str(n))).domicile_village_id
        for n in range(1, 6)
    ]
