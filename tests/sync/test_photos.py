"""Photos by tus: the way of one, and what its record knows of it."""

from typing import Any

import pytest

from outreach.models import Change, Photo, Registration
from outreach.photos import keeping
from sync.models import Upload, UploadPiece
from tests.cast import Cast, client_of, pushed
from tests.counting import Counting
from tests.pictures import declaration, encoded, picture, scene
from tests.records import batch, record
from tests.sync.tus import UPLOADS, checksum, create, head, patch, send

V1 = "/api/v1/"
pytestmark = pytest.mark.usefixtures("photo_folder")


def receipt(cast: Cast, registration: Registration) -> dict[str, Any]:
    answer = client_of(cast.siti).post(f"{V1}sync/receipts/", {"ids": [str(registration.pk)]})
    [result] = answer.json()["results"]
    return dict(result)


def test_a_photo_comes_in_pieces_and_its_record_knows(cast: Cast) -> None:
    content = picture()
    registration = pushed(cast, photos=[declaration(content)])
    assert receipt(cast, registration)["missing_photos"] == [declaration(content)["sha256"]]
    before = Change.objects.count()
    client = client_of(cast.siti)

    created = create(client, content, registration.pk)
    assert created.status_code == 201 and created.content == b""
    assert created["Tus-Resumable"] == "1.0.0" and "Upload-Expires" in created
    url = created["Location"]
    assert patch(client, url, content[:5000])["Upload-Offset"] == "5000"
    asked = head(client, url)
    assert (asked["Upload-Offset"], asked["Upload-Length"]) == ("5000", str(len(content)))
    assert asked["Cache-Control"] == "no-store"
    done = patch(client, url, content[5000:], 5000)

    assert (done.status_code, done["Upload-Offset"]) == (204, str(len(content)))
    assert head(client, url)["Upload-Offset"] == str(len(content))
    photo = Photo.objects.get()
    assert (photo.state, photo.is_declared, photo.media_type) == ("arrived", True, "image/jpeg")
    assert keeping.kept(photo.path, "original") == content
    assert not UploadPiece.objects.exists()
    assert receipt(cast, registration)["missing_photos"] == []
    assert Change.objects.count() == before + 1
    replayed = client.post(
        f"{V1}sync/push/",
        batch([record(cast.market.id, cast.villages[0].code, photos=[declaration(content)])]),
    )
    assert replayed.json()["results"][0]["missing_photos"] == []


def test_what_tus_is_spoken(cast: Cast) -> None:
    answer = client_of(None).options(UPLOADS)

    assert answer.status_code == 204
    assert answer["Tus-Version"] == answer["Tus-Resumable"] == "1.0.0"
    assert answer["Tus-Extension"] == (
        "creation,creation-with-upload,checksum,expiration,termination"
    )
    assert answer["Tus-Checksum-Algorithm"] == "sha1,sha256"
    assert answer["Tus-Max-Size"] == str(10 * 1024 * 1024)


def test_a_photo_in_one_request(cast: Cast) -> None:
    content = picture()

    answer = create(client_of(cast.siti), content, body=content)

    assert (answer.status_code, answer["Upload-Offset"]) == (201, str(len(content)))
    assert not Photo.objects.get().is_declared


def test_the_first_bytes_with_the_announcement(cast: Cast) -> None:
    content, client = picture(), client_of(cast.siti)

    answer = create(client, content, body=content[:100])

    assert (answer.status_code, answer["Upload-Offset"]) == (201, "100")
    assert patch(client, answer["Location"], content[100:], 100).status_code == 204


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_checksums(cast: Cast, algorithm: str) -> None:
    content, client = picture(), client_of(cast.siti)
    url = create(client, content)["Location"]
    good: dict[str, Any] = {"Upload-Checksum": checksum(content[:100], algorithm)}

    wrong = patch(client, url, content[1:101], **good)
    assert (wrong.status_code, wrong.json()["code"]) == (460, "checksum_mismatch")
    assert head(client, url)["Upload-Offset"] == "0"
    assert patch(client, url, content[:100], **good)["Upload-Offset"] == "100"


