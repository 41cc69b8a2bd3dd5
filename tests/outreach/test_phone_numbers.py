"""Phone numbers as they are written down in an office."""

import pytest

from outreach.phone_numbers import with_country


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0812 3456-7890", "+6281234567890"),
        ("81234567890", "+6281234567890"),
        ("62812345678", "+62812345678"),
        ("6281234567890", "+6281234567890"),
        ("+62 (0)812-3456-7890", "+6281234567890"),
        ("(+62) 812-3456-7890", "+6281234567890"),
        ("0812\u20113456\u20137890", "+6281234567890"),
        ("\u202a+62 812-3456-7890\u202c", "+6281234567890"),
        ("(+1) 650 253 0000", "+16502530000"),
        ("(0411) 555.123", "+62411555123"),
        ("+1 650 253 0000", "+16502530000"),
        ("0812abc", None),
        ("0812-3456-7890 (istri)", None),
        ("0812345", None),
        ("081234567890 / 081234567891", None),
        ("-", None),
        ("", None),
    ],
)
def test_a_number_is_kept_as_it_is_dialled_from_anywhere(written: str, kept: str | None) -> None:
    assert with_country(written) == kept
