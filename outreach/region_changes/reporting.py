"""What changes of regions touch, counted before anything is changed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from outreach import bulk
from outreach.models import Office
from outreach.offices.territory import holders
from outreach.places.regions.aliases import known_regions
from outreach.region_changes.asked import Asked

COUNTED = {
    "registrations_by_home": "registration ON domicile_village_id = old_code",
    "registrations_by_work": "registration ON work_village_id = old_code",
    "registrations_by_event": "registration ON event_village_id = old_code",
    "people_verified": "person ON village_id = old_code WHERE state = 'verified'",
    "people_provisional": "person ON village_id = old_code WHERE state = 'provisional'",
    "leads": "lead ON village_id = old_code",
    "denominators": "denominator ON region_id = old_code WHERE replaced_at IS NULL",
    "territories": "officeterritory ON region_id = old_code",
    "boundaries": "boundary ON region_id = old_code WHERE is_current",
    "older_codes": "regionalias ON region_id = old_code WHERE system = 'kemendagri'",
}
COUNTED_ONCE = {
    "campaigns": "SELECT place, campaign_id AS id FROM of_changes"
    " JOIN outreach_campaign_villages ON region_id = old_code",
    "campaign_targets": "SELECT place, target.id FROM of_changes"
    " JOIN outreach_campaign_villages AS listed ON region_id = old_code"
    " JOIN outreach_campaigntarget AS target ON target.campaign_id = listed.campaign_id",
}
TOUCHED = (
    "WITH of_changes AS (SELECT * FROM unnest(%s::int[], %s::text[]) AS asked(place, old_code)) "
) + " UNION ALL ".join(
    [
        f"SELECT '{name}', place, count(*) FROM of_changes JOIN outreach_{rows} GROUP BY place"
        for name, rows in COUNTED.items()
    ]
    + [
        f"SELECT '{name}', place, count(DISTINCT id) FROM ({rows}) AS {name} GROUP BY place"
        for name, rows in COUNTED_ONCE.items()
    ]
)
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


def touched(changes: Sequence[Asked], day: date) -> list[dict[str, Any]]:
    """How much hangs on the codes of each change. Counted for all of them in one statement."""
    of_changes = [(number, code) for number, one in enumerate(changes) for code in one.old]
    counts: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(NAMES, 0))
    for name, number, count in bulk.run(
        TOUCHED, [[number for number, _ in of_changes], [code for _, code in of_changes]]
    ):
        counts[number][name] = count
    names = {
        code: region.name for code, region in known_regions({c for _, c in of_changes}).items()
    }
    return [
        {
            "change": one.told(),
            "villages": {code: names[code] for code in one.old if code in names},
            **counts[number],
            "office_targets": _targets(one.old, day),
        }
        for number, one in enumerate(changes)
    ]


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
