import re
from datetime import date
from typing import Any

import numpy as np
import pytest

from fixtures.lookalikes import lookalikes
from outreach.dedup.columns import columns_of
from outreach.dedup.deciding import Veto, judge
from outreach.dedup.explaining import explain
from outreach.dedup.facts import Facts, facts_of
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.pairing import candidate_pairs
from outreach.dedup.reasons import BASE, WORDS, Reason, as_written
from outreach.dedup.scoring import shipped_model
from tests.outreach.dedup.people import AMINAH, record


def reasons(one: Facts, other: Facts) -> list[Reason]:
    columns = columns_of([one, other], shipped_frequencies())
    [found] = explain(shipped_model(), columns, np.array([0]), np.array([1]))
    return found


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("name_same", {"full_name": "Harahap, Hj. Siti Aminah"}),
        ("name_alike", {"full_name": "Siti Aminag Harahap"}),
        ("name_initials", {"full_name": "Siti A. Harahap"}),
        ("name_joined", {"full_name": "Sitiaminahharahap"}),
        ("name_part", {"full_name": "Aminah"}),
        ("name_little", {"full_name": "Siti Painem Wulandari Kusumaningrum"}),
        ("name_differs", {"full_name": "Painem"}),
        ("name_missing", {"full_name": ""}),
        ("date_same", {}),
        ("date_swapped", {"birth_date": date(1984, 5, 3)}),
        ("date_typo", {"birth_date": date(1984, 3, 6)}),
        ("date_guess", {"birth_date": date(1986, 7, 1)}),
        ("date_guess_same_year", {"birth_date": date(1984, 7, 1)}),
        ("date_two_parts", {"birth_date": date(1996, 3, 5)}),
        ("date_same_year", {"birth_date": date(1984, 10, 26)}),
        ("date_differs", {"birth_date": date(1961, 12, 24)}),
        ("date_missing", {"birth_date": None}),
        ("nik_same", {}),
        ("nik_twin", {"nik": "1277014503840002"}),
        ("nik_mistyped", {"nik": "1277014503480001"}),
        ("nik_partly", {"nik": "3477224503840001"}),
        ("nik_crossed", {"nik": "3204114503840021", "birth_date": date(1985, 9, 26)}),
        ("nik_differs", {"nik": "3204114503840021"}),
        ("nik_differs_misfit", {"nik": "3204110101700021"}),
        ("nik_missing", {"nik": ""}),
        ("mother_same", {}),
        ("mother_alike", {"mother_name": "Rosmawatu Lubis"}),
        ("mother_alike", {"mother_name": "Rosmawati"}),
        ("mother_differs", {"mother_name": "Painem"}),
        ("mother_missing", {"mother_name": ""}),
        ("phone_same", {}),
        ("phone_mistyped", {"phone": "+6281234567899"}),
        ("phone_differs", {"phone": "+6285799911122"}),
        ("phone_missing", {"phone": ""}),
        ("place_same_home", {}),
        ("place_alike_home", {"address": "Jl. Mawarr No. 3 RT 002 RW 001"}),
        ("place_same_village", {"address": ""}),
        ("place_same_district", {"village": "12.77.01.1002"}),
        ("place_differs", {"village": "33.72.01.1001"}),
        ("sex_differs", {"sex": "male"}),
        ("occupation_same", {}),
        ("occasion_same_hour", {"kader": "budi", "captured_at": AMINAH["captured_at"]}),
        ("household_shared", {}),
        ("veto_other_serial", {"nik": "1277014503840002"}),
        ("veto_generation", {"birth_date": date(1961, 12, 24)}),
    ],
)
def test_what_is_said(code: str, changes: dict[str, Any]) -> None:
    assert code in {reason.code for reason in reasons(facts_of(**AMINAH), record(**changes))}


def test_every_reason_has_words_with_its_figures() -> None:
    facts = [facts_of(**one.fields) for one in lookalikes("words", 1500, 2.0)]
    pairs = candidate_pairs(facts)
    columns = columns_of(facts, shipped_frequencies())
    seen = set()
    for found in explain(shipped_model(), columns, pairs.left, pairs.right):
        for reason in found:
            seen.add(reason.code)
            assert set(re.findall(r"%\((\w+)\)d", WORDS[reason.code])) == set(reason.figures)
            assert "%" not in WORDS[reason.code] % reason.figures
    assert {f"veto_{veto.name}".lower() for veto in Veto} <= set(WORDS)
    assert len(seen) > len(WORDS) * 0.8


def test_what_is_seen_of_a_pair_adds_up_to_its_score() -> None:
    facts = [facts_of(**one.fields) for one in lookalikes("sums", 600, 2.0)]
    pairs = candidate_pairs(facts)
    columns, model = columns_of(facts, shipped_frequencies()), shipped_model()
    scores = judge(model, columns, pairs.left, pairs.right).scores.tolist()

    found = explain(model, columns, pairs.left, pairs.right)

    assert len(found) > 200
    for score, reasons in zip(scores, found, strict=True):
        assert reasons[-1] == Reason(BASE, model.intercept)
        assert sum(round(one.weight, 2) for one in reasons) == pytest.approx(score, abs=0.06)


def test_too_little_of_a_name_is_said_of_different_niks_as_well() -> None:
    found = reasons(facts_of(**AMINAH), record(full_name="Painem", nik="3204114503840021"))

    assert {"veto_no_name", "nik_differs"} <= {one.code for one in found}
    assert "no NIK in common" in WORDS["veto_no_name"]


@pytest.mark.parametrize(
    ("code", "alike", "said"),
    [
        ("name_same", {"name": True, "mother": False}, "name_same"),
        ("name_same", {"name": False, "mother": True}, "name_written"),
        ("mother_same", {"name": True, "mother": False}, "mother_written"),
        ("name_part", {"name": False, "mother": False}, "name_part"),
    ],
)
def test_names_that_only_sound_alike_are_nearly_the_same(
    code: str, alike: dict[str, bool], said: str
) -> None:
    assert as_written(Reason(code, 4.0), **alike) == Reason(said, 4.0)
