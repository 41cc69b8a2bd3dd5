"""What is known of the photos that a record declares."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from outreach import bulk
from outreach.models import Photo, Registration

PROMISED = "promised"
"""Declared, and not here yet."""


class Known(NamedTuple):
    """A photo that has arrived."""

    id: UUID
    sha256: str
    state: str
    refusal: str
    kind: str
    arrived_at: datetime
    exif: bytes | None
    media_type: str


def known_photos(kader: int, digests: Iterable[str], *, stay: bool = False) -> dict[str, Known]:
    """Of these photos those that the kader's tablets have brought here, in one statement.

    With `stay` none of them is erased before the caller's transaction ends.
    """
    wanted = set(digests)
    if not wanted:
        return {}
    rows = bulk.run(
        "SELECT id, sha256, state, refusal, kind, arrived_at, exif, media_type FROM outreach_photo"
        " WHERE kader_id = %s AND sha256 = ANY(%s)" + (" FOR KEY SHARE" if stay else ""),
        [kader, sorted(wanted)],
    )
    return {row[1]: Known(*row) for row in rows}


def early_photos(kader: int) -> int:
    """How many photos of a kader no record declares yet."""
    return Photo.objects.filter(kader=kader, is_declared=False).count()


def refused(declared: Collection[str], known: Mapping[str, Known]) -> list[Known]:
    """Photos that came and were not kept, in the order declared."""
    came = (known[digest] for digest in dict.fromkeys(declared) if digest in known)
    return [one for one in came if one.state == Photo.State.REFUSED]


def missing(declared: Collection[str], known: Collection[str]) -> list[str]:
    """Photos that are yet to come, in the order declared."""
    return [digest for digest in dict.fromkeys(declared) if digest not in known]


def is_id_card(kind: str, sha256: str, registration: Registration) -> bool:
    """Whether a photo is one of an ID card, by what is known of it or what the record says."""
    declared = {one["kind"] for one in registration.photos if one["sha256"] == sha256}
    return Photo.Kind.ID_CARD in {kind, *declared}
