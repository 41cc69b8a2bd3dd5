"""One form for every failure, and nothing in it that should not be told."""

import json
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from django.test import Client
from django.utils.translation import override
from rest_framework import exceptions, fields, serializers

from outreach.api import people
from outreach.models import Registration
from outreach.next_steps import NOT_POSSIBLE
from outreach.problems import (
    CATALOGUE,
    SPREAD,
    Problem,
    exception_handler,
    invalid,
    problem,
)
from tests.cast import Cast, client_of

MEMBERS = {"type", "title", "status", "detail", "code", "action"}


def answered(exc: Exception) -> Any:
    answer = exception_handler(exc, {})
    assert answer is not None
    return answer


@pytest.mark.parametrize("slug", sorted(CATALOGUE))
def test_every_problem_of_the_catalogue_has_the_same_form(slug: str) -> None:
    answer = problem(slug)

    body = json.loads(answer.content)
    assert set(body) == MEMBERS
    assert answer["Content-Type"] == "application/problem+json"
    assert (body["type"], body["code"]) == (f"/problems/{slug}", slug)
    assert body["status"] == answer.status_code
    assert body["action"] in {"drop", "show", "fix", "retry"}


@pytest.mark.parametrize(
    ("exc", "slug", "status"),
    [
        (Problem("conflict"), "conflict", 409),
        (invalid(("/a", "b", "c")), "invalid", 400),
        (exceptions.ValidationError("x"), "invalid", 400),
        (exceptions.ParseError(), "malformed_json", 400),
        (exceptions.NotAuthenticated(), "not_authenticated", 401),
        (exceptions.AuthenticationFailed(), "token_invalid", 401),
        (exceptions.PermissionDenied(), "forbidden", 403),
        (exceptions.NotFound(), "not_found", 404),
        (Http404("No Person matches"), "not_found", 404),
        (exceptions.MethodNotAllowed("PUT"), "method_not_allowed", 405),
        (exceptions.NotAcceptable(), "not_acceptable", 406),
        (RequestDataTooBig(), "too_large", 413),
        (exceptions.UnsupportedMediaType("text/csv"), "unsupported_media", 415),
        (exceptions.Throttled(7), "throttled", 429),
        (UnreadablePostError(), "incomplete", 400),
        (SuspiciousOperation(), "invalid", 400),
        (OperationalError(), "unavailable", 503),
        (InterfaceError(), "unavailable", 503),
    ],
)
def test_exceptions_become_problems(exc: Exception, slug: str, status: int) -> None:
    answer = answered(exc)

    assert answer.status_code == status
    assert json.loads(answer.content)["code"] == slug


def test_our_own_faults_are_left_to_django() -> None:
    assert exception_handler(RuntimeError(), {}) is None


def test_who_must_wait_is_told_how_long() -> None:
    assert int(answered(Problem("throttled"))["Retry-After"]) > 0
    told = Problem("unavailable", headers={"Retry-After": "7"})
    assert answered(told)["Retry-After"] == "7"
    waits = {int(answered(exceptions.Throttled(70))["Retry-After"]) for _ in range(50)}
    assert 70 <= min(waits) < max(waits) <= 70 * SPREAD
    assert int(answered(exceptions.Throttled())["Retry-After"]) > 0
    assert int(answered(OperationalError())["Retry-After"]) > 0


def test_fields_are_named_by_pointers() -> None:
    detail: Any = {
        "a": ["bad", "worse"],
        "b": {"c/d~e": ["bad"]},
        "rows": [{}, {"f": [exceptions.ErrorDetail("bad", "code")]}],
        "items": {"2": ["bad"]},
        "non_field_errors": ["bad"],
    }

    problems = json.loads(answered(exceptions.ValidationError(detail)).content)["problems"]

    assert [found["pointer"] for found in problems] == [
        "/a",
        "/a",
        "/b/c~1d~0e",
        "/rows/1/f",
        "/items/2",
        "",
    ]
    assert problems[3]["code"] == "code"


def test_what_was_sent_is_not_repeated() -> None:
    nik = "9901014503840002"
    for code in ("invalid_choice", "does_not_exist", "incorrect_type"):
        text = exceptions.ErrorDetail(f'"{nik}" is not good', code)
        assert nik.encode() not in answered(exceptions.ValidationError({"a": [text]})).content
    assert nik.encode() not in answered(exceptions.UnsupportedMediaType(nik)).content


def test_the_list_of_problems_is_bounded() -> None:
    many = exceptions.ValidationError({str(n): ["bad"] for n in range(5000)})

    assert len(json.loads(answered(many).content)["problems"]) == 100


