"""Boundary files as villages with a polygon, or with the reason why they have none."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from outreach.geo.feature import BadGeometryError, Feature, Parts
from outreach.geo.region_codes import is_village_code, what_is_wrong_with
from outreach.geo.repair import axes_of, repair, with_axes_swapped
from outreach.places.features import read_features
from outreach.places.sources import Refused, Source

Outcome = Literal["matched", "repaired", "unresolved", "no_boundary", "dropped"]
OUTCOMES: tuple[Outcome, ...] = ("matched", "repaired", "unresolved", "no_boundary", "dropped")
Progress = Callable[[str, int, int], None]
_FEATURES_PER_STEP = 500


@dataclass(frozen=True, slots=True)
class VillageOutcome:
    """What became of one feature, counted from 1.

    `matched` and `repaired` villages have a polygon. `unresolved` (why says the reason) and
    `no_boundary` (the source has none) ones are kept without. `dropped` ones are no known village.
    """

    file: str
    feature: int
    code: str
    name: str
    outcome: Outcome
    why: str = ""


@dataclass(frozen=True, slots=True)
class FileReport:
    file: str
    sha256: str
    features: int
    notes: list[str]


@dataclass(frozen=True, slots=True)
class FoundVillage:
    """A feature's outcome, with its polygon if it has one."""

    outcome: VillageOutcome
    polygon: Any = None

    def without_polygon(self, outcome: Outcome, why: str) -> "FoundVillage":
        return FoundVillage(replace(self.outcome, outcome=outcome, why=why))


def read_villages(source: Source, progress: Progress) -> tuple[FileReport, list[FoundVillage]]:
    """Every feature of a GeoJSON file. `progress` gets the file, features done and their number.

    Raises Refused when the content is not GeoJSON in WGS84, or nothing lies in Indonesia.
    """
    file = read_features(source)
    features, notes = file.features, file.notes
    parts = [_parts_or_problem(feature) for feature in features]
    axes = [axes_of(entry) if isinstance(entry, list) else "" for entry in parts]
    if "indonesia" not in axes and "swapped" in axes:
        notes.append("the axes were swapped (latitude first) and are put right")
        parts = [with_axes_swapped(p) if isinstance(p, list) else p for p in parts]
        axes = [{"swapped": "indonesia"}.get(where, where) for where in axes]
    elif "indonesia" not in axes and "elsewhere" in axes:
        raise Refused([f"{source.name} has no feature in Indonesia: is it in WGS84 degrees?"])
    found: list[FoundVillage] = []
    for number, (feature, entry, where) in enumerate(zip(features, parts, axes, strict=True), 1):
        code, name = village_code(feature.properties), _text(feature.properties.get("name"))
        village = VillageOutcome(source.name, number, code, name, "matched")
        found.append(_found(village, entry, where))
        if number % _FEATURES_PER_STEP == 0:
            progress(source.name, number, len(features))
    progress(source.name, len(features), len(features))
    return FileReport(source.name, source.sha256, len(features), notes), found


def village_code(properties: dict[str, Any]) -> str:
    """The dotted Kemendagri code among a feature's properties, or nothing."""
    return _text(properties.get("code"))


def _text(value: object) -> str:
    """A property fit for a report."""
    text = "" if value is None else str(value).strip()[:120]
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _parts_or_problem(feature: Feature) -> Parts | str | None:
    try:
        return feature.parts()
    except BadGeometryError as error:
        return str(error)


def _found(village: VillageOutcome, parts: Parts | str | None, where: str) -> FoundVillage:
    if not village.code:
        return FoundVillage(replace(village, outcome="dropped", why="it has no property `code`"))
    if not is_village_code(village.code):
        why = what_is_wrong_with(village.code)
        return FoundVillage(replace(village, outcome="dropped", why=why))
    outcome, why, polygon = _boundary(parts, where)
    return FoundVillage(replace(village, outcome=outcome, why=why), polygon)


def _boundary(parts: Parts | str | None, where: str) -> tuple[Outcome, str, Any]:
    if parts is None:
        return "no_boundary", "the source has no geometry", None
    if isinstance(parts, str):
        return "unresolved", parts, None
    if where == "swapped":
        return "unresolved", "its axes are swapped, unlike the rest of the file's", None
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
