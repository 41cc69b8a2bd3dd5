"""Garbage: answered with 4xx or held, never a 5xx, never slow, never at the others' cost."""

import gzip
import json
import time
import zlib
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.models import Registration
from sync.models import HeldRecord
from tests.cast import Cast
from tests.records import batch, record
from tests.sync.contents import captured
from tests.tablet import Tablet

pytestmark = pytest.mark.django_db

SLOWEST_S = 5.0
"""Of processor time: what is around them takes its share of the clock."""
OUTCOMES = {"accepted", "review", "duplicate", "rejected", "conflict"}
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 1e308, -1e308, 2**31, 2**63, 2**64, 10**40, float("nan"), float("inf"),
    "", " ", "x", "\0", "a\0b", "\ud800", "\udfff\ud800", "🐟" * 200, "x" * 100_000, "9" * 5000,
    "2026-02-30", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00",
    "'; DROP TABLE outreach_person; --", "{{7*7}}", "%s%n", "../../etc/passwd", "\\u0000", "٣٤٥",
    [], [None], [[]], ["JKK"] * 1000, {}, {"": ""}, {"a": {"b": {"c": {}}}}, [{"kind": 1}],
    {"lat": 0, "lon": 0}, {"lat": "0", "lon": [], "accuracy_m": {}},
    {"lat": float("nan"), "lon": 0, "accuracy_m": 1},
    "00000000-0000-0000-0000-000000000000", "12.71.01.1001", "urn:uuid:" + "0" * 32,
)  # fmt: skip
FIELDS = [*record("c", "v"), "surprise"]
NESTED = ["consent.at", "consent.method", "photos.0.sha256"]


def put(whole: dict[str, Any], field: str, value: Any) -> dict[str, Any]:
    """The record with one field, however deep, replaced."""
    changed: dict[str, Any] = json.loads(json.dumps(whole))
    target: Any = changed
    *path, last = field.split(".")
    for step in path:
        target = target[int(step) if step.isdigit() else step]
    target[last] = value
    return changed


@pytest.mark.parametrize("field", FIELDS + NESTED)
def test_any_value_in_any_field(cast: Cast, tablet: Tablet, field: str) -> None:
    records = [
        put(captured(cast, nik=None, nik_missing_reason="lost"), field, value) for value in VALUES
    ]
    witness = captured(cast)
    began = time.thread_time()

    results = tablet.push(*records, witness)["results"]

    assert time.thread_time() - began < SLOWEST_S
    assert [result["outcome"] for result in results if result["outcome"] not in OUTCOMES] == []
    assert not [r for r in results if "server_fault" in {p["code"] for p in r["problems"]}]
    assert results[-1]["outcome"] in {"accepted", "review", "duplicate"}
    kept = Registration.objects.count() + HeldRecord.objects.count()
    distinct = {json.dumps(sent, sort_keys=True) for sent in [*records, witness]}
    assert kept >= len({r["id"] for r in results if isinstance(r["id"], str)}) - 1
    assert kept <= len(distinct)


def deep(levels: int) -> bytes:
    return b'{"batch_id": ' + b"[" * levels + b"]" * levels + b"}"


