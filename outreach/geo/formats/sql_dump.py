"""The rows of SQL dumps: parsed, never executed.

INSERT statements with VALUES give the rows. Statements that make, guard or empty the place where
rows go are left out as long as they change none that is there; any other refuses the file.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from outreach.geo.formats.feature import FormatError
from outreach.geo.formats.sql_scanner import SqlScanner
from outreach.geo.region_codes import CODE_LENGTHS

MOST_COLUMNS = 2000
_LEFT_OUT = {
    "ALTER": {"SEQUENCE", "TABLE"},
    "COMMENT": {"ON"},
    "CREATE": {"DATABASE", "INDEX", "SCHEMA", "SEQUENCE", "TABLE", "UNIQUE"},
    "DELETE": {"FROM"},
    "DROP": {"INDEX", "SEQUENCE", "TABLE"},
    "LOCK": {"TABLE", "TABLES"},
    "START": {"TRANSACTION"},
    "TRUNCATE": {"TABLE"},
    "UNLOCK": {"TABLE", "TABLES"},
}
_LEFT_OUT_WHATEVER_FOLLOWS = frozenset(("ANALYZE", "BEGIN", "COMMIT", "PRAGMA", "SET", "USE"))
# What pg_dump says to the server and to psql.
_OF_PG_DUMP = re.compile(
    rb"""SELECT\s+pg_catalog\.(?:set_config|setval)\([^();]*+\)\s*;
    |\\(?:un)?restrict\ [A-Za-z0-9]++[ \t\r]*(?:\n|\Z)""",
    re.IGNORECASE | re.VERBOSE,
)
_CLEARING = frozenset(("DELETE FROM", "DROP TABLE", "TRUNCATE", "TRUNCATE TABLE"))
_MODIFIERS = frozenset(("DELAYED", "HIGH_PRIORITY", "IGNORE", "LOW_PRIORITY"))
_BEFORE_A_TABLE = frozenset(("EXISTS", "IF", "NOT", "ONLY"))
_NO_COLUMNS = frozenset(
    ("CHECK", "CONSTRAINT", "FOREIGN", "FULLTEXT", "INDEX", "KEY", "PRIMARY", "SPATIAL", "UNIQUE")
)
_CODE = "kode"
_OF_ONE_REGION = re.compile(
    rb"""\s*WHERE\s+(?:LENGTH\(kode\)\s*=\s*\d+\s+AND\s+)?
    (?:kode\s+LIKE\s+'|LEFT\(kode,\s*\d+\)\s*=\s*')([\d.]+)%?'
    (?:\s+AND\s+LENGTH\(kode\)\s*=\s*\d+)?\s*;""",
    re.IGNORECASE | re.VERBOSE,
)
_NUMBER = re.compile(rb"[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?+(?![\w.])")
_CONSTANTS = {"NULL": None, "TRUE": True, "FALSE": False}
_COLUMN_STOP = re.compile(rb"[,()'\"`#]|--|/\*")
_ESCAPED = {
    b"'": re.compile(r"\\(.)|''", re.DOTALL),
    b'"': re.compile(r'\\(.)|""', re.DOTALL),
}
_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}


class Number(NamedTuple):
    """A number as the dump writes it: 12.10 may be a code."""

    digits: str


Value = str | Number | bool | bytes | None


class Row(NamedTuple):
    """A row that begins at the byte `at`; no `columns` where the dump does not name them."""

    table: str
    columns: tuple[str, ...]
    at: int
    values: list[Value]


@dataclass(slots=True)
class _Table:
    """What the dump said of a table: its columns, how many rows it got, and of which regions."""

    columns: tuple[str, ...] = ()
    rows: int = 0
    regions: set[str] = field(default_factory=set)


class SqlDump(SqlScanner):
    """A dump's rows, read once, and what was `left_out` up to there.

    Texts in the column `undecoded` come as bytes. A `lenient` reader, one that finds by itself what
    is there twice or missing, gets the rows of a REPLACE as of an INSERT, and those of an INSERT
    that ends after a row without its `;`. Time is linear in the size. Raises FormatError.
    """

    def __init__(self, content: bytes, *, undecoded: str = "", lenient: bool = False) -> None:
        super().__init__(content)
        self.left_out: Counter[str] = Counter()
        self._is_lenient = lenient
        self._verbs = {"INSERT", "REPLACE"} if lenient else {"INSERT"}
        self._modifiers = _MODIFIERS | ({"OR", "REPLACE"} if lenient else set())
        self._undecoded = undecoded
        self._tables: dict[str, _Table] = {}

    def rows(self) -> Iterator[Row]:
        while self._goes_on():
            self.statement_at = self.at
            if setting := _OF_PG_DUMP.match(self.content, self.at):
                self.at = setting.end()
                self.left_out["setting of pg_dump"] += 1
                continue
            verb = self.word().upper()
            if verb in self._verbs:
                yield from self._insert()
            else:
                self._leave_out(verb)

    def notes(self) -> list[str]:
        return [f"{times} × {what}" for what, times in self.left_out.items()]

    def _goes_on(self) -> bool:
        """Whether there is another statement, at which it then stands."""
        while not self._is_at_end() and self.take(b";"):
            pass
        return not self._is_at_end()

    def _is_at_end(self) -> bool:
        return self.skip_blanks() >= len(self.content)

    def _leave_out(self, verb: str) -> None:
        """Go past a statement that changes no row. Raises FormatError if it may."""
        what, end = verb, self.at
        if verb not in _LEFT_OUT_WHATEVER_FOLLOWS:
            following = self.word().upper()
            if following in _LEFT_OUT.get(verb, ()):
                what = f"{verb} {following}"
            elif verb == "TRUNCATE":
                self.at = end
            else:
                raise self._unread(verb)
        if what == "CREATE TABLE":
            self._create_table()
        elif what in _CLEARING:
            self._check_clearing(verb)
        self.left_out[what] += 1
        self.skip_statement()

    def _check_clearing(self, verb: str) -> None:
        """A dump empties its place before it fills it; later that would change what it says.

        Of dumps put together each empties its own region, by its code.
        """
        more = True
        while more:
            table = self._tables.get(self._table_name())
            if table and table.rows and not self._is_of_another_region(table):
                raise self._unread(verb)
            more = self.take(b",")

    def _is_of_another_region(self, table: _Table) -> bool:
        region = _OF_ONE_REGION.match(self.content, self.at)
        code = region[1].decode().rstrip(".") if region else ""
        return len(code) in CODE_LENGTHS and code not in table.regions

    def _insert(self) -> Iterator[Row]:
        while (word := self.word().upper()) in self._modifiers:
            pass
        if word != "INTO":
            raise self._unread("INSERT")
        name = self._table_name()
        table = self._tables.setdefault(name, _Table())
        columns = self._names() if self.take(b"(") else table.columns
        if self.word().upper() not in {"VALUES", "VALUE"}:
            raise self._unread("INSERT")
        yield from self._rows(name, table, columns)
        if self._is_lenient and self._is_at_end():
            self.left_out["end of the last INSERT: is the file cut short?"] += 1
        elif self.word().upper() == "ON":
            self.left_out["ON DUPLICATE KEY or ON CONFLICT"] += 1
            self.skip_statement()
        elif not self.take(b";"):
            raise self.fault("no `,` or `;` after a row")

    def _rows(self, name: str, table: _Table, columns: tuple[str, ...]) -> Iterator[Row]:
        places = {column.casefold(): place for place, column in enumerate(columns)}
        code, undecoded = places.get(_CODE), places.get(self._undecoded)
        more = True
        while more:
            at = self.skip_blanks()
            self.expect(b"(")
            values = [self._value(is_undecoded=undecoded == 0)]
            while self.take(b","):
                values.append(self._value(is_undecoded=undecoded == len(values)))
                if len(values) > MOST_COLUMNS:
                    raise self.fault(f"a row of more than {MOST_COLUMNS:,} values")
            self.expect(b")")
            if columns and len(values) != len(columns):
                raise self.fault(f"a row of {len(values)} values for {len(columns)} columns")
            table.rows += 1
            if code is not None:
                region = str(values[code])
                table.regions.update(region[:length] for length in CODE_LENGTHS)
            yield Row(name, columns, at, values)
            more = self.take(b",") and not (self._is_lenient and self._is_at_end())

    def _value(self, *, is_undecoded: bool) -> Value:
        at = self.skip_blanks()
        quote = self.content[at : at + 1]
        if quote in {b"'", b'"'}:
            return self._undecoded_text(quote) if is_undecoded else self._text(quote)
        if number := _NUMBER.match(self.content, at):
            self.at = number.end()
            return Number(number[0].decode())
        word = self.word().upper()
        if word in _CONSTANTS and self.peek() != b"(":
            return _CONSTANTS[word]
        # The character set before a text: _utf8mb4'Wek I'.
        if (word == "N" or word.startswith("_")) and self.peek() in {b"'", b'"'}:
            return self._value(is_undecoded=is_undecoded)
        self.at = at
        raise self.fault(f"the value {self.excerpt(at)!r}: only texts, numbers and NULL are read")

    def _text(self, quote: bytes) -> str:
        start, end = self.quoted()
        raw = self.content[start:end]
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            at = start + error.start
            raise FormatError(f"is not UTF-8 at byte {at:,}: save it as UTF-8") from None
        is_plain = b"\\" not in raw and quote not in raw
        return text if is_plain else _ESCAPED[quote].sub(_unescaped, text)

    def _undecoded_text(self, quote: bytes) -> bytes:
        start, end = self.quoted()
        raw = self.content[start:end]
        if b"\\" not in raw and quote not in raw:
            return raw
        return _ESCAPED[quote].sub(_unescaped, raw.decode(errors="replace")).encode()

    def _create_table(self) -> None:
        """Learn a table's columns, for an INSERT that does not name them."""
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
        self._tables.setdefault(name, _Table()).columns = tuple(columns)

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

    def _names(self) -> tuple[str, ...]:
        names = [self.name()]
        while self.take(b","):
            names.append(self.name())
        self.expect(b")")
        if len({name.casefold() for name in names}) < len(names):
            raise self.fault("a column that is named twice")
        return tuple(names)

    def _table_name(self) -> str:
        """A table's name, without its schema's, past the words that may stand before it."""
        name = self.name()
        while name.upper() in _BEFORE_A_TABLE:
            name = self.name()
        while self.take(b"."):
            name = self.name()
        return name

    def _unread(self, verb: str) -> FormatError:
        if verb in self._verbs and self._is_at_end():
            return self.cut()
        self.at = self.statement_at
        instead = "dump with pg_dump --inserts" if verb == "COPY" else "take everything else out"
        return self.fault(
            f"the statement {self.excerpt(self.at)!r}: only INSERT INTO … (columns) VALUES … "
            f"is read: {instead}, or export the finished table"
        )


def _unescaped(escape: re.Match[str]) -> str:
    letter = escape[1]
    return escape[0][0] if letter is None else _ESCAPES.get(letter, letter)
