"""Codes as spreadsheets leave them, made whole again where that is certain."""

import re
from collections import defaultdict
from collections.abc import Iterable

_WHOLE = re.compile(r"\d{0,10}|\d\d(\.\d\d){1,2}(\.\d{4})?")
_EXPONENT = re.compile(r"(\d)[.,]?(\d*)[eE]\+?(\d{1,2})")
_DECIMAL = re.compile(r"(\d{4,10})[.,]0+")
_THOUSANDS = re.compile(r"\d{1,3}([.,]\d{3}){2,3}")
_PREFIX = re.compile(r"[iI][dD]\s*(\d{2,10})")
# The quotation mark at the end is gone by then.
_TEXT_FORMULA = re.compile(r'="([\d.]+)')
_QUOTES = " \t\u00a0\u200b\ufeff'’‘`\""


def unspoilt(text: str) -> tuple[str, str]:
    """A code's text without what a spreadsheet put around it, and what that was (or nothing)."""
    if _WHOLE.fullmatch(text):
        return text, ""
    code = text.strip(_QUOTES)
    if formula := _TEXT_FORMULA.fullmatch(code):
        return formula[1], 'a formula ="…"'
    for pattern, what in (
        (_DECIMAL, "a decimal .0"),
        (_THOUSANDS, "thousands separators"),
        (_PREFIX, "the prefix ID"),
    ):
        if match := pattern.fullmatch(code):
            digits = re.sub(r"[.,]", "", match[0]) if what.startswith("thou") else match[1]
            return digits, what
    if match := _EXPONENT.fullmatch(code):
        digits = match[1] + match[2]
        # Digits that the exponent asks for and the text does not show are lost.
        return (digits, "an exponent") if len(digits) == int(match[3]) + 1 else (code, "")
    return code, "a quotation mark or space" if code != text else ""


def lost_digits(codes: Iterable[tuple[int, str]]) -> str:
    """What to do where digits of (line, code) are lost in an exponent; empty if none are."""
    lost = [(line, code) for line, code in codes if _EXPONENT.fullmatch(code)]
    if not lost:
        return ""
    line, code = lost[0]
    more = f" (and {len(lost) - 1:,} more likewise)" if lost[1:] else ""
    return (
        f"a spreadsheet wrote {code[:40]!r} in line {line} as a number{more}, and the last digits"
        " are lost to this file: go back to the source, format the column of codes as text before"
        " anything is put into it, export it again and load that file"
    )


def summary(repairs: Iterable[tuple[int, str]]) -> list[str]:
    """One line for each kind of repair of (line, what)."""
    lines: defaultdict[str, list[int]] = defaultdict(list)
    for line, what in repairs:
        lines[what].append(line)
    return [
        f"{what} was taken off {len(found)} codes, first in line {found[0]}"
        for what, found in lines.items()
    ]
