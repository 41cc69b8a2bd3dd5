"""Photos made fit to be shown: upright, without a camera's notes, in two sizes, and comparable.

May be interrupted anywhere and run by any number of workers at once: what was claimed by a worker
that died is claimed again.
"""

import logging
from datetime import datetime, timedelta
from io import BytesIO
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import F
from PIL import Image, ImageOps

from outreach import bulk
from outreach.models import Photo
from outreach.photos import keeping, recordings, reuse
from outreach.photos.declaring import declare, declarers
from outreach.photos.hashing import Looks, looks_of
from outreach.photos.inspecting import FORMATS
from outreach.photos.keeping import Version
from outreach.transactions import attempt

CLAIM_LASTS = timedelta(minutes=10)
MOST_ATTEMPTS = 5
"""A photo that kills its worker again and again is left alone then."""
LOCK = 0x70686F74
"""An advisory lock: whoever makes a photo ready compares it alone."""
SIDES: dict[Version, int] = {"screen": 1600, "thumbnail": 320}
"""Longest sides in pixels."""
QUALITY = 82
WHITE = (255, 255, 255)

log = logging.getLogger(__name__)


class Claimed(NamedTuple):
    """A photo that this worker is to develop."""

    id: UUID
    kader: int
    sha256: str
    path: str
    media_type: str


def develop(now: datetime) -> UUID | None:
    """Develop the photo that waits longest; gives it, whatever came of it, None when none waits.

    One at a time, so that one that kills its worker costs no other one an attempt.
    """
    photo = _claim(now)
    if photo is None:
        return None
    try:
        looks = None if photo.media_type in recordings.MEDIA_TYPES else _develop(photo.path)
    except keeping.NotKept as error:
        # Not the photo's fault: it does not count as one of its attempts.
        Photo.objects.filter(pk=photo.id).update(attempts=F("attempts") - 1)
        log.warning("photo %s cannot be developed: %s", photo.id, error)
    except Exception as error:  # noqa: BLE001 - whatever one of them does, the others are made
        # It is claimed again later; what it shows stays out of the log.
        log.warning("photo %s cannot be developed: %s", photo.id, type(error).__name__)
    else:
        # A record that came at the same moment as the photo did not see it, nor was it seen.
        with transaction.atomic():
            declare(declarers(photo.kader, photo.sha256))
        attempt(lambda: _store(photo, looks, now))
    return photo.id


def _store(photo: Claimed, looks: Looks | None, now: datetime) -> None:
    """Make a photo ready, and compare it at once, so that no crash comes in between.

    What has no looks, a recording, is compared by its bytes only. Of two that are made ready at
    once the later one sees the other.
    """
    bulk.run("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    Photo.objects.filter(pk=photo.id, state=Photo.State.ARRIVED).update(
        state=Photo.State.READY,
        dhash=looks and looks.dhash,
        bands=looks and looks.bands,
        is_plain=looks is not None and looks.dhash is None,
        claimed_at=None,
    )
    reuse.compare(declarers(photo.kader, photo.sha256), now)


def _claim(now: datetime) -> Claimed | None:
    rows = bulk.run(
        "UPDATE outreach_photo SET claimed_at = %s, attempts = attempts + 1 WHERE id = ("
        " SELECT id FROM outreach_photo WHERE state = 'arrived' AND attempts < %s"
        " AND (claimed_at IS NULL OR claimed_at < %s)"
        " ORDER BY arrived_at LIMIT 1 FOR UPDATE SKIP LOCKED)"
        " RETURNING id, kader_id, sha256, path, media_type",
        [now, MOST_ATTEMPTS, now - CLAIM_LASTS],
    )
    return Claimed(*rows[0]) if rows else None


def _develop(path: str) -> Looks:
    with Image.open(BytesIO(keeping.kept(path, "original")), formats=FORMATS) as image:
        # JPEGs decode several times faster at half their size or less.
        image.draft("RGB", (SIDES["screen"], SIDES["screen"]))
        upright = _flat(ImageOps.exif_transpose(image))
    for version, side in SIDES.items():
        upright.thumbnail((side, side), Image.Resampling.LANCZOS)
        file = BytesIO()
        # A new picture, so that nothing but its pixels is saved.
        Image.frombytes("RGB", upright.size, upright.tobytes()).save(
            file, "JPEG", quality=QUALITY, optimize=True
        )
        keeping.keep(path, version, file.getvalue())
    return looks_of(upright)


def _flat(image: Image.Image) -> Image.Image:
    """In plain colours, what is transparent on white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, WHITE)
    clear = image.convert("RGBA")
    ground.paste(clear, mask=clear.getchannel("A"))
    return ground
