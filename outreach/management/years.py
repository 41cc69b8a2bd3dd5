from argparse import ArgumentTypeError


def year(text: str) -> int:
    """A year on a command line that a denominator may have."""
    if not (text.isascii() and text.isdigit() and 1945 <= int(text[:5]) <= 2200):
        raise ArgumentTypeError(f"{text!r} is not a year from 1945 to 2200")
    return int(text)
