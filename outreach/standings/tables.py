"""The tables that rankings are read from: the kept one of this month, frozen ones of others."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any, NamedTuple

from outreach import bulk
from outreach.models import Formula, Standing, StandingSnapshot
from outreach.months import later
from outreach.standings.recounting import (
    SCOPE_LENGTHS,
    VillageStanding,
    recounted,
    scope_ranks,
    standing_row,
)
from outreach.standings.restating import restated

NO_RANKS: tuple[None, ...] = (None,) * 2 * len(SCOPE_LENGTHS)


class NoSuchRevision(LookupError):
    """A revision that the period's table does not have."""


class Table(NamedTuple):
    """One table of standings, as SQL over its rows named `kept`.

    `rows` are the rows that `condition` chooses with its `parameters`, `joined` what the `columns`
    need beside them. `revision` and `frozen_at` are null for figures that are not frozen.
    """

    period: date
    formula: Formula
    revision: int | None
    frozen_at: datetime | None
    rows: str
    joined: str
    columns: str
    condition: str
    parameters: list[Any]


def table_of(within: str, period: date, revision: int | None = None) -> Table | None:
    """The table that a region's standings in a period are read from; none: they are to be counted.

    This month's kept one, or the asked or newest frozen one. Raises NoSuchRevision.
    """
    if revision is None and (formula := kept_formula(within, period)):
        return _kept(period, formula)
    if revision is None:
        newest = newest_snapshot(period)
        return frozen(newest) if newest else None
    asked = StandingSnapshot.objects.filter(period=period, revision=revision)
    if snapshot := asked.select_related("formula").first():
        return frozen(snapshot)
    raise NoSuchRevision(revision)


def kept_formula(within: str, period: date) -> Formula | None:
    """The formula of a region's kept standings, if they are of this period."""
    kept = Standing.objects.select_related("formula").order_by()
    match len(within):
        case 0:
            kept = kept.order_by("-village")  # what a refresh comes to last
        case 2:
            kept = kept.filter(province=within)
        case _:
            kept = kept.filter(regency=within[:5])
    return next((row.formula for row in kept[:1] if row.period == period), None)


def _kept(period: date, formula: Formula) -> Table:
    return Table(
        period,
        formula,
        None,
        None,
        rows="outreach_standing AS kept",
        joined="""
            JOIN outreach_region AS village ON village.code = kept.village_id
            LEFT JOIN outreach_denominator AS chosen ON chosen.id = kept.denominator_id
            LEFT JOIN outreach_villageofficials AS told ON told.id = kept.officials_id""",
        columns="""village.code, village.name, village.kind, kept.stratum,
            kept.verified, kept.opening_verified, kept.provisional, kept.cohort, kept.retained,
            chosen.id, chosen.value, chosen.kind, chosen.source, chosen.year,
            told.id, told.officials, told.members, told.as_of, told.source""",
        condition="TRUE",
        parameters=[],
    )


def frozen(snapshot: StandingSnapshot) -> Table:
    """One revision of a period's frozen table."""
    return Table(
        snapshot.period,
        snapshot.formula,
        snapshot.revision,
        snapshot.frozen_at,
        rows="outreach_frozenstanding AS kept",
        joined="",
        columns="""kept.village_id, kept.name, kept.kind, kept.stratum,
            kept.verified, kept.opening_verified, kept.provisional, kept.cohort, kept.retained,
            kept.denominator_id, kept.denominator_value, kept.denominator_kind,
            kept.denominator_source, kept.denominator_year,
            kept.officials_id, kept.officials_count, kept.officials_members,
            kept.officials_as_of, kept.officials_source""",
        condition="kept.period = %s AND kept.from_revision <= %s"
        " AND (kept.until_revision IS NULL OR kept.until_revision > %s)",
        parameters=[snapshot.period, snapshot.revision, snapshot.revision],
    )


def newest_snapshot(period: date) -> StandingSnapshot | None:
    """The newest revision of a period's frozen table, if it is frozen."""
    snapshots = StandingSnapshot.objects.filter(period=period).select_related("formula")
    return snapshots.order_by("-revision").first()


def ranks_before(period: date, within: str = "") -> dict[str, list[int | None]]:
    """Each village's ranks, as `scope_ranks` gives them, in the month before: of its newest frozen
    table, or counted if there is none. Only the ranks inside the region are ranks."""
    snapshot = newest_snapshot(later(period, -1))
    if snapshot is None:
        rows = recounted(later(period, -1), within)
    else:
        # What a village was is restated by today's villages, or ranks would not be comparable.
        first = StandingSnapshot.objects.get(period=snapshot.period, revision=1)
        rows = read(scoped(frozen(snapshot), within))
        rows = restated(rows, snapshot.formula, first.frozen_at)
    return defaultdict(lambda: list(NO_RANKS), scope_ranks(rows))


def slot(within: str, stratum: str | None) -> int:
    """Where `previous_ranks` have the rank of this scope."""
    return 2 * SCOPE_LENGTHS.index(len(within)) + (stratum is not None)


def scoped(table: Table, within: str, stratum: str | None = None) -> Table:
    """Those rows of a table that are of a region and stratum."""
    match len(within):
        case 0:
            return _narrowed(table, stratum)
        case 2:
            table = narrowed(table, "kept.province = %s", within)
        case _:
            table = narrowed(table, "kept.regency = %s", within[:5])
    if len(within) > 5:
        table = narrowed(table, "kept.village_id LIKE %s", f"{within}.%")
    return _narrowed(table, stratum)


def _narrowed(table: Table, stratum: str | None) -> Table:
    return table if stratum is None else narrowed(table, "kept.stratum = %s", stratum)


def narrowed(table: Table, condition: str, *parameters: Any) -> Table:
    """Those rows of a table that fit a further condition."""
    return table._replace(
        condition=f"{table.condition} AND {condition}",
        parameters=[*table.parameters, *parameters],
    )


def read(table: Table, limit: int | None = None, rank_slot: int = 0) -> list[VillageStanding]:
    """Rows of a table, best first, the unranked last, then by code; with the previous rank that is
    in this slot, and without ranks."""
    rows = bulk.run(
        f"""
        SELECT {table.columns}, kept.previous_ranks[{rank_slot + 1}]
        FROM {table.rows} {table.joined} WHERE {table.condition}
        ORDER BY kept.score DESC NULLS LAST, kept.village_id LIMIT %s
        """,
        [*table.parameters, limit],
    )
    return [
        standing_row(row, row[3], table.period, table.formula, previous_rank=rank)
        for *row, rank in rows
    ]
