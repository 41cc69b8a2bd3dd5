"""What a set's features say together: masks, fragments, parts of one village, disputes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely

from outreach.geo.conventions import village_key
from outreach.geo.polygons.oddities import (
    Polygons,
    coverers,
    cut_straight,
    mean_widths_m,
    near_pairs,
    refuse_tangled,
    twins,
)
from outreach.places.boundaries.outcomes import FoundVillage

# A fragment is narrower than any village, or a small part of what the other villages measure.
_FRAGMENT_WIDTH_M = 60.0
_FRAGMENT_SHARE = 0.02
_LARGEST_OVERLAP = 0.01
_MOST_TOLD = 5
# Degrees: some 25 m, over which sloppy borders miss one another.
_BESIDE = 0.000225


def without_fragments(
    found: Sequence[FoundVillage], villages: Mapping[str, int]
) -> list[FoundVillage]:
    """One file's features without polygons that mask others, or are slivers of a neighbour.

    `villages` is how many villages each regency has. A regency is a neighbour when the file has
    most villages of another and at most half of its own, and most of these are slivers.
    Raises TangledError.
    """
    masked = _masks(found)
    found = [_unmasked(entry, masked.get(number)) for number, entry in enumerate(found)]
    fragments, cut = _fragments(found, villages)
    return [
        entry.without_polygon(
            "dropped", f"a fragment: the file has only slivers of {entry.outcome.code[:5]}"
        )
        if number in fragments
        else entry.noted("it ends straight at the edge of the file: is it cut off?")
        if number in cut
        else entry
        for number, entry in enumerate(found)
    ]


def _masks(found: Sequence[FoundVillage]) -> dict[int, tuple[int, int]]:
    """By place: how many of how many others a polygon covers, where it covers most of them."""
    places = [number for number, entry in enumerate(found) if entry.polygon is not None]
    polygons = np.array([found[number].polygon for number in places], dtype=object)
    return {places[at]: (covered, len(places) - 1) for at, covered in coverers(polygons).items()}


def _unmasked(entry: FoundVillage, covers: tuple[int, int] | None) -> FoundVillage:
    if covers is None:
        return entry
    why = f"a mask: it covers {covers[0]} of the {covers[1]} other features"
    if entry.region is None:
        outcome = replace(entry.outcome, outcome="dropped", candidates=(), is_open=False)
        return FoundVillage(outcome).without_polygon("dropped", why)
    return entry.without_polygon("unresolved", why)


def _fragments(
    found: Sequence[FoundVillage], villages: Mapping[str, int]
) -> tuple[set[int], set[int]]:
    """By place, in regencies that the file has little of: where most are slivers, or cut off."""
    places: dict[str, list[int]] = defaultdict(list)
    for number, entry in enumerate(found):
        if entry.region and entry.polygon is not None:
            places[entry.region[:5]].append(number)
    shares = {
        code: len({found[number].region for number in own}) / villages[code]
        for code, own in places.items()
    }
    whole = [number for code, own in places.items() if shares[code] > 0.5 for number in own]
    if not whole:
        return set(), set()
    drawn = [number for own in places.values() for number in own]
    extent = shapely.total_bounds(_polygons(found, drawn))
    usual = float(np.median(shapely.area(_polygons(found, whole))))
    fragments: set[int] = set()
    cut: set[int] = set()
    for code, own in places.items():
        if shares[code] > 0.5:
            continue
        polygons = _polygons(found, own)
        slivers = mean_widths_m(polygons) < _FRAGMENT_WIDTH_M
        slivers |= shapely.area(polygons) < _FRAGMENT_SHARE * usual
        if 2 * slivers.sum() >= len(own):
            fragments.update(own)
        else:
            cut.update(np.array(own)[cut_straight(polygons, extent).any(axis=0)].tolist())
    return fragments, cut


def clipped(found: Sequence[FoundVillage]) -> list[int]:
    """Features of one file that end together on a straight edge of it, as if it was cut out.

    One by itself can end straight.
    """
    places = [n for n, entry in enumerate(found) if entry.is_kept and entry.polygon is not None]
    if not places:
        return []
    polygons = _polygons(found, places)
    edges = cut_straight(polygons, shapely.total_bounds(polygons))
    cut = edges[edges.sum(axis=1) > 1].any(axis=0)
    return sorted({found[places[at]].outcome.feature for at in np.flatnonzero(cut).tolist()})


def _polygons(found: Sequence[FoundVillage], places: Sequence[int]) -> Polygons:
    return np.array([found[number].polygon for number in places], dtype=object)


def settled(
    found: Sequence[FoundVillage], lacking: Mapping[str, Sequence[str]]
) -> list[FoundVillage]:
    """The features of a whole set, with one kept for each village.

    Parts of one village are united where they do not overlap; other doubles are unresolved, also
    where parts lie side by side and their regency is `lacking` villages that one of them may be. A
    polygon that several villages have is disputed. Raises TangledError.
    """
    by_region: dict[str, list[int]] = defaultdict(list)
    for number, entry in enumerate(found):
        if entry.is_kept and entry.region:
            by_region[entry.region].append(number)
    drawn = [n for places in by_region.values() for n in places if found[n].polygon is not None]
    polygons = _polygons(found, drawn)
    one, other = near_pairs(polygons, polygons)
    near = one < other
    refuse_tangled(polygons[one[near]], polygons[other[near]])
    result = list(found)
    for region, places in by_region.items():
        if len(places) > 1:
            same = [found[number] for number in places]
            one_kept = _one_kept(same, lacking.get(region[:5], ()))
            for number, entry in zip(places, one_kept, strict=True):
                result[number] = entry
    return _with_disputes(result)


def _one_kept(same: Sequence[FoundVillage], lacking: Sequence[str]) -> list[FoundVillage]:
    """Features of one village: one that is kept, the others dropped."""
    drawn = [entry for entry in same if entry.polygon is not None]
    broken = [entry for entry in same if entry.outcome.outcome == "unresolved"]
    kept = (drawn or broken or same)[0]
    if drawn:
        # Another file is another copy, not another part.
        files = {entry.outcome.file for entry in drawn}
        broken = [entry for entry in broken if entry.outcome.file in files]
    if drawn and broken:
        why = f"another feature of this village has no usable boundary: {broken[0].outcome.why}"
        return _with(same, kept.without_polygon("unresolved", why), kept, "its code is there twice")
    if len(drawn) <= 1:
        return _with(same, kept, kept, "its code is there twice")
    if all(shapely.equals(kept.polygon, other.polygon) for other in drawn[1:]):
        return _with(same, kept, kept, f"the same boundary as {_place(kept, same)}")
    if why := _why_not_united(drawn):
        return _with(same, kept.without_polygon("unresolved", why), kept, "its code is there twice")
    if lacking and not all(entry.is_confirmed for entry in drawn) and _side_by_side(drawn):
        return [_maybe_another(entry, kept, len(drawn), lacking) for entry in same]
    return _united(same, drawn, kept)


def _side_by_side(drawn: Sequence[FoundVillage]) -> bool:
    polygons = np.array([entry.polygon for entry in drawn], dtype=object)
    one, other = near_pairs(shapely.buffer(shapely.envelope(polygons), _BESIDE), polygons)
    one, other = one[one < other], other[one < other]
    return bool(shapely.dwithin(polygons[one], polygons[other], _BESIDE).any())


def _maybe_another(
    entry: FoundVillage, kept: FoundVillage, count: int, lacking: Sequence[str]
) -> FoundVillage:
    """A feature that may be its code's village, or one that its regency lacks."""
    if entry.polygon is None:
        return entry.without_polygon("dropped", "its code is there twice")
    code = entry.outcome.code
    likeliest = sorted(lacking, key=lambda other: (other[:8] != code[:8], other))
    why = (
        f"{count} features have its code and lie side by side, and of {code[:5]} the files lack"
        f" {', '.join(likeliest[:_MOST_TOLD])}"
        + (f" and {len(lacking) - _MOST_TOLD} more" if len(lacking) > _MOST_TOLD else "")
        + ": parts of one village, or two villages?"
    )
    candidates = (code, *likeliest)[:_MOST_TOLD]
    outcome = replace(entry.outcome, candidates=candidates, is_open=True)
    region = entry.region if entry is kept else None
    return FoundVillage(outcome, region).without_polygon("unresolved", why)


