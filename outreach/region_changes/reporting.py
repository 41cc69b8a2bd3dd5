"""What changes of regions touch, counted before anything is changed."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from outreach import bulk
from outreach.geo.region_codes import CODE_LENGTHS
from outreach.models import Office
from outreach.offices.territory import holders
from outreach.places.regions.aliases import known_regions
from outreach.region_changes.asked import Asked

COUNTED = {
    "registrations_by_home": ("*", "registration ON domicile_village_id = old_code"),
    "registrations_by_work": ("*", "registration ON work_village_id = old_code"),
    "registrations_by_event": ("*", "registration ON event_village_id = old_code"),
    "people_verified": ("*", "person ON village_id = old_code WHERE state = 'verified'"),
    "people_provisional": ("*", "person ON village_id = old_code WHERE state = 'provisional'"),
    "leads": ("*", "lead ON village_id = old_code"),
    "campaigns": ("DISTINCT campaign_id", "campaign_villages ON region_id = old_code"),
    "campaign_targets": (
        "DISTINCT target.id",
        (
            "campaign_villages ON region_id = old_code"
            " JOIN outreach_campaigntarget AS target USING (campaign_id)"
        ),
    ),
    "denominators": ("*", "denominator ON region_id = old_code WHERE replaced_at IS NULL"),
    "territories": ("*", "officeterritory ON region_id = old_code"),
    "boundaries": ("*", "boundary ON region_id = old_code WHERE is_current"),
    "older_codes": ("*", "regionalias ON region_id = old_code WHERE system = 'kemendagri'"),
}
"""What hangs on a code: what is counted of which rows."""
TOUCHED = (
    "WITH of_changes AS (SELECT * FROM unnest(%s::int[], %s::text[]) AS asked(place, old_code)) "
) + " UNION ALL ".join(
    f"SELECT '{name}', place, count({what}) FROM of_changes JOIN outreach_{rows} GROUP BY place"
    for name, (what, rows) in COUNTED.items()
)


def touched(changes: Sequence[Asked], day: date) -> list[dict[str, Any]]:
    """How much hangs on the codes of each change; a constant number of statements."""
    of_changes = [(number, code) for number, one in enumerate(changes) for code in one.old]
    counts: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTED, 0))
    for name, number, count in bulk.run(
        TOUCHED, [[number for number, _ in of_changes], [code for _, code in of_changes]]
    ):
        counts[number][name] = count
    codes = {code for _, code in of_changes}
    names = {code: region.name for code, region in known_regions(codes).items()}
    offices = _offices_within(codes, day)
    targets = _targets({office for own in offices.values() for office in own}, day.year)
    return [
        {
            "change": one.told(),
            "villages": {code: names[code] for code in one.old if code in names},
            **counts[number],
            "office_targets": sum(
                targets.get(office, 0) for office in {o for code in one.old for o in offices[code]}
            ),
        }
        for number, one in enumerate(changes)
    ]


def _offices_within(codes: Collection[str], day: date) -> dict[str, set[int]]:
    """The offices that look after villages of each region on a day."""
    found: dict[str, set[int]] = {code: set() for code in codes}
    for kind in Office.Kind.values:
        for village, office in holders(codes, kind, day):
            if office is not None:
                for code in {village[:length] for length in CODE_LENGTHS} & found.keys():
                    found[code].add(office)
    return found


def _targets(offices: Collection[int], year: int) -> dict[int, int]:
    """How many targets of a year offices have."""
    rows = bulk.run(
        "SELECT office_id, count(*) FROM outreach_officetarget"
        " WHERE year = %s AND office_id = ANY(%s) GROUP BY office_id",
        [year, list(offices)],
    )
    return dict(rows)


def office_of(codes: Collection[str], day: date) -> dict[str, list[str]]:
    """The names of the offices that look after each village on a day, sorted."""
    names = dict(Office.objects.values_list("pk", "name"))
    found: dict[str, list[str]] = {code: [] for code in codes}
    for kind in Office.Kind.values:
        for village, office in holders(codes, kind, day):
            if office is not None and village in found:
                found[village].append(names[office])
    return {code: sorted(own) for code, own in found.items()}


def lines(report: dict[str, Any]) -> list[str]:
    """A change's report in words."""
    counts = ", ".join(
        f"{name.replace('_', ' ')}: {report[name]}"
        for name in (*COUNTED, "office_targets")
        if report[name]
    )
    named = ", ".join(f"{code} {name}" for code, name in report["villages"].items())
    return [
        report["change"],
        f"  of {named}",
        f"  touches {counts or 'nothing'}",
        *(f"  {line}" for line in report.get("told", ())),
    ]
