"""The rows of a SQL dump: read, never executed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from outreach.places.sources import Refused

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|\#[^\n]*)
    |(?P<comment>/\*(?:[^*]|\*(?!/))*(?:\*/)?)
    |(?P<string>'(?:[^'\\]+|\\.|'')*'?)
    |(?P<quoted>`[^`]*`?|"(?:[^"\\]+|\\.|"")*"?)
    |(?P<number>[+-]?\d[\d.]*(?:[eE][+-]?\d+)?)
    |(?P<word>[^\W\d]\w*)
    |(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {
    "'": re.compile(r"\\(.)|''", re.DOTALL),
    '"': re.compile(r'\\(.)|""', re.DOTALL),
}
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
# They set the stage and change no row that an INSERT of the same dump brings. Nor does a DELETE
# before the first of these.
_LEFT_OUT = {
    *("ALTER", "ANALYZE", "BEGIN", "COMMENT", "COMMIT", "CREATE", "DROP", "GO", "GRANT", "LOCK"),
    *("PRAGMA", "REVOKE", "SET", "START", "TRUNCATE", "UNLOCK", "USE"),
}
MOST_ROWS = 500_000
_MOST_VALUES = 1000
_NO_COLUMNS = {"PRIMARY", "KEY", "UNIQUE", "CONSTRAINT", "INDEX", "FOREIGN", "CHECK", "FULLTEXT"}
_CONSTANTS = {"NULL": "", "TRUE": "true", "FALSE": "false"}


@dataclass(frozen=True, slots=True)
class Inserted:
    """Rows of one table with their lines; no `columns` where the dump names none."""

    columns: tuple[str, ...]
    rows: list[tuple[int, list[str]]] = field(default_factory=list)


class _Token(NamedTuple):
    kind: str
    text: str
    line: int

    @property
    def word(self) -> str:
        return self.text.upper() if self.kind == "word" else ""


def read_inserts(name: str, text: str) -> tuple[list[Inserted], list[str]]:
    """What a dump inserts, and what of it was left out. Raises Refused at the first other thing."""
    tables: dict[tuple[str, tuple[str, ...]], Inserted] = {}
    created: dict[str, tuple[str, ...]] = {}
    left_out: dict[str, int] = {}
    tokens = _tokens(name, text)
    for first in tokens:
        if first.text == ";":
            continue
        if first.word in {"INSERT", "REPLACE"}:
            _insert(name, tokens, tables, created)
        elif first.word in _LEFT_OUT or (first.word == "DELETE" and not tables):
            left_out[first.word] = left_out.get(first.word, 0) + 1
            _skip(first.word, tokens, created)
        else:
            raise Refused([_other_statement(name, first)])
    notes = [f"{times} statements {word}" for word, times in sorted(left_out.items())]
    return list(tables.values()), notes


def _other_statement(name: str, first: _Token) -> str:
    place = f"{name} line {first.line}"
    if first.word == "COPY":
        return f"{place}: COPY is not read; dump with pg_dump --inserts, or export as CSV"
    return (
        f"{place}: {first.text[:40]!r} begins no INSERT; only INSERT ... VALUES is read: "
        "export the finished table as CSV, or leave the statement out"
    )


def _tokens(name: str, text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        kind, found = match.lastgroup or "", match[0]
        if kind not in {"space", "comment"}:
            if kind in {"string", "quoted"} and (len(found) < 2 or found[-1] != found[0]):
                raise Refused([f"{name} line {line}: a quotation is not closed"])
            yield _Token(kind, found, line)
        elif kind == "comment" and not found.endswith("*/"):
            raise Refused([f"{name} line {line}: a comment is not closed"])
        if "\n" in found:
            line += found.count("\n")


def _skip(word: str, tokens: Iterator[_Token], created: dict[str, tuple[str, ...]]) -> None:
    statement: list[_Token] = []
    for token in tokens:
        if token.text == ";":
            break
        if word == "CREATE" and len(statement) < _MOST_VALUES * 10:
            statement.append(token)
    if statement and statement[0].word == "TABLE":
        _remember_columns(statement, created)


def _remember_columns(statement: list[_Token], created: dict[str, tuple[str, ...]]) -> None:
    """Take a CREATE TABLE's columns, for INSERTs that do not name theirs."""
    table, depth = "", 0
    columns: list[str] = []
    for before, token in pairwise(statement):
        if depth == 0 and token.kind in {"word", "quoted"}:
            table = table if columns else _bare(token)
        if depth == 1 and before.text in {",", "("} and token.word not in _NO_COLUMNS:
            columns.append(_bare(token))
        depth += {"(": 1, ")": -1}.get(token.text, 0)
    created.setdefault(table, tuple(columns))


