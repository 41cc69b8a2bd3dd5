"""Boundary files as villages with a polygon, or with the reason why they have none."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from outreach.geo.conventions import FieldMap
from outreach.geo.formats.feature import Feature, Parts
from outreach.geo.polygons.repair import axes_of, repair, with_axes_swapped
from outreach.places.boundaries.file_formats import Axes, read_features
from outreach.places.boundaries.matching import Claim, match_villages, unmatched
from outreach.places.boundaries.outcomes import (
    FileReport,
    FoundVillage,
    Outcome,
    Progress,
    VillageOutcome,
)
from outreach.places.uploads import Refused, Source

_FEATURES_PER_STEP = 500
_EXAMPLES = 3
_SWAPPED = (
    "its axes are swapped, unlike the rest of the file's: exchange latitude and longitude of this"
    " feature in the file, and load it again"
)
_Entry = Parts | str | None


def read_villages(
    source: Source, said: FieldMap, confirmed: Mapping[int, str], progress: Progress
) -> tuple[FileReport, list[FoundVillage]]:
    """Every feature of a file, once for each village it is for, or else without a region.

    `confirmed` gives the code of features, counted from 1. `progress` gets the file, the features
    done and their number. Raises Refused when the file cannot be read, nothing lies in Indonesia,
    or it is undecided which property has the codes, and of which system.
    """
    file = read_features(source)
    reading = match_villages(
        source.name, [feature.properties for feature in file.features], said, confirmed
    )
    entries, places, notes = _right_way_round(source, file.features, file.axes)
    found: list[FoundVillage] = []
    total = len(entries)
    for number, (claim, within, entry, where) in enumerate(
        zip(reading.claims, reading.within, entries, places, strict=True), 1
    ):
        found += _found(source.name, number, claim, within, entry, where)
        if number % _FEATURES_PER_STEP == 0:
            progress(source.name, number, total)
    progress(source.name, total, total)
    notes = [*file.notes, *reading.notes, *notes]
    return FileReport(source.name, source.sha256, total, notes), found


def _right_way_round(
    source: Source, features: Sequence[Feature], axes: Axes
) -> tuple[list[_Entry], list[str], list[str]]:
    """Geometries with longitude first, where each lies, and what to tell about it."""
    entries: list[_Entry] = [feature.geometry for feature in features]
    if axes == "lat_lon":
        entries = _swapped(entries)
    places = [axes_of(entry) if isinstance(entry, list) else "" for entry in entries]
    seen = Counter(places)
    if seen["swapped"] > seen["indonesia"]:
        places = [
            {"swapped": "indonesia", "indonesia": "swapped"}.get(where, where) for where in places
        ]
        note = "the axes were swapped and are put right: the file does not keep to its format"
        return _swapped(entries), places, [note]
    if not seen["indonesia"] and seen["elsewhere"]:
        why = f"{source.name} has no feature in Indonesia: is it in WGS84 degrees?"
        raise Refused([why, *_whereabouts(entries, places)])
    return entries, places, []


def _whereabouts(entries: Sequence[_Entry], places: Sequence[str]) -> Iterator[str]:
    """Where the first features outside Indonesia are."""
    outside = [number for number, where in enumerate(places) if where == "elsewhere"]
    for number in outside[:_EXAMPLES]:
        entry = entries[number]
        assert isinstance(entry, list)
        x, y = next(ring[0] for rings in entry for ring in rings if len(ring)).tolist()
        yield f"feature {number + 1} has a corner at longitude {x:.10g}, latitude {y:.10g}"


def _swapped(entries: Sequence[_Entry]) -> list[_Entry]:
    return [with_axes_swapped(entry) if isinstance(entry, list) else entry for entry in entries]


def _found(
    file: str, number: int, claim: Claim, within: tuple[str, str], entry: _Entry, where: str
) -> Iterator[FoundVillage]:
    outcome, why, polygon = _boundary(entry, where)
    if not claim.codes:
        yield FoundVillage(unmatched(file, number, claim, within), None, polygon)
        return
    why = "; ".join(filter(None, (why, claim.note)))
    names = claim.called or [claim.name] * len(claim.codes)
    for code, name in zip(claim.codes, names, strict=True):
        yield FoundVillage(
            VillageOutcome(
                *(file, number, code, name, outcome, why, claim.is_disputed),
                district=within[0],
                regency=within[1],
            ),
            code,
            polygon,
            claim.is_confirmed,
        )


def _boundary(parts: _Entry, where: str) -> tuple[Outcome, str, Any]:
    if parts is None:
        return "no_boundary", "the source has no geometry", None
    if isinstance(parts, str):
        return "unresolved", parts, None
    if where == "swapped":
        return "unresolved", _SWAPPED, None
    if where != "indonesia":
        return "unresolved", "it lies outside Indonesia", None
    repaired = repair(parts)
    if repaired.problem:
        return "unresolved", repaired.problem, None
    return (
        ("repaired" if repaired.steps else "matched"),
        "; ".join(repaired.steps),
        repaired.polygon,
    )
