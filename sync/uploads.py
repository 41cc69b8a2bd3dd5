"""Uploads of photos: made, continued, completed; by any process, whatever connection breaks.

Bytes are read from the network before a transaction begins, so nothing waits for a tablet while it
holds a lock, and a connection that hangs stands in nobody's way.
"""

from base64 import b64decode
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import new as new_hash
from typing import NamedTuple
from uuid import UUID, uuid4

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from outreach import bulk
from outreach.models import Photo
from outreach.photos.arriving import Declared, note, take_in
from outreach.photos.declaring import declared_size
from outreach.photos.keeping import NotKept
from outreach.photos.states import early_photos, known_photos
from outreach.photos.words import refusal_text
from outreach.problems import RETRY_AFTER_S, Problem, invalid
from sync.handing_over import claim
from sync.models import Device, Upload

MAX_PHOTO_BYTES = 10 * 1024 * 1024
MOST_PIECES = 500
MOST_OPEN, MOST_COMPLETE = 50, 200
"""Uploads of one kader that are kept; the oldest ones make room, and their tablet starts anew."""
MOST_EARLY = 2_000
"""Photos of one kader that no record declares yet: a tablet's queue has 500 records."""
OPEN_FOR = timedelta(days=14)
COMPLETE_FOR = timedelta(days=1)
SWEPT_AT_ONCE = 200
CHECKSUMS = ("sha1", "sha256")


class Wanted(NamedTuple):
    """What a new upload is for."""

    registration: UUID
    kind: Photo.Kind
    sha256: str
    size: int


class Checksum(NamedTuple):
    """What a body has to hash to."""

    algorithm: str
    digest: bytes


def checksum_of(header: str) -> Checksum:
    """An Upload-Checksum header: an algorithm and its digest in base64. Raises Problem invalid."""
    algorithm, _, text = header.partition(" ")
    try:
        digest = b64decode(text, validate=True)
    except ValueError:
        digest = b""
    if algorithm not in CHECKSUMS or len(digest) != new_hash(algorithm).digest_size:
        raise invalid(("/Upload-Checksum", "checksum_unknown", "sha1 or sha256, in base64."))
    return Checksum(algorithm, digest)


def create(wanted: Wanted, kader: int, now: datetime, leaving: Device | None) -> Upload:
    """A new upload; complete at once if the kader's tablets sent the same photo before.

    `leaving`: the tablet, if it has to go; then what is not complete takes a place of those that
    it has to hand over.

    Raises Problem photo_refused for one that was refused before, invalid where the record says
    another size, too_many_photos; device_revoked where a tablet has handed over all it may.
    """
    declared = declared_size(kader, wanted.registration, wanted.sha256)
    if declared not in {None, wanted.size}:
        raise invalid(("/Upload-Length", "size_differs", "The record declares another size."))
    known = known_photos(kader, [wanted.sha256]).get(wanted.sha256)
    if known and known.state == Photo.State.REFUSED:
        raise _refused(known.refusal)
    if known is None and declared is None and early_photos(kader) >= MOST_EARLY:
        raise Problem("too_many_photos")
    with transaction.atomic():
        upload = Upload.objects.create(
            id=uuid4(),
            kader_id=kader,
            **wanted._asdict(),
            received=wanted.size if known else 0,
            created_at=now,
            expires_at=now + (COMPLETE_FOR if known else OPEN_FOR),
        )
        _make_room(kader)
        if leaving and known is None:
            claim(leaving, 1)
    return upload


def found(upload_id: UUID, kader: int, now: datetime) -> Upload:
    """A kader's upload. Raises Problem not_found for others', and for those that expired."""
    upload = Upload.objects.filter(pk=upload_id, kader=kader, expires_at__gt=now).first()
    if upload is None:
        raise Problem("not_found")
    return upload


def continued(
    upload: Upload,
    offset: int,
    read: Callable[[int], bytes],
    checksum: Checksum | None,
    now: datetime,
) -> Upload:
    """The upload with the bytes that `read` gives from `offset` on, and at most that many.

    Raises Problem offset_mismatch; checksum_mismatch, of which nothing is kept; photo_mismatch and
    photo_refused, which end the upload; too_many_pieces; unavailable when the storage is.
    """
    if upload.received != offset:
        raise _elsewhere(upload.received)
    if upload.received == upload.size:
        return upload
    content = read(upload.size - upload.received)
    if checksum and new_hash(checksum.algorithm, content).digest() != checksum.digest:
        raise Problem("checksum_mismatch")
    if not content:
        return upload
    upload.received += len(content)
    if upload.received < upload.size:
        upload.expires_at = now + OPEN_FOR
        _append(upload, offset, content)
    else:
        upload.expires_at = now + COMPLETE_FOR
        _complete(upload, offset, content, now)
    return upload


