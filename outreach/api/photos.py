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
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, link: str) -> HttpResponse:  # noqa: ARG002 - DRF's signature
        """The photo without a camera's notes; every opening is kept, like other disclosures."""
        now = timezone.now()
        content = links.opened(links.read(link, now), now)
        return HttpResponse(
            content,
            content_type="image/jpeg",
            headers={
                "Cache-Control": "private, no-store",
                "Content-Disposition": 'inline; filename="photo.jpg"',
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "Cross-Origin-Resource-Policy": "same-origin",
                "X-Content-Type-Options": "nosniff",
            },
        )
