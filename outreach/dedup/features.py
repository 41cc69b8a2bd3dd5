"""The numbers a pair is scored by, and which evidence each of them speaks of."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outreach.dedup.columns import Floats, Ints
from outreach.dedup.comparing import FAR, Comparison, Dates

Matrix = NDArray[np.float32]

_SAME_HOME = 0.8

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


def name_agreement(pair: Comparison) -> Floats:
    """0 to 1: how much of both names, by rarity, is found in the other."""
    names = pair.names
    whole = names.agreed + names.left_alone + names.right_alone
    return _share(names.agreed, whole)


def mother_agreement(pair: Comparison) -> Floats:
    """0 to 1: how much of the shorter of two mothers' names is found in the other."""
    mothers = pair.mothers
    shorter = np.minimum(mothers.left_alone, mothers.right_alone)
    return _share(mothers.agreed, mothers.agreed + shorter)


def _share(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.clip(part / np.maximum(whole, 1), 0, 1).astype(np.float32)
    return share


def _others(users: Ints, dates: Dates) -> Floats:
    """How many people beside these two use what they share; 1 for three, 0 for nobody."""
    beside = np.maximum(users - np.where(dates.same, 1, 2), 0)
    others: Floats = (np.log2(1 + beside) / 2).astype(np.float32)
    return others


def _levels(pair: Comparison) -> dict[str, Floats]:
    """Single evidences, each about 0 to 1."""
    names, mothers, niks, dates = pair.names, pair.mothers, pair.niks, pair.dates
    contacts, occasions = pair.contacts, pair.occasions
    agreement = name_agreement(pair)
    mother = mother_agreement(pair)
    mother_known = mothers.known
    clash = np.minimum(names.left_alone, names.right_alone)
    differ = niks.both & ~niks.same
    some = ~niks.none & ~niks.one_missing & ~niks.same
    far_date = dates.known & (dates.parts < 2) & ~dates.swapped & ~dates.vague
    values: dict[str, NDArray[Any]] = {
        "name_unknown": ~names.known,
        "name_same": names.same,
        "name_agreement": agreement,
        "name_close": np.maximum(agreement - 0.7, 0) / 0.3,
        "name_shared_rarity": np.minimum(names.shared, 20) / 10,
        "name_clash": np.minimum(clash, 12) / 6,
        "name_left_over": np.minimum(np.abs(names.left_alone - names.right_alone), 12) / 6,
        "name_typos": np.minimum(names.typos, 4) / 2,
        "name_cousins": np.minimum(names.cousins, 2),
        "name_initials": np.minimum(names.initials, 2),
        "name_joined": names.joined,
        "name_common": pair.name_commonness * agreement / 4,
        "date_unknown": ~dates.known,
        "date_same": dates.same & ~dates.vague,
        "date_same_vague": dates.same & dates.vague,
        "date_swapped": dates.swapped,
        "date_typo": dates.typo & ~dates.vague & ~dates.swapped,
        "date_two_parts": (dates.parts == 2) & ~dates.typo & ~dates.vague & ~dates.swapped,
        "date_vague_near": dates.vague & ~dates.same & (dates.years <= 1),
        "date_vague_far": dates.vague & ~dates.same & (dates.years > 1),
        "date_far": far_date,
        "date_years": np.where(far_date, np.minimum(dates.years, 20) / 10, 0),
        "nik_same": niks.same,
        "nik_shared": _others(niks.users, dates),
        "nik_one_missing": niks.one_missing,
        "nik_none": niks.none,
        "nik_apart_1": some & (niks.apart == 1),
        "nik_apart_2": some & (niks.apart == 2),
        "nik_apart_3": some & (niks.apart >= 3) & (niks.apart <= 4),
        "nik_apart_far": some & (niks.apart > 4) & (niks.apart < FAR),
        "nik_twin": niks.twin,
        "nik_both_fit": differ & (niks.fits == 2),
        "nik_one_fits": differ & (niks.fits == 1),
        "nik_same_fits": niks.same & (niks.fits == 2),
        "nik_same_fits_none": niks.same & (niks.fits == 0),
        "nik_crossed": niks.crossed,
        "nik_same_date": differ & niks.same_date,
        "nik_near_date": differ & (niks.apart <= 2) & niks.same_place & niks.same_serial,
        "nik_near_place": differ & (niks.apart <= 2) & niks.same_date & niks.same_serial,
        "mother_known": mother_known,
        "mother_agreement": np.where(mother_known, mother, 0),
        "mother_close": np.where(mother_known, np.maximum(mother - 0.6, 0) / 0.4, 0),
        "mother_differs": mother_known & (mother < 0.3),
        "mother_rarity": np.where(mother_known, np.minimum(mothers.shared, 16) / 8, 0),
        "phone_same": contacts.same_phone,
        "phone_shared": _others(contacts.phone_users, dates),
        "phone_apart_1": (contacts.phone_apart >= 1) & (contacts.phone_apart <= 2),
        "phone_differs": (contacts.phone_apart > 2) & (contacts.phone_apart < FAR),
        "village_same": contacts.same_village,
        "district_same": contacts.same_district,
        "address_same": contacts.address_alike == 1,
        "address_alike": contacts.address_alike,
        "sex_differs": pair.sex_differs,
        "occupation_same": occasions.same_occupation,
        "kader_same_hour": occasions.same_kader & (occasions.hours <= 1),
    }
    levels = {name: value.astype(np.float32) for name, value in values.items()}
    return levels | _composites(levels)


def _composites(of: dict[str, Floats]) -> dict[str, Floats]:
    """Evidences that are of one kind, and what twins share."""
    near = np.maximum.reduce(
        [of["date_swapped"], of["date_typo"], of["date_vague_near"], of["date_same_vague"]]
    )
    nik_near = np.maximum(of["nik_apart_1"], of["nik_apart_2"]) * (1 - of["nik_twin"])
    at_home = (of["address_alike"] > _SAME_HOME).astype(np.float32)
    household = np.maximum.reduce([of["mother_close"], of["phone_same"], at_home])
    as_twins = np.maximum(of["date_same"], near) * (1 - of["nik_same"]) * (1 - nik_near) * household
    return {
        "date_near": near,
        "nik_near": nik_near,
        "nik_absent": np.maximum(of["nik_one_missing"], of["nik_none"]),
        "household": household,
        "as_twins": as_twins,
        "as_twins_typos": as_twins * of["name_typos"],
        "as_twins_clash": as_twins * of["name_clash"],
        "as_twins_same": as_twins * of["name_same"],
    }


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
    levels = _levels(pair)
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
