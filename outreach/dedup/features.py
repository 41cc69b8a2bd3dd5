"""The numbers a pair is scored by, and which evidence each of them speaks of."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from outreach.dedup.comparing import Comparison
from outreach.dedup.levels import levels_of

Matrix = NDArray[np.float32]

EVIDENCES = (
    "name",
    "birth_date",
    "nik",
    "mother",
    "phone",
    "place",
    "sex",
    "occupation",
    "occasion",
    "household",
)


_LEVELS = (
    "name_unknown",
    "name_same",
    "name_agreement",
    "name_close",
    "name_shared_rarity",
    "name_clash",
    "name_left_over",
    "name_typos",
    "name_cousins",
    "name_initials",
    "name_joined",
    "name_common",
    "date_unknown",
    "date_same",
    "date_same_vague",
    "date_swapped",
    "date_typo",
    "date_two_parts",
    "date_vague_near",
    "date_vague_far",
    "date_far",
    "date_years",
    "nik_same",
    "nik_shared",
    "nik_one_missing",
    "nik_none",
    "nik_apart_1",
    "nik_apart_2",
    "nik_apart_3",
    "nik_apart_far",
    "nik_twin",
    "nik_both_fit",
    "nik_one_fits",
    "nik_same_fits",
    "nik_same_fits_none",
    "nik_crossed",
    "nik_same_date",
    "nik_near_date",
    "nik_near_place",
    "mother_known",
    "mother_agreement",
    "mother_close",
    "mother_differs",
    "mother_rarity",
    "phone_same",
    "phone_shared",
    "phone_apart_1",
    "phone_differs",
    "village_same",
    "district_same",
    "address_same",
    "address_alike",
    "sex_differs",
    "occupation_same",
    "kader_same_hour",
    "household",
    "as_twins",
    "as_twins_typos",
    "as_twins_clash",
    "as_twins_same",
)

_SINGLE: Mapping[str, tuple[str, ...]] = {
    "name": ("name_",),
    "birth_date": ("date_",),
    "nik": ("nik_",),
    "mother": ("mother_",),
    "phone": ("phone_",),
    "place": ("village_", "district_", "address_"),
    "sex": ("sex_",),
    "occupation": ("occupation_",),
    "occasion": ("kader_",),
    "household": ("household", "as_twins"),
}

_TOGETHER = (
    ("address_alike", "address_alike"),
    ("address_alike", "household"),
    ("as_twins", "nik_apart_1"),
    ("as_twins", "nik_twin"),
    ("date_far", "address_alike"),
    ("date_far", "nik_absent"),
    ("date_far", "nik_apart_far"),
    ("date_far", "nik_both_fit"),
    ("date_far", "village_same"),
    ("date_near", "nik_apart_far"),
    ("date_near", "nik_same"),
    ("date_same", "address_alike"),
    ("date_same", "mother_close"),
    ("date_same", "name_typos"),
    ("date_same", "nik_apart_far"),
    ("date_same", "nik_near"),
    ("date_same", "nik_same"),
    ("date_same", "occupation_same"),
    ("date_same", "phone_same"),
    ("date_same", "village_same"),
    ("date_unknown", "nik_crossed"),
    ("district_same", "nik_near_place"),
    ("household", "name_common"),
    ("household", "nik_crossed"),
    ("household", "nik_twin"),
    ("mother_differs", "phone_same"),
    ("name_agreement", "sex_differs"),
    ("name_clash", "address_alike"),
    ("name_clash", "date_far"),
    ("name_clash", "mother_differs"),
    ("name_clash", "name_clash"),
    ("name_clash", "name_left_over"),
    ("name_clash", "nik_apart_far"),
    ("name_clash", "phone_same"),
    ("name_clash", "village_same"),
    ("name_close", "date_far"),
    ("name_close", "name_shared_rarity"),
    ("name_close", "nik_both_fit"),
    ("name_close", "nik_same"),
    ("name_close", "village_same"),
    ("name_common", "village_same"),
    ("name_left_over", "date_far"),
    ("name_same", "date_far"),
    ("name_same", "date_same"),
    ("name_same", "name_shared_rarity"),
    ("name_same", "nik_apart_far"),
    ("name_same", "nik_both_fit"),
    ("name_shared_rarity", "date_same"),
    ("name_shared_rarity", "nik_both_fit"),
    ("name_shared_rarity", "nik_same"),
    ("name_shared_rarity", "village_same"),
    ("name_typos", "nik_apart_far"),
    ("name_typos", "nik_twin"),
    ("name_typos", "village_same"),
    ("nik_absent", "phone_same"),
    ("nik_absent", "village_same"),
    ("nik_apart_far", "kader_same_hour"),
    ("nik_apart_far", "nik_both_fit"),
    ("nik_apart_far", "phone_same"),
    ("nik_apart_far", "village_same"),
    ("nik_both_fit", "mother_differs"),
    ("nik_both_fit", "phone_same"),
    ("nik_crossed", "nik_one_fits"),
    ("nik_crossed", "nik_same_date"),
    ("nik_near_date", "date_same"),
    ("nik_near_date", "name_close"),
    ("nik_near_place", "date_same"),
    ("nik_near_place", "name_close"),
    ("nik_one_fits", "nik_same_date"),
    ("nik_same", "address_alike"),
    ("nik_same", "phone_same"),
    ("phone_same", "village_same"),
    ("phone_shared", "occupation_same"),
)


def _evidence_of(level: str) -> str:
    return next(
        evidence for evidence, beginnings in _SINGLE.items() if level.startswith(beginnings)
    )


def feature_matrix(pair: Comparison) -> Matrix:
    """Pairs × features, in the order of FEATURES."""
    levels = levels_of(pair)
    columns = [levels[name] for name in _LEVELS]
    columns += [levels[one] * levels[other] for one, other in _TOGETHER]
    return np.stack(columns, axis=1) if len(pair) else np.zeros((0, len(FEATURES)), np.float32)


FEATURES: tuple[str, ...] = (*_LEVELS, *(f"{one}*{other}" for one, other in _TOGETHER))
"""Names of the features; `a*b` is the product of two."""

EVIDENCE_OF: Mapping[str, tuple[str, ...]] = {
    name: tuple(dict.fromkeys(_evidence_of(level) for level in name.split("*")))
    for name in FEATURES
}
"""Feature → the one or two EVIDENCES it speaks of; these share its weight."""
