"""What hangs on a region's code and goes along when the code changes, but for registrations."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

from outreach import bulk, changes
from outreach.models import (
    CampaignMember,
    Denominator,
    OfficeTerritory,
    RegionChange,
    VillageOfficials,
)
from outreach.places.allocation import shares
from outreach.places.denominators import Figure, Key, current, replace, store
from outreach.region_changes.asked import Asked

LONGEST_METHOD = 200
Kind = RegionChange.Kind


class Carried(NamedTuple):
    """Figures that were made for successors, and those that do not hold any more, by their rows;
    what could not be carried in words."""

    made: list[int]
    replaced: list[int]
    told: list[str]


def carry_denominators(one: Asked, day: date, now: datetime) -> Carried:
    """Give successors their figures: the same, summed, or by their shares; else none.

    A figure of a village whose area is another since then holds no more, whoever published it:
    coverage by it would be of people who live elsewhere. Sums and shares are estimates.
    """
    standing = _figures([*one.old, *(new.code for new in one.new)])
    figures, told = _successors_figures(one, day, standing)
    of_changed = [row for code in {*one.old} for row in standing.get(code, ())]
    keeps_its_area = one.kind == Kind.RENAME
    outdated = [] if keeps_its_area else [row.id for row in of_changed]
    replace(outdated, now)
    store(figures, now)
    made = current([figure.key for figure in figures])
    return Carried([row.id for row in made.values()], outdated, told)


class _Row(NamedTuple):
    id: int
    year: int
    segment: str
    source: str
    value: int
    kind: str
    method: str
    error_share: float | None

    @property
    def measure(self) -> tuple[int, str, str]:
        return self.year, self.segment, self.source


def _figures(codes: Sequence[str]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = defaultdict(list)
    for region, *row in bulk.run(
        "SELECT region_id, id, year, segment, source, value, kind, method, error_share"
        " FROM outreach_denominator WHERE region_id = ANY(%s) AND replaced_at IS NULL"
        " ORDER BY region_id, year, segment, source",
        [list(codes)],
    ):
        found[region].append(_Row(*row))
    return found


def _successors_figures(
    one: Asked, day: date, standing: Mapping[str, list[_Row]]
) -> tuple[list[Figure], list[str]]:
    match one.kind:
        case Kind.RENAME:
            return [], []
        case Kind.RECODE:
            return [
                Figure(
                    Key(one.new[0].code, *row.measure),
                    row.value,
                    row.kind,
                    row.method,
                    row.error_share,
                )
                for row in standing.get(one.old[0], ())
            ], []
        case Kind.MERGE:
            return _summed(one, day, standing)
    return _shared(one, day, standing)


def _summed(
    one: Asked, day: date, standing: Mapping[str, list[_Row]]
) -> tuple[list[Figure], list[str]]:
    by_measure: dict[tuple[int, str, str], dict[str, _Row]] = defaultdict(dict)
    for code in one.old:
        for row in standing.get(code, ()):
            by_measure[row.measure][code] = row
    figures, told = [], []
    for measure, rows in sorted(by_measure.items()):
        missing = [code for code in one.old if code not in rows]
        if missing:
            year, segment, source = measure
            told.append(f"{segment} {year} of {source}: none of {', '.join(missing)}, so no sum")
            continue
        parts = " + ".join(f"{code} {rows[code].value}" for code in one.old)
        figures.append(
            Figure(
                Key(one.new[0].code, *measure),
                sum(row.value for row in rows.values()),
                Denominator.Kind.ESTIMATE.value,
                f"sum of {parts}, merged on {day}"[:LONGEST_METHOD],
                None,
            )
        )
    return figures, told


def _shared(
    one: Asked, day: date, standing: Mapping[str, list[_Row]]
) -> tuple[list[Figure], list[str]]:
    rows = standing.get(one.old[0], ())
    if one.new[0].share is None:
        return [], [f"{len(rows)} figures of {one.old[0]}: no shares are known"] if rows else []
    weights = {new.code: Fraction(new.share or 0) for new in one.new}
    return [
        Figure(
            Key(code, *row.measure),
            value,
            Denominator.Kind.ESTIMATE.value,
            f"{float(weights[code]):.4g} of {one.old[0]}'s {row.value} ({row.kind}), split on"
            f" {day}; shares: {one.shares_source}"[:LONGEST_METHOD],
            None,
        )
        for row in rows
        for code, value in shares(row.value, weights).items()
    ], []


def carry_officials(one: Asked, day: date, now: datetime) -> list[int]:
    """Give a recoded or merged village what was last counted of its officials; the new rows.

    Each counts those of its own offices, so a sum is the successor's, if all were counted.
    """
    if one.kind not in {Kind.RECODE, Kind.MERGE}:
        return []
    rows = bulk.run(
        "SELECT DISTINCT ON (village_id) village_id, officials, members, source, as_of"
        " FROM outreach_villageofficials WHERE village_id = ANY(%s) AND as_of <= %s"
        " ORDER BY village_id, as_of DESC, loaded_at DESC, id DESC",
        [list(one.old), day],
    )
    if not one.gone or len(rows) < len(one.old):
        return []
    sources = " + ".join(dict.fromkeys(f"{code}: {source}" for code, _, _, source, _ in rows))
    made = VillageOfficials.objects.create(
        village_id=one.new[0].code,
        as_of=min(as_of for *_, as_of in rows) if one.kind == Kind.RECODE else day,
        officials=sum(row[1] for row in rows),
        members=sum(row[2] for row in rows),
        source=sources[:LONGEST_METHOD],
        loaded_at=now,
    )
    return [made.pk]


def carry_territory(one: Asked) -> tuple[list[int], list[str]]:
    """Assign successors to the offices that have their region by its very code; the new rows.

    Where two offices of a kind would have one village nobody is assigned, and it is told.
    """
    if one.kind == Kind.RENAME or not one.gone:
        return [], []
    rows = list(
        OfficeTerritory.objects.filter(region__in=one.gone).select_related("office").order_by("pk")
    )
    offices = {(row.office.kind, row.office_id) for row in rows}
    if len({kind for kind, _ in offices}) < len(offices):
        names = ", ".join(sorted({row.office.name for row in rows}))
        return [], [f"several offices have these villages ({names}): assign the successor yourself"]
    made = OfficeTerritory.objects.bulk_create(
        [
            OfficeTerritory(
                office=row.office,
                region_id=new.code,
                first_day=row.first_day,
                last_day=row.last_day,
            )
            for row in {(r.office_id, r.first_day): r for r in rows}.values()
            for new in one.new
            if new.code not in one.old
        ]
    )
    return [row.pk for row in made], []


Pairs = list[tuple[str, str]]


def carry_campaigns(one: Asked) -> tuple[Pairs, Pairs]:
    """Have campaigns go on in the successors of villages that are gone; campaign and code of each
    village that was taken out, and of each that was put in."""
    if one.kind == Kind.RENAME or not one.gone:
        return [], []
    joined = bulk.run(
        "INSERT INTO outreach_campaign_villages (campaign_id, region_id)"
        " SELECT DISTINCT campaign_id, code FROM outreach_campaign_villages,"
        " unnest(%s::text[]) AS code WHERE region_id = ANY(%s) ON CONFLICT DO NOTHING"
        " RETURNING campaign_id, region_id",
        [[new.code for new in one.new], list(one.gone)],
    )
    taken = bulk.run(
        "DELETE FROM outreach_campaign_villages WHERE region_id = ANY(%s)"
        " RETURNING campaign_id, region_id",
        [list(one.gone)],
    )
    return (
        [(str(campaign), code) for campaign, code in taken],
        [(str(campaign), code) for campaign, code in joined],
    )


def log_campaigns(campaigns: Iterable[str], villages: Sequence[str]) -> None:
    """Tell teams of campaigns whose villages changed; after `changes.settle`."""
    teams: dict[UUID, set[int]] = {UUID(campaign): set() for campaign in campaigns}
    members = CampaignMember.objects.filter(campaign__in=list(teams))
    for campaign, kader in members.values_list("campaign", "kader"):
        teams[campaign].add(kader)
    for campaign, team in teams.items():
        changes.log_campaign(campaign, sorted(team), [], villages)


def lead_leads_on(codes: Sequence[str]) -> None:
    """Have leads of changed villages count for what the codes they were given are today."""
    bulk.run(
        """
        UPDATE outreach_lead AS lead SET village_id = today.code FROM (
            SELECT own.id, coalesce(gone.region_id, listed.code) AS code
            FROM outreach_lead AS own
            LEFT JOIN outreach_regionalias AS gone ON gone.system = 'kemendagri'
                AND gone.code = own.village_code AND gone.confidence = 'high'
            LEFT JOIN outreach_region AS listed
                ON listed.code = own.village_code AND listed.level = 4
            WHERE own.village_id = ANY(%(codes)s)
                OR own.village_code = ANY(%(codes)s) AND own.village_id IS NOT NULL
        ) AS today
        WHERE lead.id = today.id AND lead.village_id <> today.code
        """,
        {"codes": list(codes)},
    )


def put_campaigns_back(taken: Sequence[Any], joined: Sequence[Any]) -> None:
    """Undo `carry_campaigns`, but for what somebody planned since."""
    bulk.run(
        "INSERT INTO outreach_campaign_villages (campaign_id, region_id)"
        " SELECT * FROM unnest(%s::uuid[], %s::text[]) ON CONFLICT DO NOTHING",
        [[campaign for campaign, _ in taken], [code for _, code in taken]],
    )
    bulk.run(
        "DELETE FROM outreach_campaign_villages AS there"
        " USING unnest(%s::uuid[], %s::text[]) AS joined(campaign, code)"
        " WHERE there.campaign_id = joined.campaign AND there.region_id = joined.code",
        [[campaign for campaign, _ in joined], [code for _, code in joined]],
    )