def _united(
    same: Sequence[FoundVillage], drawn: Sequence[FoundVillage], kept: FoundVillage
) -> list[FoundVillage]:
    polygon = shapely.union_all([entry.polygon for entry in drawn])
    parts = [_place(entry, same) for entry in drawn[:_MOST_TOLD]]
    more = f" and {len(drawn) - len(parts)} more" if len(drawn) > len(parts) else ""
    one = kept.with_polygon(polygon, "repaired", f"united of {', '.join(parts)}{more}")
    if any(entry.outcome.is_disputed for entry in drawn):
        one = one.as_disputed("part of it is disputed")
    why = f"united with {parts[0]}"
    return [
        one
        if entry is kept
        else entry.in_another(why)
        if entry.polygon is not None
        else entry.without_polygon("dropped", "its code is there twice")
        for entry in same
    ]


def _with(
    same: Iterable[FoundVillage], one: FoundVillage, kept: FoundVillage, why: str
) -> list[FoundVillage]:
    return [one if entry is kept else entry.without_polygon("dropped", why) for entry in same]


def _place(entry: FoundVillage, among: Sequence[FoundVillage]) -> str:
    """Where a feature is, with its file if the others are in another."""
    place, file = f"feature {entry.outcome.feature}", entry.outcome.file
    is_one_file = among[0].outcome.file == among[-1].outcome.file == file
    return place if is_one_file else f"{file} {place}"


def _why_not_united(drawn: Sequence[FoundVillage]) -> str:
    """Why polygons with one code are not the parts of one village, if they are not."""
    names = {key for entry in drawn if (key := village_key(entry.outcome.name))}
    own = [entry for entry in drawn if not entry.outcome.is_disputed]
    if len(names) > 1 and len(own) == len(drawn):
        return f"{len(drawn)} features have its code, with different names"
    polygons = np.array([entry.polygon for entry in own], dtype=object)
    areas = shapely.area(polygons)
    one, other = near_pairs(polygons, polygons)
    one, other = one[one < other], other[one < other]
    overlaps = shapely.area(shapely.intersection(polygons[one], polygons[other]))
    if (overlaps > _LARGEST_OVERLAP * np.minimum(areas[one], areas[other])).any():
        return f"{len(drawn)} features have its code, with different boundaries that overlap"
    return ""


def _with_disputes(found: list[FoundVillage]) -> list[FoundVillage]:
    places = [n for n, entry in enumerate(found) if entry.is_kept and entry.polygon is not None]
    for one, other in twins(_polygons(found, places)):
        pair = places[one], places[other]
        for number, twin in (pair, pair[::-1]):
            if not found[number].outcome.is_disputed:
                code = found[twin].outcome.code
                found[number] = found[number].as_disputed(f"disputed: {code} has the same boundary")
    return found
