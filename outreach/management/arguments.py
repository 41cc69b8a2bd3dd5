"""What the values of options may be: types for argparse."""

from argparse import ArgumentTypeError
from collections.abc import Callable


def text(longest: int, least: int = 1) -> Callable[[str], str]:
    """A type for argparse: a text that is kept and shown as it was given, but for outer spaces."""

    def checked(given: str) -> str:
        kept = given.strip()
        if not least <= len(kept) <= longest:
            raise ArgumentTypeError(
                f"it has {len(kept)} and may have {least} to {longest} characters"
            )
        for place, letter in enumerate(kept, start=1):
            if not letter.isprintable():
                raise ArgumentTypeError(
                    f"character {place} is U+{ord(letter):04X}, which cannot be printed: leave it"
                    " out or write a space"
                )
        return kept

    return checked


def year(text: str) -> int:
    """A year on a command line that a denominator may have."""
    if not (text.isascii() and text.isdigit() and 1945 <= int(text[:5]) <= 2200):
        raise ArgumentTypeError(f"{text!r} is not a year from 1945 to 2200")
    return int(text)
