"""Recordings of sound for tests, as small as their forms allow: nobody could hear anything."""

import struct
from hashlib import sha256
from typing import Any

UNKNOWN = b"\x01\xff\xff\xff\xff\xff\xff\xff"


def element(name: str, content: bytes) -> bytes:
    """An EBML element."""
    return bytes.fromhex(name) + (len(content) | 1 << 28).to_bytes(4, "big") + content


def webm(*kinds: int, live: bool = True, voice: bytes = b"voice") -> bytes:
    """A WebM file with tracks of these types (2 is sound); a `live` one says no lengths."""
    tracks = b"".join(element("ae", element("83", bytes([kind]))) for kind in kinds or (2,))
    head = element("1a45dfa3", element("4282", b"webm"))
    cluster = element("a3", voice)
    inside = element("1549a966", b"") + element("1654ae6b", tracks)
    if live:
        return (
            head + b"\x18\x53\x80\x67" + UNKNOWN + inside + b"\x1f\x43\xb6\x75" + UNKNOWN + cluster
        )
    return head + element("18538067", inside + element("1f43b675", cluster))


def page(content: bytes, stream: bytes = b"voic") -> bytes:
    """A page of an Ogg file."""
    segments = [255] * (len(content) // 255) + [len(content) % 255]
    return b"OggS\0\0" + bytes(8) + stream + bytes(8) + bytes([len(segments), *segments]) + content


def ogg(*pages: bytes) -> bytes:
    return page(b"OpusHead" + bytes(11)) + page(b"OpusTags") + b"".join(pages or [page(b"voice")])


def box(kind: bytes, content: bytes) -> bytes:
    """A box of an MP4 file."""
    return struct.pack(">I", 8 + len(content)) + kind + content


def mp4(*kinds: bytes) -> bytes:
    """An MP4 file with tracks of these handlers."""
    tracks = b"".join(
        box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + kind + bytes(13))))
        for kind in kinds or (b"soun",)
    )
    return box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", tracks) + box(b"mdat", b"voice")


def declaration(content: bytes, media_type: str = "audio/webm") -> dict[str, Any]:
    """A recorded consent as a record declares it."""
    digest = sha256(content).hexdigest()
    return {"kind": "consent", "sha256": digest, "size": len(content), "media_type": media_type}
