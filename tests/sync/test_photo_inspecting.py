"""Files sent as photos: one whole, plain picture each, or refused with a reason."""

import random
import struct
import time
import zlib
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from outreach.photos.inspecting import Refused, inspected
from outreach.photos.words import REFUSALS
from tests.pictures import encoded, scene


def zipped() -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "a")
    return file.getvalue()


def bomb() -> bytes:
    """A PNG of 60,000 by 60,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(100_000), 9)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def animated(form: str) -> bytes:
    frames = [scene(number, (40, 30)) for number in range(3)]
    return encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=100)


JPEG, PNG, WEBP = encoded(scene(1)), encoded(scene(1), "PNG"), encoded(scene(1), "WEBP")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (JPEG + zipped(), "trailing_data"),
        (PNG + zipped(), "trailing_data"),
        (WEBP + zipped(), "trailing_data"),
        (JPEG + b"<script>", "trailing_data"),
        (JPEG + JPEG, "trailing_data"),
        (JPEG[:-2], "truncated"),
        (JPEG[:-500], "truncated"),
        (PNG[:-12], "truncated"),
        (PNG[: len(PNG) // 2], "truncated"),
        (WEBP[:-100], "truncated"),
        (bomb(), "too_many_pixels"),
        (encoded(Image.new("RGB", (30_000, 10))), "too_many_pixels"),
        (animated("PNG"), "animated"),
        (animated("WEBP"), "animated"),
        (encoded(scene(1).convert("P"), "GIF"), "not_a_picture"),
        (encoded(scene(1), "BMP"), "not_a_picture"),
        (encoded(scene(1), "TIFF"), "not_a_picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_picture"),
        (b"<html>", "not_a_picture"),
        (b"\xff\xd8\xff\xd9", None),
        (b"\xff\xd8\xff", None),
        (b"\x89PNG\r\n\x1a\n", None),
    ],
)
def test_files_that_are_no_single_whole_picture(content: bytes, reason: str | None) -> None:
    with pytest.raises(Refused) as refused:
        inspected(content)
    if reason:
        assert refused.value.reason == reason


@pytest.mark.parametrize(
    "content",
    [
        JPEG,
        PNG,
        WEBP,
        encoded(scene(1), progressive=True, quality=90),
        encoded(scene(1), restart_marker_rows=1),
        encoded(scene(1).convert("L")),
        encoded(scene(1).convert("CMYK")),
        encoded(scene(1).convert("RGBA"), "PNG"),
        encoded(scene(1), "WEBP", lossless=True),
        encoded(scene(1), comment=b"\xff\xd9 not the end \xff\xda"),
    ],
    ids=range(10),
)
def test_pictures_of_every_usual_make_are_kept(content: bytes) -> None:
    assert inspected(content).width == 800


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damaged_pictures_are_looked_at_without_harm(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from([JPEG, PNG, WEBP])))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(content)))
    reason = ""
    try:
        inspected(bytes(content[:cut]))
    except Refused as error:
        reason = error.reason
    assert reason in {"", *REFUSALS}


def test_a_jpeg_of_nothing_but_fill_is_read_through_once() -> None:
    fill = scene_without_end() + b"\xff" * 5_000_000 + bytes(100)
    began = time.thread_time()
    with pytest.raises(Refused):
        inspected(fill)
    # Read through for each of its bytes, a hundredth of that took longer.
    assert time.thread_time() - began < 5


def scene_without_end() -> bytes:
    """A JPEG up to its coded data."""
    whole = encoded(scene(1))
    return whole[: whole.index(b"\xff\xda") + 20]


def test_random_bytes_are_no_picture() -> None:
    chance = random.Random(5)
    for length in (0, 1, 2, 100, 10_000):
        with pytest.raises(Refused):
            inspected(chance.randbytes(length))
