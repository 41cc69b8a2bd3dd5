"""Files that people bring: read whole, bounded, with their SHA-256."""

import csv
import gzip
import hashlib
import io
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 256 * 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b"


class Refused(Exception):
    """A file that cannot be loaded; nothing was changed. `problems` says why, a line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems[:3]))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Source:
    """A file's name, the SHA-256 of its bytes as they lie there, and its unpacked content."""

    name: str
    sha256: str
    content: bytes


def read_source(path: Path, max_bytes: int = MAX_BYTES) -> Source:
    """Read a file, unpacking gzip, up to `max_bytes` unpacked. Raises Refused."""
    try:
        with path.open("rb") as file:
            stored = file.read(max_bytes + 1)
    except OSError as error:
        raise Refused([f"{path} cannot be read: {error.strerror}"]) from None
    if len(stored) > max_bytes:
        raise Refused([_too_large(path, max_bytes)])
    content = _unpacked(path, stored, max_bytes) if stored.startswith(_GZIP_MAGIC) else stored
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content.strip():
        raise Refused([f"{path.name} is empty"])
    name = path.name.encode(errors="replace").decode()
    return Source(name, hashlib.sha256(stored).hexdigest(), content)


def decoded(source: Source) -> str:
    """The content as text. Raises Refused with what to do unless it is UTF-8."""
    content = source.content
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"{source.name} is not UTF-8 at byte {error.start} (line {line})"
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise Refused([f"{found} but UTF-16: save it as CSV UTF-8"]) from None
        raise Refused([f"{found}, perhaps Windows-1252: save it as CSV UTF-8"]) from None
    if text[:1000].count("\x00") > 100 or text[1:8:2] == "\x00" * 4:
        raise Refused([f"{source.name} has NUL bytes like UTF-16: save it as CSV UTF-8"])
    return text


def read_table(source: Source, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """A CSV file's rows as (line number, stripped values by column). Raises Refused.

    The header must name at least `columns`, and no column twice.
    """
    text = decoded(source)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    ragged: list[str] = []
    try:
        named = Counter(reader.fieldnames or ())
        if missing := [name for name in columns if name not in named]:
            raise Refused([f"{source.name} has no column {', '.join(missing)}"])
        if twice := [name for name, times in named.items() if name and times > 1]:
            raise Refused([f"{source.name} has more than one column {', '.join(twice)}"])
        for row in reader:
            if None in row or None in row.values():
                ragged.append(f"line {reader.line_num}: not as many values as columns")
                continue
            rows.append((reader.line_num, {name: value.strip() for name, value in row.items()}))
    except csv.Error as error:
        raise Refused([f"{source.name} is not CSV at line {reader.line_num}: {error}"]) from None
    if ragged:
        raise Refused(ragged)
    if not rows:
        raise Refused([f"{source.name} has no rows"])
    return rows


def _unpacked(path: Path, stored: bytes, max_bytes: int) -> bytes:
    try:
        with gzip.open(io.BytesIO(stored)) as packed:
            content = packed.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Refused([f"{path.name} is a broken gzip file: {error}"]) from None
    if len(content) > max_bytes:
        raise Refused([_too_large(path, max_bytes)])
    return content


def _too_large(path: Path, max_bytes: int) -> str:
    return f"{path.name} is larger than {max_bytes // 1024**2} MiB unpacked: split it, or --max-mib"
