"""The tablet client over HTTP: its files as they are, and a service worker that knows them all."""

import gzip
import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

FOLDER = Path(__file__).parent / "client"
SHELL = "/tablet/"
INDEX, WORKER = "index.html", "service_worker.js"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


class Asset(NamedTuple):
    """A file of the client as it is sent."""

    kind: str
    content: bytes
    zipped: bytes
    digest: str


@require_safe
@csp_update({"media-src": ["'self'", "blob:"]})
def client(request: HttpRequest, name: str = INDEX) -> HttpResponse:
    """A file of the client. Nothing in it is anybody's: it needs no sign-in."""
    asset = assets().get(name)
    if asset is None:
        raise Http404
    etag = f'"{asset.digest}"'
    answer = HttpResponse(asset.content, content_type=asset.kind)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        answer.content = asset.zipped
        answer["Content-Encoding"] = "gzip"
    answer["ETag"] = etag
    answer["Cache-Control"] = "no-cache"
    patch_vary_headers(answer, ["Accept-Encoding"])
    found: HttpResponse = get_conditional_response(request, etag=etag, response=answer) or answer
    return found


@cache
def assets() -> dict[str, Asset]:
    """All files of the client by their names below /tablet/."""
    files = {
        str(file.relative_to(FOLDER)): file.read_bytes()
        for file in sorted(FOLDER.rglob("*"))
        if file.suffix in TYPES
    }
    files[WORKER] = _worker(files)
    return {name: _asset(name, content) for name, content in files.items()}


def _asset(name: str, content: bytes) -> Asset:
    kind = TYPES[Path(name).suffix]
    return Asset(kind, content, gzip.compress(content, mtime=0), sha256(content).hexdigest())


def _worker(files: dict[str, bytes]) -> bytes:
    """The service worker with the version and the digests of all that it is to keep."""
    digests = {
        SHELL + ("" if name == INDEX else name): sha256(content).hexdigest()
        for name, content in files.items()
        if name != WORKER
    }
    version = sha256(json.dumps([digests, files[WORKER].hex()]).encode()).hexdigest()[:12]
    head = f"const VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(digests)};\n"
    return head.encode() + files[WORKER]


urlpatterns = [
    path("tablet/", client, name="tablet"),
    path("tablet/<path:name>", client, name="tablet-file"),
]
