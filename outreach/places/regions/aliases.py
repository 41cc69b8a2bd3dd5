"""Codes that are not today's: what a BPS code or an older Kemendagri code stands for."""

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from outreach import bulk
from outreach.models import RegionAlias
from outreach.transactions import lock_for_load

IS_TODAYS = """NOT EXISTS (
    SELECT FROM outreach_regionalias AS gone
    WHERE gone.system = 'kemendagri' AND gone.code = village.code)"""
"""SQL for a `village` of today: the list of regions keeps those that are gone, as aliases."""

IS_SUCCEEDED = """EXISTS (
    SELECT FROM outreach_regionalias AS gone
    WHERE gone.system = 'kemendagri' AND gone.code = village.code AND gone.confidence = 'high')"""
"""SQL for a `village` that is gone, and whose registrations follow to its one successor."""

IS_GONE = Exists(
    RegionAlias.objects.filter(system=RegionAlias.System.KEMENDAGRI, code=OuterRef("code"))
)
"""A condition for regions that the list keeps although they are gone: none of today."""


class Resolved(NamedTuple):
    """What a code stands for: the `region`'s code of today, or None where no one is its successor.

    `confidence` is high, low or none; only high is to be acted upon. `name` goes with the code.
    """

    region: str | None
    confidence: str
    name: str

    @property
    def sure(self) -> str | None:
        """The region's code where it may be acted upon."""
        return self.region if self.confidence == RegionAlias.Confidence.HIGH else None


def resolve(system: RegionAlias.System, codes: Collection[str]) -> dict[str, Resolved]:
    """What is known of each code, keyed as it was asked; unknown codes are left out.

    BPS codes are plain digits and found among today's first. Kemendagri codes are dotted; those of
    today are no aliases, so they are left out.
    """
    asked = sorted({code for code in codes if code})
    if not asked:
        return {}
    known = bulk.run(
        """
        SELECT code, region_id, confidence, name, 1 AS rank FROM outreach_regionalias
        WHERE system = %s AND code = ANY(%s)
        UNION ALL
        SELECT bps_code, CASE WHEN count(DISTINCT today) = 1 THEN min(today) END,
            CASE WHEN count(DISTINCT today) = 1 THEN min(confidence) ELSE 'none' END, min(name), 2
        FROM (
            SELECT bps_code, region.name, coalesce(confidence, 'high') AS confidence,
                CASE WHEN gone.id IS NULL THEN region.code ELSE gone.region_id END AS today
            FROM outreach_region AS region
            LEFT JOIN outreach_regionalias AS gone
                ON gone.system = 'kemendagri' AND gone.code = region.code
            WHERE %s = 'bps' AND bps_code = ANY(%s)
        ) AS bearing GROUP BY bps_code
        ORDER BY rank
        """,
        [str(system), asked, str(system), asked],
    )
    return {code: Resolved(region, confidence, name) for code, region, confidence, name, _ in known}


class Known(NamedTuple):
    name: str
    bps_code: str


def known_regions(codes: Collection[str]) -> dict[str, Known]:
    """The regions among these Kemendagri codes, any number of them, in one statement."""
    rows = bulk.run(
        "SELECT code, name, bps_code FROM outreach_region WHERE code = ANY(%s)", [sorted({*codes})]
    )
    return {code: Known(name, bps_code) for code, name, bps_code in rows}


def lock_regions() -> None:
    """Wait until no other load changes regions or aliases, and keep others waiting till commit."""
    lock_for_load("outreach_region, outreach_regionalias")


def hold_regions() -> None:
    """Have no region change from now till commit: for who looks a region up and then stores what
    hangs on its code, which a change of regions carries along only where it is committed. Waits for
    `lock_regions`, and not for others who hold them."""
    bulk.run("LOCK TABLE outreach_regionalias IN ROW EXCLUSIVE MODE")
