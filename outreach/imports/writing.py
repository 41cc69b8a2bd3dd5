"""Cells as they are written out, and as they were before."""

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet program takes for the start of a formula."""


def harmless(text: str) -> str:
    """A text that no spreadsheet program runs: an apostrophe comes before what could be a formula.

    Not before a plain number, such as a phone number, which is none.
    """
    is_number = text[:1] in {"+", "-"} and text[1:].isdecimal()
    return f"'{text}" if text.startswith(STARTS) and not is_number else text


def as_it_was(text: str) -> str:
    """A text that was made harmless, here or elsewhere, as it was before."""
    return text[1:] if text.startswith("'") and text[1:].startswith(STARTS) else text
