"""Switches undone, refused and told."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from outreach.models import (
    BoundaryChange,
)
from outreach.places.boundaries.coverage import current_sets
from outreach.places.boundaries.switching import CannotSwitch, switch, undo
from outreach.reattribution import reattributing
from tests.cast import Cast
from tests.outreach.places.reattributing.three_villages import (
    HILIR,
    HULU,
    MUARA,
    A,
    B,
    Sets,
    send,
    switched,
    worker,
)
from tests.outreach.places.squares import square, stored_set
from tests.records import NOW

pytestmark = pytest.mark.django_db


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
