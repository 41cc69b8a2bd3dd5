"""How an enrolment code gets onto a tablet: an address that its camera reads."""

import segno
from django.http import HttpRequest
from rest_framework.request import Request

CLIENT_PATH = "/tablet/"
"""Where the tablet client lives; the code travels in the fragment, which no server logs."""


def enrolment_address(request: HttpRequest | Request, code: str) -> str:
    return request.build_absolute_uri(f"{CLIENT_PATH}#{code}")


def qr_svg(address: str, module_px: int = 4) -> str:
    """The address as an SVG element, with the empty border that readers need."""
    return segno.make_qr(address, error="m").svg_inline(scale=module_px)
