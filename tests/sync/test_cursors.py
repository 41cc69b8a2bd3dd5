"""Cursors: nobody makes one up, and one that leads nowhere says how to go on."""

from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from outreach.models import Change
from sync.cursors import decoded, encoded
from sync.models import Device
from tests.cast import Cast, look_after
from tests.sync.pulling import Puller, anew, get
from tests.tablet import Tablet, tablet_of

pytestmark = pytest.mark.django_db

GARBAGE = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def refusal(tablet: Tablet, cursor: str) -> dict[str, Any]:
    """The problem that a cursor is answered with, which tells to start anew."""
    answer = get(tablet, "sync/changes/", {"cursor": cursor})
    assert answer.status_code == 410, answer.content[:200]
    assert answer["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert (problem["code"], problem["action"], problem["resync"]) == (
        "cursor_invalid",
        "fix",
        True,
    )
    return problem


@GARBAGE
@given(st.text(min_size=1) | st.from_regex(r"[\w-]+\.[\w-]{43}", fullmatch=True))
def test_made_up_cursors(tablet: Tablet, made_up: str) -> None:
    assert refusal(tablet, made_up)["reason"] == "cursor"


@GARBAGE
@given(place=st.integers(0, 10_000), put=st.sampled_from("AZaz09-_.~\0é"), cut=st.booleans())
def test_cursors_that_were_tampered_with(tablet: Tablet, place: int, put: str, cut: bool) -> None:
    puller = Puller(tablet, limit=1)
    puller.step()
    good = puller.cursor
    place %= len(good)
    bad = good[:place] + put + ("" if cut else good[place + 1 :])
    if bad != good:
        assert refusal(tablet, bad)["reason"] == "cursor"


def test_whole_cursors_are_url_safe_and_short(tablet: Tablet) -> None:
    puller = Puller(tablet, limit=1)
    while puller.step():
        assert set(puller.cursor) < set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
        )
        assert len(puller.cursor) < 250


def test_too_long_a_cursor(tablet: Tablet) -> None:
    assert refusal(tablet, "A" * 100_000)["reason"] == "cursor"


@pytest.mark.parametrize("first_sync", [True, False])
def test_another_kaders_cursor(cast: Cast, tablet: Tablet, first_sync: bool) -> None:
    stolen = Puller(tablet_of(cast.budi), limit=3)
    stolen.step() if first_sync else stolen.pull()

    assert refusal(tablet, stolen.cursor)["reason"] == "scope"


@pytest.mark.parametrize("first_sync", [True, False])
def test_after_a_restore(tablet: Tablet, first_sync: bool) -> None:
    puller = Puller(tablet, limit=3)
    puller.step() if first_sync else puller.pull()
    cursor = decoded(puller.cursor)

    other_history = replace(cursor, epoch=cursor.epoch[:-1] + "x")
    ahead = replace(cursor, seq=Change.objects.latest("seq").seq + 1)

    assert refusal(tablet, encoded(other_history))["reason"] == "epoch"
    assert refusal(tablet, encoded(ahead))["reason"] == "epoch"
    assert get(tablet, "sync/changes/", {"cursor": encoded(cursor)}).status_code == 200


@pytest.mark.parametrize("first_sync", [True, False])
def test_a_kader_who_moves_to_another_office(cast: Cast, tablet: Tablet, first_sync: bool) -> None:
    puller = Puller(tablet, limit=3)
    puller.step() if first_sync else puller.pull()
    cast.siti.office = cast.other_branch
    cast.siti.save()

    assert refusal(tablet, puller.cursor)["reason"] == "scope"
    villages = {one for kind, one in anew(tablet) if kind == "village"}
    assert villages == {village.code for village in cast.other_villages}


def test_an_office_whose_territory_changes(cast: Cast, tablet: Tablet) -> None:
    puller = Puller(tablet)
    puller.pull()
    look_after(cast.branch, cast.villages[0].code, cast.other_villages[0].code)

    assert refusal(tablet, puller.cursor)["reason"] == "scope"
    villages = {one for kind, one in anew(tablet) if kind == "village"}
    assert villages == {cast.villages[0].code, cast.other_villages[0].code}


def test_another_offices_territory_concerns_nobody_else(cast: Cast, tablet: Tablet) -> None:
    puller = Puller(tablet)
    before = dict(puller.pull())
    look_after(cast.other_branch)

    assert puller.pull() == before


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "-5"},
        {"limit": "x"},
        {"limit": "9" * 5000},
        {"limit": "1\0"},
        {"boundaries": "perhaps"},
        {"boundaries": "\0"},
    ],
)
def test_bad_questions(tablet: Tablet, query: dict[str, str]) -> None:
    answer = get(tablet, "sync/changes/", query)

    assert answer.status_code == 400
    assert answer.json()["action"] == "fix"
    assert [wrong["pointer"] for wrong in answer.json()["problems"]] == [f"/{next(iter(query))}"]


def test_empty_questions_are_those_of_the_start(tablet: Tablet) -> None:
    empty = get(tablet, "sync/changes/", {"cursor": "", "limit": "", "boundaries": ""})

    assert empty.json()["changes"] == get(tablet, "sync/changes/").json()["changes"]


def test_a_drained_tablet_learns_nothing_but_whether_all_arrived(tablet: Tablet) -> None:
    cursor = Puller(tablet)
    cursor.pull()
    Device.objects.update(state="drain_only")

    for query in ({}, {"cursor": cursor.cursor}):
        answer = get(tablet, "sync/changes/", query)
        assert (answer.status_code, answer.json()["code"]) == (403, "device_drain_only")
    assert get(tablet, "sync/digest/").status_code == 200
    Device.objects.update(state="revoked")
    assert get(tablet, "sync/changes/").json()["code"] == "device_revoked"
    assert get(tablet, "sync/digest/").json()["code"] == "device_revoked"


def test_a_dump_restored_into_the_same_database_is_another_history(tablet: Tablet) -> None:
    puller = Puller(tablet)
    puller.pull()
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE outreach_change RENAME TO replaced;"
            " CREATE TABLE outreach_change (LIKE replaced INCLUDING ALL);"
            " INSERT INTO outreach_change SELECT * FROM replaced"
        )

    assert refusal(tablet, puller.cursor)["reason"] == "epoch"
