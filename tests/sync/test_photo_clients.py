"""Two tus clients that know nothing of this server: tuspy, and tus-js-client with Node."""

import json
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from outreach.models import Photo
from outreach.photos import keeping
from sync.models import Upload
from sync.tokens import sign_in
from tests.cast import Cast
from tests.node import installed
from tests.pictures import declaration, picture
from tests.sync.tus import UPLOADS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("photo_folder")]
TUS_JS = Path(__file__).with_name("tus_js")


@pytest.fixture
def access(cast: Cast) -> str:
    return sign_in(cast.siti, cast.tablet, timezone.now())["access"]


@pytest.fixture
def told() -> Callable[[bytes], dict[str, str]]:
    return lambda content: {
        "sha256": declaration(content)["sha256"],
        "kind": "workplace",
        "registration": str(uuid4()),
    }


def is_here(content: bytes) -> bool:
    photo = Photo.objects.get(sha256=declaration(content)["sha256"])
    return keeping.kept(photo.path, "original") == content


@pytest.fixture(scope="module")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(TUS_JS, tmp_path_factory.mktemp("tus-js"))


class TestTuspy:
    @pytest.fixture
    def client(self, live_server: Any, access: str) -> TusClient:
        client = TusClient(live_server.url + UPLOADS)
        client.set_headers({"Authorization": f"Bearer {access}"})
        return client

    @pytest.fixture
    def uploader(
        self, client: TusClient, told: Callable[[bytes], dict[str, str]]
    ) -> Callable[..., Any]:
        def make(content: bytes, **options: Any) -> Any:
            return client.uploader(file_stream=BytesIO(content), metadata=told(content), **options)

        return make

    def test_in_pieces(self, uploader: Callable[..., Any]) -> None:
        uploader(picture(), chunk_size=5000).upload()
        assert is_here(picture())

    def test_with_checksums(self, uploader: Callable[..., Any]) -> None:
        uploader(picture(), chunk_size=5000, upload_checksum=True).upload()
        assert is_here(picture())

    def test_goes_on_after_an_interruption(self, uploader: Callable[..., Any]) -> None:
        first = uploader(picture(), chunk_size=5000)
        first.upload(stop_at=10_000)
        again = uploader(picture(), chunk_size=5000, url=first.url)
        assert again.offset == 10_000
        again.upload()
        assert is_here(picture())

    def test_sends_nothing_again(self, uploader: Callable[..., Any]) -> None:
        uploader(picture()).upload()
        again = uploader(picture(), retries=1, retry_delay=0)
        again.upload()
        assert again.offset == len(picture()) and Photo.objects.count() == 1

    def test_is_told_of_another_photo(
        self, client: TusClient, told: Callable[[bytes], dict[str, str]]
    ) -> None:
        other = BytesIO(picture(2)[: len(picture(1))].ljust(len(picture(1)), b"x"))
        uploader = client.uploader(file_stream=other, metadata=told(picture(1)))
        with pytest.raises(TusCommunicationError) as refused:
            uploader.upload()
        assert refused.value.status_code == 460 and not Upload.objects.exists()


class TestTusJs:
    @pytest.fixture
    def send(
        self,
        node_modules: Path,
        live_server: Any,
        access: str,
        told: Callable[[bytes], dict[str, str]],
    ) -> Callable[..., Any]:
        def run(content: bytes, stop_after: int = 0, **options: Any) -> Any:
            (node_modules / "photo.jpg").write_bytes(content)
            job = {
                "url": live_server.url + UPLOADS,
                "token": access,
                "file": "photo.jpg",
                "metadata": told(content),
                "options": options,
                "stopAfter": stop_after,
            }
            ran = subprocess.run(
                ["node", "upload.mjs"],
                cwd=node_modules,
                input=json.dumps(job),
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            )
            return json.loads(ran.stdout)

        return run

    def test_in_pieces(self, send: Callable[..., Any]) -> None:
        sent = send(picture(), chunkSize=5000)
        assert sent["state"] == "done", sent
        assert is_here(picture())

    def test_with_the_announcement(self, send: Callable[..., Any]) -> None:
        sent = send(picture(), uploadDataDuringCreation=True)
        assert sent["requests"] == ["POST 201"]
        assert is_here(picture())

    def test_goes_on_after_an_interruption(self, send: Callable[..., Any]) -> None:
        first = send(picture(), chunkSize=5000, stop_after=10_000)
        assert first["state"] == "aborted"
        again = send(picture(), chunkSize=1_000_000, uploadUrl=first["url"])
        assert again["requests"] == ["HEAD 200", "PATCH 204"]
        assert is_here(picture())

    def test_sends_nothing_again(self, send: Callable[..., Any]) -> None:
        send(picture())
        again = send(picture(), uploadDataDuringCreation=True)
        assert again["state"] == "done" and again["requests"] == ["POST 201"]
        found_out = send(picture())
        assert found_out["state"] == "done" and Photo.objects.count() == 1

    def test_where_patch_is_not_let_through(self, send: Callable[..., Any]) -> None:
        sent = send(picture(), overridePatchMethod=True)
        assert sent["requests"] == ["POST 201", "POST 204"]
        assert is_here(picture())

    def test_is_told_of_a_photo_that_is_none(self, send: Callable[..., Any]) -> None:
        sent = send(b"<html>" * 1000)
        assert sent["state"] == "failed" and "not_a_picture" in sent["error"]