def test_another_photo_than_declared_ends_the_upload(cast: Cast) -> None:
    content, client = picture(1), client_of(cast.siti)
    other = (picture(2) + bytes(len(content)))[: len(content)]
    url = create(client, content)["Location"]

    answer = patch(client, url, other)

    assert (answer.status_code, answer.json()["code"]) == (460, "photo_mismatch")
    assert head(client, url).status_code == 404
    assert not Upload.objects.exists() and not UploadPiece.objects.exists()
    assert not Photo.objects.exists()


def test_what_was_sent_before_is_complete_at_once_for_its_own_kader_only(cast: Cast) -> None:
    content, client = picture(), client_of(cast.siti)
    send(client, content)

    again = create(client, content)
    assert (again.status_code, again["Upload-Offset"]) == (201, str(len(content)))
    repeated = patch(client, again["Location"], content, 0)
    assert (repeated.status_code, repeated["Upload-Offset"]) == (409, str(len(content)))
    assert patch(client, again["Location"], b"", len(content)).status_code == 204
    stranger = create(client_of(cast.budi), content)
    assert stranger.status_code == 201 and "Upload-Offset" not in stranger


def test_a_foreign_upload_is_not_there(cast: Cast) -> None:
    content = picture()
    url = create(client_of(cast.siti), content)["Location"]
    budi = client_of(cast.budi)

    tus = {"Tus-Resumable": "1.0.0"}
    assert head(budi, url).status_code == 404
    assert patch(budi, url, content).status_code == 404
    assert budi.delete(url, headers=tus).status_code == 404
    assert client_of(cast.siti).delete(url, headers=tus).status_code == 204
    assert head(client_of(cast.siti), url).status_code == 404


def test_a_refused_photo_says_why_wherever_one_looks(cast: Cast) -> None:
    content = encoded(scene(1)) + b"<html>behind the picture</html>"
    registration = pushed(cast, photos=[declaration(content)])
    client = client_of(cast.siti)

    answer = send(client, content, registration.pk)

    assert (answer.status_code, answer.json()["code"]) == (422, "photo_refused")
    assert answer.json()["reason"] == "trailing_data" and answer.json()["action"] == "show"
    told = receipt(cast, registration)
    assert told["missing_photos"] == []
    assert [one["reason"] for one in told["refused_photos"]] == ["trailing_data"]
    assert create(client, content).json()["reason"] == "trailing_data"


def test_a_photo_may_come_before_its_record(cast: Cast) -> None:
    content = picture()
    send(client_of(cast.siti), content)

    answer = client_of(cast.siti).post(
        f"{V1}sync/push/",
        batch([record(cast.market.id, cast.villages[0].code, photos=[declaration(content)])]),
    )

    assert answer.json()["results"][0]["missing_photos"] == []


def test_methods_by_header_for_networks_that_know_no_patch(cast: Cast) -> None:
    content = picture()
    client: Any = client_of(cast.siti)
    url = create(client, content)["Location"]

    answer = client.generic(
        "POST",
        url,
        content,
        "application/offset+octet-stream",
        headers={
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": "0",
            "X-HTTP-Method-Override": "PATCH",
        },
    )

    assert answer.status_code == 204 and Photo.objects.count() == 1


def test_statements_of_an_upload(cast: Cast, count_queries: Counting) -> None:
    content, client = picture(), client_of(cast.siti)
    registration = pushed(cast, photos=[declaration(content)])
    with count_queries("POST sync/photos/"):
        url = create(client, content, registration.pk)["Location"]
    with count_queries("PATCH sync/photos/{id}/ with more"):
        patch(client, url, content[:100])
    with count_queries("HEAD sync/photos/{id}/"):
        head(client, url)
    with count_queries("PATCH sync/photos/{id}/ with the rest"):
        patch(client, url, content[100:], 100)
