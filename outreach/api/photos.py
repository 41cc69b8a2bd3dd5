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
from outreach.photos.recordings import MEDIA_TYPES


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
            (200, media_type): OpenApiTypes.BINARY
            for media_type in (SHOWN_AS, *sorted(MEDIA_TYPES))
        },
    )
    def get(self, request: Request, link: str) -> HttpResponse:  # noqa: ARG002 - DRF's signature
        """The photo without a camera's notes, or the recording; every opening is noted, like other
        disclosures."""
        now = timezone.now()
        content, media_type = links.opened(links.read(link, now), now)
        shown = 'inline; filename="photo.jpg"' if media_type == SHOWN_AS else "attachment"
        return HttpResponse(
            content,
            content_type=media_type,
            headers={
                "Cache-Control": "private, no-store",
                "Content-Disposition": shown,
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "Cross-Origin-Resource-Policy": "same-origin",
                "X-Content-Type-Options": "nosniff",
            },
        )
