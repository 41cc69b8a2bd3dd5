"""Same, unsure or different: fixed thresholds, and what is never decided without a person."""

from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from outreach.dedup.columns import Bools, Columns, Ints
from outreach.dedup.comparing import Comparison, compare
from outreach.dedup.features import feature_matrix
from outreach.dedup.levels import mother_agreement, name_agreement
from outreach.dedup.scoring import Model, Scores, scores

_SCORE_STEP = 1e-4
_NAME_AGREES = 0.75
_NAME_HALF_AGREES = 0.4
_MOTHER_AGREES = 0.75
_HOME_AGREES = 0.8
_A_GENERATION_YEARS = 12
_MISTYPED_DIGITS = 2
_NAME_SOMEWHAT_AGREES = 0.3
_LEAST_OF_A_NAME = 2.0
"""In rarity (see Frequencies): of the commonest name of all, Siti, a word has 3."""


class Veto(IntFlag):
    """Why two records are not joined without a person looking, however alike they are."""

    OTHER_SERIAL = 1
    """Two complete NIKs differ in nothing but the serial, and both fit their records; or one does
    and the names are not the same: twins, or a mistyped digit."""
    OTHER_NIK = 2
    """Two complete NIKs, each fitting its own record, differ in more than two digits."""
    NIK_ALONE = 4
    """The same NIK, and neither the name nor the birth date agrees. A name agrees as well when
    half of it is the whole of the other. A date that is a guess (1 January, 1 July, 31 December)
    counts only together with half the name, unless the card itself says it."""
    GENERATION = 8
    """Born half a generation or more apart, and not by a mistyped year alone."""
    TWINS = 16
    """Born on one day into one household, with less than half a name in common, each with a word
    that the other lacks; or with names alike of which a word in each is a known name of its own, as
    Rina and Rini."""
    NO_NAME = 32
    """No NIK in common, mistyped or not, and too little of a name to tell anybody by: none,
    initials, titles or numbers alone, words of which hardly any agree, or no word in common and
    what is alike a known name on either side, as Sinta Dewi and Siti Aminah."""


APART = Veto.OTHER_SERIAL | Veto.OTHER_NIK | Veto.GENERATION
"""Vetoes that also keep two records out of one person whom a third record would connect. What looks
like twins does so only where it is less likely than not that they are one person: a name that was
changed looks the same, and most often a third record has the NIK of one and the name of both."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One entry a pair: the score (log odds, rounded so that sums in another order are equal), and
    the Vetoes as bits."""

    scores: Scores
    vetoes: Ints

    def same(self, model: Model) -> Bools:
        """Joined automatically, as far as these two records alone can tell."""
        same: Bools = (self.scores >= model.same_at) & (self.vetoes == 0)
        return same

    def unsure(self, model: Model) -> Bools:
        """Worth asking somebody about."""
        unsure: Bools = (self.scores >= model.unsure_at) & ~self.same(model)
        return unsure

    def apart(self, model: Model) -> Bools:
        """Never in one person automatically, not even by way of others."""
        twins = (self.vetoes & Veto.TWINS > 0) & (self.scores < 0)
        apart: Bools = (self.vetoes & APART > 0) | twins | (self.scores < model.unsure_at)
        return apart

    def alike(self, model: Model) -> Bools:
        """Apart by a veto alone: most likely one person all the same, so no rival of another."""
        alike: Bools = (self.vetoes & APART > 0) & (self.scores >= model.same_at)
        return alike


def is_apart(model: Model, score: float, vetoes: int) -> bool:
    """Judged.apart of one pair by what was kept of it."""
    return bool(Judged(np.array([score]), np.array([vetoes])).apart(model)[0])


def judge(
    model: Model, columns: Columns, left: Ints, right: Ints, most_at_once: int = 50_000
) -> Judged:
    """Score pairs and find vetoes. Give each pair in an order that does not depend on arrival, as
    smaller record id first: which word stands for which may depend on the side."""
    found = [
        _judge(
            model, columns, left[start : start + most_at_once], right[start : start + most_at_once]
        )
        for start in range(0, len(left), most_at_once)
    ]
    if not found:
        return Judged(np.zeros(0), np.zeros(0, np.int64))
    return Judged(
        np.concatenate([one.scores for one in found]), np.concatenate([one.vetoes for one in found])
    )


def _judge(model: Model, columns: Columns, left: Ints, right: Ints) -> Judged:
    pair = compare(columns, left, right)
    exact = scores(model, feature_matrix(pair))
    return Judged(np.round(exact / _SCORE_STEP) * _SCORE_STEP, vetoes(pair))


def vetoes(pair: Comparison) -> NDArray[np.int64]:
    """The Vetoes of each pair as bits, 0 for none."""
    niks, dates, names, contacts = pair.niks, pair.dates, pair.names, pair.contacts
    agreement = name_agreement(pair)
    other = niks.both & ~niks.same
    mistyped = niks.same | ((niks.apart <= _MISTYPED_DIGITS) & (niks.same_serial | ~niks.both))
    date_agrees = dates.same | dates.swapped | dates.typo
    half_agrees = agreement >= _NAME_HALF_AGREES
    clash = (names.left_alone > 0) & (names.right_alone > 0)
    name_agrees = (agreement >= _NAME_AGREES) | (half_agrees & ~clash)
    guessed = dates.vague & ~(dates.same & (niks.fits == 2))
    nothing_agrees = (~date_agrees & ~name_agrees) | ((~date_agrees | guessed) & ~half_agrees)
    some_agrees = agreement >= _NAME_SOMEWHAT_AGREES
    born_together = date_agrees | (dates.vague & (dates.years <= 1))
    household = (
        contacts.same_phone
        | (contacts.address_alike >= _HOME_AGREES)
        | (pair.mothers.known & (mother_agreement(pair) >= _MOTHER_AGREES))
    )
    cousins_alone = (names.cousins > 0) & (names.shared == 0)
    other_name = born_together & clash & ~half_agrees
    rules = {
        Veto.OTHER_SERIAL: niks.twin & ((niks.fits == 2) | ((niks.fits == 1) & ~names.same)),
        Veto.OTHER_NIK: other & (niks.fits == 2) & (niks.apart > _MISTYPED_DIGITS),
        Veto.NIK_ALONE: niks.same & nothing_agrees,
        Veto.GENERATION: (dates.years >= _A_GENERATION_YEARS) & (dates.parts < 2),
        Veto.TWINS: household & ~mistyped & (other_name | (dates.same & (names.cousins > 0))),
        Veto.NO_NAME: ~mistyped
        & ((names.agreed < _LEAST_OF_A_NAME) | ~some_agrees | cousins_alone),
    }
    bits = np.zeros(len(pair), np.int64)
    for veto, applies in rules.items():
        bits[applies] |= int(veto)
    return bits
