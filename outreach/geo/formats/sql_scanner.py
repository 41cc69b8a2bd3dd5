"""The words, names and quoted texts of an SQL file, one after the other."""

import re

from outreach.geo.formats.feature import FormatError

_SPACE = re.compile(rb"\s*+")
_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_$]*+")
_STOP = re.compile(rb"[;'\"`#]|--|/\*")


class SqlScanner:
    """The place in an SQL file up to which it is read; each step costs what it goes past."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 0
        self.statement_at = 0
        self._counted_to = 0
        self._lines = 1

    def skip_blanks(self) -> int:
        """Go past white space and comments; where it then stands."""
        content = self.content
        while True:
            space = _SPACE.match(content, self.at)
            self.at = at = space.end() if space else self.at
            if content.startswith((b"--", b"#"), at):
                end = content.find(b"\n", at)
                self.at = len(content) if end < 0 else end
            elif content.startswith(b"/*", at):
                end = content.find(b"*/", at + 2)
                if end < 0:
                    self.statement_at = at
                    raise self.cut()
                self.at = end + 2
            else:
                return at

    def peek(self) -> bytes:
        at = self.skip_blanks()
        return self.content[at : at + 1]

    def take(self, mark: bytes) -> bool:
        if self.peek() != mark:
            return False
        self.at += 1
        return True

    def expect(self, mark: bytes) -> None:
        if not self.take(mark):
            raise self.fault(f"{self.excerpt(self.at)!r} where a `{mark.decode()}` should be")

    def word(self) -> str:
        """The word that comes next, or nothing."""
        found = _WORD.match(self.content, self.skip_blanks())
        if not found:
            return ""
        self.at = found.end()
        return found[0].decode()

    def name(self) -> str:
        if self.peek() in {b"`", b'"'}:
            start, end = self.quoted()
            return self.content[start:end].decode(errors="replace").strip()
        name = self.word()
        if not name:
            raise self.fault(f"{self.excerpt(self.at)!r} where a name should be")
        return name

    def quoted(self) -> tuple[int, int]:
        """Goes past a quoted text; where what is between its quotes begins and ends."""
        quote = self.content[self.at : self.at + 1]
        start = at = self.at + 1
        end = self.content.find(quote, at)
        while end >= 0:
            escape = -1 if quote == b"`" else self.content.find(b"\\", at, end)
            if escape >= 0:
                at = escape + 2
            elif self.content.startswith(quote, end + 1):
                at = end + 2
            else:
                self.at = end + 1
                return start, end
            if at > end:
                end = self.content.find(quote, at)
        raise self.cut()

    def skip_statement(self) -> None:
        while stop := _STOP.search(self.content, self.at):
            self.at = stop.start()
            if not self.skip_quoted_or_comment(stop[0]):
                self.at = stop.end()
                return
        raise self.cut()

    def skip_quoted_or_comment(self, opening: bytes) -> bool:
        if opening in {b"'", b'"', b"`"}:
            self.quoted()
        elif opening in {b"--", b"#", b"/*"}:
            self.skip_blanks()
        else:
            return False
        return True

    def fault(self, what: str) -> FormatError:
        """What is wrong at this place, or that the file ends here."""
        if self.skip_blanks() >= len(self.content):
            return self.cut()
        return FormatError(f"has at line {self.line(self.at):,} {what}")

    def cut(self) -> FormatError:
        line = self.line(self.statement_at)
        return FormatError(f"ends within what begins at line {line:,}: is it cut short?")

    def excerpt(self, at: int) -> str:
        text = self.content[at : at + 60].decode(errors="replace").partition("\n")[0]
        return "".join(letter for letter in text if letter.isprintable())[:40].strip()

    def line(self, at: int) -> int:
        """The number of the line of a byte, counted on from the one asked for before."""
        if at < self._counted_to:
            self._lines -= self.content.count(b"\n", at, self._counted_to)
        else:
            self._lines += self.content.count(b"\n", self._counted_to, at)
        self._counted_to = at
        return self._lines
