"""Whether bytes are a short recording of sound alone, by the parts that its file consists of.

Nothing of what was recorded is decoded here: only browsers do that, in their own sandboxes.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from outreach.photos.inspecting import Inspected, Refused

MOST_BYTES = 1024 * 1024
"""Several times what twenty seconds of a voice need."""
MOST_PARTS = 10_000

SOUND = "sound"
EBML, SEGMENT, TRACKS, TRACK = 0x1A45DFA3, 0x18538067, 0x1654AE6B, 0xAE
DOC_TYPE, TRACK_TYPE, AUDIO = 0x4282, 0x83, b"\x02"
OGG_HEAD = 27
CODECS_IN_OGG = (b"OpusHead", b"\x01vorbis")


class Form(NamedTuple):
    """A kind of file: how it begins, and what finds the kinds of its tracks.

    `tracks` raises ValueError for a file that ends before its parts do, or goes on after them.
    """

    media_type: str
    start: int
    magic: bytes
    tracks: Callable[[bytes], set[str]]


class Part(NamedTuple):
    """A stretch of a file with what it is called."""

    name: int | bytes
    start: int
    end: int


def form_of(content: bytes) -> Form | None:
    """The form of recording that the bytes claim to be, by how they begin."""
    return next((one for one in FORMS if content.startswith(one.magic, one.start)), None)


def recorded(content: bytes, form: Form) -> Inspected:
    """Look at a recording. Raises Refused for all that is not whole, short, and sound alone."""
    if len(content) > MOST_BYTES:
        raise Refused("recording_too_large")
    try:
        tracks = form.tracks(content)
    except ValueError:
        raise Refused("recording_damaged") from None
    if tracks != {SOUND}:
        raise Refused("recording_not_sound")
    return Inspected(form.media_type, None, None, {})


def _webm_tracks(content: bytes) -> set[str]:
    head, segment = islice(_elements(content, 0, len(content)), 2)
    kinds = [content[one.start : one.end] for one in _inside(content, head, DOC_TYPE)]
    if segment.name != SEGMENT or segment.end != len(content) or kinds != [b"webm"]:
        raise ValueError
    found: set[str] = set()
    for part in _elements(content, segment.start, segment.end):
        if part.name == TRACKS:
            for track in _inside(content, part, TRACK):
                for kind in _inside(content, track, TRACK_TYPE):
                    found.add(SOUND if content[kind.start : kind.end] == AUDIO else "other")
            # What was recorded follows, in parts without a length where it was recorded live.
            break
    return found


def _inside(content: bytes, part: Part, name: int) -> Iterator[Part]:
    return (one for one in _elements(content, part.start, part.end) if one.name == name)


def _elements(content: bytes, start: int, end: int) -> Iterator[Part]:
    """EBML elements; one of unknown length ends with what it is in."""
    for _ in range(MOST_PARTS):
        if start == end:
            return
        name, after, _ = _number(content, start)
        length, begin, width = _number(content, after)
        length -= 1 << 7 * width
        start = end if length == (1 << 7 * width) - 1 else begin + length
        if begin > end or start > end:
            raise ValueError
        yield Part(name, begin, start)
    raise ValueError


def _number(content: bytes, at: int) -> tuple[int, int, int]:
    """A number with the bit that marks its length; gives where it ends and its bytes, too."""
    first = content[at : at + 1]
    width = 9 - first[0].bit_length() if first else 9
    if width > 8 or at + width > len(content):
        raise ValueError
    return int.from_bytes(content[at : at + width], "big"), at + width, width


def _ogg_tracks(content: bytes) -> set[str]:
    found: set[str] = set()
    at, stream = 0, content[14:18]
    for _ in range(MOST_PARTS):
        if at == len(content):
            return found
        head = content[at : at + OGG_HEAD]
        if len(head) < OGG_HEAD or head[:5] != b"OggS\0":
            raise ValueError
        begin = at + OGG_HEAD + head[26]
        is_known = head[14:18] == stream and (at or content.startswith(CODECS_IN_OGG, begin))
        found.add(SOUND if is_known else "other")
        at = begin + sum(content[at + OGG_HEAD : begin])
        if at > len(content):
            raise ValueError
    raise ValueError


def _mp4_tracks(content: bytes) -> set[str]:
    whole = Part(b"", 0, len(content))
    found: set[str] = set()
    for handler in _boxes(content, whole, b"moov", b"trak", b"mdia", b"hdlr"):
        kind = content[handler.start + 8 : handler.start + 12]
        found.add(SOUND if kind == b"soun" else "other")
    return found


def _boxes(content: bytes, within: Part, name: bytes, *deeper: bytes) -> Iterator[Part]:
    """Boxes on a path; all of each level are gone through to its end."""
    at = within.start
    for _ in range(MOST_PARTS):
        if at == within.end:
            return
        length, begin = int.from_bytes(content[at : at + 4], "big"), at + 8
        if length == 1:
            length, begin = int.from_bytes(content[begin : begin + 8], "big"), begin + 8
        end = at + length
        if not begin <= end <= within.end:
            raise ValueError
        part = Part(content[at + 4 : at + 8], begin, end)
        if part.name == name:
            yield from _boxes(content, part, *deeper) if deeper else (part,)
        at = end
    raise ValueError


FORMS = (
    Form("audio/webm", 0, EBML.to_bytes(4, "big"), _webm_tracks),
    Form("audio/ogg", 0, b"OggS", _ogg_tracks),
    Form("audio/mp4", 4, b"ftyp", _mp4_tracks),
)
MEDIA_TYPES = frozenset(one.media_type for one in FORMS)
