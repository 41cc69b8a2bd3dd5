"""Bodies that no endpoint may stumble over."""

import json
from collections.abc import Mapping
from typing import Any

MANGLED: tuple[bytes, ...] = (
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"7",
    b"NaN",
    b"\xff\xfe{\x00}\x00",
    b"\x80\x81",
    b'{"a":' * 5000 + b"1" + b"}" * 5000,
    b"[" * 100_000,
    b'{"\\ud800": 1}',
    b"{}" + b" " * (1024 * 1024),
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1.5,
    10**30,
    -(10**30),
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "9" * 2000,
    "é" * 5000,
    [],
    [[[]]],
    [None],
    {},
    {"a": {"b": []}},
    {"\x00": "\ud800"},
    "2026-11-20T10:00:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "NaN",
    "../../etc/passwd",
    "' OR 1=1 --",
)
HEADERS: tuple[dict[str, str], ...] = (
    {"content_type": "application/json; charset=punycode"},
    {"content_type": "application/json; charset=utf-16"},
    {"content_type": "text/plain"},
    {"content_type": "multipart/form-data; boundary=x"},
    {"content_type": "application/x-www-form-urlencoded"},
    {"content_type": "nonsense"},
)


def survives_garbage(
    client: Any, method: str, url: str, body: Mapping[str, Any], *, allowed: int = 0
) -> None:
    """Send broken bodies, then the good body with each field broken in turn.

    Every answer is a problem with a 4xx status, or a success where the field takes the value;
    mangled bodies never succeed unless they are empty and `allowed` says so.
    """
    for raw in MANGLED:
        answer = client.generic(method, url, raw, content_type="application/json")
        assert 400 <= answer.status_code < 500 or answer.status_code == allowed, raw[:40]
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json", raw[:40]
    good = json.dumps(body).encode()
    for headers in HEADERS:
        answer = client.generic(method, url, good, **headers)
        assert answer.status_code < 500, headers
    for field in body:
        for value in VALUES:
            raw = json.dumps({**body, field: value}).encode()
            answer = client.generic(method, url, raw, content_type="application/json")
            assert answer.status_code < 500, (field, value)
            if answer.status_code >= 400:
                assert answer["Content-Type"] == "application/problem+json", (field, value)
