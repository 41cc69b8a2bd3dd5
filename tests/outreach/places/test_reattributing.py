"""Boundaries switched and switched back: registrations, doubts and counts follow."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from procrastinate.contrib.django import app
from shapely.geometry import mapping

from outreach import bulk, reattributing, reviewing
from outreach.flags import flag_text
from outreach.models import (
    BoundaryChange,
    BoundarySet,
    Campaign,
    Change,
    Decision,
    Flag,
    PastPlacement,
    Person,
    Region,
    RegionAlias,
    Registration,
    Standing,
)
from outreach.places.boundaries.coverage import current_sets
from outreach.places.boundaries.switching import CannotSwitch, make_current, switch, undo
from outreach.reattributing import follow_the_list, reattribute
from outreach.reattribution_report import Findings
from outreach.rebuilding import rebuild, refresh, refresh_listed
from outreach.recounting import current_period, month_before
from outreach.standings import village_standings
from outreach.tasks import place_anew
from sync.push import Pusher, push
from sync.wire import Batch, typed
from tests.cast import Cast, campaign, client_of
from tests.outreach.places.squares import fix, square, stored_set
from tests.outreach.standings.people import derived
from tests.records import NOW, batch, record, strangers
from tests.tablet import tablet_of

pytestmark = pytest.mark.django_db

HULU, HILIR = "99.01", "99.02"
A, B, C = "99.01.01.1001", "99.01.01.2002", "99.01.01.2003"
MUARA = "99.02.01.1001"
NAMESPACE = UUID(int=11)
Sets = tuple[BoundarySet, BoundarySet]


@pytest.fixture
def sets(cast: Cast) -> Sets:
    """Three villages in a row, current; and a second opinion that shifts their borders."""
    first = stored_set({A: square(0, 0), B: square(1, 0), C: square(2, 0)}, source="First")
    second = stored_set({A: square(-0.5, 0), B: square(0.5, 0), C: square(1.5, 0)}, source="Second")
    make_current(first.id, [HULU], BoundaryChange.Kind.LOAD)
    reattribute(NOW)
    refresh(NOW)
    return first, second


@pytest.fixture
def home_visits(cast: Cast) -> Campaign:
    return campaign(
        "Kader penggerak",
        cast.branch,
        cast.siti,
        cast.budi,
        type=Campaign.Type.KADER_PENGGERAK,
        venue_lat=None,
        venue_lon=None,
        venue_radius_m=None,
    )


def worker(number: int, where: Campaign, column: float, home: str = A, **changes: Any) -> Any:
    """Somebody of their own NIK, registered at so many squares from the west."""
    at = changes.pop("accuracy_m", 8.0)
    return record(
        where.id,
        home,
        id=str(uuid5(NAMESPACE, str(number))),
        **strangers(200, seed=number // 200)[number % 200]
        | {"location": fix(column, 0.5, at), "location_missing_reason": None}
        | changes,
    )


def send(cast: Cast, *records: Any) -> list[dict[str, Any]]:
    answer = push(typed(batch(records), Batch), Pusher(cast.siti, cast.tablet), NOW)
    return [
        {"outcome": result.outcome, "village": result.event_village and result.event_village.code}
        for result in answer.results
    ]


def state() -> dict[str, Any]:
    """Everything that follows from where registrations were, but not how it came about."""
    flags: dict[UUID, dict[str, Any]] = {}
    for flag in Flag.objects.all():
        flags.setdefault(flag.registration_id, {})[flag.code] = flag.evidence
    registrations = Registration.objects.order_by("id").values(
        "id",
        "status",
        "event_village_id",
        "event_probability",
        "event_reason",
        "placement",
        "domicile_village_id",
        "person_id",
    )
    people = Person.objects.order_by("id").values(
        "id", "state", "credited_id", "village_id", "month"
    )
    return {
        "registrations": [row | {"flags": flags.get(row["id"], {})} for row in registrations],
        "people": list(people),
        **derived(),
    }


def assert_equal_to_a_recount() -> None:
    kept = derived()
    rebuild(NOW)
    assert derived() == kept


def hosted() -> dict[str, int]:
    return {row[0]: row[4] for row in derived()["villages"] if row[4]}


def findings(change: BoundaryChange) -> Findings:
    change.refresh_from_db()
    assert change.reattributed_at is not None
    return Findings.from_json(change.report)


def switched(chosen: BoundarySet, *regencies: str) -> BoundaryChange:
    change = switch(chosen.id, regencies or [HULU], reason="a better source")
    assert change is not None
    reattribute(NOW)
    return change


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
    before, seen = state(), Change.objects.count()

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
    assert Change.objects.count() - seen == found.changed
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


def test_doubts_come_and_go_with_boundaries_but_decisions_stand(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    send(
        cast,
        worker(1, home_visits, 0.8),
        worker(2, home_visits, 0.8),
        worker(3, home_visits, 0.8, home=B),
        worker(4, home_visits, 0.8, birth_date="2015-01-01"),
        worker(5, home_visits, 0.2),
    )
    ids = [uuid5(NAMESPACE, str(n)) for n in range(1, 6)]
    [ruling] = reviewing.decide(Decision.Kind.VERIFY, [ids[1]], cast.rina, "seen", NOW)
    assert ruling.done
    before = state()

    change = switched(sets[1])

    statuses = dict(Registration.objects.values_list("id", "status"))
    assert [statuses[i] for i in ids] == [
        "conflict",
        "verified",
        "submitted",
        "conflict",
        "submitted",
    ]
    contradicted = Flag.objects.filter(code="village_contradicted")
    assert {flag.registration_id for flag in contradicted} == {ids[0], ids[3]}
    found = findings(change)
    assert (found.raised["village_contradicted"], found.taken_back["village_contradicted"]) == (
        2,
        1,
    )
    assert found.statuses == {
        ("submitted", "conflict"): 1,
        ("flagged", "conflict"): 1,
        ("conflict", "submitted"): 1,
    }
    assert found.decided == [
        {
            "id": str(ids[1]),
            "status": "verified",
            "would_raise": ["village_contradicted"],
            "would_take_back": [],
        }
    ]
    assert_equal_to_a_recount()

    undo(change.pk, reason="no")
    reattribute(NOW)
    assert state() == before

    redone = switched(sets[1])
    assert ruling.decision
    undoing = reviewing.undo(ruling.decision, cast.rina, "not yet", NOW)
    assert (undoing.status, "village_contradicted" in flags_of_id(ids[1])) == ("conflict", True)
    undo(redone.pk, reason="no")
    reattribute(NOW)
    assert Registration.objects.get(pk=ids[1]).status == "submitted"


def test_a_doubt_that_an_undo_brings_back_is_as_old_as_it_was(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    send(cast, worker(1, home_visits, 0.8, home=B), worker(2, home_visits, 0.8, home=C))
    before = list(Flag.objects.order_by("registration").values_list("code", "raised_at"))
    assert before == [("village_contradicted", NOW)] * 2

    change = switched(sets[1])
    assert Flag.objects.count() == 1
    undo(change.pk, reason="no")
    reattribute(NOW)

    after = list(Flag.objects.order_by("registration").values_list("code", "raised_at"))
    assert after == before


def test_a_fix_mostly_outside_is_flagged_and_blocks_nobody(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    outside = worker(1, home_visits, 0.5, location=fix(0.5, 1.1, 60.0))
    told = tablet_of(cast.siti).result(outside)
    assert (told["outcome"], [flag["code"] for flag in told["flags"]]) == (
        "accepted",
        ["village_outside"],
    )
    assert (
        f"di luar semua desa yang dimuat (97 %); desa yang dinyatakan {A}"
        in (told["flags"][0]["detail"])
    )
    with override("en"):
        assert flag_text(
            "village_outside", flags_of(Registration.objects.get())["village_outside"]
        ) == (f"The position lies outside all loaded villages (97 %); the declared village is {A}.")
    assert Registration.objects.get().status == "flagged"


def test_a_coordinator_reads_the_villages_of_a_doubt_by_name(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    send(cast, worker(1, home_visits, 0.5, home=B))
    with override("en"):
        [row] = client_of(cast.rina).get("/api/v1/registrations/").json()["results"]
    [detail] = [f["detail"] for f in row["flags"] if f["code"] == "village_contradicted"]
    assert f"{A} Pasar Lama" in detail and f"{B} Sumber Rejo" in detail


def test_a_duplicate_stays_one_and_a_correction_stays_asked_for(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    send(cast, worker(1, home_visits, 0.8), worker(2, home_visits, 0.8))
    send(cast, worker(1, home_visits, 0.8) | {"id": str(uuid5(NAMESPACE, "3"))})
    second = uuid5(NAMESPACE, "2")
    reviewing.decide(Decision.Kind.REQUEST_CORRECTION, [second], cast.rina, "blurred", NOW)

    switched(sets[1])

    assert Flag.objects.filter(code="village_contradicted").count() == 3
    assert Registration.objects.get(pk=uuid5(NAMESPACE, "3")).status == "duplicate"
    assert Registration.objects.get(pk=second).status == "needs_correction"


def test_a_village_that_gets_its_boundary_far_away_can_be_contradicted(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    send(cast, worker(1, home_visits, 0.5, home=MUARA))
    assert Registration.objects.get().status == "submitted"
    far = stored_set({MUARA: square(500, 0)})

    make_current(far.id, [HILIR], BoundaryChange.Kind.LOAD)
    reattribute(NOW)

    assert Registration.objects.get().status == "conflict"


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


def test_only_the_newest_change_can_be_undone_and_once(cast: Cast, sets: Sets) -> None:
    _, second = sets
    [loaded] = BoundaryChange.objects.all()
    change = switched(second)

    with pytest.raises(CannotSwitch, match=f"change {change.pk} has overtaken"):
        undo(loaded.pk, reason="x")
    again = undo(change.pk, reason="back")
    with pytest.raises(CannotSwitch, match=f"undone already, by change {again.pk}"):
        undo(change.pk, reason="back")
    with pytest.raises(CannotSwitch, match="there is no change 0"):
        undo(0, reason="back")
    redone = undo(again.pk, reason="forth")
    assert redone.regencies == change.regencies
    undo(redone.pk, reason="back")
    second.delete()
    newest = BoundaryChange.objects.latest("pk")
    with pytest.raises(CannotSwitch, match=f"are gone from {HULU}"):
        undo(newest.pk, reason="forth")


def test_changes_are_undone_step_by_step(cast: Cast, sets: Sets) -> None:
    first, second = sets
    third = stored_set({A: square(0, 0), MUARA: square(5, 0)}, source="Third")
    to_second = switched(second)
    to_third = switch(third.id, [HULU, HILIR], reason="newer")
    assert to_third

    command = f'undo_boundaries {to_third.pk} --reason "…"'
    other = f'switch_boundaries {str(first.id)[:8]} --regency {HULU} --reason "…"'
    with pytest.raises(CannotSwitch) as refusal:
        undo(to_second.pk, reason="x")
    assert str(refusal.value) == (
        f"change {to_third.pk} has overtaken change {to_second.pk} in {HULU}: take that back first"
        f" ({command}), or use what was current before: {other}"
    )
    undone = undo(to_third.pk, reason="back")
    redone = undo(undone.pk, reason="forth")
    with pytest.raises(CannotSwitch, match=f"came back by change {redone.pk}: undo_boundaries"):
        undo(to_third.pk, reason="x")
    with pytest.raises(CannotSwitch, match=f"undo_boundaries {redone.pk} --reason"):
        undo(to_second.pk, reason="x")
    back = undo(redone.pk, reason="back")

    last = undo(to_second.pk, reason="back")

    assert last.regencies == {HULU: {"before": str(second.id), "after": str(first.id)}}
    assert current_sets([HULU, HILIR]) == {HULU: first.id}
    with pytest.raises(CannotSwitch, match=f"change {last.pk} has overtaken change"):
        undo(back.pk, reason="forth")
    assert undo(last.pk, reason="forth").regencies == to_second.regencies


def test_a_switch_to_what_is_not_there_is_refused(cast: Cast, sets: Sets) -> None:
    with pytest.raises(CannotSwitch, match=f"no boundaries in {HILIR}; it has some in {HULU}"):
        switch(sets[1].id, [HULU, HILIR], reason="x")
    with pytest.raises(CannotSwitch, match="has no boundaries"):
        switch(uuid4(), [HULU], reason="x")
    assert switch(sets[0].id, [], reason="x") is None
    assert BoundaryChange.objects.count() == 1


def test_people_who_count_in_no_village_any_more_are_told(
    cast: Cast, sets: Sets, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send(cast, worker(1, cast.market, -0.3), worker(2, cast.market, 0.8))
    switched(sets[1])
    capsys.readouterr()
    report = tmp_path / "report.json"
    undone = str(BoundaryChange.objects.latest("pk").pk)
    call_command("undo_boundaries", undone, "--reason=wrong", f"--report={report}")
    out = capsys.readouterr().out
    assert f"people counted as registered in {B} Sumber Rejo: -1" in out
    assert "people counted as registered in no village: +1" in out
    [change] = json.loads(report.read_text("utf-8"))["changes"]
    assert (change["kind"], change["undoes"], change["reason"]) == ("undo", int(undone), "wrong")
    assert change["regencies"] == {HULU: {"before": str(sets[1].id), "after": str(sets[0].id)}}
    assert ["", 1] in change["registrations"]["hosted"]
    with pytest.raises(CommandError, match="undone already"):
        call_command("undo_boundaries", undone, "--reason=wrong", f"--report={report}")
    [why] = json.loads(report.read_text("utf-8"))["refused"]
    assert "undone already" in why


def test_a_report_has_the_change_that_the_worker_finished_first(
    cast: Cast, sets: Sets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(cast, worker(1, cast.market, 0.8))
    reattribute_first = reattributing.reattribute

    def after_the_worker(*arguments: Any) -> list[BoundaryChange]:
        reattribute_first(NOW)
        return reattribute_first(*arguments)

    monkeypatch.setattr("outreach.management.switching.reattribute", after_the_worker)
    report = tmp_path / "report.json"
    name = str(sets[1].id)
    call_command("switch_boundaries", name, "--reason=better", f"--report={report}")
    [change] = json.loads(report.read_text("utf-8"))["changes"]
    assert change["registrations"]["looked_at"] == 1
    call_command("switch_boundaries", name, "--reason=better", f"--report={report}")
    assert json.loads(report.read_text("utf-8")) == {"changes": []}


def test_the_commands_switch_undo_and_tell(
    cast: Cast, sets: Sets, capsys: pytest.CaptureFixture[str]
) -> None:
    send(cast, worker(1, cast.market, 0.8))
    name = str(sets[1].id)[:8]
    call_command("switch_boundaries", name, "--regency", HULU, "--reason", "better")
    out = capsys.readouterr().out
    change = BoundaryChange.objects.latest("pk")
    assert f"change {change.pk}: switch in {HULU} Kabupaten Hulu, " in out
    assert f"event village {A} Pasar Lama → {B} Sumber Rejo: 1" in out
    assert f"people counted as registered in {A} Pasar Lama: -1" in out

    call_command("boundaries")
    out = capsys.readouterr().out
    assert f"{sets[1].id} Second, 2026\n  status unknown, border error 0 m" in out
    assert f"current in: {HULU}" in out and "current in: nowhere" in out

    call_command("switch_boundaries", name, "--reason", "better")
    assert "nothing was changed" in capsys.readouterr().out
    call_command("undo_boundaries", str(change.pk), "--reason", "worse")
    assert f"undo of change {change.pk}" in capsys.readouterr().out
    for arguments, why in (
        (["undo_boundaries", str(change.pk), "--reason", "x"], "undone already"),
        (["switch_boundaries", "zzzz", "--reason", "x"], "no set begins with zzzz"),
        (["switch_boundaries", "", "--reason", "x"], "more than one set"),
        (["switch_boundaries", name, "--reason", " "], "1 to 500 characters"),
        (["switch_boundaries", name, "--regency", HILIR, "--reason", "x"], "no boundaries in"),
    ):
        with pytest.raises(CommandError, match=why):
            call_command(*arguments)


def test_an_old_code_counts_for_its_successor_and_says_so(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    alias("99.01.01.1900", A)
    alias("99.01.01.1901", A, confidence="low")
    send(
        cast,
        worker(1, home_visits, 0.5, home="99.01.01.1900"),
        worker(2, home_visits, 0.5, home="99.01.01.1901"),
        worker(3, home_visits, 1.5, home="99.01.01.1900"),
    )
    first, second, third = (
        Registration.objects.get(pk=uuid5(NAMESPACE, str(n))) for n in range(1, 4)
    )
    assert (first.domicile_code, first.domicile_village_id) == ("99.01.01.1900", A)
    assert (first.status, flags_of(first)) == (
        "flagged",
        {"village_recoded": {"code": "99.01.01.1900", "village": A}},
    )
    assert (second.domicile_village_id, [*flags_of(second)]) == (None, ["village_unknown"])
    assert (third.status, flags_of(third)["village_contradicted"]["declared"]) == ("conflict", A)


def test_unknown_villages_are_resolved_once_they_are_known(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    new, old, never = "99.01.01.2009", "99.01.01.1900", "99.01.01.1999"
    send(
        cast,
        worker(1, home_visits, 0.5, home=new),
        worker(2, home_visits, 1.5, home=old),
        worker(3, cast.market, 0.5, home=never),
        worker(4, cast.market, 0.5, home=new),
    )
    decided = uuid5(NAMESPACE, "4")
    reviewing.decide(Decision.Kind.VERIFY, [decided], cast.rina, "seen", NOW)
    assert follow_the_list().looked_at == 0
    district = Region.objects.get(code="99.01.01")
    Region.objects.create(
        code=new, level=4, kind="desa", name="New", parent=district, time_zone="Asia/Jakarta"
    )
    refresh(NOW, [new])
    alias(old, A)

    found = follow_the_list()

    assert dict(found.resolved) == {(new, new): 2, (old, A): 1}
    rows = [Registration.objects.get(pk=uuid5(NAMESPACE, str(n))) for n in range(1, 5)]
    assert [row.domicile_village_id for row in rows] == [new, A, None, new]
    assert [row.status for row in rows] == ["submitted", "conflict", "flagged", "verified"]
    assert set(flags_of(rows[1])) == {"village_recoded", "village_contradicted"}
    assert "village_unknown" in flags_of(rows[3])
    assert {row[0]: row[2:4] for row in derived()["villages"] if row[2] or row[3]} == {
        new: (1, 1),
        A: (1, 0),
    }
    assert_equal_to_a_recount()
    assert follow_the_list().looked_at == 0


def test_registrations_of_a_village_that_is_gone_follow_to_its_successor(
    cast: Cast, sets: Sets
) -> None:
    send(cast, worker(1, cast.market, 0.5, home=A, work_village=A))
    alias(A, B)

    assert dict(follow_the_list().resolved) == {(A, B): 1}

    send(cast, worker(2, cast.market, 0.5, home=A))
    for row in Registration.objects.all():
        assert row.domicile_village_id == B
        assert "village_recoded" in flags_of(row)
    assert Registration.objects.filter(work_village=B).count() == 1
    refresh_listed(NOW)
    assert_equal_to_a_recount()
    assert follow_the_list().looked_at == 0


def test_an_unknown_village_of_work_is_resolved_once_it_is_known(cast: Cast, sets: Sets) -> None:
    old, never = "99.01.01.1900", "99.01.01.1999"
    send(
        cast,
        worker(1, cast.market, 0.5, work_village=old),
        worker(2, cast.market, 0.5, work_village=never),
    )
    assert follow_the_list().looked_at == 0
    alias(old, A)

    assert follow_the_list().changed == 1

    works = dict(Registration.objects.values_list("pk", "work_village_id"))
    assert works == {uuid5(NAMESPACE, "1"): A, uuid5(NAMESPACE, "2"): None}
    assert_equal_to_a_recount()


def test_a_load_of_older_codes_lets_registrations_follow(
    cast: Cast, sets: Sets, home_visits: Campaign, tmp_path: Path, capsys: Any
) -> None:
    tablet = tablet_of(cast.siti)
    old = "99.01.01.1900"
    sent = worker(1, home_visits, 0.5, home=old)
    first = tablet.result(sent)
    assert [flag["code"] for flag in first["flags"]] == ["village_unknown"]
    file, report = tmp_path / "recodes.csv", tmp_path / "report.json"
    file.write_text(f"old_code,new_code\n{old},{A}\n")

    call_command("load_region_aliases", str(file), f"--report={report}")

    told = capsys.readouterr().out
    assert (
        f"registrations moved to the village of today: 1 ({old} → {A}: 1;"
        " village_recoded raised: 1; village_unknown taken back: 1)\n" in told
    )
    assert json.loads(report.read_text())["registrations"]["resolved"] == [[old, A, 1]]
    row = Registration.objects.get()
    assert (row.domicile_code, row.domicile_village_id) == (old, A)
    assert flags_of(row) == {"village_recoded": {"code": old, "village": A}}
    assert_equal_to_a_recount()
    before = state()
    again = tablet.result(sent)
    assert (again["outcome"], again["replayed"]) == (first["outcome"], True)
    assert [flag["code"] for flag in again["flags"]] == ["village_recoded"]
    assert state() == before
    call_command("load_region_aliases", str(file), f"--report={report}")
    assert "moved" not in capsys.readouterr().out
    assert "registrations" not in json.loads(report.read_text())
    assert state() == before


def test_a_village_that_is_gone_keeps_no_standing(
    cast: Cast, sets: Sets, tmp_path: Path, capsys: Any
) -> None:
    send(
        cast,
        worker(1, cast.market, 0.5, home=A),
        worker(2, cast.market, 0.5, home=C),
        worker(3, cast.market, 0.5, home=B, work_village=C),
    )
    reviewing.decide(Decision.Kind.VERIFY, [uuid5(NAMESPACE, "1")], cast.rina, "seen", NOW)
    recodes, history, report = (tmp_path / name for name in ("new.csv", "old.csv", "report.json"))
    recodes.write_text(f"old_code,new_code,confidence\n{A},{B},high\n{C},{B},low\n")
    history.write_text(
        f"code,level,last_vintage\n{A},4,2020\n{C},4,2020\n{B},4,2025\n{MUARA},4,2025\n"
    )

    call_command("load_region_aliases", str(recodes), str(history), f"--report={report}")

    told = capsys.readouterr().out
    assert f"registrations moved to the village of today: 1 ({A} → {B}: 1)\n" in told
    assert (
        "registrations that stay in a village that is gone, for want of a sure successor: 2"
        f" ({C} Tanjung Baru: 2)\n" in told
    )
    assert json.loads(report.read_text())["left_behind"] == {C: 2}
    month = current_period(timezone.now())
    for period in (month, month_before(month)):
        assert sorted(row.code for row in village_standings("99.01", period).rows) == [B, C]
    assert not Standing.objects.filter(village=A).exists()
    rina = client_of(cast.rina)
    assert rina.get(f"/api/v1/standings/{A}/").status_code == 404
    rina.force_login(cast.rina)
    page = rina.get(f"/standings/{A}/")
    assert (page.status_code, page["Location"]) == (302, f"/standings/{B}/")
    rebuild(timezone.now())
    assert not Standing.objects.filter(village=A).exists()

    history.write_text(f"code,level,last_vintage\n{A},4,2025\n{C},4,2020\n")
    call_command("load_region_aliases", str(history))
    assert Standing.objects.filter(village=A).exists()


def test_a_load_of_regions_lets_registrations_follow(
    cast: Cast, sets: Sets, home_visits: Campaign, tmp_path: Path, capsys: Any
) -> None:
    new = "99.01.01.2009"
    send(cast, worker(1, home_visits, 0.5, home=new), worker(2, home_visits, 1.5, home=new))
    file, report = tmp_path / "regions.csv", tmp_path / "report.json"
    file.write_text(f"kode,nama\n{new},Baru\n")

    call_command("load_regions", str(file), "--system=kemendagri", f"--report={report}")

    assert f"village of today: 2 ({new} → {new}: 2; village_unknown taken back: 2)" in (
        capsys.readouterr().out
    )
    assert json.loads(report.read_text())["registrations"]["looked_at"] == 2
    assert {*Registration.objects.values_list("domicile_village_id", "status")} == {
        (new, "submitted")
    }
    assert {row[0]: row[2] for row in derived()["villages"] if row[2]} == {new: 2}
    assert_equal_to_a_recount()


def alias(code: str, region: str, confidence: str = "high") -> None:
    RegionAlias.objects.create(
        system="kemendagri",
        code=code,
        level=4,
        name="Old",
        region_id=region,
        basis="test",
        confidence=confidence,
        source="test",
    )


def flags_of(registration: Registration) -> dict[str, Any]:
    return flags_of_id(registration.pk)


def flags_of_id(registration: UUID) -> dict[str, Any]:
    found = Flag.objects.filter(registration=registration)
    return dict(found.values_list("code", "evidence"))


captures = st.lists(
    st.tuples(
        st.floats(-1.0, 4.0),
        st.sampled_from([5.0, 40.0, 150.0, 400.0, 3000.0]),
        st.booleans(),
        st.sampled_from([A, B, C, MUARA, "99.09.09.9009"]),
        st.integers(1, 5),
    ),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(early=captures, late=captures, verified=st.sets(st.integers(0, 5), max_size=3))
def test_a_switch_and_its_undo_are_as_if_nothing_had_been(
    cast: Cast,
    sets: Sets,
    home_visits: Campaign,
    early: list[Any],
    late: list[Any],
    verified: set[int],
) -> None:
    first = [_drawn(cast, home_visits, n, *drawn) for n, drawn in enumerate(early)]
    then = [_drawn(cast, home_visits, 10 + n, *drawn) for n, drawn in enumerate(late)]
    ids = [UUID(sent["id"]) for n, sent in enumerate(first) if n in verified]

    def decide() -> None:
        reviewing.decide(Decision.Kind.VERIFY, ids, cast.rina, "seen", NOW)

    send_first, send_then = (lambda: send(cast, *first)), (lambda: send(cast, *then))
    plain = _after([send_first, send_then])
    switch_, undo_ = (lambda: switched(sets[1])), _undo_last
    assert _after([send_first, switch_, undo_, send_then]) == plain
    assert _after([switch_, send_first, undo_, send_then]) == plain
    assert _after([switch_, send_first, send_then, undo_]) == plain
    there = _after([switch_, send_first, send_then])
    assert _after([send_first, switch_, send_then]) == there
    assert _after([send_first, send_then, switch_]) == there
    decided = _after([send_first, decide, send_then])
    assert _after([send_first, decide, switch_, send_then, undo_]) == decided


def _drawn(
    cast: Cast,
    home_visits: Campaign,
    number: int,
    column: float,
    accuracy_m: float,
    at_home: bool,
    home: str,
    person: int,
) -> Any:
    where = home_visits if at_home else cast.market
    sent = worker(number, where, column, home, accuracy_m=accuracy_m)
    return sent | {"nik": f"990101450384{person:04}", "full_name": f"Worker {person}"}


def _undo_last() -> None:
    undo(BoundaryChange.objects.latest("pk").pk, reason="back")
    reattribute(NOW)


def _after(steps: Iterable[Any]) -> dict[str, Any]:
    """What the database says after these steps, which are then taken back; people by their own."""
    with transaction.atomic():
        for step in steps:
            step()
        assert_equal_to_a_recount()
        found = state()
        owners = {row["id"]: row["person_id"] for row in found["registrations"]}
        named = {
            person: min(r for r, owner in owners.items() if owner == person)
            for person in owners.values()
        }
        for row in found["registrations"]:
            row["person_id"] = named[row["person_id"]]
            for evidence in row["flags"].values():
                if "people" in evidence:
                    evidence["people"] = sorted(str(named[UUID(p)]) for p in evidence["people"])
        found["people"] = sorted(
            [row | {"id": named[row["id"]]} for row in found["people"] if row["id"] in named],
            key=lambda row: row["id"],
        )
        transaction.set_rollback(True)
    return found


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
