"""Masks show enough to tell two people apart, and no more."""

from uuid import uuid4

from outreach.masking import masked_nik, masked_phone
from outreach.sealing import seal


def test_a_mask_keeps_the_length_and_the_ends() -> None:
    row = uuid4()

    assert masked_nik(seal("1271014503840002", row), row) == "127101••••••0002"
    assert masked_phone(seal("+6281234567890", row), row) == "+6281••••••890"
    assert masked_nik(None, row) is None


def test_short_and_foreign_values_show_nothing_to_rely_on() -> None:
    row = uuid4()

    assert masked_phone(seal("+6212345", row), row) == "•" * 8
    assert masked_nik(seal("1271014503840002", uuid4()), row) == "•" * 10
