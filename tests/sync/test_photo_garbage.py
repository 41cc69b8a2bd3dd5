"""What no tablet should send: answered, bounded, and nothing of it kept."""

from base64 import b64encode
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import storages
from django.utils import timezone

from outreach.models import Photo
from sync import uploads
from sync.models import Upload, UploadPiece
from tests.cast import Cast, client_of, pushed
from tests.pictures import declaration, picture
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
