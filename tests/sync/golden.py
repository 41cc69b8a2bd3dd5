"""Golden examples of the wire: read, filled in for a request, held against an answer.

The placeholders are described in tests/sync/wire/v1/README.md.
"""

import gzip
import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.test import Client

FOLDER = Path(__file__).parent / "wire" / "v1"
PLACEHOLDER = re.compile(r"<(uuid|instant|token|text|integer|number)(?::(\w+))?>")
MORE = "<more>"
TIMES = re.compile(r"<times:(\d+)>")


@dataclass(frozen=True)
class Golden:
    """One call and its answer, as the contract promises them."""

    name: str
    request: dict[str, Any]
    answer: dict[str, Any]


def golden(name: str) -> Golden:
    """The example of this name. Raises TypeError for members that a golden has not."""
    return Golden(**json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


def replay(example: Golden, known: dict[str, Any]) -> list[str]:
    """Send the request and compare the answer; gives every difference, with a pointer to it.

    `known` holds what named placeholders stand for, and takes up those that are met here.
    """
    request = filled(example.request, known)
    headers = request.get("headers", {})
    body = request["text"] if "text" in request else json.dumps(request.get("body", ""))
    sent = gzip.compress(body.encode()) if headers.get("Content-Encoding") else body.encode()
    got = Client(raise_request_exception=False).generic(
        request["method"],
        request["path"],
        sent if request["method"] != "GET" else b"",
        headers.get("Content-Type", "application/json"),
        headers={"Accept-Language": "en", **headers},
    )
    answer = {"status": got.status_code, "body": json.loads(got.content)}
    if got.status_code >= 400 and got["Content-Type"] != "application/problem+json":
        return [f"{example.name}: an error of type {got['Content-Type']}"]
    return [f"{example.name}{why}" for why in differences(example.answer, answer, known)]


def filled(value: Any, known: dict[str, Any]) -> Any:
    """What is sent for a part of a golden request. Raises KeyError for a name nobody knows."""
    if isinstance(value, dict):
        return {key: filled(item, known) for key, item in value.items()}
    if isinstance(value, list):
        if len(value) == 2 and (times := TIMES.fullmatch(str(value[0]))):
            return [filled(value[1], known)] * int(times[1])
        return [filled(item, known) for item in value]
    if not isinstance(value, str):
        return value
    if whole := PLACEHOLDER.fullmatch(value):
        return _stand_in(whole, known)
    return PLACEHOLDER.sub(lambda found: str(_stand_in(found, known)), value)


def _stand_in(found: re.Match[str], known: dict[str, Any]) -> Any:
    kind, name = found.groups()
    if kind == "uuid" and name not in known:
        new = str(uuid4())
        if name is None:
            return new
        known[name] = new
    return known[name]


def differences(promised: Any, got: Any, known: dict[str, Any], pointer: str = "") -> Iterator[str]:
    """Where an answer is not what was promised; members that were not promised are fine."""
    if isinstance(promised, dict) and isinstance(got, dict):
        for key, item in promised.items():
            if key not in got:
                yield f"{pointer}/{key}: is not there"
            else:
                yield from differences(item, got[key], known, f"{pointer}/{key}")
    elif isinstance(promised, list) and isinstance(got, list):
        yield from _differences_of_lists(promised, got, known, pointer)
    elif not _same(promised, got, known):
        yield f"{pointer}: {got!r} instead of {promised!r}"


def _differences_of_lists(
    promised: list[Any], got: list[Any], known: dict[str, Any], pointer: str
) -> Iterator[str]:
    if promised[-1:] == [MORE]:
        left = iter(got)
        for place, item in enumerate(promised[:-1]):
            if not any(not [*differences(item, other, known)] for other in left):
                yield f"{pointer}: has no {item!r} as promised at {place}"
    elif len(promised) != len(got):
        yield f"{pointer}: {got!r} instead of {len(promised)} items"
    else:
        for place, (item, other) in enumerate(zip(promised, got, strict=True)):
            yield from differences(item, other, known, f"{pointer}/{place}")


def _same(promised: Any, got: Any, known: dict[str, Any]) -> bool:
    if isinstance(promised, str) and (found := PLACEHOLDER.fullmatch(promised)):
        return _fits(found, got, known)
    if isinstance(promised, float) and isinstance(got, float):
        return math.isclose(promised, got, rel_tol=1e-9)
    return type(promised) is type(got) and bool(promised == got)


def _fits(found: re.Match[str], got: Any, known: dict[str, Any]) -> bool:
    kind, name = found.groups()
    if not _IS[kind](got):
        return False
    if name is None:
        return True
    expected = known.setdefault(name, got)
    if kind == "instant":
        return datetime.fromisoformat(got) == datetime.fromisoformat(expected)
    return bool(got == expected)


def _is_uuid(got: Any) -> bool:
    try:
        return bool(str(UUID(got)) == got)
    except (TypeError, ValueError, AttributeError):
        return False


def _is_instant(got: Any) -> bool:
    try:
        return datetime.fromisoformat(got).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _is_number(got: Any) -> bool:
    return isinstance(got, int | float) and not isinstance(got, bool)


_IS: dict[str, Callable[[Any], bool]] = {
    "uuid": _is_uuid,
    "instant": _is_instant,
    "token": lambda got: isinstance(got, str) and bool(re.fullmatch(r"[\w-]+(\.[\w-]+){2}", got)),
    "text": lambda got: isinstance(got, str) and bool(got.strip()),
    "integer": lambda got: isinstance(got, int) and not isinstance(got, bool),
    "number": _is_number,
}
