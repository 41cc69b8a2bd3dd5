"""A photo that has arrived whole: looked at, kept, and noted for whoever declares it."""

import json
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from outreach import bulk, changes
from outreach.models import Photo, Registration
from outreach.photos import keeping
from outreach.photos.inspecting import Inspected, Refused, inspected
from outreach.sealing import seal

State, Kind = Photo.State, Photo.Kind


class Declared(NamedTuple):
    """What a kader says of a photo before it arrives."""

    kader: int
    sha256: str
    kind: str
    size: int


class Arrived(NamedTuple):
    """A photo as it is going to be noted; `refusal` is empty for one that was kept."""

    declared: Declared
    path: str
    inspected: Inspected | None
    refusal: str


def take_in(declared: Declared, content: bytes) -> Arrived | None:
    """Look at a photo and keep it; None where the bytes are not those declared.

    Outside any transaction: it decodes and may wait for a storage. Raises keeping.NotKept.
    """
    if len(content) != declared.size or sha256(content).hexdigest() != declared.sha256:
        return None
    try:
        picture = inspected(content)
    except Refused as error:
        return Arrived(declared, "", None, error.reason)
    path = keeping.path_for(declared.kader, declared.sha256)
    keeping.keep(path, "original", content)
    return Arrived(declared, path, picture, "")


def note(arrived: Arrived, now: datetime) -> None:
    """Note a photo once, and the change for the registrations that declare it.

    In the caller's transaction, as the last thing that it waits for: ends in `changes.settle`. A
    record that comes in at the same moment is seen by `following`.
    """
    declared = arrived.declared
    declaring = declarations(declared.kader, declared.sha256)
    kinds = {declared.kind, *(kind for _, kind in declaring)}
    row = _row(arrived, now) | {
        "is_declared": bool(declaring),
        "kind": Kind.ID_CARD.value if Kind.ID_CARD in kinds else declared.kind,
    }
    bulk.insert(Photo, [row], on_conflict="(kader_id, sha256) DO NOTHING")
    changes.settle()
    changes.log_registrations((one, declared.kader) for one in dict(declaring))


def declarations(kader: int, digest: str) -> list[tuple[UUID, str]]:
    """A kader's registrations that declare a photo, in order, each with the kind that it says.

    It goes through the kader's own registrations: some thousands at most.
    """
    return [
        (one, kind)
        for one, kind in bulk.run(
            "SELECT r.id, photo ->> 'kind'"
            " FROM outreach_registration r, jsonb_array_elements(r.photos) AS photo"
            " WHERE r.kader_id = %s AND photo ->> 'sha256' = %s ORDER BY r.id",
            [kader, digest],
        )
    ]


def declared_size(kader: int, registration: UUID, digest: str) -> int | None:
    """The size that a kader's registration declares for a photo; None where it does not."""
    photos: list[dict[str, Any]] | None = (
        Registration.objects.filter(pk=registration, kader=kader)
        .values_list("photos", flat=True)
        .first()
    )
    return next((photo["size"] for photo in photos or () if photo["sha256"] == digest), None)


def _row(arrived: Arrived, now: datetime) -> dict[str, Any]:
    declared, picture, photo_id = arrived.declared, arrived.inspected, uuid4()
    evidence = picture.evidence if picture else {}
    return {
        "id": photo_id,
        "kader_id": declared.kader,
        "sha256": declared.sha256,
        "size": declared.size,
        "kind": declared.kind,
        "state": State.REFUSED.value if arrived.refusal else State.ARRIVED.value,
        "refusal": arrived.refusal,
        "media_type": picture.media_type if picture else "",
        "width": picture and picture.width,
        "height": picture and picture.height,
        "path": arrived.path,
        "exif": bulk.bytea(seal(json.dumps(evidence), photo_id)) if evidence else None,
        "arrived_at": now,
        "attempts": 0,
        "is_plain": False,
    }
