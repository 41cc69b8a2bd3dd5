"""What is kept made anew: standings from the tallies, tallies from the people."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Model

from outreach import bulk, changes, people
from outreach.attribution import standing_of
from outreach.models import CampaignTally, Person, Region, Standing, VillageTally
from outreach.places.regions.aliases import IS_SUCCEEDED
from outreach.standings.months import current_period
from outreach.standings.recounting import formula_of, recounted
from outreach.standings.tables import NO_RANKS, kept_formula, ranks_before

CHUNK = 2000


def refresh(now: datetime, villages: Collection[str] | None = None) -> None:
    """Bring the kept standings to the current period and to today's denominators and formula.

    All villages, or the given ones after their denominators changed. Goes by provinces in the
    order of their codes, each in a transaction of its own: pushes wait for one at a time.
    """
    period = current_period(now)
    if villages is not None and kept_formula("", period) is None:
        villages = None
    if villages is None:
        provinces = Region.objects.filter(level=Region.Level.PROVINCE).values_list(
            "code", flat=True
        )
        previous = ranks_before(period)
        for province in sorted(provinces):
            _refresh(period, province, None, previous)
        return
    for province, codes in groupby(sorted(villages), key=lambda code: code[:2]):
        _refresh(period, province, list(codes), {})


def refresh_listed(now: datetime) -> None:
    """Take the standing from villages that have a successor by now; give one to those that lack it.

    To be called after aliases were loaded, and registrations have followed.
    """
    rows = bulk.run(
        f"""
        SELECT code FROM outreach_region AS village
        WHERE level = 4 AND {IS_SUCCEEDED} = EXISTS (
            SELECT FROM outreach_standing WHERE village_id = code)
        """
    )
    if rows:
        refresh(now, [code for (code,) in rows])


@transaction.atomic
def _refresh(
    period: date,
    within: str,
    villages: Collection[str] | None,
    previous: Mapping[str, Sequence[int | None]],
) -> None:
    changes.settle()
    version = formula_of(period).version
    rows = [
        {
            "village_id": row.code,
            "province": row.code[:2],
            "regency": row.code[:5],
            "stratum": row.stratum,
            "period": period,
            "formula_id": version,
            "verified": row.verified,
            "opening_verified": row.opening_verified,
            "provisional": row.provisional,
            "cohort": row.cohort,
            "retained": row.retained,
            "officials_id": row.officials.id if row.officials else None,
            "denominator_id": row.denominator.id if row.denominator else None,
            "score": row.result.score,
            "previous_ranks": previous.get(row.code, NO_RANKS),
        }
        for row in recounted(period, within, villages)
    ]
    # Only a full refresh knows the ranks of the period before.
    settled = {"village_id"} if villages is None else {"village_id", "previous_ranks"}
    bulk.run(
        "DELETE FROM outreach_standing AS kept USING outreach_region AS village"
        f" WHERE village.code = village_id AND province = %s AND {IS_SUCCEEDED}",
        [within],
    )
    if rows:
        bulk.insert(Standing, rows, on_conflict=_replacing("village_id", set(rows[0]) - settled))


def _replacing(key: str, columns: Iterable[str]) -> str:
    """SQL that overwrites a conflicting row's columns, unless they are the same already."""
    names = sorted(columns)
    old, new = (", ".join(f"{which}.{name}" for name in names) for which in ("old", "excluded"))
    return (
        f"({key}) DO UPDATE SET ({', '.join(names)}) = ({new})"
        f" WHERE ({old}) IS DISTINCT FROM ({new})"
    )


class Corrected(NamedTuple):
    """How many rows a recount found missing or wrong: people and both tallies."""

    people: int
    villages: int
    campaigns: int


