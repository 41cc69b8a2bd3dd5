"""Every route with what each role gets: a route that is not in the table fails."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from outreach.imports.registry import KINDS
from outreach.models import User
from tests.cast import Cast, client_of
from tests.outreach.imports.workbooks import NOTICES
from tests.route_bodies import data_of
from tests.route_paths import given, path_of
from tests.route_table import PAGES, TABLE


def test_the_table_names_every_route_and_method_and_no_other() -> None:
    assert set(TABLE) == set(_routes(get_resolver().url_patterns))


@pytest.mark.django_db
@pytest.mark.parametrize("row", TABLE)
def test_each_role_gets_what_the_table_says(
    cast: Cast, row: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "imports/" in row:
        monkeypatch.setitem(KINDS, NOTICES.name, NOTICES)
    asked = given(cast, row)
    path, method = path_of(asked), row.partition(" ")[0].lower()
    form = {"format": "multipart"} if row == "POST api/v1/imports/<slug:kind>/" else {}
    statuses = []
    for user in (
        None,
        cast.siti,
        cast.rina,
        cast.agus,
        cast.dewi,
        cast.andi,
        cast.outsider_coordinator,
    ):
        with transaction.atomic():
            send = getattr(_client(row, user), method)
            statuses.append(send(path, data_of(asked), **form).status_code)
            transaction.set_rollback(True)
    assert " ".join(map(str, statuses)) == TABLE[row]


def _client(row: str, user: User | None) -> Any:
    if row not in PAGES:
        return client_of(user)
    client = Client()
    if user:
        client.force_login(user, "backend.accounts.AccountBackend")
    return client


def _routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        else:
            for method in _methods(route, pattern.callback):
                yield f"{method} {route}"


def _methods(route: str, view: Any) -> list[str]:
    """The methods a view says it has; for a plain function those the table gives it."""
    of_class = getattr(view, "cls", None)
    if of_class is None:
        named = [row.partition(" ")[0] for row in TABLE if row.partition(" ")[2] == route]
        return named or ["GET"]
    return [
        method.upper()
        for method in ("get", "post", "put", "patch", "delete")
        if hasattr(of_class, method)
    ]
