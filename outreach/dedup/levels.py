"""Single evidences of a pair, each about 0 to 1: what features are made of."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from outreach.dedup.columns import Floats, Ints
from outreach.dedup.comparing import FAR, Comparison, Dates

_SAME_HOME = 0.8

Values = dict[str, NDArray[Any]]


def levels_of(pair: Comparison) -> dict[str, Floats]:
    """Every evidence by name, one entry a pair."""
    values = (
        _of_names(pair)
        | _of_dates(pair.dates)
        | _of_niks(pair)
        | _of_mothers(pair)
        | _of_contacts(pair)
        | _of_the_rest(pair)
    )
    levels = {name: value.astype(np.float32) for name, value in values.items()}
    return levels | _composites(levels)


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


def _of_names(pair: Comparison) -> Values:
    names, agreement = pair.names, name_agreement(pair)
    clash = np.minimum(names.left_alone, names.right_alone)
    return {
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
    }


def _of_dates(dates: Dates) -> Values:
    far = dates.known & (dates.parts < 2) & ~dates.swapped & ~dates.vague
    return {
        "date_unknown": ~dates.known,
        "date_same": dates.same & ~dates.vague,
        "date_same_vague": dates.same & dates.vague,
        "date_swapped": dates.swapped,
        "date_typo": dates.typo & ~dates.vague & ~dates.swapped,
        "date_two_parts": (dates.parts == 2) & ~dates.typo & ~dates.vague & ~dates.swapped,
        "date_vague_near": dates.vague & ~dates.same & (dates.years <= 1),
        "date_vague_far": dates.vague & ~dates.same & (dates.years > 1),
        "date_far": far,
        "date_years": np.where(far, np.minimum(dates.years, 20) / 10, 0),
    }


def _of_niks(pair: Comparison) -> Values:
    niks = pair.niks
    differ = niks.both & ~niks.same
    some = ~niks.none & ~niks.one_missing & ~niks.same
    return {
        "nik_same": niks.same,
        "nik_shared": _others(niks.users, pair.dates),
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
    }


def _of_mothers(pair: Comparison) -> Values:
    mothers, agreement = pair.mothers, mother_agreement(pair)
    known = mothers.known
    return {
        "mother_known": known,
        "mother_agreement": np.where(known, agreement, 0),
        "mother_close": np.where(known, np.maximum(agreement - 0.6, 0) / 0.4, 0),
        "mother_differs": known & (agreement < 0.3),
        "mother_rarity": np.where(known, np.minimum(mothers.shared, 16) / 8, 0),
    }


def _of_contacts(pair: Comparison) -> Values:
    contacts = pair.contacts
    return {
        "phone_same": contacts.same_phone,
        "phone_shared": _others(contacts.phone_users, pair.dates),
        "phone_apart_1": (contacts.phone_apart >= 1) & (contacts.phone_apart <= 2),
        "phone_differs": (contacts.phone_apart > 2) & (contacts.phone_apart < FAR),
        "village_same": contacts.same_village,
        "district_same": contacts.same_district,
        "address_same": contacts.address_alike == 1,
        "address_alike": contacts.address_alike,
    }


def _of_the_rest(pair: Comparison) -> Values:
    occasions = pair.occasions
    return {
        "sex_differs": pair.sex_differs,
        "occupation_same": occasions.same_occupation,
        "kader_same_hour": occasions.same_kader & (occasions.hours <= 1),
    }


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
