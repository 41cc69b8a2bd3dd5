"""Which set of boundaries is the current one, regency by regency, and every change of that.

Loads, switches and undos take one lock, so that the newest change is the version of everything that
is current.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from outreach import bulk, changes
from outreach.models import BoundaryChange, User
from outreach.places.boundaries.coverage import RegencyCoverage, coverage, current_sets
from outreach.places.showing.outlines import request_outlines
from outreach.transactions import lock_for_load

Kind = BoundaryChange.Kind


class CannotSwitch(Exception):
    """Why boundaries stay as they are, and what to do."""


def lock_boundaries() -> None:
    """Wait for every other load, switch and undo; nobody changes boundaries until we commit."""
    lock_for_load("outreach_boundary")


@transaction.atomic
def make_current(
    set_id: UUID,
    regencies: Collection[str],
    kind: BoundaryChange.Kind,
    *,
    actor: User | None = None,
    reason: str = "",
) -> list[RegencyCoverage]:
    """Make a set current in these regencies; how it covers them.

    A load leaves out those where it would take villages their boundary, or take most of their area
    away from them.
    """
    lock_boundaries()
    covered = coverage(set_id, regencies)
    chosen = [
        regency.code
        for regency in covered
        if kind != Kind.LOAD or not (regency.is_fewer or regency.is_elsewhere)
    ]
    _change(dict.fromkeys(chosen, set_id), kind, actor=actor, reason=reason)
    return [replace(regency, is_current=regency.code in chosen) for regency in covered]


@transaction.atomic
def switch(
    set_id: UUID, regencies: Collection[str], *, actor: User | None = None, reason: str
) -> BoundaryChange | None:
    """Make a set current in these regencies, or in all it covers if none are given.

    None if it is already. Raises CannotSwitch where it has no boundaries.
    """
    lock_boundaries()
    covered = _regencies_of(set_id)
    if not covered:
        raise CannotSwitch(f"set {set_id} has no boundaries: see the list of sets")
    if lacking := sorted(set(regencies) - covered):
        raise CannotSwitch(
            f"set {set_id} has no boundaries in {', '.join(lacking)};"
            f" it has some in {', '.join(sorted(covered))}"
        )
    chosen = dict.fromkeys(regencies or covered, set_id)
    return _change(chosen, Kind.SWITCH, actor=actor, reason=reason)


@transaction.atomic
def undo(change_id: int, *, actor: User | None = None, reason: str) -> BoundaryChange:
    """Make current again what was before a change. Raises CannotSwitch.

    Only what stands in its regencies can be undone, once: the newest change there, but for changes
    that were undone, with their undos. An undo can be undone as well.
    """
    lock_boundaries()
    change = BoundaryChange.objects.filter(pk=change_id).first()
    if change is None:
        raise CannotSwitch(f"there is no change {change_id}: see the list of changes")
    if change.kind == Kind.LIST:
        raise CannotSwitch(
            f"change {change_id} is of the list of villages: undo that with change_regions"
        )
    _refuse_undone(change)
    _refuse_overtaken(change)
    before = {
        code: UUID(s) if (s := moved["before"]) else None
        for code, moved in change.regencies.items()
    }
    if lost := _lost(before):
        raise CannotSwitch(
            f"the sets that were current before change {change_id} are gone from {', '.join(lost)}"
        )
    undone = _change(before, Kind.UNDO, actor=actor, reason=reason, undoes=change)
    assert undone
    return undone


def _refuse_undone(change: BoundaryChange) -> None:
    """A change that was undone, and perhaps came back by an undo of that. Raises CannotSwitch."""
    undos = _with_undos(change)
    last = undos[-1]
    if len(undos) % 2 == 0:
        raise CannotSwitch(f"change {change.pk} was undone already, by change {last.pk}")
    if last != change:
        raise CannotSwitch(
            f"change {change.pk} was undone, and came back by change {last.pk}:"
            f" {_undoing(last)} takes it back again"
        )


def _with_undos(change: BoundaryChange) -> list[BoundaryChange]:
    """A change, its undo, the undo of that, and so on."""
    undos = [change]
    while undone := BoundaryChange.objects.filter(undoes=undos[-1]).first():
        undos.append(undone)
    return undos


def _refuse_overtaken(change: BoundaryChange) -> None:
    """Another change since, but for undone ones and their undos. Raises CannotSwitch."""
    since = {
        later.pk: later
        for later in BoundaryChange.objects.filter(
            pk__gt=change.pk, regencies__has_any_keys=list(change.regencies)
        )
        .exclude(kind=Kind.LIST)
        .order_by("-pk")
    }
    undone: set[int | None] = set()
    for later in since.values():
        if later.pk in undone:
            continue
        if later.undoes_id not in since:
            raise CannotSwitch(_overtaken(change, later))
        undone.add(later.undoes_id)


def _overtaken(change: BoundaryChange, later: BoundaryChange) -> str:
    both = sorted(change.regencies.keys() & later.regencies.keys())
    sets: dict[str, list[str]] = {}
    for code in both:
        if before := change.regencies[code]["before"]:
            sets.setdefault(before, []).append(code)
    switches = [_switching(set_id, codes) for set_id, codes in sets.items()]
    first = f"take that back first ({_undoing(_with_undos(later)[-1])})"
    return (
        f"change {later.pk} has overtaken change {change.pk} in {', '.join(both)}: "
        + ", or use what was current before: ".join((first, *filter(None, [", ".join(switches)])))
    )


def _undoing(change: BoundaryChange) -> str:
    return f'undo_boundaries {change.pk} --reason "…"'


def _switching(set_id: str, regencies: Sequence[str]) -> str:
    """The command that makes a set current in these regencies."""
    where = " ".join(f"--regency {code}" for code in regencies)
    return f'switch_boundaries {set_id[:8]} {where} --reason "…"'


def _lost(sets: Mapping[str, UUID | None]) -> list[str]:
    """Regencies in which their set has no row any more."""
    rows = bulk.run(
        "SELECT code FROM unnest(%s::text[], %s::uuid[]) AS wanted(code, set_id)"
        " WHERE wanted.set_id IS NOT NULL AND NOT EXISTS (SELECT FROM outreach_boundary AS there"
        " WHERE there.set_id = wanted.set_id AND left(region_id, 5) = code) ORDER BY 1",
        [list(sets), list(sets.values())],
    )
    return [code for (code,) in rows]


def _change(
    sets: Mapping[str, UUID | None],
    kind: BoundaryChange.Kind,
    *,
    actor: User | None,
    reason: str,
    undoes: BoundaryChange | None = None,
) -> BoundaryChange | None:
    """Give each regency its set, or none, and keep what was before; None if all is so already."""
    before = current_sets(sets)
    changed = {code: after for code, after in sets.items() if before.get(code) != after}
    if not changed:
        return None
    bulk.run(
        "UPDATE outreach_boundary SET is_current = false"
        " WHERE is_current AND left(region_id, 5) = ANY(%s)",
        [list(changed)],
    )
    bulk.run(
        "UPDATE outreach_boundary SET is_current = true"
        " FROM unnest(%s::text[], %s::uuid[]) AS chosen(code, set_id)"
        " WHERE outreach_boundary.set_id = chosen.set_id AND left(region_id, 5) = chosen.code",
        [list(changed), list(changed.values())],
    )
    request_outlines()
    # Found by its name: the task itself needs this module.
    app.configure_task("outreach.tasks.place_anew").defer(timestamp=0)
    change = BoundaryChange.objects.create(
        kind=kind,
        regencies={
            code: {"before": _text(before.get(code)), "after": _text(after)}
            for code, after in sorted(changed.items())
        },
        actor=actor,
        reason=reason,
        undoes=undoes,
        made_at=timezone.now(),
    )
    villages = _villages_of({*before.values(), *changed.values()}, changed)
    changes.settle()
    changes.log_for_all("boundary", villages)
    return change


def _villages_of(sets: Collection[UUID | None], regencies: Collection[str]) -> list[str]:
    """The villages of regencies that have a polygon in one of the sets."""
    rows = bulk.run(
        "SELECT DISTINCT region_id FROM outreach_boundary"
        " WHERE set_id = ANY(%s) AND left(region_id, 5) = ANY(%s) AND wkb IS NOT NULL",
        [[one for one in sets if one], list(regencies)],
    )
    return [code for (code,) in rows]


def _text(set_id: UUID | None) -> str | None:
    return str(set_id) if set_id else None


def _regencies_of(set_id: UUID) -> set[str]:
    """Where a set has polygons."""
    rows = bulk.run(
        "SELECT DISTINCT left(region_id, 5) FROM outreach_boundary"
        " WHERE set_id = %s AND wkb IS NOT NULL",
        [set_id],
    )
    return {code for (code,) in rows}
