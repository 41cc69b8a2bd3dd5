from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.dedup.nik import disagrees, is_nik, is_placeholder, nik_facts

BIRTH_DATES = st.dates(date(1900, 1, 1), date(2099, 12, 31))
DIGITS = st.text(alphabet="0123456789", min_size=16, max_size=16)
SEXES = st.sampled_from(["female", "male"])


def nik_of(district: str, birth_date: date, sex: str, serial: int) -> str:
    day = birth_date.day + (40 if sex == "female" else 0)
    return f"{district}{day:02}{birth_date:%m%y}{serial:04}"


@given(st.integers(110101, 969999), BIRTH_DATES, SEXES, st.integers(1, 9999))
def test_a_made_nik_says_what_it_was_made_of(
    district: int, birth_date: date, sex: str, serial: int
) -> None:
    nik = nik_of(str(district), birth_date, sex, serial)
    facts = nik_facts(nik)
    assert is_nik(nik)
    assert facts.district.replace(".", "") == str(district)
    assert facts.sex == sex
    assert birth_date in facts.birth_dates
    assert facts.serial == f"{serial:04}"
    assert disagrees(nik, birth_date, sex) == ()


@given(DIGITS, BIRTH_DATES, SEXES)
def test_any_digits_have_facts_that_agree_with_disagrees(
    nik: str, birth_date: date, sex: str
) -> None:
    facts = nik_facts(nik)
    reasons = disagrees(nik, birth_date, sex)
    assert ("birth_date" in reasons) == (birth_date not in facts.birth_dates)
    assert ("sex" in reasons) == (facts.sex is not None and facts.sex != sex)


def test_the_century_comes_from_the_declared_birth_date() -> None:
    nik = "1271014503040002"
    assert nik_facts(nik).birth_dates == (date(1904, 3, 5), date(2004, 3, 5))
    assert disagrees(nik, date(2004, 3, 5), "female") == ()
    assert disagrees(nik, date(1904, 3, 5), "female") == ()


def test_a_leap_day_belongs_to_one_century() -> None:
    assert nik_facts("1271012902000001").birth_dates == (date(2000, 2, 29),)


def test_the_reasons() -> None:
    nik = "1271014503840002"
    assert disagrees(nik, date(1984, 5, 3), "female") == ("birth_date",)
    assert disagrees(nik, date(1984, 3, 5), "male") == ("sex",)
    assert disagrees(nik, date(1985, 3, 5), "male") == ("birth_date", "sex")
    assert disagrees("1271013503840002", date(1984, 3, 5), "male") == ("birth_date",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127101450384000",
        "12710145038400021",
        "127101450384000x",
        "127101450384000２",
        "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦",
        " 127101450384000",
        "127101450384000²",
    ],
)
def test_what_is_not_a_nik(text: str) -> None:
    assert not is_nik(text)


@pytest.mark.parametrize(
    "nik",
    [
        "0000000000000000",
        "1111111111111111",
        "9999999999999999",
        "1234567890123456",
        "9876543210987654",
        "0123456789012345",
        "1271014503840000",
        "0000004503840002",
        "1271010000000001",
    ],
)
def test_placeholders(nik: str) -> None:
    assert is_nik(nik)
    assert is_placeholder(nik)


@given(st.integers(110101, 969999), BIRTH_DATES, SEXES, st.integers(1, 9999))
def test_a_made_nik_is_no_placeholder(
    district: int, birth_date: date, sex: str, serial: int
) -> None:
    assert not is_placeholder(nik_of(str(district), birth_date, sex, serial))
