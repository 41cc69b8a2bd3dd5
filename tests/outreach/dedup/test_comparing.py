from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.lookalikes import lookalikes
from outreach.dedup.columns import columns_of
from outreach.dedup.comparing import FAR, compare
from outreach.dedup.deciding import judge
from outreach.dedup.facts import facts_of
from outreach.dedup.features import feature_matrix
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.levels import name_agreement
from outreach.dedup.scoring import shipped_model
from tests.outreach.dedup.people import AMINAH, compared, record


def names(one: str, other: str) -> Any:
    return compared(facts_of(full_name=one), facts_of(full_name=other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Siti Aminah Harahap", "Harahap, Hj. Siti Aminah"),
        ("Muhammad Rizki", "Moch. Rizqi"),
        ("Soekarno", "Sukarno"),
        ("Nur Hayati", "Nurhayati"),
        ("Rahmat Hidayat", "Rahmathidayat"),
        ("Ahmad Fauzi Siregar", "Ahmad Fauzi S."),
        ("Sulastri", "Sulastry"),
        ("Suryanto Wibowo", "Suryanto Wibow"),
        ("Parlindungan Simanjuntak", "Parlindungn Simanjuntak"),
    ],
)
def test_ways_to_write_one_name_agree(one: str, other: str) -> None:
    assert name_agreement(names(one, other))[0] > 0.6
    assert name_agreement(names(other, one))[0] > 0.6


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sulastri", "Painem"),
        ("Siti Aminah", "Siti Maimunah"),
        ("Hasan Siregar", "Ridwan Siregar"),
        ("Budi", "Wati"),
        ("", "Wati"),
        ("", ""),
    ],
)
def test_other_names_do_not(one: str, other: str) -> None:
    assert name_agreement(names(one, other))[0] < 0.6


def test_a_part_of_a_name_leaves_nothing_on_the_other_side() -> None:
    alignment = names("Siti Aminah Harahap", "Aminah").names
    assert alignment.right_alone[0] == 0
    assert alignment.left_alone[0] > 0


def test_each_word_has_one_partner() -> None:
    alignment = names("Wati Wati", "Wati Sulastri").names
    assert alignment.left_alone[0] > 0 and alignment.right_alone[0] > 0


@pytest.mark.parametrize(
    ("one", "other", "true"),
    [
        (date(1984, 3, 5), date(1984, 3, 5), {"same"}),
        (date(1984, 1, 1), date(1984, 1, 1), {"same", "vague"}),
        (date(1984, 3, 5), date(1984, 5, 3), {"swapped"}),
        (date(1984, 3, 5), date(1984, 3, 15), {"typo"}),
        (date(1984, 3, 31), date(1985, 3, 31), {"typo"}),
        (date(1984, 3, 5), date(1984, 7, 1), {"vague"}),
        (date(1984, 3, 5), date(1984, 12, 31), {"vague"}),
        (date(1984, 3, 5), date(1961, 8, 9), set()),
    ],
)
def test_dates(one: date, other: date, true: set[str]) -> None:
    dates = compared(record(birth_date=one), record(birth_date=other)).dates
    said = {name for name in ("same", "vague", "swapped", "typo") if getattr(dates, name)[0]}
    assert said == true
    assert dates.known[0]


def test_an_unknown_date_is_neither_same_nor_different() -> None:
    dates = compared(record(birth_date=None), record(birth_date=None)).dates
    assert not (dates.known[0] or dates.same[0] or dates.vague[0] or dates.typo[0])


@pytest.mark.parametrize(
    ("nik", "apart", "twin"),
    [
        ("1277014503840001", 0, False),
        ("1277014503840002", 1, True),
        ("1277015403840001", 1, False),
        ("127701450384001", 1, False),
        ("3277014503841001", 2, False),
        ("", FAR, False),
        ("9999999999999999", FAR, False),
        ("1277014503840000", FAR, False),
    ],
)
def test_niks(nik: str, apart: int, twin: bool) -> None:
    niks = compared(facts_of(**AMINAH), record(nik=nik)).niks
    assert (niks.apart[0], niks.twin[0]) == (apart, twin)


def test_a_nik_is_held_against_both_dates_and_sexes() -> None:
    other = {"birth_date": date(1990, 1, 2)}
    assert compared(facts_of(**AMINAH), record()).niks.fits[0] == 2
    assert compared(facts_of(**AMINAH), record(sex="male")).niks.fits[0] == 1
    pair = compared(facts_of(**AMINAH), record(**other))
    assert (pair.niks.fits[0], pair.niks.crossed[0]) == (1, True)


def test_who_uses_a_phone_is_counted_by_birth_dates() -> None:
    family = [record(full_name="Ali", birth_date=date(1960 + n, 2, 3), nik="") for n in range(5)]
    alone = compared(facts_of(**AMINAH), record())
    shared = compared(facts_of(**AMINAH), record(), *family)
    assert alone.contacts.phone_users[0] == 1
    assert shared.contacts.phone_users[0] == 6
    assert shared.niks.users[0] == 1


HOSTILE = st.one_of(
    st.text(max_size=600),
    st.sampled_from(
        ["", "x", "A" * 500, "a " * 250, "M. " * 170, "\x00", "\ud800", "😀" * 40, "ŉ"]
    ),
)


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_any_text_can_be_compared(name: str, other: str, mother: str, address: str) -> None:
    pair = compared(
        facts_of(full_name=name, mother_name=mother, address=address),
        facts_of(full_name=other, mother_name=name, address=mother),
    )
    assert np.isfinite(feature_matrix(pair)).all()


RECORDS = [facts_of(**one.fields) for one in lookalikes("law", 150)]


@given(st.data())
def test_a_score_does_not_depend_on_what_else_is_in_the_batch(data: st.DataObject) -> None:
    """Nor on the order of the batch: only on the two, and on who shares their numbers."""
    places = data.draw(st.lists(st.integers(0, len(RECORDS) - 1), min_size=2, unique=True))
    one, other = (RECORDS[at]._replace(nik="", phone="") for at in places[:2])
    others = [RECORDS[at] for at in places[2:]]
    model, table = shipped_model(), shipped_frequencies()
    alone = judge(model, columns_of([one, other], table), np.array([0]), np.array([1]))
    crowd = columns_of([*others, other, one], table)
    left = np.array([len(others) + 1] * 3)
    among = judge(model, crowd, left, np.array([len(others)] * 3))
    assert (among.scores == alone.scores[0]).all()
    assert (among.vetoes == alone.vetoes[0]).all()


def test_an_empty_batch() -> None:
    columns = columns_of([], shipped_frequencies())
    nothing = np.zeros(0, np.int64)
    assert feature_matrix(compare(columns, nothing, nothing)).shape[0] == 0
    assert len(judge(shipped_model(), columns, nothing, nothing).scores) == 0


def test_cousins_are_words_that_differ_and_are_both_names() -> None:
    cousins = [
        float(compared(record(full_name=one), record(full_name=other)).names.cousins[0])
        for one, other in (("Rina", "Rini"), ("Rina", "Rina"), ("Rina", "Rxna"), ("R.", "Rini"))
    ]
    assert cousins == [1, 0, 0, 0]
