"""Undoing a confirmed import: what nothing else stands on, once."""

from datetime import datetime, timedelta
from uuid import UUID

from outreach.imports.confirming import locked
from outreach.imports.kinds import Setting
from outreach.imports.registry import KINDS
from outreach.imports.words import failed
from outreach.matching import watching
from outreach.models import Import, User
from outreach.transactions import attempt

State = Import.State
LONGEST_UNDOING = timedelta(hours=1)
MOST_LEFT_TOLD = 1000


def begin(import_id: UUID, actor: User, reason: str, now: datetime) -> bool:
    """Note who undoes a confirmed import, and why; whether it is left to be done.

    What is undone, or about to be, stays so.
    """
    return bool(
        Import.objects.filter(pk=import_id, state=State.CONFIRMED).update(
            state=State.UNDOING,
            undone_by=actor,
            undo_reason=reason,
            undone_at=now,
            refusal=None,
        )
    )


def give_up(import_id: UUID) -> None:
    """Let a file count on that we failed to undo; it can be asked for again."""
    Import.objects.filter(pk=import_id, state=State.UNDOING).update(
        state=State.CONFIRMED,
        undone_by=None,
        undo_reason=None,
        undone_at=None,
        refusal=failed("undoing"),
    )


def left_in_the_middle(now: datetime) -> list[UUID]:
    """Imports whose undoing was asked for long ago, and interrupted."""
    left = Import.objects.filter(state=State.UNDOING, undone_at__lt=now - LONGEST_UNDOING)
    return list(left.values_list("pk", flat=True))


def undo(import_id: UUID, now: datetime) -> None:
    """Undo an import that somebody asked to have undone."""
    done = attempt(lambda: _undo(import_id, now))
    if done and (after := KINDS[done.source.kind].after):
        after(done)


def _undo(import_id: UUID, now: datetime) -> Setting | None:
    # Before any lock, so that who was overtaken too often goes first.
    watching.begin()
    source = locked(import_id, State.UNDOING)
    if source is None:
        return None
    kind = KINDS[source.kind]
    assert source.undone_by is not None and kind.undo is not None
    setting = Setting(source, source.undone_by, source.office, now)
    counts, left = kind.undo(setting)
    told = [{"registration": str(one), "why": why} for one, why in left[:MOST_LEFT_TOLD]]
    source.undo_report = {"counts": dict(counts), "left": told}
    source.state = State.UNDONE
    source.undone_at = now
    source.save(update_fields=["undo_report", "state", "undone_at"])
    return setting
