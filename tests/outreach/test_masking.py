"""Masks show enough to tell two people apart, and no more."""

from uuid import uuid4

import pytest

from outreach.masking import (
    masked_nik,
    masked_nik_end,
    masked_phone,
    masked_record,
    slips_between,
)
from outreach.sealing import readable_json, seal


def test_a_mask_keeps_the_length_and_the_ends() -> None:
    row = uuid4()

    assert masked_nik(seal("1271014503840002", row), row) == "127101••••••0002"
    assert masked_phone(seal("+6281234567890", row), row) == "+6281••••••890"
    assert masked_nik(None, row) is None


def test_short_and_foreign_values_show_nothing_to_rely_on() -> None:
    row = uuid4()

    assert masked_phone(seal("+6212345", row), row) == "•" * 8
    assert masked_nik(seal("1271014503840002", uuid4()), row) == "•" * 10


def test_a_damaged_value_hides_nothing_else() -> None:
    row = uuid4()
    whole = seal("1271014503840002", row)

    for damaged in [whole[:length] for length in range(len(whole))] + [b"\x03\xff" + whole[2:]]:
        assert masked_nik(damaged, row) == "•" * 10
        assert readable_json(damaged, row) is None
    assert readable_json(seal("not JSON", row), row) is None


def test_of_two_niks_the_digits_that_differ_are_shown_if_few_do() -> None:
    one, other = uuid4(), uuid4()
    sealed = seal("1271014503840002", one)

    def places(nik: str) -> list[int]:
        return sorted(slips_between(sealed, one, seal(nik, other), other))

    assert places("1271014503840020") == [14, 15]
    assert places("1271014603840002") == [7]
    assert places("1271014503840002") == []
    assert places("1271014603850003") == []
    assert places("127101450384000") == []
    assert slips_between(sealed, one, None, other) == frozenset()
    assert slips_between(sealed, other, sealed, one) == frozenset()
    assert masked_nik(sealed, one, {7, 15}) == "127101•5••••0002"
    assert masked_nik_end(sealed, one, {7}) == "•••••••5••••0002"


@pytest.mark.parametrize(
    "text",
    ["NIK9901014503840077", "x9901014503840077y", "9901 0145 0384 0077", "9901.0145.0384.0077"],
)
def test_a_nik_is_masked_however_it_is_written(text: str) -> None:
    told = masked_record({"note": text, f"k{text}": 99010145038400771})
    assert "0145" not in str(told) and "5038" not in str(told)


def test_ids_and_hashes_are_no_niks() -> None:
    record = {"id": "00000000-0000-4000-8000-000000000001", "sha256": "12" * 32}
    assert masked_record(record) == record
