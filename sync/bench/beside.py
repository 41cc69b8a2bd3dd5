"""Splink on the same records, tuned as fairly as its model allows: an optional extra."""

import logging
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from outreach.dedup.columns import columns_of
from outreach.dedup.comparing import compare
from outreach.dedup.deciding import Veto, vetoes
from outreach.dedup.facts import Facts
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.pairing import without_crowded
from outreach.dedup.resolving import Question

_LEAST_WEIGHT = -5.0
_NIK_VETOES = int(Veto.OTHER_SERIAL | Veto.OTHER_NIK)


class SplinkMissing(Exception):
    """Splink is not installed."""


def splink_pairs(records: Sequence[Facts], seed: int = 1) -> list[Question]:
    """The pairs that Splink scores, with its match weight. It gets what our engine gets: folded
    names and words, normalised numbers, term frequencies, and as good blocking. Raises
    SplinkMissing."""
    try:
        import pyarrow as pa
        import splink
    except ImportError as error:
        raise SplinkMissing from error
    logging.getLogger("splink").setLevel(logging.ERROR)
    usable = without_crowded(records)
    table = pa.Table.from_pylist([_row(at, one) for at, one in enumerate(usable)])
    engine = splink.DuckDBAPI()
    linker = splink.Linker(engine.register(table), _settings(splink), log_level=logging.ERROR)
    on = splink.block_on
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [on("nik", "birth_date"), on("name", "birth_date"), on("name", "phone")], recall=0.85
    )
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=seed)
    for rule in (on("nik"), on("birth_date", "village"), on("name", "district")):
        training.estimate_parameters_using_expectation_maximisation(
            rule, record_sample_proportion=1.0
        )
    found = linker.inference.predict(threshold_match_weight=_LEAST_WEIGHT).as_record_list()
    return [
        Question(
            min(row["unique_id_l"], row["unique_id_r"]),
            max(row["unique_id_l"], row["unique_id_r"]),
            row["match_weight"],
            row["match_weight"],
        )
        for row in found
    ]


def without_other_niks(records: Sequence[Facts], pairs: Sequence[Question]) -> list[Question]:
    """The pairs without those whose NIKs say that they are two people: see Veto."""
    columns = columns_of(without_crowded(records), shipped_frequencies())
    left = np.array([pair.left for pair in pairs], np.int64)
    right = np.array([pair.right for pair in pairs], np.int64)
    vetoed = vetoes(compare(columns, left, right)) & _NIK_VETOES
    return [pair for pair, veto in zip(pairs, vetoed.tolist(), strict=True) if not veto]


def _row(place: int, facts: Facts) -> dict[str, Any]:
    born = date.fromordinal(facts.birth_date).isoformat() if facts.birth_date else None
    words = sorted(facts.name.split())
    return {
        "unique_id": place,
        "name": " ".join(words) or None,
        "words": words or None,
        "birth_date": born,
        "birth_year": born[:4] if born else None,
        "nik": facts.nik or None,
        "nik_stem": facts.nik[:12] or None,
        "nik_end": facts.nik[-10:] or None,
        "mother": " ".join(sorted(facts.mother.split())) or None,
        "mother_words": facts.mother.split() or None,
        "phone": facts.phone or None,
        "village": facts.village or None,
        "district": facts.village[:6] or None,
        "address": facts.address or None,
        "sex": facts.sex or None,
        "occupation": facts.occupation or None,
    }


def _settings(splink: Any) -> Any:
    return splink.SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=_blocking(splink.block_on),
        comparisons=_comparisons(),
    )


def _blocking(on: Any) -> list[Any]:
    return [
        on("nik"),
        on("nik_stem"),
        on("nik_end"),
        on("phone", "sex"),
        on("birth_date", "words", arrays_to_explode=["words"]),
        on("birth_date", "district"),
        on("birth_date", "occupation"),
        on("birth_date", "mother"),
        on("name", "mother"),
        on("name", "district"),
        on("name", "birth_year"),
        on("village", "mother", "sex"),
        on("village", "address", "sex"),
    ]


def _levels(column: str, *between: Any, tf: bool = True) -> Any:
    """A comparison of a column: equal, what is between, and different."""
    from splink import comparison_level_library as level
    from splink import comparison_library as comparison

    return comparison.CustomComparison(
        [
            level.NullLevel(column),
            level.ExactMatchLevel(column, term_frequency_adjustments=tf),
            *between,
            level.ElseLevel(),
        ],
        output_column_name=column,
    )


def _comparisons() -> list[Any]:
    from splink import comparison_level_library as level

    return [
        _levels(
            "name",
            level.JaroWinklerLevel("name", 0.95),
            level.ArrayIntersectLevel("words", 2),
            level.JaroWinklerLevel("name", 0.88),
            level.ArrayIntersectLevel("words", 1),
        ),
        _levels("birth_date", *_date_levels()),
        _levels(
            "nik",
            level.CustomLevel("nik_stem_l = nik_stem_r"),
            level.DamerauLevenshteinLevel("nik", 1),
            level.DamerauLevenshteinLevel("nik", 2),
            tf=False,
        ),
        _levels(
            "mother",
            level.JaroWinklerLevel("mother", 0.9),
            level.ArrayIntersectLevel("mother_words", 1),
        ),
        _levels("phone", level.DamerauLevenshteinLevel("phone", 1)),
        _levels("village", level.CustomLevel("district_l = district_r")),
        _levels("address", level.JaroWinklerLevel("address", 0.9), tf=False),
        _levels("sex", tf=False),
        _levels("occupation"),
    ]


def _date_levels() -> list[Any]:
    """Day and month changed over, a slip of the pen, two parts of three, the year."""
    from splink import comparison_level_library as level

    swapped = (
        "substr(birth_date_l,1,4) = substr(birth_date_r,1,4)"
        " AND substr(birth_date_l,6,2) = substr(birth_date_r,9,2)"
        " AND substr(birth_date_l,9,2) = substr(birth_date_r,6,2)"
    )
    equal_parts = " + ".join(
        f"(substr(birth_date_l,{at}) = substr(birth_date_r,{at}))::int"
        for at in ("1,4", "6,2", "9,2")
    )
    return [
        level.CustomLevel(swapped),
        level.DamerauLevenshteinLevel("birth_date", 1),
        level.CustomLevel(f"({equal_parts}) = 2"),
        level.CustomLevel("substr(birth_date_l,1,4) = substr(birth_date_r,1,4)"),
    ]
