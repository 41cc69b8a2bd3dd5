"""Whether bytes are one whole, plain picture, at bounded cost; and what a camera wrote into it."""

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any, NamedTuple

from PIL import Image, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = {"JPEG": 50_000_000, "MPO": 50_000_000, "PNG": 24_000_000, "WEBP": 24_000_000}
"""JPEGs are decoded at an eighth of their size; the others only as a whole."""
LONGEST_SIDE = 20_000
DECODED_SIDE = 512
MOST_SCANS = 32
"""Of a progressive JPEG: each one goes over all pixels again."""

EXIF_IFD, GPS_IFD = 0x8769, 0x8825
TAKEN_AT, TAKEN_OFFSET = 36867, 36881
DATE = re.compile(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d")
OFFSET = re.compile(r"[+-]\d\d:\d\d")

Evidence = dict[str, str | float]


class Refused(Exception):
    """The bytes are no picture that is kept; `reason` is a code of outreach.photos.words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Inspected(NamedTuple):
    """A picture as it is: its size before it is turned upright, and the camera's word for it.

    A recording (outreach.photos.recordings) has no size. `evidence` has what there is of
    `taken_at`, `taken_offset`, `lat` and `lon` (degrees).
    """

    media_type: str
    width: int | None
    height: int | None
    evidence: Evidence


def inspected(content: bytes) -> Inspected:
    """Look at a picture by its content alone, decoding all of it once. Raises Refused."""
    _check_end(content)
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            _check_size(image)
            if getattr(image, "is_animated", False):
                raise Refused("animated")
            size, evidence = image.size, _evidence(image)
            image.draft("RGB", (DECODED_SIDE, DECODED_SIDE))
            image.load()
            media_type = Image.MIME[str(image.format)]
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("too_many_pixels") from None
    except UnidentifiedImageError:
        raise Refused("not_a_picture") from None
    except OSError as error:
        raise Refused("truncated" if "truncated" in str(error) else "damaged") from None
    except Exception as error:
        # Decoders raise whatever they like on what people make up.
        raise Refused("damaged") from error
    return Inspected(media_type, *size, evidence)


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS[str(image.format)] or max(width, height) > LONGEST_SIDE:
        raise Refused("too_many_pixels")


def _check_end(content: bytes) -> None:
    """Raises Refused for a file that ends before its picture does, or goes on after it."""
    if content.startswith(b"\xff\xd8\xff"):
        end = _jpeg_end(content)
    elif content.startswith(b"\x89PNG\r\n\x1a\n"):
        end = _png_end(content)
    elif content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        end = _webp_end(content)
    else:
        raise Refused("not_a_picture")
    if end is None or end > len(content):
        raise Refused("truncated")
    if end < len(content):
        raise Refused("trailing_data")


def _jpeg_end(content: bytes) -> int | None:
    """Where the picture's end marker ends; None where there is none."""
    at, scans = 2, 0
    while True:
        if content[at : at + 1] != b"\xff":
            return None
        while content[at + 1 : at + 2] == b"\xff":
            at += 1
        marker = content[at + 1 : at + 2]
        if marker == b"\xd9":
            return at + 2
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == b"\xda":
            scans += 1
            if scans > MOST_SCANS:
                raise Refused("damaged")
            found = _MARKER.search(content, at)
            if found is None:
                return None
            at = found.start()
        if at >= len(content):
            return None


_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""What ends a JPEG's coded data: any marker but the restarts. Without the bytes that may fill up
before it: looked for as well, they would be looked through once for each of them."""


def _png_end(content: bytes) -> int | None:
    at = 8
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        kind = content[at + 4 : at + 8]
        at += 12 + length
        if kind == b"IEND":
            return at
    return None


def _webp_end(content: bytes) -> int:
    length = int.from_bytes(content[4:8], "little")
    return 8 + length + length % 2


def _evidence(image: Image.Image) -> Evidence:
    """When and where the camera says it was; whatever cannot be read is left out."""
    try:
        exif = image.getexif()
        return _taken(exif.get_ifd(EXIF_IFD)) | _position(exif.get_ifd(GPS_IFD))
    except Exception:  # noqa: BLE001 - damaged notes of a camera are no reason to lose its picture
        return {}


def _taken(ifd: Mapping[int, Any]) -> Evidence:
    found: Evidence = {}
    for name, tag, form in (("taken_at", TAKEN_AT, DATE), ("taken_offset", TAKEN_OFFSET, OFFSET)):
        text = str(ifd.get(tag, ""))
        if form.fullmatch(text):
            found[name] = text
    return found


def _position(ifd: Mapping[int, Any]) -> Evidence:
    if not {1, 2, 3, 4} <= ifd.keys():
        return {}
    lat, lon = _degrees(ifd[2], ifd[1] == "S"), _degrees(ifd[4], ifd[3] == "W")
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        return {}
    return {"lat": lat, "lon": lon}


def _degrees(parts: Any, is_negative: bool) -> float:  # noqa: FBT001 - which half of the globe
    degrees, minutes, seconds = (float(part) for part in parts)
    whole = round(degrees + minutes / 60 + seconds / 3600, 6)
    return -whole if is_negative else whole
