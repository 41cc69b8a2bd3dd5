"""Photos over HTTP, by tus 1.0: https://tus.io/protocols/resumable-upload.

Core, creation, creation-with-upload, checksum, expiration and termination.
"""

import re
import socket
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from threading import Timer
from typing import Any
from uuid import UUID

from django.http import HttpResponse, UnreadablePostError
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.models import Photo, User
from outreach.problems import Problem, invalid
from sync import uploads
from sync.handing_over import word_for
from sync.models import Device, Upload
from sync.permissions import IsKader
from sync.tokens import Bearer

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
BYTES = "application/offset+octet-stream"
LONGEST_METADATA = 2_000
MOST_KEYS = 20
LARGEST_NUMBER = 15
DIGEST = re.compile(r"[0-9a-f]{64}")

PART_BYTES = 16 * 1024
SILENCE_S = 20.0
"""A tablet that sends nothing for so long is gone."""
BODY_S = 120.0
"""What has arrived of a body by then is stored; the rest is for the next request."""


def _headers(*names: str) -> list[OpenApiParameter]:
    told = ("Tus-Resumable", *names)
    return [OpenApiParameter(name, str, OpenApiParameter.HEADER) for name in told]


class TusView(APIView):
    """What all requests for photos have in common."""

    permission_classes: tuple[type[BasePermission], ...] = (IsKader,)
    allows_draining = True
    allows_handing_over = True

    def get_permissions(self) -> Any:
        return [] if self.request.method == "OPTIONS" else super().get_permissions()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != VERSION:
            raise Problem("tus_version", headers={"Tus-Version": VERSION})

    def finalize_response(self, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(*args, **kwargs)
        answer["Tus-Resumable"] = VERSION
        answer["Cache-Control"] = "no-store"
        return answer

    def options(self, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - Django's signature
        """What of tus is spoken here."""
        answer = Response(status=204)
        answer["Tus-Version"] = VERSION
        answer["Tus-Extension"] = EXTENSIONS
        answer["Tus-Checksum-Algorithm"] = ",".join(uploads.CHECKSUMS)
        answer["Tus-Max-Size"] = str(uploads.MAX_PHOTO_BYTES)
        return answer


class Uploads(TusView):
    """Photos to come."""

    @extend_schema(
        operation_id="photos_create",
        parameters=_headers("Upload-Length", "Upload-Metadata", "Upload-Checksum"),
        request={BYTES: OpenApiTypes.BINARY},
        responses={201: None},
    )
    def post(self, request: Request) -> HttpResponse:
        """Begin an upload, with its first bytes if it has a body.

        One that the kader's tablets sent before is complete at once: `Upload-Offset` says so.
        """
        now, wanted = timezone.now(), _wanted(request)
        carries = _is_bytes(request)
        upload = uploads.create(wanted, _kader(request), now, _leaving(request, now))
        if carries and upload.received < upload.size:
            try:
                uploads.continued(upload, 0, _reader(request), _checksum(request), now)
            except Problem:
                # Its address has been told nobody.
                uploads.end(upload)
                raise
        answer = _about(upload, 201)
        answer["Location"] = reverse("photo-upload", args=[upload.pk])
        if not carries and upload.received == 0:
            del answer["Upload-Offset"]
        return answer


class OneUpload(TusView):
    """A photo on its way."""

    def head(self, request: Request, upload_id: UUID) -> HttpResponse:
        """How much of it is here."""
        upload = uploads.found(upload_id, _kader(request), timezone.now())
        answer = _about(upload, 200)
        answer["Upload-Length"] = str(upload.size)
        return answer

    @extend_schema(
        operation_id="photos_continue",
        parameters=_headers("Upload-Offset", "Upload-Checksum"),
        request={BYTES: OpenApiTypes.BINARY},
        responses={204: None},
    )
    def patch(self, request: Request, upload_id: UUID) -> HttpResponse:
        """More of it. The last bytes are taken only if the whole is what was declared."""
        if request.content_type != BYTES:
            raise Problem("unsupported_media", f"Send {BYTES}.")
        offset, checksum = _number(request, "Upload-Offset"), _checksum(request)
        now = timezone.now()
        upload = uploads.found(upload_id, _kader(request), now)
        return _about(uploads.continued(upload, offset, _reader(request), checksum, now), 204)

    @extend_schema(operation_id="photos_end", responses={204: None})
    def delete(self, request: Request, upload_id: UUID) -> HttpResponse:
        """Give it up."""
        uploads.end(uploads.found(upload_id, _kader(request), timezone.now()))
        return HttpResponse(status=204)

    @extend_schema(exclude=True)
    def post(self, request: Request, upload_id: UUID) -> HttpResponse:
        """What X-HTTP-Method-Override says, for networks that let only GET and POST through."""
        meant = request.headers.get("X-HTTP-Method-Override", "").upper()
        if meant not in {"HEAD", "PATCH", "DELETE"}:
            raise Problem("method_not_allowed")
        act: Callable[..., HttpResponse] = getattr(self, meant.lower())
        return act(request, upload_id)


def _kader(request: Request) -> int:
    assert isinstance(request.user, User)
    return request.user.pk


def _leaving(request: Request, now: datetime) -> Device | None:
    """The tablet, if it has to go and hands over."""
    assert isinstance(request.auth, Bearer)
    device = request.auth.device
    return device if device and word_for(device, now) else None


def _about(upload: Upload, status: int) -> HttpResponse:
    answer = HttpResponse(status=status)
    answer["Upload-Offset"] = str(upload.received)
    answer["Upload-Expires"] = http_date(upload.expires_at.timestamp())
    return answer


def _is_bytes(request: Request) -> bool:
    if request.headers.get("Content-Length", "0") == "0":
        return False
    if request.content_type != BYTES:
        raise Problem("unsupported_media", f"Send {BYTES}, or no body.")
    return True


def _checksum(request: Request) -> uploads.Checksum | None:
    header = request.headers.get("Upload-Checksum")
    return None if header is None else uploads.checksum_of(header)


def _number(request: Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= LARGEST_NUMBER):
        raise invalid((f"/{name}", "not_a_number", "A whole number of bytes."))
    return int(text)


def _wanted(request: Request) -> uploads.Wanted:
    if "Upload-Defer-Length" in request.headers:
        raise invalid(("/Upload-Defer-Length", "not_supported", "Say the length at once."))
    size = _number(request, "Upload-Length")
    if size > uploads.MAX_PHOTO_BYTES:
        raise Problem("too_large", max_photo_bytes=uploads.MAX_PHOTO_BYTES)
    told = _metadata(request.headers.get("Upload-Metadata", ""))
    problems = [
        (f"/Upload-Metadata/{name}", "missing_or_invalid", what)
        for name, what, is_good in (
            ("sha256", "64 hexadecimal digits in lower case", DIGEST.fullmatch),
            ("kind", "workplace, person, id_card or consent", Photo.Kind.values.__contains__),
            ("registration", "the UUID of the registration that it belongs to", _uuid),
        )
        if not is_good(told.get(name, ""))
    ]
    if size == 0:
        problems.append(("/Upload-Length", "out_of_range", "A photo has bytes."))
    if problems:
        raise invalid(*problems)
    registration = _uuid(told["registration"])
    assert registration
    return uploads.Wanted(registration, Photo.Kind(told["kind"]), told["sha256"], size)


def _metadata(header: str) -> dict[str, str]:
    """The pairs of an Upload-Metadata header; those that are not text are left out."""
    if len(header) > LONGEST_METADATA or header.count(",") >= MOST_KEYS:
        raise invalid(("/Upload-Metadata", "too_long", "Only sha256, kind and registration."))
    found = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            found[key] = b64decode(value, validate=True).decode()
        except ValueError:
            continue
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _reader(request: Request) -> Callable[[int], bytes]:
    """Reads at most so many bytes of the body: what arrives in time, whatever was announced.

    Raises Problem length_required for a body without its length, too_large for one that is longer
    than what is missing, before anything is read.
    """

    def read(most: int) -> bytes:
        try:
            announced = int(request.headers.get("Content-Length", ""))
        except ValueError:
            raise Problem("length_required") from None
        if announced > most:
            raise Problem("too_large", missing_bytes=most)
        with _in_time(request.META.get("gunicorn.socket")):
            return _parts(request, announced)

    return read


@contextmanager
def _in_time(connection: socket.socket | None) -> Iterator[None]:
    """Ends the reading of a connection that is silent, or that takes for ever."""
    if connection is None:
        yield
        return
    patience_s = connection.gettimeout()
    connection.settimeout(SILENCE_S)
    alarm = Timer(BODY_S, _stop_reading, [connection])
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()
        connection.settimeout(patience_s)


def _stop_reading(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RD)


def _parts(request: Request, length: int) -> bytes:
    content = bytearray()
    while len(content) < length:
        try:
            part = request.read(min(PART_BYTES, length - len(content)))
        except (UnreadablePostError, OSError):
            break
        if not part:
            break
        content += part
    return bytes(content)
