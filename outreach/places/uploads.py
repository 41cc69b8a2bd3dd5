"""Files that people bring: read whole, bounded, with their SHA-256."""

import codecs
import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from outreach.geo.formats.feature import FormatError
from outreach.geo.formats.shapefiles import MAGIC as SHP_MAGIC
from outreach.places.boundaries.zip_archives import COMPANIONS, SPREADSHEET, read_shapefile_in_zip
from outreach.places.boundaries.zip_archives import MAGIC as ZIP_MAGIC

MAX_BYTES = 256 * 1024 * 1024
_CHUNK = 1024**2
_GZIP_MAGIC = b"\x1f\x8b"
_OLD_SPREADSHEET_MAGIC = b"\xd0\xcf\x11\xe0"
"""Of .xls, and of an .xlsx that is protected by a password."""


class Refused(Exception):
    """A file that cannot be loaded; nothing was changed. `problems` says why, a line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems[:3]))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Source:
    """A file's name, the SHA-256 of its bytes as they lie there, and its unpacked content.

    Of a shapefile, zipped or not, the content is the .shp, and `beside` has what goes with it by
    suffix: .dbf, .prj, .cpg. The SHA-256 is the archive's, or that of the .shp and these together.
    """

    name: str
    sha256: str
    content: bytes
    beside: Mapping[str, bytes] = field(default_factory=dict)


def read_source(path: Path, max_bytes: int = MAX_BYTES) -> Source:
    """Read a file, unpacking gzip and zipped shapefiles, up to `max_bytes` unpacked.

    Of an archive with several shapefiles one is named as `villages.zip#name`. Raises Refused.
    """
    name = "".join(letter if letter.isprintable() else "?" for letter in path.name)
    path, layer = _layer_named(path)
    stored = _stored(path, max_bytes)
    digest = hashlib.sha256(stored)
    content = _unpacked(path, stored, max_bytes) if stored.startswith(_GZIP_MAGIC) else stored
    beside: dict[str, bytes] = {}
    if content.startswith(_OLD_SPREADSHEET_MAGIC):
        raise Refused([f"{name} {SPREADSHEET}"])
    if content.startswith(ZIP_MAGIC):
        try:
            content, beside = read_shapefile_in_zip(content, layer, max_bytes)
        except FormatError as error:
            raise Refused([f"{name} {error}"]) from None
    elif content.startswith(SHP_MAGIC):
        beside = _companions(path, max_bytes - len(content))
        for companion in beside.values():
            digest.update(companion)
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content or content.isspace():
        raise Refused([f"{name} is empty"])
    return Source(name, digest.hexdigest(), content, beside)


def _layer_named(path: Path) -> tuple[Path, str]:
    file, mark, layer = str(path).rpartition("#")
    return (
        (Path(file), layer) if mark and Path(file).is_file() and not path.exists() else (path, "")
    )


def _stored(path: Path, max_bytes: int) -> bytes:
    try:
        with open(path, "rb", opener=_at_once) as file:
            # Nothing is read of a file that is known to be too large.
            stored = (
                b""
                if (size := os.fstat(file.fileno()).st_size) > max_bytes
                else file.read(max_bytes + 1)
            )
    except OSError as error:
        raise Refused([f"{path} cannot be read: {error.strerror}"]) from None
    if max(size, len(stored)) > max_bytes:
        raise Refused([_too_large(path, max_bytes)])
    return stored


def _at_once(path: str, flags: int) -> int:
    """Open without waiting for somebody to write into a pipe that nobody has open."""
    opened = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    os.set_blocking(opened, True)
    return opened


def _companions(path: Path, max_bytes: int) -> dict[str, bytes]:
    """The files beside a .shp that go with it, by suffix in lower case."""
    found: dict[str, bytes] = {}
    try:
        files = sorted(path.parent.iterdir())
    except OSError as error:
        raise Refused([f"{path.parent} cannot be read: {error.strerror}"]) from None
    for file in files:
        suffix = file.suffix.lower()
        if suffix in COMPANIONS and file.stem.casefold() == path.stem.casefold():
            found[suffix] = _stored(file, max_bytes)
    return found


def check_text(source: Source) -> None:
    """Raise Refused with what to do unless the content is UTF-8."""
    content = source.content
    decoder = codecs.getincrementaldecoder("utf-8")()
    for at in range(0, len(content), _CHUNK):
        chunk = content[at : at + _CHUNK]
        try:
            decoder.decode(chunk, final=at + _CHUNK >= len(content))
        except UnicodeDecodeError as error:
            start = at + error.start - (len(error.object) - len(chunk))
            line = content.count(b"\n", 0, start) + 1
            found = f"{source.name} is not UTF-8 at byte {start} (line {line})"
            if content.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise Refused([f"{found} but UTF-16: save it as CSV UTF-8"]) from None
            raise Refused([f"{found}, perhaps Windows-1252: save it as CSV UTF-8"]) from None
    if content[:1000].count(b"\x00") > 100 or content[1:8:2] == b"\x00" * 4:
        raise Refused([f"{source.name} has NUL bytes like UTF-16: save it as CSV UTF-8"])


def _unpacked(path: Path, stored: bytes, max_bytes: int) -> bytes:
    try:
        with gzip.open(io.BytesIO(stored)) as packed:
            content = packed.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Refused([f"{path.name} is a broken gzip file: {error}"]) from None
    if len(content) > max_bytes:
        raise Refused([_too_large(path, max_bytes)])
    if content.startswith(_GZIP_MAGIC):
        raise Refused([f"{path.name} is a gzip file in a gzip file: unpack it once"])
    return content


def _too_large(path: Path, max_bytes: int) -> str:
    return f"{path.name} is larger than {max_bytes // 1024**2} MiB unpacked: split it, or --max-mib"
