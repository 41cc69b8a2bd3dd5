"""A start with other keys than the data was written with is noticed."""

from typing import Any

import pytest

from outreach.key_marks import key_problems

pytestmark = pytest.mark.django_db

FIRST, SECOND = b"1" * 32, b"2" * 32


def given(settings: Any, data: dict[str, bytes], index: dict[str, bytes]) -> list[str]:
    settings.DATA_KEYS, settings.INDEX_KEYS = data, index
    return key_problems()


def test_the_same_keys_and_new_ones_are_fine(settings: Any) -> None:
    assert given(settings, {"k1": FIRST}, {"i1": FIRST}) == []
    assert given(settings, {"k2": SECOND, "k1": FIRST}, {"i1": FIRST}) == []
    assert given(settings, {"k2": SECOND, "k1": FIRST}, {"i1": FIRST}) == []


@pytest.mark.parametrize(
    ("data", "index", "problem"),
    [
        ({"k1": SECOND}, {"i1": FIRST}, "DATA_KEYS: the key k1 is another one"),
        ({"k2": SECOND}, {"i1": FIRST}, "DATA_KEYS: the key k1 is missing"),
        ({"k1": FIRST}, {"i1": SECOND}, "INDEX_KEYS: the key i1 is another one"),
        ({"k1": FIRST}, {"i2": SECOND, "i1": FIRST}, "INDEX_KEYS: the first key must stay"),
    ],
)
def test_other_keys_are_named(
    settings: Any, data: dict[str, bytes], index: dict[str, bytes], problem: str
) -> None:
    assert given(settings, {"k1": FIRST}, {"i1": FIRST}) == []

    problems = given(settings, data, index)

    assert problem in problems[0]
    assert given(settings, {"k1": FIRST}, {"i1": FIRST}) == []
