"""Phone numbers as people in Indonesia write them."""

import re

import phonenumbers

_PLUS_FIRST = re.compile(r"\D*\+")
_INDONESIA = phonenumbers.country_code_for_region("ID")


def with_country(text: str) -> str | None:
    """A number in E.164, of Indonesia where it names no country; None for what cannot be one."""
    number = _read(text)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    # What still begins with 0 after the code of Indonesia is too short, or has a 0 too many.
    if number.country_code == _INDONESIA and number.italian_leading_zero:
        return None
    return _written(number)


def to_look_up(text: str) -> str | None:
    """The same of any digits, also such as no telephone has: they may have been kept."""
    number = _read(text)
    return _written(number) if number else None


def _read(text: str) -> phonenumbers.PhoneNumber | None:
    """The library reads letters as the keys of a telephone, and 62 without a plus as the beginning
    of a number in Indonesia; here, letters are none, and 62 is the country."""
    if any(char.isalpha() for char in text):
        return None
    digits = phonenumbers.normalize_digits_only(text)
    abroad = bool(_PLUS_FIRST.match(text)) or digits.startswith(str(_INDONESIA))
    try:
        return phonenumbers.parse(f"+{digits}" if abroad else digits, "ID")
    except phonenumbers.NumberParseException:
        return None


def _written(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