ENVELOPE = {"batch_id": str(uuid4()), "sent_at": "2026-11-20T10:00:00Z", "registrations": []}
BODIES: dict[str, bytes] = {
    "empty": b"",
    "spaces": b"   ",
    "not json": b"registrations=1",
    "cut short": json.dumps(ENVELOPE).encode()[:-5],
    "null": b"null",
    "number": b"5",
    "text": b'"push"',
    "list": b"[]",
    "empty object": b"{}",
    "latin-1": '{"batch_id": "é"}'.encode("latin-1"),
    "utf-16": json.dumps(ENVELOPE).encode("utf-16"),
    "bom": b"\xef\xbb\xbf" + json.dumps(ENVELOPE).encode(),
    "nul bytes": b"\0" * 100,
    "deep": deep(900),
    "deeper": deep(100_000),
    "long number": b'{"sent_at": ' + b"9" * 200_000 + b"}",
    "long fraction": b'{"sent_at": 0.' + b"9" * 200_000 + b"}",
    "huge exponent": b'{"sent_at": 1e999999999}',
    "many keys": json.dumps({f"k{n}": n for n in range(50_000)}).encode(),
    "same key": b"{" + b",".join([b'"batch_id": 1'] * 50_000) + b"}",
    "registrations object": json.dumps(ENVELOPE | {"registrations": {}}).encode(),
    "registrations null": json.dumps(ENVELOPE | {"registrations": None}).encode(),
    "no batch id": json.dumps({k: v for k, v in ENVELOPE.items() if k != "batch_id"}).encode(),
    "no offset": json.dumps(ENVELOPE | {"sent_at": "2026-11-20T10:00:00"}).encode(),
    "ancient": json.dumps(ENVELOPE | {"sent_at": "0001-01-01T00:00:00+14:00"}).encode(),
    "far": json.dumps(ENVELOPE | {"sent_at": "9999-12-31T23:59:59-14:00"}).encode(),
    "surrogate key": b'{"\\ud800": 1}',
}


@pytest.mark.parametrize("name", BODIES)
def test_any_body_is_a_client_error(tablet: Tablet, name: str) -> None:
    assert_refused(timed(tablet, BODIES[name]))


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "application/json; charset=punycode"},
        {"content_type": "application/json; charset=idna"},
        {"content_type": "application/json; charset=utf-7"},
        {"content_type": "text/plain"},
        {"content_type": "multipart/form-data; boundary=x"},
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": "\x7f"},
    ],
)
def test_headers_do_not_change_how_a_body_is_read(tablet: Tablet, headers: dict[str, str]) -> None:
    body = json.dumps(batch([{"id": "x" * 500_000}])).encode()

    assert timed(tablet, body, **headers).status_code == 200
    assert_refused(timed(tablet, b"-" * 800_000, **headers))


def test_compressed_garbage(tablet: Tablet) -> None:
    good = json.dumps(batch([])).encode()
    whole = gzip.compress(good)
    bomb = gzip.compress(b"[" + b" " * 200_000_000 + b"]")

    assert timed(tablet, whole, **{"Content-Encoding": "GZIP"}).status_code == 200
    for body in (good, whole[:-10], whole[:20], zlib.compress(good), b"", b"\x1f\x8b"):
        assert_refused(timed(tablet, body, **{"Content-Encoding": "gzip"}))
    assert timed(tablet, bomb, **{"Content-Encoding": "gzip"}).status_code == 413
    assert_refused(timed(tablet, good, **{"Content-Encoding": "br"}))
    assert_refused(timed(tablet, whole, **{"Content-Encoding": "gzip, gzip"}))


def test_two_mebibytes_fit_and_one_byte_more_does_not(tablet: Tablet) -> None:
    limit = 2 * 1024 * 1024
    body = json.dumps(batch([])).encode()

    assert timed(tablet, body + b" " * (limit - len(body))).status_code == 200
    assert timed(tablet, body + b" " * (limit - len(body) + 1)).status_code == 413


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=5))
def test_any_json_anywhere(cast: Cast, tablet: Tablet, changes: dict[str, Any]) -> None:
    sent = captured(cast, nik=None, nik_missing_reason="lost") | changes

    first = tablet.result(sent)
    second = tablet.result(sent)

    assert first["outcome"] in OUTCOMES
    assert second["outcome"] == first["outcome"]
    assert second["replayed"]
    assert "server_fault" not in {problem["code"] for problem in first["problems"]}


def timed(tablet: Tablet, body: bytes, **headers: str) -> HttpResponse:
    began = time.thread_time()
    answer = tablet.post("sync/push/", body, **headers)
    assert time.thread_time() - began < SLOWEST_S
    return answer


def assert_refused(answer: HttpResponse) -> None:
    problem = json.loads(answer.content)
    assert 400 <= answer.status_code < 500
    assert answer["Content-Type"] == "application/problem+json"
    assert problem["status"] == answer.status_code
    assert {"type", "title", "detail", "code", "action"} <= problem.keys()
