"""Contents of a registration that are not the current one, with where they differ, masked."""

from typing import Any

from outreach.differences import differences
from outreach.drafts import record_of
from outreach.masking import masked_field
from outreach.models import Registration, Revision
from outreach.restoring import content_of

MOST_KEPT = 10


def kept_contents(registration: Registration) -> list[dict[str, Any]]:
    """The last received ones, the latest first."""
    kept = Revision.objects.filter(registration=registration).select_related("kader")
    found = list(kept.order_by("-received_at", "-pk")[:MOST_KEPT])
    if not found:
        return []
    current = record_of(registration)
    return [shown_content(revision, registration, current) for revision in found]


def shown_content(
    revision: Revision, registration: Registration, current: dict[str, Any]
) -> dict[str, Any]:
    """A kept content as who sees the registration may see it; `current` as `record_of` gives it."""
    kept_as = "held" if revision.was_held else "replaced" if revision.number else "late"
    return {
        "id": revision.pk,
        "number": revision.number,
        "kept_as": kept_as,
        "is_current": bytes(revision.digest) == bytes(registration.digest),
        "kader": revision.kader,
        "received_at": revision.received_at,
        "differs": [
            {
                "field": found.field,
                "kept": masked_field(found.field, found.kept),
                "current": masked_field(found.field, found.current),
            }
            for found in differences(content_of(revision), current)
        ],
    }
