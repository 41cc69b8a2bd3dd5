"""What pairs are scored by stays what the weights were fitted to."""

import numpy as np
import pytest

from fixtures.typical_pairs import TYPICAL_PAIRS, TypicalPair
from outreach.dedup.columns import columns_of
from outreach.dedup.deciding import judge
from outreach.dedup.facts import facts_of
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.scoring import shipped_model

VERSION = "2026-11-21.1r2"
SCORES = (
    (10.658, 0),
    (9.107, 0),
    (6.8136, 0),
    (9.0569, 0),
    (13.2896, 0),
    (6.949, 0),
    (6.961, 0),
    (12.5004, 0),
    (5.1532, 1),
    (6.5093, 0),
    (7.8586, 0),
    (2.0542, 1),
    (5.5637, 16),
    (-9.8712, 34),
    (-12.4864, 10),
    (-4.0894, 0),
    (-2.7337, 64),
    (-9.5998, 12),
    (-21.1912, 34),
    (7.5716, 0),
)
"""Score, to the digits that are kept, and vetoes of each typical pair by this version."""


@pytest.mark.parametrize(
    ("pair", "due"), list(zip(TYPICAL_PAIRS, SCORES, strict=True)), ids=lambda one: str(one)[:40]
)
def test_a_typical_pair_scores_as_ever(pair: TypicalPair, due: tuple[float, int]) -> None:
    assert shipped_model().version == VERSION, "new weights: write down their scores"
    facts = [facts_of(**pair.left), facts_of(**pair.right)]

    found = judge(
        shipped_model(), columns_of(facts, shipped_frequencies()), np.array([0]), np.array([1])
    )

    assert (round(float(found.scores[0]), 4), int(found.vetoes[0])) == due
