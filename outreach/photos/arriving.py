"""A photo that has arrived whole: looked at, kept, and noted for whoever declares it."""

import json
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import uuid4

from outreach import bulk
from outreach.models import Photo
from outreach.photos import keeping, recordings
from outreach.photos.declaring import declare, declarers
from outreach.photos.inspecting import Inspected, Refused, inspected
from outreach.sealing import seal

State = Photo.State


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
        picture = _look(declared.kind, content)
    except Refused as error:
        return Arrived(declared, "", None, error.reason)
    path = keeping.path_for(declared.kader, declared.sha256)
    keeping.keep(path, "original", content)
    return Arrived(declared, path, picture, "")


def _look(kind: str, content: bytes) -> Inspected:
    """What of this kind is kept: pictures, and of consent recordings as well. Raises Refused."""
    form = recordings.form_of(content) if kind == Photo.Kind.CONSENT else None
    return recordings.recorded(content, form) if form else inspected(content)


def note(arrived: Arrived, now: datetime) -> None:
    """Note a photo once, and who declares it.

    In the caller's transaction, as the last thing that it waits for (see `declare`). A record that
    comes in at the same moment is seen when the photo is developed, or by `following`.
    """
    bulk.insert(Photo, [_row(arrived, now)], on_conflict="(kader_id, sha256) DO NOTHING")
    declare(declarers(arrived.declared.kader, arrived.declared.sha256))


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
        "is_declared": False,
        "attempts": 0,
        "is_plain": False,
    }
