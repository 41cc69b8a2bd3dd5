"""Photos with a service that speaks S3 and checks keys."""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.photo_storage import photo_storage
from outreach.models import Photo
from outreach.photos import erasing, keeping
from tests.cast import Cast, client_of
from tests.pictures import picture
from tests.swift import S3, CannotStart, running
from tests.sync.test_photo_links import opened, shown_to
from tests.sync.test_photo_reuse import taken_by, work
from tests.sync.tus import create, head, patch

BUCKET = "photos"


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    import boto3

    try:
        with running(tmp_path_factory.mktemp("swift")) as s3:
            boto3.client(
                "s3",
                endpoint_url=s3.endpoint,
                region_name="us-east-1",
                aws_access_key_id=s3.key,
                aws_secret_access_key=s3.secret,
            ).create_bucket(Bucket=BUCKET)
            yield s3
    except CannotStart as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(f"no S3 server: {error}")


def told(s3: S3, **changes: str) -> dict[str, str]:
    return {
        "PHOTO_S3_BUCKET": BUCKET,
        "PHOTO_S3_ENDPOINT": s3.endpoint,
        "PHOTO_S3_REGION": "us-east-1",
        "PHOTO_S3_KEY": s3.key,
        "PHOTO_S3_SECRET": s3.secret,
    } | changes


def use(settings: Any, environment: dict[str, str]) -> None:
    storage = photo_storage(lambda name: environment.get(name, ""), "")
    settings.STORAGES = settings.STORAGES | {"photos": storage}


def test_a_photo_comes_is_shown_and_erased(cast: Cast, s3: S3, settings: Any) -> None:
    use(settings, told(s3))
    registration = taken_by(cast, cast.siti, picture(), 0)
    work()

    [photo] = shown_to(cast.rina, registration)
    assert opened(photo["links"]["screen"]).content.startswith(b"\xff\xd8\xff")
    stored = Photo.objects.get()
    assert keeping.kept(stored.path, "original") == picture()
    Photo.objects.update(kind="id_card")
    assert erasing.erase_due(timezone.now() + timedelta(days=settings.ID_CARD_DAYS + 1)) == 1
    with pytest.raises(keeping.NotKept):
        keeping.kept(stored.path, "original")


def test_with_a_wrong_key_nothing_is_lost(cast: Cast, s3: S3, settings: Any) -> None:
    content, client = picture(2), client_of(cast.siti)
    url = create(client, content)["Location"]
    use(settings, told(s3, PHOTO_S3_SECRET="wrong"))

    answer = patch(client, url, content)
    assert (answer.status_code, answer.json()["action"]) == (503, "retry")
    assert head(client, url)["Upload-Offset"] == "0" and not Photo.objects.exists()

    use(settings, told(s3))
    assert patch(client, url, content).status_code == 204


def test_a_service_that_is_not_there(cast: Cast, settings: Any) -> None:
    nowhere = S3("http://127.0.0.1:9", "key", "secret")
    use(settings, told(nowhere))
    content, client = picture(3), client_of(cast.siti)
    url = create(client, content)["Location"]

    assert patch(client, url, content).status_code == 503


def test_half_told_is_said() -> None:
    with pytest.raises(ValueError, match="belong together"):
        photo_storage({"PHOTO_S3_BUCKET": "photos"}.get, "")  # type: ignore[arg-type]  # None is ""
    assert photo_storage(lambda _: "", "/data")["OPTIONS"] == {"location": "/data"}
