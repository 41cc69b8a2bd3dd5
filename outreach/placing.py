"""In which village a sign-up happened, how sure that is, and what that makes of a declaration.

The position decides. Where people are visited at home, the village they declare is evidence about
where that was, and weighs in; whether the position contradicts it is judged by the position alone.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from outreach.geo.locating.index import Fix, Placement, VillageIndex
from outreach.models import Registration
from outreach.places.village_index import CurrentVillages, locate_all

ACCEPTED_PROBABILITY = 0.9
"""From here on the event village is certain, below it is the best of several."""
CONTRADICTION_PROBABILITY = 0.05
"""Below this a home declared on the doorstep is doubted."""
VILLAGE_ACCURACY_M = 300.0
"""A coarser fix says nothing about a village."""
DECLARED_ODDS = 9.0
"""By how much a declaration at home multiplies its village's odds: nine in ten are at home there,
against all that is around (decisions/0014)."""
AROUND_M = 1000.0
"""No boundary within reach of a fix as coarse as this: none are loaded around, or it is at sea."""

Reason = Registration.EventReason


class Sighting(NamedTuple):
    """A registration's fix, and the village it declares where it was taken at home."""

    fix: Fix | None
    home: str | None


class Event(NamedTuple):
    """The event village with its probability, both null where `reason` says why there is none.

    `reason` is outside where that is likelier than every village. `placement` is what the fix alone
    says, as stored: `villages` with their probabilities, or `areas` where it is too coarse for
    them, `outside`, and `declared` where a declaration was weighed in afterwards. `doubts` of the
    declared home are flag codes with their evidence.
    """

    village: str | None
    probability: float | None
    reason: str
    placement: dict[str, Any] | None
    version: int | None
    doubts: dict[str, dict[str, Any]]

    def columns(self) -> dict[str, Any]:
        """As a registration's row keeps it."""
        return {
            "event_village_id": self.village,
            "event_probability": self.probability,
            "event_reason": self.reason,
            "placement": self.placement,
            "boundary_version": self.version,
        }


def events_of(sightings: Sequence[Sighting], current: CurrentVillages) -> list[Event]:
    """Where each of the sightings was, in order; without a statement."""
    placements = locate_all(current.index, [sighting.fix for sighting in sightings])
    lost = [
        sighting.fix
        for sighting, placement in zip(sightings, placements, strict=True)
        if placement and sighting.fix and placement.best is None and not placement.says_nothing
    ]
    bare = _without_boundaries(lost, current.index)
    return [
        _event(sighting, placement, current, is_bare=sighting.fix in bare)
        for sighting, placement in zip(sightings, placements, strict=True)
    ]


def _without_boundaries(fixes: Sequence[Fix], index: VillageIndex) -> set[Fix | None]:
    """Those of the fixes around which there is no boundary."""
    around = locate_all(index, [Fix(fix.lat, fix.lon, AROUND_M) for fix in fixes])
    return {
        fix
        for fix, placement in zip(fixes, around, strict=True)
        if placement and placement.best is None
    }


def _event(
    sighting: Sighting, placement: Placement | None, current: CurrentVillages, *, is_bare: bool
) -> Event:
    fix, home = sighting
    if fix is None or placement is None:
        return Event(None, None, Reason.NO_FIX.value, None, current.version, {})
    best, declared = None, None
    if placement.says_nothing or not _speaks_of_villages(fix):
        reason = Reason.TOO_COARSE
    elif placement.best is None:
        reason = Reason.NO_BOUNDARIES if is_bare else Reason.OUTSIDE
    else:
        best = _most_probable(placement, home)
        declared = home if placement.probability_of(home or "") else None
        reason = _reason(best)
    village, probability = best or (None, None)
    return Event(
        village=village,
        probability=probability,
        reason=reason.value,
        placement=_stored(placement, declared),
        version=current.version,
        doubts=_doubts(placement, home, current.index)
        if home and reason != Reason.TOO_COARSE
        else {},
    )


def _speaks_of_villages(fix: Fix) -> bool:
    return fix.accuracy_m is not None and fix.accuracy_m <= VILLAGE_ACCURACY_M


def _reason(best: tuple[str, float] | None) -> Reason:
    if best is None:
        return Reason.OUTSIDE
    return Reason.CERTAIN if best[1] >= ACCEPTED_PROBABILITY else Reason.AMBIGUOUS


def _most_probable(placement: Placement, home: str | None) -> tuple[str, float] | None:
    """The best village once the declared home, if any, has weighed in; None if outside is better.

    At odds of 9 no declaration outweighs a fix that is outside by nine in ten.
    """
    weights = [
        (code, share * (DECLARED_ODDS if code == home else 1.0))
        for code, share in placement.probabilities
    ]
    whole = sum(weight for _, weight in weights) + placement.outside
    code, weight = max(weights, key=lambda entry: entry[1])
    return (code, weight / whole) if weight > placement.outside else None


def _doubts(placement: Placement, home: str, index: VillageIndex) -> dict[str, dict[str, Any]]:
    """What a fix that speaks of villages has against the declared home, without the declaration.

    One that is outside sooner than in any village speaks for none: it may lie in a gap between the
    loaded boundaries, so it is a doubt, but no contradiction.
    """
    if home not in index or placement.probability_of(home) >= CONTRADICTION_PROBABILITY:
        return {}
    if placement.best is None or placement.outside >= placement.best[1]:
        percent = round(100 * placement.outside)
        return {"village_outside": {"declared": home, "outside_percent": percent}}
    code, probability = next(entry for entry in placement.probabilities if entry[0] != home)
    return {
        "village_contradicted": {
            "declared": home,
            "found": code,
            "probability": round(probability, 3),
        }
    }


def _stored(placement: Placement, declared: str | None) -> dict[str, Any]:
    areas = placement.areas
    return {
        "villages": [[code, round(share, 4)] for code, share in placement.probabilities],
        "outside": round(placement.outside, 4),
        **({"areas": [[code, round(share, 4)] for code, share in areas]} if areas else {}),
        **({"declared": declared} if declared else {}),
    }
