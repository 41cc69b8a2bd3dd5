"""Duplicate hints: built at night and by command, switched on and off, whatever goes on beside."""

from functools import partial
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from sync import hints, tasks
from sync.models import HintFilter
from tests.cast import Cast, client_of, pushed
from tests.counting import Counting
from tests.records import NOW, strangers
from tests.sync.test_hints import URL, asked, everybody, given, on, warned
from tests.tablet import Tablet, tablet_of
from tests.threads import at_once


def test_a_new_key_draws_other_false_hints(cast: Cast) -> None:
    people = everybody(cast)
    on(cast.branch)
    old = given(cast)

    assert hints.change_key(cast.branch, NOW)

    new = given(cast)
    assert new.key != old.key
    assert warned(new, people) == len(people)
    tried = [(f"99020101019{n:05}", "Wati Lestari") for n in range(10_000)]
    both = [one for one in tried if old.warns(*one) and new.warns(*one)]
    assert len(both) < 8, "independent: 1 in 16,384"
    assert not hints.change_key(cast.other_branch, NOW)


def test_a_filter_that_grows_keeps_its_false_hints_and_its_decoys(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = everybody(cast)
    on(cast.branch)
    small = given(cast)
    HintFilter.objects.update(capacity_bits=13)

    assert hints.build(cast.branch.pk, NOW)

    large = given(cast)
    assert (small.tag_bits, large.tag_bits) == (19, 20)
    assert small.tags <= {tag >> 1 for tag in large.tags}
    assert warned(large, people) == len(people)
    HintFilter.objects.update(capacity_bits=12)
    assert hints.build(cast.branch.pk, NOW)
    assert given(cast).tags == small.tags


@pytest.mark.parametrize("people", [1, 25])
def test_statements_do_not_grow_with_people(
    cast: Cast, count_queries: Counting, people: int
) -> None:
    on(cast.branch)
    for one in strangers(people):
        pushed(cast, **one)
    with count_queries("building hints"):
        assert hints.build(cast.branch.pk, NOW)
    client = client_of(cast.siti, cast.tablet)
    with count_queries("GET sync/hints/"):
        tag = client.get(URL)["ETag"]
    with count_queries("GET sync/hints/ unchanged"):
        assert client.get(URL, HTTP_IF_NONE_MATCH=tag).status_code == 304


@pytest.mark.django_db(transaction=True)
def test_builds_beside_pushes_lose_nobody(cast: Cast) -> None:
    on(cast.branch)
    people = strangers(64)
    parts = [people[start::4] for start in range(4)]

    def push_all(part: list[dict[str, Any]], held: Tablet) -> None:
        for one in part:
            pushed(cast, **one)
            assert held.device is not None
            answer = asked(cast.siti, held.device)
            assert answer.status_code == 200

    def build_often() -> None:
        for _ in range(12):
            hints.build(cast.branch.pk, timezone.now())

    def change_keys() -> None:
        for _ in range(4):
            assert hints.change_key(cast.branch, timezone.now())

    jobs = [partial(push_all, part, tablet_of(cast.siti)) for part in parts]
    at_once([*jobs, partial(build_often), partial(change_keys)])
    at_once([build_often] * 4)

    assert warned(given(cast), people) == 64
    again = given(cast).tags
    assert not hints.build(cast.branch.pk, timezone.now())
    assert given(cast).tags == again


@pytest.mark.django_db(transaction=True)
def test_hints_switched_off_beside_builds_stay_off(cast: Cast) -> None:
    on(cast.branch)
    people = strangers(10)

    def push_and_build() -> None:
        for one in people:
            pushed(cast, **one)
            hints.build(cast.branch.pk, timezone.now())

    def flip() -> None:
        for _ in range(5):
            on(cast.branch)
            hints.switch(cast.branch, is_on=False, reason="stolen", now=timezone.now())
            assert HintFilter.objects.get().content is None

    at_once([push_and_build, flip, push_and_build])

    assert asked(cast.siti, cast.tablet).json() == {"is_on": False}
    assert not hints.build(cast.branch.pk, timezone.now())


def test_every_night_each_office_with_hints_gets_a_job(cast: Cast) -> None:
    periodic = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert periodic[tasks.build_hints.name] == "20 17 * * *"
    on(cast.branch)
    on(cast.other_branch)
    hints.switch(cast.other_branch, is_on=False, reason="not wanted", now=NOW)

    tasks.build_hints(timestamp=0)

    jobs = ProcrastinateJob.objects.filter(task_name=tasks.build_office_hints.name)
    assert [job.args for job in jobs] == [{"office_id": cast.branch.pk}]


def test_the_command_switches_builds_and_lists(cast: Cast, capsys: Any) -> None:
    def said(*arguments: str) -> str:
        call_command("hints", *arguments)
        return str(capsys.readouterr().out)

    assert said() == "No hints here: they are off.\n"
    assert "Kacab Hulu: version 1" in said("on", "Kacab Hulu", "--reason", "agreed")
    everybody(cast, 2)
    assert "version 2" in said("build", "Kacab Hulu")
    assert "key 2" in said("new-key", "Kacab Hulu")
    assert "off (stolen)" in said("off", "Kacab Hulu", "--reason", "stolen")
    for wrong in (("on", "Kacab Hulu"), ("build", "Kacab"), ("build", "Kacab Hulu", "--reason=x")):
        with pytest.raises(CommandError):
            said(*wrong)


def test_too_many_people_are_said_so_and_change_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(cast.branch)
    everybody(cast, 2)
    monkeypatch.setattr("outreach.hinting.MOST_CAPACITY_BITS", 11)
    with pytest.raises(CommandError, match="More people"):
        call_command("hints", "build", "Kacab Hulu")
    assert asked(cast.siti, cast.tablet).json()["version"] == 1
