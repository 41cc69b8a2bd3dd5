"""Answers as bytes: JSON, gzipped for whoever takes it, since signal is what tablets lack."""

import gzip

import msgspec
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from rest_framework.request import Request

from outreach.api.freshness import takes_gzip

FASTEST = 1
"""The level of gzip: each answer is compressed anew."""
WORTH_BYTES = 1000
"""What is shorter fits into one packet anyhow."""


def encoded(request: Request, content: msgspec.Struct) -> HttpResponse:
    """The answer to a request."""
    body = msgspec.json.encode(content)
    is_packed = len(body) >= WORTH_BYTES and takes_gzip(request)
    if is_packed:
        body = gzip.compress(body, FASTEST, mtime=0)
    answer = HttpResponse(body, content_type="application/json")
    if is_packed:
        answer["Content-Encoding"] = "gzip"
    patch_vary_headers(answer, ["Accept-Encoding"])
    return answer
