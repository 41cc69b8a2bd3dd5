"""Rows of files that are not needed any more: they are personal data."""

from datetime import datetime, timedelta
from uuid import UUID

from outreach import bulk
from outreach.models import Import, ImportedFile

KEPT_CONFIRMED = timedelta(days=42)
KEPT_UNCONFIRMED = timedelta(days=90)
ERASED_AT_ONCE = 20


def erase_due(now: datetime) -> int:
    """Erase the rows of imports confirmed, or left lying, long enough ago; gives how many imports.

    What is known of the import itself stays: who sent and confirmed it, its counts and its report.
    """
    count = 0
    while ids := _due(now):
        bulk.run("DELETE FROM outreach_importrow WHERE of_import_id = ANY(%s)", [ids])
        ImportedFile.objects.filter(of_import__in=ids).delete()
        Import.objects.filter(pk__in=ids).update(erased_at=now)
        count += len(ids)
    return count


def _due(now: datetime) -> list[UUID]:
    due = Import.objects.filter(erased_at=None).exclude(
        state__in=[Import.State.CONFIRMING, Import.State.UNDOING]
    )
    confirmed = due.filter(state=Import.State.CONFIRMED, confirmed_at__lt=now - KEPT_CONFIRMED)
    others = due.exclude(state=Import.State.CONFIRMED).filter(made_at__lt=now - KEPT_UNCONFIRMED)
    return list((confirmed | others).values_list("pk", flat=True)[:ERASED_AT_ONCE])
