"""What changes of regions touch, counted before anything is changed."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from outreach import bulk
from outreach.models import Office
from outreach.offices.territory import holders
from outreach.places.regions.aliases import known_regions
from outreach.region_changes.asked import Asked

TOUCHED = """
    SELECT
        (SELECT count(*) FROM outreach_registration WHERE domicile_village_id = ANY(%(codes)s)),
        (SELECT count(*) FROM outreach_registration WHERE work_village_id = ANY(%(codes)s)),
        (SELECT count(*) FROM outreach_registration WHERE event_village_id = ANY(%(codes)s)),
        (SELECT coalesce(sum(verified), 0) FROM outreach_villagetally
            WHERE village_id = ANY(%(codes)s)),
        (SELECT coalesce(sum(provisional), 0) FROM outreach_villagetally
            WHERE village_id = ANY(%(codes)s)),
        (SELECT count(*) FROM outreach_lead WHERE village_id = ANY(%(codes)s)),
        (SELECT count(DISTINCT campaign_id) FROM outreach_campaign_villages
            WHERE region_id = ANY(%(codes)s)),
        (SELECT count(*) FROM outreach_campaigntarget WHERE campaign_id IN (
            SELECT campaign_id FROM outreach_campaign_villages WHERE region_id = ANY(%(codes)s))),
        (SELECT count(*) FROM outreach_denominator
            WHERE region_id = ANY(%(codes)s) AND replaced_at IS NULL),
        (SELECT count(*) FROM outreach_officeterritory WHERE region_id = ANY(%(codes)s)),
        (SELECT count(*) FROM outreach_boundary WHERE region_id = ANY(%(codes)s) AND is_current),
        (SELECT count(*) FROM outreach_regionalias
            WHERE region_id = ANY(%(codes)s) AND system = 'kemendagri')
"""
NAMES = (
    "registrations_by_home",
    "registrations_by_work",
    "registrations_by_event",
    "people_verified",
    "people_provisional",
    "leads",
    "campaigns",
    "campaign_targets",
    "denominators",
    "territories",
    "boundaries",
    "older_codes",
)


def touched(one: Asked, day: date) -> dict[str, Any]:
    """How much hangs on the codes of a change, and whose villages become another office's."""
    codes = list(one.old)
    [counts] = bulk.run(TOUCHED, {"codes": codes})
    return {
        "change": one.told(),
        "villages": {code: region.name for code, region in known_regions(codes).items()},
        **{name: int(count) for name, count in zip(NAMES, counts, strict=True)},
        "office_targets": _targets(codes, day),
    }


def _targets(codes: Sequence[str], day: date) -> int:
    """Targets of this year of the offices that look after the villages."""
    offices = {held.office for kind in Office.Kind.values for held in holders(codes, kind, day)} - {
        None
    }
    [(count,)] = bulk.run(
        "SELECT count(*) FROM outreach_officetarget WHERE year = %s AND office_id = ANY(%s)",
        [day.year, list(offices)],
    )
    return int(count)


def office_of(codes: Sequence[str], day: date) -> dict[str, list[str]]:
    """The names of the offices that look after each village on a day."""
    names = dict(Office.objects.values_list("pk", "name"))
    found: dict[str, list[str]] = {code: [] for code in codes}
    for kind in Office.Kind.values:
        for held in holders(codes, kind, day):
            if held.office is not None and held.village in found:
                found[held.village].append(names[held.office])
    return found


def lines(report: dict[str, Any]) -> list[str]:
    """A change's report in words."""
    counts = ", ".join(
        f"{name.replace('_', ' ')}: {report[name]}"
        for name in (*NAMES, "office_targets")
        if report[name]
    )
    named = ", ".join(f"{code} {name}" for code, name in report["villages"].items())
    return [
        report["change"],
        f"  of {named}",
        f"  touches {counts or 'nothing'}",
        *(f"  {line}" for line in report.get("told", ())),
    ]