def test_under_the_api_it_is_json_and_elsewhere_a_small_page(cast: Cast) -> None:
    api = Client().get("/api/v1/nothing/")
    page = Client().get("/nothing/")

    assert (api.status_code, api["Content-Type"]) == (404, "application/problem+json")
    assert page.status_code == 404
    assert page["Content-Type"].startswith("text/html")


def test_a_fault_of_ours_tells_nothing_about_itself(cast: Cast, monkeypatch: Any) -> None:
    def fail(_: Any) -> None:
        raise RuntimeError("NIK 9901014503840002 broke outreach.api")

    monkeypatch.setattr(people, "users_for", fail)
    client = client_of(cast.andi)
    client.raise_request_exception = False

    answer = client.get("/api/v1/users/")

    assert (answer.status_code, answer.json()["code"]) == (500, "server_fault")
    assert answer.json()["action"] == "retry"
    assert b"9901" not in answer.content
    assert b"broke" not in answer.content


@pytest.mark.parametrize("path", ["/api/v1/users/", "/sign-in/"])
def test_a_database_that_is_away_is_no_fault_but_a_reason_to_retry(
    cast: Cast, monkeypatch: Any, path: str
) -> None:
    client = client_of(cast.andi)
    client.raise_request_exception = False

    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("connection to server at 10.0.0.1 failed")

    client.cookies["sessionid"] = "x" * 32
    with monkeypatch.context() as patched:
        patched.setattr("django.db.backends.utils.CursorWrapper.execute", away)
        answer = client.get(path)

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert b"10.0.0.1" not in answer.content


def test_methods_and_media_types_that_are_not_there(cast: Cast) -> None:
    client = client_of(cast.rina)
    put = client.put("/api/v1/campaigns/", {})
    options = client.options("/api/v1/campaigns/")
    text = client.post("/api/v1/campaigns/", "x", content_type="text/plain")
    xml = client.get("/api/v1/campaigns/", headers={"accept": "application/xml"})

    assert [answer.json()["code"] for answer in (put, options, text, xml)] == [
        "method_not_allowed",
        "method_not_allowed",
        "unsupported_media",
        "not_acceptable",
    ]
    assert [answer.status_code for answer in (put, options, text, xml)] == [405, 405, 415, 406]


def test_a_session_needs_its_csrf_token_under_the_api_too(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.rina, "backend.accounts.AccountBackend")

    answer = client.post("/api/v1/registrations/verify/", "{}", content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_an_expired_form_is_told_in_a_page(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    for said in ("muat ulang", "Kembalilah"):
        answer = client.post("/sign-in/", {"username": "x"})

        assert answer.status_code == 403
        assert answer["Content-Type"].startswith("text/html")
        text = answer.content.decode().lower()
        assert said.lower() in text and "terlalu lama" in text and "tidak berhak" not in text
        client.force_login(cast.rina, "backend.accounts.AccountBackend")


def test_a_state_that_allows_nothing_comes_with_what_to_do() -> None:
    assert NOT_POSSIBLE.keys() == {*Registration.Status.values}
    for state in Registration.Status.values:
        told = json.loads(problem("not_possible", state=state).content)
        assert told["detail"] == NOT_POSSIBLE[state] != told["title"]
    for state, count in (("reading", 0), ("refused", 0), ("ready", 0), ("ready", 3)):
        told = json.loads(problem("import_not_ready", state=state, problem_count=count).content)
        assert told["detail"] != told["title"]


def test_the_frameworks_texts_about_fields_are_indonesian_too() -> None:
    used = (
        fields.BooleanField,
        fields.CharField,
        fields.ChoiceField,
        fields.DateField,
        fields.DateTimeField,
        fields.DictField,
        fields.FileField,
        fields.FloatField,
        fields.IntegerField,
        fields.ListField,
        fields.RegexField,
        fields.UUIDField,
        serializers.ListSerializer,
        serializers.Serializer,
    )
    texts = {
        text
        for one in used
        for kind in one.__mro__
        for text in getattr(kind, "default_error_messages", {}).values()
    } | {exceptions.MethodNotAllowed.default_detail, exceptions.ParseError.default_detail}

    with override("id"):
        told = {str(text) for text in texts}
    with override("en"):
        assert not told & {str(text) for text in texts}


def test_a_month_that_is_none_is_told_how_to_write_one(cast: Cast) -> None:
    url = "/api/v1/standings/?period=oktober"
    told = client_of(cast.agus).get(url, HTTP_ACCEPT_LANGUAGE="id").json()
    assert told["problems"] == [
        {"pointer": "/period", "code": "invalid", "detail": "Tulis bulan seperti 2026-11."}
    ]
