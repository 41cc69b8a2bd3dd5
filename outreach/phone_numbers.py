"""Phone numbers as people in Indonesia write them."""

import phonenumbers


def with_country(text: str) -> str | None:
    """A number in E.164, of Indonesia where it names no country; None for what cannot be one."""
    try:
        number = phonenumbers.parse(text, "ID")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
