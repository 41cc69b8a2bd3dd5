"""The XML of a sheet and of a workbook's texts, by events."""

import re
from typing import Any
from xml.parsers import expat

from outreach.imports.tables import (
    LONGEST_CELL,
    MOST_COLUMNS,
    Odd,
    RawRow,
    Unreadable,
    Value,
)
from outreach.imports.writing import as_it_was

_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
LONGEST_NUMBER = 40
REPLACED = "\ufffd"
"""Stands for what no database stores as text."""


class _Events:
    """Collects the text within the elements that say so, up to the length of a cell."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._pieces: list[str] = []
        self._length = 0
        self._collects = False

    def feed(self, chunk: bytes, *, is_last: bool = False) -> None:
        self._parser.Parse(chunk, is_last)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def _end(self, tag: str) -> None:
        raise NotImplementedError

    def _characters(self, text: str) -> None:
        if self._collects and self._length <= LONGEST_CELL:
            self._pieces.append(text)
            self._length += len(text)

    def _refuse(self, *_: Any) -> None:
        raise Unreadable("damaged")

    def _taken(self) -> str:
        text = "".join(self._pieces)
        self._pieces.clear()
        self._length = 0
        return text[: LONGEST_CELL + 1]


class SharedStrings(_Events):
    """The texts of a workbook, by their place."""

    def __init__(self) -> None:
        super().__init__()
        self.strings: list[str] = []
        self._phonetic = 0

    def _start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - expat's
        name = tag.rpartition("}")[2]
        self._phonetic += name == "rPh"
        self._collects = name == "t" and not self._phonetic

    def _end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        self._collects = False
        self._phonetic -= name == "rPh"
        if name == "si":
            self.strings.append(unescaped(self._taken()))


class SheetEvents(_Events):
    """Rows as they are complete. Without the workbook's texts a text is only there."""

    def __init__(self, strings: list[str] | None) -> None:
        super().__init__()
        self._strings = strings
        self._rows: list[RawRow] = []
        self._number = 0
        self._is_hidden = False
        self._cells: dict[int, Value] = {}
        self._column = -1
        self._type = "n"
        self._is_formula = False
        self._phonetic = 0

    def taken(self) -> list[RawRow]:
        """The rows that became complete since."""
        rows, self._rows = self._rows, []
        return rows

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if name == "c":
            self._type = attributes.get("t", "n")
            self._column = _column(attributes.get("r"), self._column)
            self._is_formula = False
        elif name in {"v", "t"}:
            self._collects = not self._phonetic
        elif name == "f":
            self._is_formula = True
        elif name == "row":
            number = attributes.get("r")
            self._number = int(number) if number else self._number + 1
            self._is_hidden = attributes.get("hidden") in {"1", "true"}
            self._cells = {}
            self._column = -1
        elif name == "rPh":
            self._phonetic += 1

    def _end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        self._collects = False
        if name == "c":
            value = self._value()
            if value is not None:
                if self._column >= MOST_COLUMNS:
                    raise Unreadable("too_many_columns", most=MOST_COLUMNS)
                self._cells[self._column] = value
        elif name == "row":
            self._rows.append(RawRow(self._number, self._cells, self._is_hidden))
        elif name == "rPh":
            self._phonetic -= 1

    def _value(self) -> Value | None:
        """What the cell that ends holds; nothing where it is empty."""
        text = self._taken()
        if self._is_formula:
            return Odd.FORMULA
        if not text or self._type == "e":
            return Odd.ERROR if text else None
        if self._type == "n":
            return _number(text)
        if self._type == "b":
            return text.strip() == "1"
        return _text(self._of_workbook(text) if self._type == "s" else unescaped(text))

    def _of_workbook(self, place: str) -> str:
        return place if self._strings is None else self._strings[int(place)]


def _text(text: str) -> str | Odd | None:
    stripped = text.strip()
    return Odd.TOO_LONG if len(stripped) > LONGEST_CELL else as_it_was(stripped) or None


def _column(reference: str | None, before: int) -> int:
    if reference is None:
        return before + 1
    found = _REFERENCE.fullmatch(reference)
    if not found:
        raise Unreadable("damaged")
    place = 0
    for letter in found[1]:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _number(text: str) -> int | float | Odd:
    if len(text) > LONGEST_NUMBER:
        return Odd.ERROR
    stripped = text.strip()
    if stripped.lstrip("-").isdecimal() and stripped.isascii():
        return int(stripped)
    number = float(stripped)
    if number != number or number in {float("inf"), float("-inf")}:  # noqa: PLR0124 - NaN
        return Odd.ERROR
    return number


def unescaped(text: str) -> str:
    """A text of a workbook with its _x000D_ as the characters they stand for."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: _storable(chr(int(found[1], 16))), text)


def _storable(letter: str) -> str:
    return REPLACED if letter == "\x00" or "\ud800" <= letter <= "\udfff" else letter
