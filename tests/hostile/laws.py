"""What must hold whatever happened, read from the database by plain SQL and from the receipts."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import psycopg

from tests.hostile.tablets import NoAnswer, Tablet, Told

Link = psycopg.Connection[tuple[Any, ...]]
SHOWN = 3

TOLD = "CREATE TEMP TABLE told (id uuid PRIMARY KEY, outcome text, revision int, kader bigint)"
CREDITED = """
    CREATE TEMP VIEW credited AS
    SELECT DISTINCT ON (person_id) person_id, id AS registration,
        coalesce(decided_campaign_id, campaign_id) AS campaign_id, kader_id,
        domicile_village_id AS home, event_village_id AS event,
        date_trunc('month', local_day)::date AS month,
        person_id IN (SELECT person_id FROM outreach_registration WHERE status IN
            ('verified', 'handed_off', 'awaiting_payment', 'active', 'lapsed')) AS is_verified
    FROM outreach_registration WHERE status NOT IN ('rejected', 'withdrawn')
    ORDER BY person_id, clock_trusted DESC, corrected_at, id"""

LAWS = {
    "acknowledged and not stored": """
        SELECT id FROM told WHERE NOT EXISTS
            (SELECT FROM outreach_registration AS stored WHERE stored.id = told.id)""",
    "stored more than once": """
        SELECT id FROM outreach_registration GROUP BY id HAVING count(*) > 1""",
    "stored under another revision than was told": """
        SELECT id FROM told JOIN outreach_registration AS stored USING (id)
        WHERE stored.revision <> told.revision""",
    "stored for another kader": """
        SELECT id FROM told JOIN outreach_registration AS stored USING (id)
        WHERE stored.kader_id <> told.kader""",
    "without exactly one receipt": """
        SELECT id FROM told LEFT JOIN sync_receipt ON record_id = id
        GROUP BY id HAVING count(record_id) <> 1""",
    "with another receipt than was told": """
        SELECT id FROM told JOIN sync_receipt AS kept ON record_id = id
        WHERE (kept.outcome, kept.revision) IS DISTINCT FROM (told.outcome, told.revision)""",
    "with a receipt and not stored": """
        SELECT record_id FROM sync_receipt WHERE outcome IN ('accepted', 'review', 'duplicate')
            AND record_id NOT IN (SELECT id FROM outreach_registration)""",
    "of nobody": """
        SELECT id FROM outreach_registration
        WHERE person_id NOT IN (SELECT id FROM outreach_person)""",
    "not in the change log": """
        SELECT id FROM outreach_registration WHERE id IN (SELECT id FROM told)
            AND id::text NOT IN (SELECT object_id FROM outreach_change WHERE kind = 'registration')
        """,
    "without exactly one match record": """
        SELECT id FROM outreach_registration LEFT JOIN outreach_matchrecord ON registration_id = id
        GROUP BY id HAVING count(registration_id) <> 1""",
    "held although stored": """
        SELECT record_id FROM sync_heldrecord
        WHERE state = 'held' AND record_id IN (SELECT id FROM told)""",
    "people who stand otherwise than their registrations say": """
        SELECT person.id FROM outreach_person AS person LEFT JOIN credited ON person_id = person.id
        WHERE (person.credited_id, person.village_id, person.month, person.state)
            IS DISTINCT FROM (registration, home, CASE WHEN registration IS NOT NULL
                THEN credited.month END, CASE WHEN registration IS NULL THEN 'none'
                WHEN is_verified THEN 'verified' ELSE 'provisional' END)""",
    "villages whose tally is not the recount": """
        WITH due AS (
            SELECT village, month, sum(verified) AS verified, sum(provisional) AS provisional,
                sum(hosted) AS hosted
            FROM (
                SELECT home AS village, month, is_verified::int AS verified,
                    (NOT is_verified)::int AS provisional, 0 AS hosted FROM credited
                UNION ALL SELECT event, month, 0, 0, 1 FROM credited
            ) AS counted WHERE village IS NOT NULL GROUP BY village, month
        ), kept AS (
            SELECT village_id AS village, month, verified, provisional, hosted
            FROM outreach_villagetally WHERE verified <> 0 OR provisional <> 0 OR hosted <> 0
        )
        SELECT village FROM due FULL JOIN kept USING (village, month)
        WHERE (due.verified, due.provisional, due.hosted)
            IS DISTINCT FROM (kept.verified, kept.provisional, kept.hosted)""",
    "campaigns whose tally is not the recount": """
        WITH due AS (
            SELECT campaign_id, kader_id, month, count(*) FILTER (WHERE is_verified) AS verified,
                count(*) FILTER (WHERE NOT is_verified) AS provisional
            FROM credited GROUP BY campaign_id, kader_id, month
        ), kept AS (
            SELECT campaign_id, kader_id, month, verified, provisional
            FROM outreach_campaigntally WHERE verified <> 0 OR provisional <> 0
        )
        SELECT campaign_id FROM due FULL JOIN kept USING (campaign_id, kader_id, month)
        WHERE (due.verified, due.provisional) IS DISTINCT FROM (kept.verified, kept.provisional)
        """,
    "standings that are not the sum of the tallies": """
        SELECT village_id FROM outreach_standing AS kept LEFT JOIN LATERAL (
            SELECT sum(verified) AS verified, sum(provisional) AS provisional
            FROM outreach_villagetally AS tally
            WHERE tally.village_id = kept.village_id AND tally.month <= kept.period
        ) AS due ON true
        WHERE (kept.verified, kept.provisional)
            IS DISTINCT FROM (coalesce(due.verified, 0), coalesce(due.provisional, 0))""",
}


def told_of(tablets: Iterable[Tablet]) -> dict[str, Told]:
    """Everything that was acknowledged to any of the tablets."""
    told: dict[str, Told] = {}
    for tablet in tablets:
        told |= tablet.told
    return told


def broken_laws(link: Link, told: Mapping[str, Told]) -> list[str]:
    """Which laws do not hold in the database, with how often and the first few."""
    link.execute("DROP VIEW IF EXISTS credited")
    link.execute("DROP TABLE IF EXISTS told")
    link.execute(TOLD)
    link.execute(CREDITED)
    with link.cursor().copy("COPY told (id, outcome, revision, kader) FROM STDIN") as copy:
        for key, one in told.items():
            copy.write_row((key, *one))
    link.execute("ANALYZE told")
    return [
        f"{len(rows):,} {law}: {', '.join(str(row[0]) for row in rows[:SHOWN])}"
        for law, query in LAWS.items()
        if (rows := link.execute(query).fetchall())
    ]


def wrong_receipts(link: Link, tablets: Iterable[Tablet]) -> Iterator[str]:
    """Receipts, as tablets are told them now, that are not what is stored."""
    stored = {
        str(key): (revision, str(person), status)
        for key, revision, person, status in link.execute(
            "SELECT id, revision, person_id, status FROM outreach_registration"
        )
    }
    for tablet in tablets:
        wrong = [
            f"{result['id']} {result['outcome']}"
            for result in receipts_of(tablet)
            if (result["revision"], result["person"], result.get("state"))
            != stored.get(result["id"])
        ]
        if wrong:
            yield f"{len(wrong):,} wrong receipts: {', '.join(wrong[:SHOWN])}"


def receipts_of(tablet: Tablet) -> list[dict[str, Any]]:
    """What a tablet is told now of everything that was acknowledged to it; it hangs up then."""
    while True:
        try:
            return tablet.receipts(list(tablet.told))
        except NoAnswer:
            continue
        finally:
            tablet.close()
