"""What no tablet should send: answered, bounded, and nothing of it kept."""

import random
import struct
import time
import zlib
from base64 import b64encode
from io import BytesIO
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.core.files.storage import storages
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from outreach.models import Photo
from outreach.photos import developing, keeping
from outreach.photos.inspecting import Refused, inspected
from outreach.photos.words import REFUSALS
from sync import uploads
from sync.models import Upload, UploadPiece
from tests.cast import Cast, client_of, pushed
from tests.pictures import declaration, encoded, picture, scene
from tests.sync.tus import BYTES, UPLOADS, checksum, create, head, metadata, patch, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("photo_folder")]
TUS = {"Tus-Resumable": "1.0.0"}
GOOD = {"sha256": "ab" * 32, "kind": "person", "registration": str(uuid4())}


def is_problem(answer: Any, status: int, code: str = "") -> bool:
    return (
        answer.status_code == status
        and answer["Content-Type"] == "application/problem+json"
        and answer["Tus-Resumable"] == "1.0.0"
        and answer.json()["action"] in {"drop", "show", "fix", "retry"}
        and code in {"", answer.json()["code"]}
    )


@pytest.mark.parametrize(
    "told",
    [
        "",
        ",,,,",
        "sha256",
        metadata(**GOOD | {"sha256": "AB" * 32}),
        metadata(**GOOD | {"sha256": "ab" * 31}),
        metadata(**GOOD | {"sha256": "ab" * 32 + "\n"}),
        metadata(**GOOD | {"kind": "../../etc/passwd"}),
        metadata(**GOOD | {"kind": "person\0"}),
        metadata(**GOOD | {"registration": "../" * 12}),
        metadata(**GOOD | {"registration": "\0" * 36}),
        "sha256 ===,kind !!,registration ''",
        "sha256 " + b64encode(b"\xff" * 64).decode(),
        ",".join(f"key{n} {b64encode(b'x').decode()}" for n in range(10_000)),
        "filename " + "A" * 100_000,
    ],
)
def test_metadata(cast: Cast, told: str) -> None:
    answer = client_of(cast.siti).post(
        UPLOADS, headers={**TUS, "Upload-Length": "10", "Upload-Metadata": told}
    )
    assert is_problem(answer, 400, "invalid")
    assert not Upload.objects.exists()


def test_unknown_metadata_does_no_harm(cast: Cast) -> None:
    told = metadata(**GOOD, filename="../../../etc/passwd", filetype="text/html")
    answer = client_of(cast.siti).post(
        UPLOADS, headers={**TUS, "Upload-Length": "10", "Upload-Metadata": told}
    )
    assert answer.status_code == 201 and "passwd" not in answer["Location"]


@pytest.mark.parametrize("length", ["", "-1", "0", "1e3", "٣", "ten", " 5 5", "9" * 400, "0x10"])
def test_lengths(cast: Cast, length: str) -> None:
    answer = client_of(cast.siti).post(
        UPLOADS,
        headers={**TUS, "Upload-Length": length, "Upload-Metadata": metadata(**GOOD)},
    )
    assert is_problem(answer, 400, "invalid")


def test_two_gigabytes_are_declared(cast: Cast) -> None:
    answer = client_of(cast.siti).post(
        UPLOADS,
        headers={**TUS, "Upload-Length": str(2 * 10**9), "Upload-Metadata": metadata(**GOOD)},
    )
    assert is_problem(answer, 413, "too_large")
    assert answer.json()["max_photo_bytes"] == uploads.MAX_PHOTO_BYTES


def test_two_gigabytes_are_sent_where_some_kilobytes_were_declared(cast: Cast) -> None:
    content = picture()
    client: Any = client_of(cast.siti)
    url = create(client, content)["Location"]

    answer = client.generic(
        "PATCH",
        url,
        b"x",
        BYTES,
        headers={**TUS, "Upload-Offset": "0", "Content-Length": str(2 * 10**9)},
    )
    assert is_problem(answer, 413, "too_large")
    assert answer.json()["missing_bytes"] == len(content)
    assert is_problem(patch(client, url, content + b"more"), 413)
    assert head(client, url)["Upload-Offset"] == "0"


@pytest.mark.parametrize("offset", ["-1", "", "x", "1.0", "٣", "9" * 400])
def test_offsets_that_are_none(cast: Cast, offset: str) -> None:
    client: Any = client_of(cast.siti)
    url = create(client, picture())["Location"]
    headers = {**TUS, "Upload-Offset": offset}
    assert is_problem(client.generic("PATCH", url, b"x", BYTES, headers=headers), 400, "invalid")


@pytest.mark.parametrize("offset", [1, 10**6, 10**14])
def test_offsets_beyond_what_is_here(cast: Cast, offset: int) -> None:
    client = client_of(cast.siti)
    url = create(client, picture())["Location"]
    answer = patch(client, url, b"x", offset)
    assert is_problem(answer, 409, "offset_mismatch") and answer["Upload-Offset"] == "0"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha1",
        "sha1 ",
        "md5 AAAA",
        "sha1 %%%",
        "sha256 " + "A" * 5000,
        checksum(b"x") + "==",
        # In hexadecimal, as some servers want it.
        f"sha1 {'ab' * 20}",
    ],
)
def test_checksums_that_are_none(cast: Cast, header: str) -> None:
    client = client_of(cast.siti)
    url = create(client, picture())["Location"]
    wrong: dict[str, Any] = {"Upload-Checksum": header}
    assert is_problem(patch(client, url, b"x", **wrong), 400, "invalid")