def end(upload: Upload) -> None:
    """Forget an upload with its bytes; a photo that is here already stays."""
    with transaction.atomic():
        _forget("SELECT %s::uuid", [upload.pk])


def sweep(now: datetime) -> int:
    """Forget uploads that expired, with their bytes; gives how many."""
    swept = 0
    while True:
        with transaction.atomic():
            gone = _forget(
                "SELECT id FROM sync_upload WHERE expires_at <= %s ORDER BY expires_at LIMIT %s",
                [now, SWEPT_AT_ONCE],
            )
        swept += gone
        if gone < SWEPT_AT_ONCE:
            return swept


def _forget(which: str, parameters: Sequence[object]) -> int:
    """Delete the uploads that the query `which` finds; gives how many.

    Locked first, so that nobody adds bytes to them in between.
    """
    ids = [
        one
        for (one,) in bulk.run(
            f"SELECT id FROM sync_upload WHERE id IN ({which}) ORDER BY id FOR UPDATE", parameters
        )
    ]
    if ids:
        bulk.run("DELETE FROM sync_uploadpiece WHERE upload_id = ANY(%s)", [ids])
        bulk.run("DELETE FROM sync_upload WHERE id = ANY(%s)", [ids])
    return len(ids)


def _append(upload: Upload, offset: int, content: bytes) -> None:
    with transaction.atomic():
        is_crumbled = _move_on(upload, offset) > MOST_PIECES
        if is_crumbled:
            _forget("SELECT %s::uuid", [upload.pk])
        else:
            bulk.run(
                "INSERT INTO sync_uploadpiece (upload_id, start, content) VALUES (%s, %s, %s)",
                [upload.pk, offset, content],
            )
    if is_crumbled:
        raise Problem("too_many_pieces")


def _complete(upload: Upload, offset: int, content: bytes, now: datetime) -> None:
    """The last bytes are stored together with the verdict on the whole, or not at all."""
    declared = Declared(upload.kader_id, upload.sha256, upload.kind, upload.size)
    try:
        arrived = take_in(declared, _before(upload, offset) + content)
    except NotKept:
        raise Problem("unavailable", headers={"Retry-After": str(RETRY_AFTER_S)}) from None
    with transaction.atomic():
        _move_on(upload, offset)
        if arrived is None or arrived.refusal:
            _forget("SELECT %s::uuid", [upload.pk])
        else:
            bulk.run("DELETE FROM sync_uploadpiece WHERE upload_id = %s", [upload.pk])
        if arrived:
            note(arrived, now)
    if arrived is None:
        raise Problem("photo_mismatch")
    if arrived.refusal:
        raise _refused(arrived.refusal)
    request_development()


def _before(upload: Upload, offset: int) -> bytes:
    """The bytes before `offset`. Raises Problem offset_mismatch when they are gone: somebody else
    completed the upload meanwhile."""
    pieces = bulk.run(
        "SELECT content FROM sync_uploadpiece WHERE upload_id = %s AND start < %s ORDER BY start",
        [upload.pk, offset],
    )
    content = b"".join(piece for (piece,) in pieces)
    if len(content) != offset:
        raise _elsewhere(None)
    return content


def _move_on(upload: Upload, offset: int) -> int:
    """Claim the bytes from `offset` on; of two that do, the second finds them claimed.

    The update holds the row until the transaction ends, and that waits for no network. Gives the
    number of pieces so far.
    """
    moved = bulk.run(
        "UPDATE sync_upload SET received = %s, expires_at = %s, pieces = pieces + 1"
        " WHERE id = %s AND received = %s RETURNING pieces",
        [upload.received, upload.expires_at, upload.pk, offset],
    )
    if not moved:
        raise _elsewhere(None)
    return int(moved[0][0])


def _make_room(kader: int) -> None:
    """Keep the newest uploads. Two that are made at once may leave one too many till the next."""
    _forget(_SURPLUS, [kader, MOST_COMPLETE, MOST_OPEN])


_SURPLUS = """
    SELECT id FROM (
        SELECT id, received = size AS complete, row_number()
            OVER (PARTITION BY received = size ORDER BY created_at DESC, id) AS place
        FROM sync_upload WHERE kader_id = %s
    ) AS own WHERE place > CASE WHEN complete THEN %s ELSE %s END
"""


def request_development() -> None:
    """Have a worker make thumbnails soon; where one is asked for already, it does these too."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(
            "outreach.tasks.develop_photos", queueing_lock="outreach.develop_photos"
        ).defer(timestamp=0)


def _elsewhere(received: int | None) -> Problem:
    headers = {} if received is None else {"Upload-Offset": str(received)}
    return Problem("offset_mismatch", headers=headers)


def _refused(reason: str) -> Problem:
    return Problem("photo_refused", refusal_text(reason), reason=reason)
