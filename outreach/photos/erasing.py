"""Photos that are not to be kept any longer: of ID cards, and those that no record declares.

Of an ID card it stays known that it was here, so that no tablet sends it again.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from outreach import bulk
from outreach.models import Photo
from outreach.photos import keeping

UNDECLARED_FOR = timedelta(days=60)
"""Longer than any tablet is offline with the record."""
ERASED_AT_ONCE = 20
"""Whoever declares one of them waits until their bytes are deleted."""

log = logging.getLogger(__name__)

_UNDECLARED = """NOT p.is_declared AND p.arrived_at < %s AND NOT EXISTS (
        SELECT FROM outreach_registration r, jsonb_array_elements(r.photos) AS photo
        WHERE r.kader_id = p.kader_id AND photo ->> 'sha256' = p.sha256)
        -- What is held, or came too late, may still become what declares it; it lies sealed. The
        -- table belongs to sync, which outreach does not import.
        AND NOT EXISTS (SELECT FROM sync_heldrecord held
            WHERE held.kader_id = p.kader_id AND held.state = 'held')
        AND NOT EXISTS (SELECT FROM outreach_revision late
            WHERE late.kader_id = p.kader_id AND late.number IS NULL AND NOT late.was_held)"""
_ID_CARDS = """p.kind = 'id_card' AND p.state IN ('arrived', 'ready') AND p.arrived_at < %s
        -- A worker may still be writing it.
        AND (p.claimed_at IS NULL OR p.claimed_at < now() - interval '1 hour')"""


def erase_due(now: datetime) -> int:
    """Erase what is due; gives how many. What a storage does not delete is tried the next time."""
    id_cards_for = timedelta(days=settings.ID_CARD_DAYS)
    return _erase(_ID_CARDS, now - id_cards_for, _note_erased) + _erase(
        _UNDECLARED, now - UNDECLARED_FOR, _note_gone
    )


def _erase(which: str, before: datetime, note: Callable[[QuerySet[Photo]], object]) -> int:
    erased = 0
    while True:
        due, forgotten = _erase_some(which, before, note)
        erased += forgotten
        if not due or forgotten < due:
            return erased


@transaction.atomic
def _erase_some(
    which: str, before: datetime, note: Callable[[QuerySet[Photo]], object]
) -> tuple[int, int]:
    """Erase the next photos; gives how many were due and how many are erased.

    Who is about to declare one of them waits for this, or is not waited for.
    """
    due = bulk.run(
        f"SELECT p.id FROM outreach_photo p WHERE {which}"
        " ORDER BY p.arrived_at LIMIT %s FOR UPDATE OF p SKIP LOCKED",
        [before, ERASED_AT_ONCE],
    )
    # Asked again, as one may have been declared while the locks were taken.
    still = bulk.run(
        f"SELECT p.id, p.path FROM outreach_photo p WHERE {which} AND p.id = ANY(%s)"
        " ORDER BY p.arrived_at",
        [before, [photo for (photo,) in due]],
    )
    forgotten = _forget(still)
    note(Photo.objects.filter(pk__in=forgotten))
    return len(due), len(forgotten)


def _forget(photos: Iterable[tuple[UUID, str]]) -> list[UUID]:
    """Delete the bytes of photos; gives those done, up to the first that the storage refuses."""
    done = []
    for photo, path in photos:
        try:
            if path:
                keeping.forget(path)
        except keeping.NotKept as error:
            log.warning("photo %s cannot be erased: %s", photo, error)
            break
        done.append(photo)
    return done


def _note_erased(photos: QuerySet[Photo]) -> None:
    photos.update(state=Photo.State.ERASED, exif=None, dhash=None, bands=None, path="")


def _note_gone(photos: QuerySet[Photo]) -> None:
    photos.delete()
