"""Boundaries switched: registrations and counts follow."""

import json
from pathlib import Path
from uuid import uuid5

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django import app
from shapely.geometry import mapping

from outreach import bulk
from outreach.models import (
    BoundaryChange,
    Campaign,
    Change,
    PastPlacement,
    Registration,
)
from outreach.places.boundaries.switching import make_current, switch, undo
from outreach.reattribution import reattributing
from outreach.reattribution.reattributing import reattribute
from outreach.reattribution.report import Findings
from outreach.tasks import place_anew
from tests.cast import Cast, client_of
from tests.outreach.places.reattributing.three_villages import (
    HILIR,
    HULU,
    MUARA,
    NAMESPACE,
    A,
    B,
    C,
    Sets,
    assert_equal_to_a_recount,
    findings,
    hosted,
    send,
    state,
    switched,
    worker,
)
from tests.outreach.places.squares import square, stored_set
from tests.records import NOW
from tests.tablet import tablet_of

pytestmark = pytest.mark.django_db


def test_a_switch_moves_event_villages_counts_and_history(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    told = send(
        cast,
        worker(1, cast.market, 0.3),
        worker(2, cast.market, 0.8),
        worker(3, cast.market, 1.8),
        worker(4, cast.market, 0.7, accuracy_m=900.0),
        worker(5, cast.market, 60.0),
        worker(6, cast.market, 0.7, location=None, location_missing_reason="no signal"),
    )
    assert [result["village"] for result in told] == [A, A, B, None, None, None]
    changes = Change.objects.filter(kind="registration")
    before, seen = state(), changes.count()

    change = switched(sets[1])

    villages = dict(Registration.objects.values_list("id", "event_village_id"))
    assert [villages[uuid5(NAMESPACE, str(n))] for n in range(1, 7)] == [A, B, C, None, None, None]
    assert hosted() == {A: 1, B: 1, C: 1}
    assert_equal_to_a_recount()
    found = findings(change)
    # The far fix and the one without a position are out of reach.
    assert (found.looked_at, dict(found.villages)) == (4, {(A, B): 1, (B, C): 1})
    assert dict(found.hosted) == {A: -1, B: 0, C: 1} or dict(found.hosted) == {A: -1, C: 1}
    past = PastPlacement.objects.get(registration=uuid5(NAMESPACE, "2"))
    assert (past.event_code, past.event_reason, past.event_probability) == (A, "certain", 1.0)
    assert past.boundary_version is not None and past.boundary_version < change.pk
    moved = Registration.objects.get(pk=past.registration_id)
    assert moved.boundary_version == change.pk
    assert changes.count() - seen == found.changed
    shown = client_of(cast.rina).get(f"/api/v1/registrations/{past.registration_id}/").json()
    assert (shown["event_reason"], shown["boundary_version"]) == ("certain", change.pk)
    assert [(p["event_code"], p["event_reason"]) for p in shown["past_placements"]] == [
        (A, "certain")
    ]

    undone = undo(change.pk, reason="the first was better")
    reattribute(NOW)

    assert state() == before
    assert (undone.kind, undone.undoes_id) == ("undo", change.pk)
    assert {tuple(m.values()) for m in undone.regencies.values()} == {
        (str(sets[1].id), str(sets[0].id))
    }


def test_a_first_load_places_what_came_before_it(cast: Cast) -> None:
    send(cast, worker(1, cast.market, 0.5))
    registration = Registration.objects.get()
    assert (registration.event_reason, registration.boundary_version) == ("no_boundaries", None)

    loaded = stored_set({A: square(0, 0)})
    make_current(loaded.id, [HULU], BoundaryChange.Kind.LOAD)
    [change] = reattribute(NOW)

    registration.refresh_from_db()
    assert (registration.event_village_id, registration.event_reason) == (A, "certain")
    assert dict(findings(change).villages) == {("", A): 1}
    undo(change.pk, reason="not ours")
    reattribute(NOW)
    registration.refresh_from_db()
    assert (registration.event_village_id, registration.event_reason) == (None, "no_boundaries")


def test_a_change_elsewhere_leaves_registrations_alone(cast: Cast, sets: Sets) -> None:
    send(cast, worker(1, cast.market, 0.5))
    version = Registration.objects.get().boundary_version
    make_current(stored_set({MUARA: square(500, 0)}).id, [HILIR], BoundaryChange.Kind.LOAD)
    [change] = reattribute(NOW)
    assert findings(change).looked_at == 0
    assert Registration.objects.get().boundary_version == version
    assert not PastPlacement.objects.exists()


def test_running_it_again_changes_nothing(cast: Cast, sets: Sets) -> None:
    send(cast, worker(1, cast.market, 0.8))
    change = switched(sets[1])
    after, report = state(), change.report
    place_anew(timestamp=0)
    BoundaryChange.objects.filter(pk=change.pk).update(reattributed_at=None)
    assert len(reattribute(NOW)) == 1
    change.refresh_from_db()
    assert (state(), PastPlacement.objects.count()) == (after, 1)
    assert Findings.from_json(change.report).looked_at == 1 and not report


class Stop(Exception):
    """A worker that is killed."""


def test_what_was_interrupted_is_taken_up(
    cast: Cast, sets: Sets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reattributing, "CHUNK", 2)
    send(cast, *(worker(n, cast.market, 0.8) for n in range(1, 8)))
    change = switch(sets[1].id, [HULU], reason="better")
    assert change

    def stop(looked_at: int) -> None:
        if looked_at >= 4:
            raise Stop

    with pytest.raises(Stop):
        reattribute(NOW, stop)
    change.refresh_from_db()
    assert change.reattributed_at is None
    assert hosted() == {A: 3, B: 4}
    assert_equal_to_a_recount()

    reattribute(NOW)

    assert hosted() == {B: 7}
    found = findings(change)
    assert (found.looked_at, dict(found.villages)) == (7, {(A, B): 7})
    assert dict(found.hosted) == {A: -7, B: 7}


def test_two_changes_that_wait_are_both_done(cast: Cast, sets: Sets) -> None:
    send(cast, worker(1, cast.market, 0.8))
    before = state()
    change = switch(sets[1].id, [HULU], reason="better")
    assert change
    undo(change.pk, reason="not better")
    assert len(reattribute(NOW)) == 2
    assert state() == before
    assert not BoundaryChange.objects.filter(reattributed_at=None)


def test_statements_do_not_grow_with_the_registrations(cast: Cast, sets: Sets) -> None:
    def statements(first: int, number: int) -> int:
        send(cast, *(worker(first + n, cast.market, 0.8) for n in range(number)))
        change = switch(sets[1].id, [HULU], reason="better")
        assert change
        with CaptureQueriesContext(
            connection,
        ) as queries:
            reattribute(NOW)
        undo(change.pk, reason="back")
        reattribute(NOW)
        return len(queries)

    assert statements(1, 1) == statements(100, 200)


def test_a_load_places_anew_unless_it_is_only_kept(
    cast: Cast, sets: Sets, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send(cast, worker(1, cast.market, 0.8))
    file = tmp_path / "villages.geojson"
    features = [
        {"type": "Feature", "properties": {"code": code}, "geometry": mapping(square(column, 0))}
        for code, column in ((A, -0.5), (B, 0.5), (C, 1.5))
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    origin = ["--source=Third", "--vintage=2027", "--licence=MIT", "--border-error-m=0"]

    call_command("load_boundaries", str(file), *origin, "--keep-current")
    assert "those before stay the current ones" in capsys.readouterr().out
    assert Registration.objects.get().event_village_id == A
    assert BoundaryChange.objects.count() == 1

    call_command("load_boundaries", str(file), *origin)
    assert f"event village {A} Pasar Lama → {B} Sumber Rejo: 1" in capsys.readouterr().out
    assert Registration.objects.get().event_village_id == B


def test_what_is_pushed_again_gets_its_verdict_and_todays_village(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    tablet = tablet_of(cast.siti)
    sent = worker(1, home_visits, 0.8)
    first = tablet.result(sent)
    switched(sets[1])
    before = state()

    again = tablet.result(sent)

    assert (again["outcome"], again["replayed"]) == (first["outcome"], True)
    assert (first["event_village"]["code"], again["event_village"]["code"]) == (A, B)
    assert [flag["code"] for flag in again["flags"]] == ["village_contradicted"]
    asked = tablet.post("sync/receipts/", json.dumps({"ids": [sent["id"]]}).encode())
    [receipt] = json.loads(asked.content)["results"]
    assert (receipt["outcome"], receipt["state"]) == ("review", "conflict")
    edited = tablet.result(sent | {"base_revision": 1, "work_place": "Kios 15"})
    assert (edited["outcome"], edited["revision"]) == ("review", 2)
    after = state()
    assert (after["people"], after["villages"]) == (before["people"], before["villages"])
    assert_equal_to_a_recount()


def test_the_work_is_asked_for_with_the_change(cast: Cast, sets: Sets) -> None:
    def asked() -> int:
        [(number,)] = bulk.run(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s", [place_anew.name]
        )
        return int(number)

    before = asked()
    with transaction.atomic():
        switch(sets[1].id, [HULU], reason="better")
        transaction.set_rollback(True)
    assert asked() == before
    switch(sets[1].id, [HULU], reason="better")
    assert asked() == before + 1
    periodic = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert periodic[place_anew.name] == "3-59/10 * * * *"
    place_anew(timestamp=0)
    assert not BoundaryChange.objects.filter(reattributed_at=None)
