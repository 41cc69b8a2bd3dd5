"""Who may be the same as whom: one look into the key table for a whole batch."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from outreach import bulk
from outreach.dedup.blocking import MOST_HOLDERS

_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Holders:
    """Who holds the keys that were looked up, as the bytes of their ids: there are tens of
    thousands. Crowded keys lead nowhere and list nobody."""

    of: Mapping[int, list[bytes]]
    crowded: frozenset[int]


def holders_of(keys: Collection[int]) -> Holders:
    """The stored holders of keys; one statement. A key with more than MOST_HOLDERS is crowded."""
    if not keys:
        return Holders({}, frozenset())
    found: dict[int, list[bytes]] = {}
    crowded = set()
    # In the order of the index, so that neighbouring keys are found on one page.
    for key, holders in bulk.run(
        "SELECT wanted.key, held.packed FROM unnest(%s::bigint[]) AS wanted(key)"
        " LEFT JOIN outreach_crowdedkey crowded ON crowded.key = wanted.key"
        " CROSS JOIN LATERAL (SELECT string_agg(uuid_send(registration_id), '') AS packed FROM ("
        "  SELECT registration_id FROM outreach_matchkey"
        "  WHERE key = wanted.key AND crowded.key IS NULL LIMIT %s) AS first) AS held"
        " WHERE held.packed IS NOT NULL OR crowded.key IS NOT NULL",
        [bulk.array(sorted(keys)), MOST_HOLDERS + 1],
    ):
        packed = bytes(holders or b"")
        if holders is None or len(packed) > MOST_HOLDERS * _ID_BYTES:
            crowded.add(key)
            continue
        found[key] = [
            packed[start : start + _ID_BYTES] for start in range(0, len(packed), _ID_BYTES)
        ]
    return Holders(found, frozenset(crowded))
