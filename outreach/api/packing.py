"""Answers as bytes, gzipped for whoever takes it, since signal is what tablets lack."""

import gzip
import re

import msgspec
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from rest_framework.request import Request

FASTEST = 1
"""The level of gzip for what is compressed anew each time."""
WORTH_BYTES = 1000
"""What is shorter fits into one packet anyhow."""
_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")


def encoded(request: Request, content: msgspec.Struct, level: int = FASTEST) -> HttpResponse:
    """An answer of JSON."""
    body = msgspec.json.encode(content)
    if len(body) < WORTH_BYTES or not _takes_gzip(request):
        return _answer(body, "application/json", is_packed=False)
    return _answer(gzip.compress(body, level, mtime=0), "application/json", is_packed=True)


def packed(request: Request, body: bytes, content_type: str) -> HttpResponse:
    """An answer of a gzipped body, unpacked for a client that does not take it so."""
    if _takes_gzip(request):
        return _answer(body, content_type, is_packed=True)
    return _answer(gzip.decompress(body), content_type, is_packed=False)


def _answer(body: bytes, content_type: str, *, is_packed: bool) -> HttpResponse:
    answer = HttpResponse(body, content_type=content_type)
    if is_packed:
        answer["Content-Encoding"] = "gzip"
    patch_vary_headers(answer, ["Accept-Encoding"])
    return answer


def _takes_gzip(request: Request) -> bool:
    return _GZIP.search(request.headers.get("Accept-Encoding", "")) is not None
