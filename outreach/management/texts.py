from argparse import ArgumentTypeError
from collections.abc import Callable


def text(longest: int) -> Callable[[str], str]:
    """A type for argparse: a text that is kept and shown as it was given, but for outer spaces."""

    def checked(given: str) -> str:
        kept = given.strip()
        if not 0 < len(kept) <= longest:
            raise ArgumentTypeError(f"it has {len(kept)} and may have 1 to {longest} characters")
        for place, letter in enumerate(kept, start=1):
            if not letter.isprintable():
                raise ArgumentTypeError(
                    f"character {place} is U+{ord(letter):04X}, which cannot be printed: leave it"
                    " out or write a space"
                )
        return kept

    return checked
