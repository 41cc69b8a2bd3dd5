"""Village boundaries from SQL dumps in the manner of cahyadsn: parsed, never executed.

INSERT statements give the features: the column `path` is the geometry, JSON lists of [lat, lng]
two (a ring), three (a polygon) or four deep; the other columns are the properties. Statements that
make a place for the rows are left out; any other refuses the file. Time is linear in its size.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from outreach.geo.coordinates import read_coordinates
from outreach.geo.feature import MOST_FEATURES, BadGeometryError, Feature, FormatError, Parts
from outreach.geo.sql_scanner import SqlScanner

_PATH = "path"
# Statements that make, empty or guard the place where the rows go.
_LEFT_OUT = {
    "ALTER": {"TABLE"},
    "CREATE": {"DATABASE", "INDEX", "SCHEMA", "TABLE", "UNIQUE"},
    "DELETE": {"FROM"},
    "DROP": {"TABLE"},
    "LOCK": {"TABLE", "TABLES"},
    "START": {"TRANSACTION"},
    "TRUNCATE": {"TABLE"},
    "UNLOCK": {"TABLE", "TABLES"},
}
_LEFT_OUT_WHATEVER_FOLLOWS = frozenset(("BEGIN", "COMMIT", "SET", "USE"))
_NO_COLUMNS = frozenset(
    ("CHECK", "CONSTRAINT", "FOREIGN", "FULLTEXT", "INDEX", "KEY", "PRIMARY", "SPATIAL", "UNIQUE")
)
_CODE_LENGTHS = (2, 5, 8, 13)
_OF_ONE_REGION = re.compile(
    rb"""\s*WHERE\s+(?:LENGTH\(kode\)\s*=\s*\d+\s+AND\s+)?
    (?:kode\s+LIKE\s+'|LEFT\(kode,\s*\d+\)\s*=\s*')([\d.]+)%?'
    (?:\s+AND\s+LENGTH\(kode\)\s*=\s*\d+)?\s*;""",
    re.IGNORECASE | re.VERBOSE,
)
_NUMBER = re.compile(rb"[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?+(?![\w.])")
_COLUMN_STOP = re.compile(rb"[,()'\"`#]|--|/\*")
_ESCAPED = {
    b"'": re.compile(r"\\(.)|''", re.DOTALL),
    b'"': re.compile(r'\\(.)|""', re.DOTALL),
}
_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
_OPENING = re.compile(rb"(?:\s*+\[)*+")


@dataclass(slots=True)
class _Table:
    """What the file says of one table: its columns, how many rows it got, and of which regions."""

    columns: list[str] = field(default_factory=list)
    rows: int = 0
    regions: set[str] = field(default_factory=set)


def read_boundary_sql(content: bytes) -> tuple[list[Feature], list[str]]:
    """The features of an SQL dump, and notes of what was left out. Raises FormatError."""
    dump = _Dump(content)
    features: list[Feature] = []
    while dump.goes_on():
        features += dump.statement()
    if not features:
        columns = [", ".join(table.columns) for table in dump.tables.values() if table.rows]
        having = f"; name so the one that has it of {'; '.join(columns)}" if columns else ""
        raise FormatError(f"has no INSERT of rows with a column `{_PATH}`, the polygon{having}")
    notes = [f"left out, not run: {times} × {verb}" for verb, times in dump.left_out.items()]
    return features, notes


class _Dump(SqlScanner):
    """A dump and what was learnt from it up to here."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.tables: dict[str, _Table] = {}
        self.left_out: Counter[str] = Counter()
        self.rows = 0

    def goes_on(self) -> bool:
        """Whether there is another statement, at which it then stands."""
        while self.skip_blanks() < len(self.content) and self.take(b";"):
            pass
        return self.at < len(self.content)

    def statement(self) -> list[Feature]:
        """The features of an INSERT; none of a statement that is left out."""
        self.statement_at = self.at
        first = self.word().upper()
        if first == "INSERT":
            return self._insert()
        verb = first
        if first not in _LEFT_OUT_WHATEVER_FOLLOWS:
            second = self.word().upper()
            verb = f"{first} {second}"
            if second not in _LEFT_OUT.get(first, ()):
                raise self._unread()
        if first in {"DELETE", "DROP", "TRUNCATE"}:
            self._check_clearing()
        if verb == "CREATE TABLE":
            self._create_table()
        self.left_out[verb] += 1
        self.skip_statement()
        return []

    def _insert(self) -> list[Feature]:
        while (word := self.word().upper()) in {"IGNORE", "LOW_PRIORITY", "DELAYED"}:
            pass
        if word != "INTO":
            raise self._unread()
        table = self.tables.setdefault(self._table_name(), _Table())
        if self.take(b"("):
            table.columns = self._names()
        if self.word().upper() not in {"VALUES", "VALUE"}:
            raise self._unread()
        if not table.columns:
            raise self.fault("an INSERT without the names of its columns: write them before VALUES")
        features = self._rows(table)
        if self.word().upper() == "ON":
            self.left_out["ON DUPLICATE KEY or ON CONFLICT"] += 1
            self.skip_statement()
        elif not self.take(b";"):
            raise self.fault("no `,` or `;` after a row")
        return features

    def _rows(self, table: _Table) -> list[Feature]:
        columns = table.columns
        path = next((i for i, name in enumerate(columns) if name.casefold() == _PATH), None)
        features: list[Feature] = []
        more = True
        while more:
            self.expect(b"(")
            values: list[Any] = [self._value(is_path=path == 0)]
            while self.take(b","):
                values.append(self._value(is_path=path == len(values)))
            self.expect(b")")
            if len(values) != len(columns):
                raise self.fault(f"a row of {len(values)} values for {len(columns)} columns")
            table.rows += 1
            self.rows += 1
            if self.rows > MOST_FEATURES:
                raise FormatError(f"has more than {MOST_FEATURES:,} rows: split it")
            if path is None:
                self.left_out[f"row of a table without `{_PATH}`"] += 1
            else:
                geometry = values.pop(path)
                names = columns[:path] + columns[path + 1 :]
                properties = dict(zip(names, values, strict=True))
                features.append(Feature(properties, _geometry(geometry)))
                code = str(properties.get("kode"))
                table.regions.update(code[:length] for length in _CODE_LENGTHS)
            more = self.take(b",")
        return features

    def _value(self, *, is_path: bool) -> Any:
        """A text, a number, None or a flag; of a path its bytes."""
        at = self.skip_blanks()
        quote = self.content[at : at + 1]
        if quote in {b"'", b'"'}:
            return self._path_text() if is_path else self._text()
        if number := _NUMBER.match(self.content, at):
            self.at = number.end()
            digits = number[0]
            return int(digits) if digits.isdigit() and len(digits) < 19 else float(digits)
        word = self.word().upper()
        if word in {"NULL", "TRUE", "FALSE"} and self.peek() != b"(":
            return {"NULL": None, "TRUE": True, "FALSE": False}[word]
        # The character set before a text: _utf8mb4'Wek I'.
        if (word == "N" or word.startswith("_")) and self.peek() in {b"'", b'"'}:
            return self._value(is_path=is_path)
        self.at = at
        raise self.fault(f"the value {self.excerpt(at)!r}: only texts, numbers and NULL are read")

    def _text(self) -> str:
        quote = self.peek()
        start, end = self.quoted()
        try:
            text = self.content[start:end].decode()
        except UnicodeDecodeError as error:
            at = start + error.start
            raise FormatError(f"is not UTF-8 at byte {at:,}: save it as UTF-8") from None
        return _ESCAPED[quote].sub(_unescaped, text)

    def _path_text(self) -> bytes:
        quote = self.peek()
        start, end = self.quoted()
        path = self.content[start:end]
        if b"\\" not in path and quote not in path:
            return path
        return _ESCAPED[quote].sub(_unescaped, path.decode(errors="replace")).encode()

    def _create_table(self) -> None:
        """Learn a table's columns, for an INSERT that does not name them."""
        name = self._table_name()
        if name.upper() == "IF":
            self.word(), self.word()
            name = self._table_name()
        if not self.take(b"("):
            return
        columns: list[str] = []
        more = True
        while more:
            is_quoted = self.peek() in {b"`", b'"'}
            column = self.name()
            if is_quoted or column.upper() not in _NO_COLUMNS:
                columns.append(column)
            more = self._skip_column() == b","
        self.tables.setdefault(name, _Table()).columns = columns

    def _skip_column(self) -> bytes:
        """Go past the rest of a column's definition; the comma or bracket that ends it."""
        depth = 0
        while stop := _COLUMN_STOP.search(self.content, self.at):
            self.at = stop.start()
            if self.skip_quoted_or_comment(stop[0]):
                continue
            self.at = stop.end()
            if depth == 0 and stop[0] in {b",", b")"}:
                return stop[0]
            depth += {b"(": 1, b")": -1}.get(stop[0], 0)
        raise self.cut()

    def _names(self) -> list[str]:
        names = [self.name()]
        while self.take(b","):
            names.append(self.name())
        self.expect(b")")
        if len({name.casefold() for name in names}) < len(names):
            raise self.fault("a column that is named twice")
        return names

    def _table_name(self) -> str:
        """A table's name, without its schema's."""
        name = self.name()
        while self.take(b"."):
            name = self.name()
        return name

    def _check_clearing(self) -> None:
        """A dump empties its place before it fills it; later that would change what it says.

        Of dumps put together each empties its own region, by its code.
        """
        name = self._table_name()
        if name.upper() == "IF":
            self.word()
            name = self._table_name()
        table = self.tables.get(name)
        if table is None or not table.rows:
            return
        region = _OF_ONE_REGION.match(self.content, self.at)
        code = region[1].decode().rstrip(".") if region else ""
        if len(code) not in _CODE_LENGTHS or code in table.regions:
            raise self._unread()

    def _unread(self) -> FormatError:
        self.at = self.statement_at
        return self.fault(
            f"the statement {self.excerpt(self.at)!r}: only INSERT INTO … (columns) VALUES … "
            "is read, take out everything else"
        )


def _unescaped(escape: re.Match[str]) -> str:
    letter = escape[1]
    return escape[0][0] if letter is None else _ESCAPES.get(letter, letter)


def _geometry(path: Any) -> Parts | str | None:
    if path is None or path == b"null":
        return None
    if not isinstance(path, bytes):
        return "its path is not a text"
    if not path.strip(b"[], \t\r\n"):
        return None
    opening = _OPENING.match(path)
    depth = opening[0].count(b"[") if opening else 0
    if depth not in {2, 3, 4}:
        return "its path is no JSON list of [lat, lng]"
    try:
        return read_coordinates(path, depth) or None
    except BadGeometryError as error:
        return str(error)
