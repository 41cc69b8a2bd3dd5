"""What records declare of photos: which are theirs, how large they are, which show ID cards."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from outreach import bulk, changes
from outreach.models import Registration


def declare(ids: Collection[UUID]) -> None:
    """Note at the photos that these registrations declare that they do, and which show ID cards.

    In the caller's transaction, as the last thing that it waits for: where there is anything to
    note, it ends in `changes.settle` and the changes for all of the registrations concerned.
    """
    noted = bulk.run(
        "WITH declared AS (SELECT r.kader_id, photo ->> 'sha256' AS sha256,"
        "  bool_or(photo ->> 'kind' = 'id_card') AS is_id_card, array_agg(DISTINCT r.id) AS by"
        "  FROM outreach_registration r, jsonb_array_elements(r.photos) AS photo"
        "  WHERE r.id = ANY(%s) GROUP BY 1, 2),"
        " news AS (SELECT p.id, d.is_id_card, d.by"
        "  FROM outreach_photo p JOIN declared d USING (kader_id, sha256)"
        "  WHERE NOT p.is_declared OR d.is_id_card AND p.kind <> 'id_card'"
        "  ORDER BY p.id FOR NO KEY UPDATE OF p)"
        " UPDATE outreach_photo SET is_declared = true,"
        "  kind = CASE WHEN news.is_id_card THEN 'id_card' ELSE kind END"
        " FROM news WHERE outreach_photo.id = news.id RETURNING news.by, kader_id",
        [list(ids)],
    )
    if noted:
        changes.settle()
        changes.log_registrations(sorted({(one, kader) for by, kader in noted for one in by}))


def declarers(kader: int, digest: str) -> list[UUID]:
    """A kader's registrations that declare a photo.

    It goes through the kader's own registrations: some thousands at most.
    """
    rows = bulk.run(
        "SELECT DISTINCT r.id FROM outreach_registration r,"
        " jsonb_array_elements(r.photos) AS photo"
        " WHERE r.kader_id = %s AND photo ->> 'sha256' = %s",
        [kader, digest],
    )
    return [one for (one,) in rows]


def declared_size(kader: int, registration: UUID, digest: str) -> int | None:
    """The size that a kader's registration declares for a photo; None where it does not."""
    photos: list[dict[str, Any]] | None = (
        Registration.objects.filter(pk=registration, kader=kader)
        .values_list("photos", flat=True)
        .first()
    )
    return next((photo["size"] for photo in photos or () if photo["sha256"] == digest), None)