@pytest.mark.parametrize("version", [None, "0.2.2", "1.0.1", "", "\0"])
def test_other_versions_of_tus(cast: Cast, version: str | None) -> None:
    headers = {} if version is None else {"Tus-Resumable": version}
    answer = client_of(cast.siti).post(UPLOADS, headers=headers)
    assert is_problem(answer, 412, "tus_version") and answer["Tus-Version"] == "1.0.0"


def test_other_content(cast: Cast) -> None:
    client: Any = client_of(cast.siti)
    url = create(client, picture())["Location"]
    headers = {**TUS, "Upload-Offset": "0"}
    for kind in ("application/json", "image/jpeg", "multipart/form-data; boundary=x"):
        assert is_problem(client.generic("PATCH", url, b"x", kind, headers=headers), 415)
    assert head(client, url)["Upload-Offset"] == "0"


def test_a_hash_that_never_matches(cast: Cast) -> None:
    client, content = client_of(cast.siti), picture()
    for _ in range(3):
        url = create(client, content)["Location"]
        assert is_problem(patch(client, url, bytes(len(content))), 460, "photo_mismatch")
        assert is_problem(head_problem(client, url), 404)
    assert not Photo.objects.exists() and not UploadPiece.objects.exists()


def head_problem(client: Any, url: str) -> Any:
    """HEAD answers have no body to look at: the same by DELETE."""
    return client.delete(url, headers=TUS)


def test_the_record_says_another_size(cast: Cast) -> None:
    content = picture()
    registration = pushed(cast, photos=[declaration(content) | {"size": len(content) + 1}])
    assert is_problem(create(client_of(cast.siti), content, registration.pk), 400, "invalid")


def test_a_photo_in_crumbs(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_PIECES", 3)
    client, content = client_of(cast.siti), picture()
    url = create(client, content)["Location"]
    for offset in range(3):
        assert patch(client, url, content[offset : offset + 1], offset).status_code == 204
    assert is_problem(patch(client, url, content[3:4], 3), 413, "too_many_pieces")
    assert not Upload.objects.exists() and not UploadPiece.objects.exists()


def test_uploads_that_are_begun_and_left(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_OPEN", 3)
    client = client_of(cast.siti)
    urls = []
    for number in range(5):
        urls.append(create(client, picture(number))["Location"])
        patch(client, urls[-1], b"x")
    assert [head(client, url).status_code for url in urls] == [404, 404, 200, 200, 200]
    assert UploadPiece.objects.count() == 3


def test_photos_without_records(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_EARLY", 2)
    client = client_of(cast.siti)
    for number in range(2):
        assert send(client, picture(number)).status_code == 204
    assert is_problem(create(client, picture(5)), 429, "too_many_photos")
    registration = pushed(cast, photos=[declaration(picture(5))])
    assert send(client, picture(5), registration.pk).status_code == 204


def test_uploads_expire(cast: Cast) -> None:
    client, content = client_of(cast.siti), picture()
    url = create(client, content)["Location"]
    patch(client, url, content[:10])
    Upload.objects.update(expires_at=timezone.now())

    assert head(client, url).status_code == 404
    assert patch(client, url, content[10:], 10).status_code == 404
    assert uploads.sweep(timezone.now()) == 1
    assert not Upload.objects.exists() and not UploadPiece.objects.exists()


def test_a_storage_that_fails(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client, content = client_of(cast.siti), picture()
    url = create(client, content)["Location"]
    patch(client, url, content[:100])

    def fail(*args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(storages["photos"], "_save", fail)
        answer = patch(client, url, content[100:], 100)
        assert is_problem(answer, 503, "unavailable") and answer["Retry-After"]
    assert head(client, url)["Upload-Offset"] == "100"
    assert patch(client, url, content[100:], 100).status_code == 204


def test_a_worker_that_dies_or_a_storage_that_fails_while_developing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client_of(cast.siti), picture())
    now = timezone.now()

    def die(*args: object) -> bytes:
        raise SystemExit

    with monkeypatch.context() as killed:
        killed.setattr(keeping, "kept", die)
        with pytest.raises(SystemExit):
            developing.develop(now)
    assert developing.develop(now) is None
    later = now + developing.CLAIM_LASTS * 1.1
    assert developing.develop(later)
    assert Photo.objects.get().state == "ready"


@pytest.mark.parametrize(
    ("fault", "tries"),
    [(keeping.NotKept("Timeout"), 10), (MemoryError(), developing.MOST_ATTEMPTS)],
)
def test_a_photo_that_kills_every_worker_is_left_alone_and_a_storage_that_is_down_is_not(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, fault: Exception, tries: int
) -> None:
    send(client_of(cast.siti), picture())

    def fail(*args: object) -> bytes:
        raise fault

    monkeypatch.setattr(keeping, "kept", fail)
    now = timezone.now()
    tried = 0
    for _ in range(10):
        now += developing.CLAIM_LASTS * 1.1
        tried += developing.develop(now) is not None
    assert tried == tries


def test_a_photo_that_kills_its_worker_costs_no_other_an_attempt(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        send(client_of(cast.siti), picture(number))
    deadly, *others = Photo.objects.order_by("arrived_at")
    kept, now = keeping.kept, timezone.now()

    def kept_or_dead(path: str, version: keeping.Version) -> bytes:
        if path == deadly.path:
            raise SystemExit
        return kept(path, version)

    monkeypatch.setattr(keeping, "kept", kept_or_dead)
    for _ in range(developing.MOST_ATTEMPTS):
        with pytest.raises(SystemExit):
            developing.develop(now)
        now += developing.CLAIM_LASTS * 1.1
    while developing.develop(now):
        pass

    assert dict(Photo.objects.values_list("pk", "attempts")) == {
        deadly.pk: developing.MOST_ATTEMPTS,
        **{one.pk: 1 for one in others},
    }
    assert set(Photo.objects.filter(state="ready")) == set(others)


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
