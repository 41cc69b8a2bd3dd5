"""Denominators from a CSV file into the database: one source beside the other."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from outreach import bulk
from outreach.geo.region_codes import is_region_code, what_is_wrong_with
from outreach.models import Denominator, Region
from outreach.places.sources import MAX_BYTES, Refused, Source, read_source, read_table

LARGEST_VALUE = 2_147_483_647


@dataclass(frozen=True, slots=True)
class Origin:
    """What the file's numbers are: who says so, for which year, and how it was found out."""

    source: str
    year: int
    kind: Denominator.Kind
    method: str = ""
    segment: str = "working_population"


@dataclass(frozen=True, slots=True)
class DenominatorReport:
    """What a load of denominators did, by region code; `blank` regions have no value."""

    file: str
    sha256: str
    source: str
    year: int
    kind: str
    added: list[str]
    unchanged: int
    blank: list[str]
    unknown: list[str]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def load_denominators(
    path: Path,
    column: str,
    origin: Origin,
    loaded_at: datetime,
    max_bytes: int = MAX_BYTES,
) -> DenominatorReport:
    """Add the values of `column` for the regions of `code`, or none of them.

    A value that stands is never changed: another one from the same source, year and segment is
    refused. Unknown codes are reported and left out. Raises Refused.
    """
    source = read_source(path, max_bytes)
    values, blank = read_values(source, column)
    with transaction.atomic():
        known = set(Region.objects.filter(code__in=[*values]).values_list("code", flat=True))
        if not known:
            raise Refused([f"{source.name}: none of its codes is known; load the regions first"])
        added = bulk.insert_returning(
            Denominator,
            [
                {
                    "region_id": code,
                    "value": value,
                    "loaded_at": loaded_at,
                    **asdict(origin),
                }
                for code, value in values.items()
                if code in known
            ],
            "region_id",
            order_by="region_id",
            on_conflict="(region_id, year, segment, source) DO NOTHING",
        )
        standing = known - {code for (code,) in added}
        _refuse_changes(standing, values, origin)
    return DenominatorReport(
        file=source.name,
        sha256=source.sha256,
        source=origin.source,
        year=origin.year,
        kind=str(origin.kind),
        added=[code for (code,) in added],
        unchanged=len(standing),
        blank=blank,
        unknown=sorted(set(values) - known),
    )


def read_values(source: Source, column: str) -> tuple[dict[str, int], list[str]]:
    """Values by code, and the codes without one. Raises Refused with every bad line."""
    problems: list[str] = []
    values: dict[str, int] = {}
    blank: dict[str, None] = {}
    for line, row in read_table(source, ("code", column)):
        code, text = row["code"], row[column]
        if not is_region_code(code):
            problems.append(f"line {line}: {what_is_wrong_with(code)}")
        elif code in values or code in blank:
            problems.append(f"line {line}: {code} is there twice")
        elif not text:
            blank[code] = None
        elif not _is_count(text):
            problems.append(f"line {line}: {text[:40]!r} is not a whole number of people")
        else:
            values[code] = int(text)
    if problems:
        raise Refused(problems)
    return values, [*blank]


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= LARGEST_VALUE


def _refuse_changes(codes: set[str], values: dict[str, int], origin: Origin) -> None:
    standing = Denominator.objects.filter(
        region__in=codes, year=origin.year, segment=origin.segment, source=origin.source
    ).order_by("region")
    problems = [
        f"{row.region_id} stands at {row.value} ({row.kind}) by this source and year: "
        "name another source"
        for row in standing
        if (row.value, row.kind, row.method) != (values[row.region_id], origin.kind, origin.method)
    ]
    if problems:
        raise Refused(problems)
