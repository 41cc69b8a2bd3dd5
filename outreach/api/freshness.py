"""Answers that a client keeps, asking each time whether they are still the same."""

import hashlib
from typing import Any, cast

import msgspec
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.request import Request
from rest_framework.response import Response


def tag_of(*parts: object) -> str:
    """An entity tag that stands for these values. Weak: packed and plain bytes share it."""
    digest = hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
    return f'W/"{digest[:32]}"'


def not_modified(request: Request, tag: str) -> HttpResponseBase | None:
    """The 304 for a client that has this answer already, or None."""
    unchanged = get_conditional_response(cast("HttpRequest", request), etag=tag)
    return None if unchanged is None else with_tag(unchanged, tag)


def with_tag(answer: HttpResponseBase, tag: str) -> HttpResponseBase:
    """The answer, to be kept by this client alone and asked for again by its tag."""
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    return answer


def kept(request: Request, data: dict[str, Any]) -> HttpResponseBase:
    """An answer made of `data`, or 304 where the client has just this."""
    tag = tag_of(msgspec.json.encode(data).decode())
    return not_modified(request, tag) or with_tag(Response(data), tag)
