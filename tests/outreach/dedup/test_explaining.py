import re
from datetime import date
from typing import Any

import numpy as np
import pytest

from fixtures.lookalikes import lookalikes
from outreach.dedup.columns import columns_of
from outreach.dedup.deciding import Veto, judge
from outreach.dedup.explaining import WORDS, Reason, explain
from outreach.dedup.facts import Facts, facts_of
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.pairing import candidate_pairs
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
        ("name_differs", {"full_name": "Painem"}),
        ("name_missing", {"full_name": ""}),
        ("date_same", {}),
        ("date_swapped", {"birth_date": date(1984, 5, 3)}),
        ("date_typo", {"birth_date": date(1984, 3, 6)}),
        ("date_guess", {"birth_date": date(1986, 7, 1)}),
        ("date_guess_same_year", {"birth_date": date(1984, 7, 1)}),
        ("date_same_year", {"birth_date": date(1984, 10, 26)}),
        ("date_differs", {"birth_date": date(1961, 12, 24)}),
        ("date_missing", {"birth_date": None}),
        ("nik_same", {}),
        ("nik_twin", {"nik": "1277014503840002"}),
        ("nik_mistyped", {"nik": "1277014503480001"}),
        ("nik_differs", {"nik": "3204114503840021"}),
        ("nik_differs_misfit", {"nik": "3204110101700021"}),
        ("nik_missing", {"nik": ""}),
        ("mother_same", {}),
        ("mother_differs", {"mother_name": "Painem"}),
        ("mother_missing", {"mother_name": ""}),
        ("phone_same", {}),
        ("phone_mistyped", {"phone": "+6281234567899"}),
        ("phone_differs", {"phone": "+6285799911122"}),
        ("phone_missing", {"phone": ""}),
        ("place_same_home", {}),
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


def test_reasons_add_up_to_the_score() -> None:
    one, other = facts_of(**AMINAH), record(nik="", phone="")
    columns = columns_of([one, other], shipped_frequencies())
    model = shipped_model()
    score = judge(model, columns, np.array([0]), np.array([1])).scores[0]
    total = sum(reason.weight for reason in reasons(one, other)) + model.intercept
    assert total == pytest.approx(score, abs=1e-3)