def _insert(
    name: str,
    tokens: Iterator[_Token],
    tables: dict[tuple[str, tuple[str, ...]], Inserted],
    created: dict[str, tuple[str, ...]],
) -> None:
    table, columns = _target(name, tokens)
    columns = columns or created.get(table, ())
    into = tables.setdefault((table, columns), Inserted(columns))
    for row in _rows(name, tokens):
        into.rows.append(row)
        if len(into.rows) > MOST_ROWS:
            raise Refused([f"{name} has more than {MOST_ROWS:,} rows: no list of regions has"])


def _target(name: str, tokens: Iterator[_Token]) -> tuple[str, tuple[str, ...]]:
    """The table and its columns, up to and with the word VALUES."""
    table, in_brackets = "", False
    columns: list[str] = []
    for token in tokens:
        if token.word in {"VALUES", "VALUE"} and not in_brackets:
            return table, tuple(columns)
        if token.word in {"SELECT", "SET"}:
            raise Refused([f"{name} line {token.line}: only INSERT ... VALUES is read"])
        if token.text in {"(", ")"}:
            in_brackets = token.text == "("
        elif token.kind in {"word", "quoted"} and len(columns) < _MOST_VALUES:
            if in_brackets:
                columns.append(_bare(token))
            else:
                table = _bare(token)
        elif token.text not in {",", "."}:
            raise Refused([f"{name} line {token.line}: {token.text[:40]!r} is not expected here"])
    raise Refused([f"{name} ends within an INSERT"])


def _rows(name: str, tokens: Iterator[_Token]) -> Iterator[tuple[int, list[str]]]:
    for token in tokens:
        if token.text == ";":
            return
        if token.text == "(":
            yield token.line, _values(name, tokens)
        elif token.text != ",":
            raise Refused(
                [f"{name} line {token.line}: {token.text[:40]!r} after the values is not read"]
            )


def _values(name: str, tokens: Iterator[_Token]) -> list[str]:
    values: list[str] = []
    expects_value = True
    for token in tokens:
        if not expects_value and token.text == ",":
            expects_value = True
        elif not expects_value and token.text == ")":
            return values
        elif len(values) > _MOST_VALUES:
            raise Refused([f"{name} line {token.line}: more than {_MOST_VALUES} values in a row"])
        elif expects_value and (value := _value(token)) is not None:
            values.append(value)
            expects_value = False
        else:
            found = f"{name} line {token.line}: {token.text[:40]!r} is no plain value"
            raise Refused([f"{found}; only texts, numbers and NULL are read, nothing is executed"])
    raise Refused([f"{name} ends within an INSERT"])


def _value(token: _Token) -> str | None:
    quote = token.text[0]
    if quote in _ESCAPES and token.kind in {"string", "quoted"}:
        inner = token.text[1:-1]
        if "\\" not in inner and quote not in inner:
            return inner
        return _ESCAPES[quote].sub(
            lambda match: _ESCAPED.get(match[1], match[1]) if match[1] else quote, inner
        )
    return token.text if token.kind == "number" else _CONSTANTS.get(token.word)


def _bare(token: _Token) -> str:
    return token.text.strip('`"')