def rebuild(now: datetime) -> Corrected:
    """Make anew what people count for, the tallies and the standings, from the registrations.

    In small transactions, so that pushes go on. People come first: until the tallies' turn comes,
    these still count somebody who was wrong as before.
    """
    people_corrected, last = 0, UUID(int=0)
    while ids := list(
        Person.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    ):
        people_corrected += _put_right(ids)
        last = ids[-1]
    villages, campaigns = _rebuild_village_tallies(), _rebuild_campaign_tallies()
    refresh(now)
    return Corrected(people_corrected, villages, campaigns)


@transaction.atomic
def _put_right(ids: list[UUID]) -> int:
    """Have people stand as their registrations say; how many did not."""
    known = people.lock(ids)
    credits = people.credits_of(ids)
    wrong = []
    for person in known:
        right = people.columns(standing_of(credits[person.id]))
        if (person.state, person.credited, person.village, person.month) != tuple(right.values()):
            wrong.append({"id": person.id, **right})
    bulk.update(Person, wrong)
    return len(wrong)


def _rebuild_village_tallies() -> int:
    return _rebuilt(
        VillageTally,
        ("village_id", "month"),
        ("provisional", "verified", "hosted"),
        """
        SELECT village_id, month, sum(provisional) AS provisional, sum(verified) AS verified,
            sum(hosted) AS hosted
        FROM (
            SELECT village_id, month, (state = 'provisional')::int AS provisional,
                (state = 'verified')::int AS verified, 0 AS hosted
            FROM outreach_person WHERE state <> 'none' AND village_id IS NOT NULL
            UNION ALL
            SELECT event_village_id, month, 0, 0, 1
            FROM outreach_person AS person
            JOIN outreach_registration AS registration ON registration.id = credited_id
            WHERE state <> 'none' AND event_village_id IS NOT NULL
        ) AS counted GROUP BY village_id, month
        """,
    )


def _rebuild_campaign_tallies() -> int:
    return _rebuilt(
        CampaignTally,
        ("campaign_id", "kader_id", "month"),
        ("provisional", "verified"),
        """
        SELECT coalesce(decided_campaign_id, campaign_id) AS campaign_id, kader_id, month,
            count(*) FILTER (WHERE state = 'provisional') AS provisional,
            count(*) FILTER (WHERE state = 'verified') AS verified
        FROM outreach_person AS person
        JOIN outreach_registration AS registration ON registration.id = credited_id
        WHERE state <> 'none' GROUP BY 1, kader_id, month
        """,
    )


def _rebuilt(
    model: type[Model], key: tuple[str, ...], counts: tuple[str, ...], recount: str
) -> int:
    """Make a tally equal to a recount of it; how many rows were not.

    People and tallies change together, so one statement sees by how much a tally is wrong whoever
    pushes meanwhile, and the difference can be added later.
    """
    table, keys = model._meta.db_table, ", ".join(key)
    differences = [f"coalesce(fresh.{name}, 0) - coalesce(kept.{name}, 0)" for name in counts]
    named = ", ".join(f"{sql} AS {name}" for sql, name in zip(differences, counts, strict=True))
    bulk.run(
        f"""
        CREATE TEMP TABLE outreach_wrong AS
        SELECT row_number() OVER (ORDER BY {keys}) AS place, {keys}, {named}
        FROM ({recount}) AS fresh FULL JOIN {table} AS kept USING ({keys})
        WHERE {" <> 0 OR ".join(differences)} <> 0
        """
    )
    [(wrong,)] = bulk.run("SELECT count(*) FROM outreach_wrong")
    for start in range(0, wrong, CHUNK):
        with transaction.atomic():
            changes.settle()
            bulk.run(
                f"""
                INSERT INTO {table} AS old ({keys}, {", ".join(counts)})
                SELECT {keys}, {", ".join(counts)} FROM outreach_wrong
                WHERE place > %s AND place <= %s
                ON CONFLICT ({keys}) DO UPDATE SET
                    {", ".join(f"{name} = old.{name} + excluded.{name}" for name in counts)}
                """,
                [start, start + CHUNK],
            )
    bulk.run("DROP TABLE outreach_wrong")
    return int(wrong)
