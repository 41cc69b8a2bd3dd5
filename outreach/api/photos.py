"""Photos, shown by link."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from outreach.photos import links
from outreach.photos.links import SHOWN_AS
from outreach.photos.parts import part_of
from outreach.photos.recordings import MEDIA_TYPES
from outreach.problems import Problem


class ShownPhoto(APIView):
    """A photo, by a link that was given with its registration."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: ARG002, FBT001, FBT002 - DRF's signature
        # Whoever asks for images only is answered all the same.
        return self.get_renderers()[0], None

    @extend_schema(
        operation_id="photos_show",
        auth=[],
        responses={
            (status, media_type): OpenApiTypes.BINARY
            for status, media_types in ((200, {SHOWN_AS, *MEDIA_TYPES}), (206, MEDIA_TYPES))
            for media_type in sorted(media_types)
        },
    )
    def get(self, request: Request, link: str) -> HttpResponse:
        """The photo without a camera's notes, or the recording, or the part of it that `Range` asks
        for; every opening is noted, like other disclosures, that of parts once for a link."""
        now = timezone.now()
        content, media_type = links.opened(
            links.read(link, now), now, in_parts="Range" in request.headers
        )
        shown = 'inline; filename="photo.jpg"' if media_type == SHOWN_AS else "attachment"
        status, told = 200, dict[str, str]()
        if media_type in MEDIA_TYPES:
            status, content, told = _part(request, content)
        return HttpResponse(
            content,
            status=status,
            content_type=media_type,
            headers={
                **told,
                "Cache-Control": "private, no-store",
                "Content-Disposition": shown,
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "Cross-Origin-Resource-Policy": "same-origin",
                "X-Content-Type-Options": "nosniff",
            },
        )


def _part(request: Request, content: bytes) -> tuple[int, bytes, dict[str, str]]:
    """Status, bytes and headers: some browsers play nothing that they cannot get in parts.

    Raises Problem no_such_part.
    """
    size = len(content)
    # There is no validator that a condition could be about.
    is_conditional = "If-Range" in request.headers
    part = None if is_conditional else part_of(request.headers.get("Range", ""), size)
    if part is None:
        return 200, content, {"Accept-Ranges": "bytes"}
    if not part:
        raise Problem("no_such_part", headers={"Content-Range": f"bytes */{size}"})
    told = {
        "Accept-Ranges": "bytes",
        "Content-Range": f"bytes {part.start}-{part.stop - 1}/{size}",
    }
    return 206, content[part.start : part.stop], told
