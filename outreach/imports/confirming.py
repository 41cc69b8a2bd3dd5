"""Confirming an import: all of it or nothing, once."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from outreach.imports.arriving import check_again, chunks_of
from outreach.imports.kinds import Changed, Setting
from outreach.imports.registry import KINDS
from outreach.imports.words import failed
from outreach.matching import watching
from outreach.models import Import, User
from outreach.transactions import attempt

State = Import.State
LONGEST_APPLYING = timedelta(hours=1)
MOST_CONFIRMED_AT_ONCE = 2000
"""Rows; whoever confirms more comes back for the report."""


def begin(import_id: UUID, actor: User, now: datetime) -> bool:
    """Note who confirms an import that may be; whether it is left to be applied.

    What is confirmed, or about to be, stays so; what was erased has no rows to be applied.
    """
    ready = Import.objects.filter(state=State.READY, problem_count=0, erased_at=None)
    return bool(
        ready.filter(pk=import_id).update(
            state=State.CONFIRMING, confirmed_by=actor, confirmed_at=now, refusal=None
        )
    )


def left_unapplied(now: datetime) -> list[UUID]:
    """Imports that were confirmed long ago, and whose applying was interrupted."""
    left = Import.objects.filter(state=State.CONFIRMING, confirmed_at__lt=now - LONGEST_APPLYING)
    return list(left.values_list("pk", flat=True))


def give_up(import_id: UUID) -> None:
    """Give a file that we failed on back to be confirmed again."""
    Import.objects.filter(pk=import_id, state=State.CONFIRMING).update(
        state=State.READY, confirmed_by=None, confirmed_at=None, refusal=failed("confirming")
    )


def confirm(import_id: UUID, now: datetime) -> None:
    """Apply an import that somebody confirmed; back in a new preview where that does not hold."""
    try:
        done = attempt(lambda: _apply(import_id, now))
    except Changed:
        _look_again(import_id, now)
        return
    if done and (after := KINDS[done.source.kind].after):
        after(done)


def _apply(import_id: UUID, now: datetime) -> Setting | None:
    # Before any lock, so that who was overtaken too often goes first.
    watching.begin()
    source = locked(import_id, State.CONFIRMING)
    if source is None:
        return None
    kind = KINDS[source.kind]
    assert source.confirmed_by is not None
    setting = Setting(source, source.confirmed_by, source.office, now)
    source.report = dict(kind.apply(chunks_of(source, kind), setting))
    source.state = State.CONFIRMED
    source.confirmed_at = now
    source.save(update_fields=["report", "state", "confirmed_at"])
    return setting


@transaction.atomic
def _look_again(import_id: UUID, now: datetime) -> None:
    source = locked(import_id, State.CONFIRMING)
    if source is None:
        return
    assert source.confirmed_by is not None
    check_again(
        source, KINDS[source.kind], Setting(source, source.confirmed_by, source.office, now)
    )
    source.state = State.READY
    source.confirmed_at = source.confirmed_by = None
    source.save()


def locked(import_id: UUID, state: Import.State) -> Import | None:
    """The import, if that is its state by now; with who confirms it or undoes it."""
    return (
        Import.objects.select_for_update(of=("self",), no_key=True)
        .select_related("office", "confirmed_by", "undone_by")
        .filter(pk=import_id, state=state)
        .first()
    )
