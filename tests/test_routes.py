"""Every route with what each role gets: a route that is not in the table fails."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from outreach.imports.registry import KINDS
from outreach.models import User
from tests.cast import client_of, new_cast
from tests.outreach.imports.workbooks import NOTICES
from tests.route_bodies import data_of
from tests.route_paths import Given, given, path_of
from tests.route_table import PAGES, TABLE


def test_the_table_names_every_route_and_method_and_no_other() -> None:
    assert set(TABLE) == set(_routes(get_resolver().url_patterns))


Clients = list[tuple[Client, APIClient]]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Given, Clients]]:
    """What all rows are asked about, stored once, and who asks, by pages and by the API."""
    with django_db_blocker.unblock(), transaction.atomic():
        shared = given(new_cast())
        cast = shared.cast
        users = (
            None,
            cast.siti,
            cast.rina,
            cast.agus,
            cast.dewi,
            cast.andi,
            cast.outsider_coordinator,
        )
        yield shared, [(_visitor(user), client_of(user)) for user in users]
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("row", TABLE)
def test_each_role_gets_what_the_table_says(
    world: tuple[Given, Clients], row: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "imports/" in row:
        monkeypatch.setitem(KINDS, NOTICES.name, NOTICES)
    shared, clients = world
    form = {"format": "multipart"} if row == "POST api/v1/imports/<slug:kind>/" else {}
    statuses = []
    with _taken_back():
        asked = copy.deepcopy(shared)._replace(row=row)
        path, method = path_of(asked), row.partition(" ")[0].lower()
        for visitor, caller in clients:
            with _taken_back():
                send = getattr(copy.deepcopy(visitor) if row in PAGES else caller, method)
                statuses.append(send(path, data_of(asked), **form).status_code)
    assert " ".join(map(str, statuses)) == TABLE[row]


@pytest.mark.django_db
def test_the_address_of_a_form_leads_to_its_page_when_it_is_opened(
    world: tuple[Given, Clients], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after signing in again, a change of language or a reload."""
    monkeypatch.setitem(KINDS, NOTICES.name, NOTICES)
    shared, clients = world
    rina = clients[2][0]
    routes = {row.partition(" ")[2] for row in PAGES if row.startswith("POST")}
    for route in sorted(route for route in routes if f"GET {route}" not in PAGES):
        with _taken_back():
            path = path_of(copy.deepcopy(shared)._replace(row=f"POST {route}"))
            opened = rina.get(path)
            assert opened.status_code == 302, route
            if route not in {"language/", "sign-out/"}:
                assert "unsent=1" in opened["Location"], route
                shown = rina.get(opened["Location"], follow=True)
                assert shown.status_code in {200, 404}, route
                if shown.status_code == 200:
                    assert 'class="notice" role="status">Tidak ada yang diubah' in shown.text
                ended = Client().post(path)
                assert "unsent%3D1" in ended["Location"], route


@contextmanager
def _taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _visitor(user: User | None) -> Client:
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
