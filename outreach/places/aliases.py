"""Codes that are not today's: what a BPS code or an older Kemendagri code stands for."""

from collections.abc import Collection
from typing import NamedTuple

from outreach import bulk
from outreach.models import RegionAlias


class Resolved(NamedTuple):
    """What a code stands for: the `region`'s code of today, or None where no one is its successor.

    `confidence` is high, low or none; only high is to be acted upon. `name` goes with the code.
    """

    region: str | None
    confidence: str
    name: str


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
        SELECT bps_code, CASE WHEN count(*) = 1 THEN min(code) END,
            CASE WHEN count(*) = 1 THEN 'high' ELSE 'none' END, min(name), 2
        FROM outreach_region
        WHERE %s = 'bps' AND bps_code = ANY(%s) GROUP BY bps_code
        ORDER BY rank
        """,
        [str(system), asked, str(system), asked],
    )
    return {code: Resolved(region, confidence, name) for code, region, confidence, name, _ in known}
