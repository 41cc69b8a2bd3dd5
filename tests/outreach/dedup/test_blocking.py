import time
from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.lookalikes import Labelled, lookalikes
from outreach.dedup.blocking import MOST_HOLDERS, blocking_keys
from outreach.dedup.facts import Facts, facts_of
from outreach.dedup.pairing import candidate_pairs, without_crowded
from tests.outreach.dedup.people import AMINAH, record


def share_a_key(one: Facts, other: Facts) -> bool:
    return not set(blocking_keys(one)).isdisjoint(blocking_keys(other))


@pytest.mark.parametrize(
    "changes",
    [
        {"nik": ""},
        {"nik": "", "full_name": "Siti Amina"},
        {"nik": "", "birth_date": date(1984, 5, 3)},
        {"nik": "", "birth_date": date(1985, 3, 5)},
        {"nik": "", "birth_date": date(1984, 1, 1), "village": "99.01.01.2001", "phone": ""},
        {"nik": "", "birth_date": None, "phone": ""},
        {"full_name": "Zubaidah", "birth_date": None, "village": "99.01.01.2001", "phone": ""},
        {"full_name": "Zubaidah", "nik": "", "mother_name": "", "phone": ""},
        {"full_name": "Zubaidah", "nik": "", "birth_date": None, "village": "99.01.01.2001"},
    ],
)
def test_some_key_survives_what_is_mistyped_or_missing(changes: dict[str, object]) -> None:
    assert share_a_key(facts_of(**AMINAH), record(**changes))


def test_strangers_share_no_key() -> None:
    stranger = record(
        full_name="Joko Widodo", birth_date=date(1961, 6, 21), nik="3372012106610002",
        mother_name="Sudjiatmi", phone="+6281999999123", village="33.72.01.1001", address="Solo",
        sex="male",
    )  # fmt: skip
    assert not share_a_key(facts_of(**AMINAH), stranger)


def test_about_nineteen_keys_a_person() -> None:
    keys = [len(blocking_keys(facts_of(**one.fields))) for one in lookalikes("keys", 300)]
    assert 12 < sum(keys) / len(keys) < 20
    assert max(keys) < 32


TEXTS = st.text(max_size=500)


@given(TEXTS, TEXTS, TEXTS, TEXTS, st.none() | st.dates(), TEXTS)
def test_any_text_has_bounded_keys(
    name: str, mother: str, nik: str, phone: str, born: date | None, village: str
) -> None:
    facts = facts_of(
        full_name=name, mother_name=mother, nik=nik, phone=phone, birth_date=born, village=village
    )
    assert len(blocking_keys(facts)) < 32
    assert all(text for _, text in blocking_keys(facts))


def test_nothing_known_has_no_keys() -> None:
    assert blocking_keys(Facts("")) == []
    assert blocking_keys(facts_of(full_name="", nik="9999999999999999", phone="0")) == []


def true_pairs(records: list[Labelled]) -> set[tuple[int, int]]:
    people: dict[int, list[int]] = {}
    for place, one in enumerate(records):
        people.setdefault(one.person, []).append(place)
    return {pair for places in people.values() for pair in combinations(places, 2)}


def test_nearly_all_true_pairs_become_candidates() -> None:
    records = lookalikes("recall", 3000)
    found = candidate_pairs([facts_of(**one.fields) for one in records])
    pairs = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
    true = true_pairs(records)
    assert len(true & pairs) / len(true) > 0.995
    assert all(left < right for left, right in pairs)
    assert len(pairs) == len(found)


def test_a_number_that_thousands_share_leads_nowhere() -> None:
    """A placeholder nobody thought of on 5,000 records and a kader's phone on 300."""
    one = "3201011503720001"
    records = [
        replace(labelled, fields=labelled.fields | {"nik": one})
        for labelled in lookalikes("crowd", 4000)
    ][:5000]
    for labelled in records[:300]:
        labelled.fields["phone"] = "+6281111222333"
    facts = [facts_of(**labelled.fields) for labelled in records]
    began = time.thread_time()
    usable = without_crowded(facts)
    pairs = candidate_pairs(usable)
    assert time.thread_time() - began < 10
    assert len(pairs) < 30 * len(records)
    assert {record.nik for record in usable} == {""}
    assert Counter(record.phone for record in usable)["81111222333"] == 0


def test_a_key_of_too_many_is_no_key() -> None:
    crowd = [Facts("wati", village="1277011001") for _ in range(MOST_HOLDERS + 1)]
    assert len(candidate_pairs(crowd)) == 0
    assert len(candidate_pairs(crowd[:-1])) == MOST_HOLDERS * (MOST_HOLDERS - 1) // 2
    assert np.array_equal(candidate_pairs(crowd[:2]).right, [1])


def test_few_keys_lead_somewhere_where_sketches_do_not_speak_against_it() -> None:
    """Born in one year, of one name: known by other NIKs and phones they are not compared."""
    two = [
        Facts("wati ayu", date(1984, 5, 3).toordinal(), nik=nik, phone=phone)
        for nik, phone in (
            ("3201014305840001", "81234567890"),
            ("3273056511840012", "85287650123"),
        )
    ]
    two[1] = two[1]._replace(birth_date=date(1984, 11, 25).toordinal())
    assert share_a_key(*two)
    assert len(candidate_pairs(two)) == 0
    assert len(candidate_pairs([one._replace(mother="sulastri") for one in two])) == 1
    assert len(candidate_pairs([one._replace(nik="", phone="") for one in two])) == 1
    at_home = [one._replace(village="1277011001", address="7 melati") for one in two]
    assert len(candidate_pairs(at_home)) == 1


def test_who_shares_a_whole_number_is_compared_whatever_else_differs() -> None:
    one = Facts("wati", 724399, "f", "3201014305840001", "sulastri", "81234567890", "1277011001")
    other = Facts("joko", 716000, "m", "7301011209610005", "painem", "85287650123", "9902031002")
    assert len(candidate_pairs([one, other])) == 0
    assert len(candidate_pairs([one, other._replace(nik=one.nik)])) == 1
    assert len(candidate_pairs([one, other._replace(phone=one.phone)])) == 1


def test_no_records_no_pairs() -> None:
    assert len(candidate_pairs([])) == 0


def test_the_date_on_the_card_is_a_key_where_no_date_was_told() -> None:
    away = {"village": "99.01.01.2001", "phone": "", "mother_name": "", "full_name": "Aminah"}
    silent = record(birth_date=None, nik="9901014503840007", **away)
    assert share_a_key(silent, record(nik="", **away | {"village": "12.77.01.1001"}))
    assert not share_a_key(silent._replace(nik=""), record(nik="", full_name="Aminah", phone=""))
    young = record(birth_date=None, nik="9901014503200007", **away)
    assert ("date_word", "2020-03-05 amn") in blocking_keys(young)
    assert not any("-02-30" in text for _, text in blocking_keys(record(nik="9901017002840007")))
