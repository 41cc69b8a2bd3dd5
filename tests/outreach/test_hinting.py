"""Names and filters as tablets compute them: laws, and examples that never change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.hinting import (
    LEAST_CAPACITY_BITS,
    MOST_CAPACITY_BITS,
    Tags,
    TooManyPeople,
    capacity_bits_for,
    digest_of,
    filled,
    hint_name,
    packed,
    tag_bits,
)
from tests.sync.hint_tablet import tags_of

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("full_name", "name"),
    [
        ("Siti Aminah Harahap", "amn hrp"),
        ("HARAHAP, Aminah", "harahap"),
        ("Hj. St. Aminah Harahap, S.Pd.", "amn hrp"),
        ("Muhammad Yusuf", "yusup"),
        ("M.Joesoef", "jusup"),
        ("Djoko Widagdo", "jk wdgd"),
        ("Siti", "siti"),
        ("Nur-Hayati", "ht nr"),
        ("Sjarifuddin  Chaidir", "cdr srpdn"),
        ("José Xaverius", "js ksprs"),
        ("H", "h"),
        (", Siti", "siti"),
        ("Budi\u00a0Aji", "aj bd"),
        ("Bu\u2028di\ufeff", "budi"),
        ("李", ""),
        ("", ""),
    ],
)
def test_a_name_s_sounds(full_name: str, name: str) -> None:
    assert hint_name(full_name) == name


@pytest.mark.parametrize(
    ("nik", "full_name", "digest"),
    [
        ("9901014503840002", "Siti Aminah Harahap", 3531140177),
        ("9901010101900001", "Budi", 1805096614),
        ("9901010101900001", "", 1504842177),
    ],
)
def test_digests_that_tablets_agree_on(nik: str, full_name: str, digest: int) -> None:
    assert digest_of(KEY, nik, hint_name(full_name)) == digest


@settings(deadline=None)
@given(st.text())
def test_any_text_has_a_name(text: str) -> None:
    assert set(hint_name(text)) <= set("abcdefghijklmnopqrstuvwxyz ")


@settings(deadline=None)
@given(st.sets(st.integers(0, 2**16 - 1), min_size=1, max_size=300))
def test_what_is_packed_is_read_again(tags: set[int]) -> None:
    ascending = np.array(sorted(tags), np.uint32)
    assert tags_of(packed(ascending), len(tags), 6) == ascending.tolist()


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), max_size=3584), st.integers(12, 13))
def test_a_filter_holds_everybody_among_so_many_that_nobody_can_be_counted(
    people: list[int], bits: int
) -> None:
    digests = np.array(people, np.uint32)
    tags = filled(digests, bits, b"secret")
    assert tags.size == 1 << bits
    assert (np.diff(tags.astype(np.int64)) > 0).all()
    assert np.isin(digests >> (32 - tag_bits(bits)), tags).all()


def test_who_comes_takes_the_place_of_decoys_only() -> None:
    before = filled(_digests(500), 12, b"secret")
    after = filled(_digests(520), 12, b"secret")
    assert np.setdiff1d(after, before).size <= 20
    assert np.setdiff1d(before, filled(_digests(500), 12, b"another")).size > 3000


def test_100_000_people_take_140_kilobytes() -> None:
    bits = capacity_bits_for(100_000)
    assert (bits, tag_bits(bits)) == (17, 24)
    assert len(packed(filled(_digests(100_000), bits, b"secret"))) < 141_000


@pytest.mark.parametrize(
    ("people", "kept", "bits"),
    [
        (0, 0, LEAST_CAPACITY_BITS),
        (3584, 0, 12),
        (3585, 0, 13),
        (10, 15, 15),
        (3_670_016, 0, MOST_CAPACITY_BITS),
    ],
)
def test_capacity_has_room_and_never_shrinks(people: int, kept: int, bits: int) -> None:
    assert capacity_bits_for(people, kept) == bits


def test_more_than_a_filter_can_hold() -> None:
    with pytest.raises(TooManyPeople):
        capacity_bits_for(3_670_017)


def _digests(number: int) -> Tags:
    return np.random.default_rng(5).integers(0, 2**32, 200_000, np.uint32)[:number]
