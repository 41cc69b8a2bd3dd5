"""Shapefiles within ZIP archives, read in memory: nothing is ever written to disk."""

import io
import re
import zipfile
import zlib
from pathlib import PurePosixPath

from outreach.geo.formats.feature import FormatError

MAGIC = b"PK\x03\x04"
COMPANIONS = (".dbf", ".prj", ".cpg")
SPREADSHEET = "is a spreadsheet: save it as CSV (UTF-8)"
# What .xlsx and .xlsb, .ods, and Numbers have within them.
_SPREADSHEET = re.compile(r"xl/|content\.xml$|Index/.*\.iwa$")
_CENTRAL_ENTRY = b"PK\x01\x02"
_MOST_ENTRIES = 2000
_ENCRYPTED = 1
_PIECE_BYTES = 1024**2
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_BROKEN = (
    zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError, zlib.error, KeyError,
)  # fmt: skip
Layer = dict[str, zipfile.ZipInfo]


def read_shapefile_in_zip(
    content: bytes, wanted: str, max_bytes: int
) -> tuple[bytes, dict[str, bytes]]:
    """The .shp of an archive and its companions by suffix, together up to `max_bytes`.

    `wanted` names one of several layers, or is empty. Raises FormatError.
    """
    if content.count(_CENTRAL_ENTRY) > _MOST_ENTRIES:
        raise FormatError(f"is a ZIP archive of more than {_MOST_ENTRIES:,} files: pack it alone")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            layer = _layer(archive, wanted)
            files: dict[str, bytes] = {}
            for suffix in (".shp", *COMPANIONS):
                if suffix in layer:
                    left = max_bytes - sum(map(len, files.values()))
                    files[suffix] = _member(archive, layer[suffix], left, max_bytes)
    except _BROKEN as error:
        raise FormatError(f"is a broken ZIP archive: {error}") from None
    return files.pop(".shp"), files


def _layer(archive: zipfile.ZipFile, wanted: str) -> Layer:
    layers: dict[str, Layer] = {}
    for info in archive.infolist():
        path = PurePosixPath(info.filename)
        if "__MACOSX" not in path.parts and not path.name.startswith("."):
            layer = layers.setdefault(str(path.with_suffix("")).casefold(), {})
            if layer.setdefault(path.suffix.casefold(), info) is not info:
                raise FormatError(f"has two files named {_printable(info.filename)}")
    layers = {name: layer for name, layer in layers.items() if ".shp" in layer}
    if not layers:
        inside = ", ".join(_printable(info.filename) for info in archive.infolist()[:5])
        if any(_SPREADSHEET.match(info.filename) for info in archive.infolist()):
            raise FormatError(SPREADSHEET)
        raise FormatError(
            f"is a ZIP archive without a .shp (it holds {inside or 'nothing'}): unpack it first; "
            "only zipped shapefiles are read as they are"
        )
    chosen = [
        layer
        for name, layer in layers.items()
        if wanted.casefold() in {"", name, PurePosixPath(name).name}
    ]
    if len(chosen) != 1:
        names = ", ".join(_printable(layer[".shp"].filename[:-4]) for layer in layers.values())
        asked = f"no layer {wanted}" if wanted and not chosen else "several layers"
        raise FormatError(
            f"has {asked}: {names[:500]}; name one after its file's name: FILE.zip#NAME"
        )
    return chosen[0]


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int, max_bytes: int) -> bytes:
    name = _printable(info.filename)
    if info.flag_bits & _ENCRYPTED:
        raise FormatError(f"has {name} encrypted: unpack it and pack it again without a password")
    if info.compress_type not in _METHODS:
        raise FormatError(f"has {name} packed by an uncommon method: pack it again with deflate")
    if info.file_size > left:
        raise FormatError(
            f"is larger than {max_bytes // 1024**2} MiB unpacked: split it, or --max-mib"
        )
    content = io.BytesIO()
    with archive.open(info) as member:
        # Piece by piece: at once it would be held twice.
        while piece := member.read(_PIECE_BYTES):
            content.write(piece)
    if content.tell() != info.file_size:
        raise FormatError(f"is a broken ZIP archive: {name} is not as large as it says")
    return content.getvalue()


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:80]
