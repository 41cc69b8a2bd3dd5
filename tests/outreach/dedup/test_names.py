import re
import time
from unicodedata import normalize

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from outreach.dedup.names import is_written_alike, name_words

WORDS = st.sampled_from(
    re.findall(
        r"\S+",
        """H. Hj. haji Ir. S.Pd. S.H. M.M. br bin Muhammad Moch. M. Siti Nurhayati Abdurrahman
        Soekarno Tjahjono Sjarifuddin Harahap Hrp Aisyah Chandra Ma'ruf M.A. Drs St. Fauzi Yusuf""",
    )
)
NAMES = st.one_of(
    st.text(),
    st.text(alphabet=st.characters(categories=["L", "M", "P", "Z"])),
    st.text(alphabet="abdhijmnorstuyz .'", max_size=40),
    st.lists(WORDS, max_size=6).map(" ".join),
)


def name_key(full_name: str) -> str:
    """The words in any order: equal for one name."""
    return " ".join(sorted(name_words(full_name)))


@given(NAMES)
@example("\ud800")
@example("H. M.A.")
@example("Hajjah Haji")
@example("ŉ")
@example("İĳ ﬁ \u0345")
def test_the_key_of_a_key_is_itself(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@given(
    st.lists(WORDS, min_size=1, max_size=6).flatmap(
        lambda w: st.tuples(st.just(w), st.permutations(w))
    )
)
def test_the_order_of_the_words_makes_no_difference(words: tuple[list[str], list[str]]) -> None:
    written, other = words
    assert name_key(", ".join(written)) == name_key(", ".join(other))


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_case_and_spaces_make_no_difference(words: list[str]) -> None:
    plain = name_key(" ".join(words))
    assert name_key("  ".join(words).upper() + " ") == plain
    assert name_key(" ".join(words).title()) == plain


@given(st.text(alphabet=st.characters(categories=["L", "Nd"]), min_size=1))
def test_a_name_with_a_letter_has_a_key(name: str) -> None:
    assume(any(sign.isalnum() for sign in normalize("NFKD", name)))
    assert name_key(name)


@pytest.mark.parametrize(
    "same",
    [
        (
            "Ahmad Siregar",
            "H. Achmad Siregar, S.Pd.",
            "SIREGAR AHMAD",
            "Akhmad  Srg",
            "ahmad siregar s. pd. i",
        ),
        ("Muhammad Nur Hayati", "M. Nurhayati", "Mhd. Noer Hayati", "Mochamad Nur-Hayati"),
        ("Abdul Rahman", "Abdurrahman", "Abd. Rachman", "Abdurahman"),
        (
            "Siti Aminah br Harahap",
            "Siti Aminah Boru Harahap",
            "Siti Amina Hrp",
            "St. Aminah Harahap",
        ),
        ("Sukarno", "Soekarno"),
        ("Joko Cahyono", "Djoko Tjahjono"),
        ("Wijaya", "Widjaja"),
        ("Syarifuddin", "Sjarifoeddin", "Sarifudin"),
        ("Khairul Anwar", "Choirul Anwar"),
        ("Candra", "Chandra"),
        ("Ma'ruf", "Maʼruf", "Ma’ruf", "Maruf"),
        ("Yusuf bin Ahmad", "Yusup Ahmad"),
        ("Aisyah", "Aisya", "ÁISYAH"),
    ],
)
def test_one_name_in_its_spellings(same: tuple[str, ...]) -> None:
    assert len({name_key(name) for name in same}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Siti Aminah", "Siti Maimunah"),
        ("Dewi Lestari", "Dwi Lestari"),
        ("Nurhayati", "Nurhasanah"),
        ("Abdullah", "Abdul Ali"),
        ("Ahmad", "Muhammad"),
        ("Rina", "Rini"),
        ("Harahap", "Hasibuan"),
        ("Suharto", "Suhartono"),
        ("Ma", "Lim"),
    ],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize(
    ("name", "key"), [("Haji", "haji"), ("H.", "h"), ("", ""), ("!?", ""), ("Lim Ma", "lim ma")]
)
def test_what_is_left_of_titles_and_nothing(name: str, key: str) -> None:
    assert name_key(name) == key


@pytest.mark.parametrize("letter", ["a", "h", "x", ".", "dh", "nur", "abdu", "S.", "M'", "́", "iy"])
def test_a_huge_name_is_read_in_linear_time(letter: str) -> None:
    began = time.thread_time()
    name_key(letter * 100_000)
    assert time.thread_time() - began < 3


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Siti Aminah", "Hj. SITI  AMINAH, S.Pd.", True),
        ("Siti Aminah", "Aminah Siti", True),
        ("Ma'ruf", "Maruf", True),
        ("Baharuddin", "Baharudin", False),
        ("M. Ridwan", "Muhammad Ridwan", False),
        ("Nurhayati", "Nur Hayati", False),
    ],
)
def test_names_may_be_equal_and_yet_be_written_otherwise(
    one: str, other: str, *, alike: bool
) -> None:
    assert name_key(one) == name_key(other)
    assert is_written_alike(one, other) is alike
