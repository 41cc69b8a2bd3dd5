"""Request bodies, read strictly: UTF-8 JSON, whole, bounded, whatever the headers say."""

import json
import zlib
from math import isfinite
from typing import Any

import msgspec
from django.http import HttpRequest
from django.http.request import RawPostDataException, UnreadablePostError

from outreach.problems import Problem

LONGEST_NUMBER = 18


def read_json(request: HttpRequest, max_bytes: int, **limits: Any) -> Any:
    """The body's JSON value.

    Raises Problem: incomplete when the body did not arrive whole; too_large over `max_bytes`,
    before or after gzip (`limits` go into the answer); length_required for a body without length;
    malformed_json for anything but JSON in UTF-8; unsupported_media for other encodings.
    """
    raw = _read(request, max_bytes, limits)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "gzip":
        raw = _gunzip(raw, max_bytes, limits)
    elif encoding != "identity":
        raise Problem("unsupported_media", "Send JSON as it is, or with gzip.")
    return _parse(raw)


def _read(request: HttpRequest, max_bytes: int, limits: dict[str, Any]) -> bytes:
    try:
        declared = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        raise Problem("malformed_json", "The Content-Length is not a number.") from None
    if "Content-Length" not in request.headers and "Transfer-Encoding" in request.headers:
        raise Problem("length_required")
    if declared > max_bytes:
        raise Problem("too_large", **limits)
    try:
        raw = request.read(max_bytes + 1)
    except (UnreadablePostError, RawPostDataException):
        raise Problem("incomplete") from None
    if len(raw) > max_bytes:
        raise Problem("too_large", **limits)
    if len(raw) < declared:
        raise Problem("incomplete")
    return raw


def _gunzip(raw: bytes, max_bytes: int, limits: dict[str, Any]) -> bytes:
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        text = inflate.decompress(raw, max_bytes + 1)
    except zlib.error:
        raise Problem("malformed_json", "The gzip data is damaged.") from None
    if len(text) > max_bytes:
        raise Problem("too_large", **limits)
    if not inflate.eof:
        raise Problem("incomplete")
    return text


def _parse(raw: bytes) -> Any:
    """JSON by msgspec; what only Python reads (lone surrogates, NaN) is left to the caller.

    One record with such a value must not take the batch's other records down with it. Numbers that
    no float holds come as text, which no field for a number accepts.
    """
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
        pass
    try:
        return json.loads(
            raw.decode("utf-8"), parse_int=_number, parse_float=_number, parse_constant=str
        )
    except (ValueError, RecursionError):
        raise Problem("malformed_json", "The body is not JSON in UTF-8.") from None


def _number(text: str) -> int | float | str:
    if text.lstrip("-").isdigit() and len(text) <= LONGEST_NUMBER:
        return int(text)
    return number if isfinite(number := float(text)) else text[:LONGEST_NUMBER]
