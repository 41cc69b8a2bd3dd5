"""Links to photos: for one reader, one size and a few minutes; whoever opens one is noted.

A link needs no sign-in of its own, so that an `img` can show it; what its reader may see is looked
at again when it is opened.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.core.signing import BadSignature, Signer

from outreach.models import Disclosure, Photo, Registration, User
from outreach.photos import keeping, recordings
from outreach.photos.keeping import NotKept, Version
from outreach.photos.states import is_id_card
from outreach.problems import Problem
from outreach.scopes import registrations_for

VALID_FOR = timedelta(minutes=5)
SHOWN: tuple[Version, ...] = ("thumbnail", "screen")
RECORDED: Version = "original"
"""Of a recording there is only what came."""
SHOWN_AS = "image/jpeg"
SEES_ID_CARDS = frozenset({User.Role.COORDINATOR, User.Role.OFFICER})
"""Who may disclose personal data at all."""

_signer = Signer(salt="outreach.photos.links")


class Opened(NamedTuple):
    """What a link led to."""

    content: bytes
    media_type: str


class Link(NamedTuple):
    """Who may open what until when; `why` is the disclosure that it was given with, if any."""

    registration: UUID
    photo: UUID
    version: Version
    reader: int
    expires_at: datetime
    why: int | None

    def signed(self) -> str:
        """As text for a path."""
        return _signer.sign_object(
            [
                self.registration.hex,
                self.photo.hex,
                self.version,
                self.reader,
                int(self.expires_at.timestamp()),
                self.why,
            ]
        )


def read(text: str, now: datetime) -> Link:
    """A link that was signed here. Raises Problem not_found, link_expired."""
    link = _read(text)
    if now >= link.expires_at:
        raise Problem("link_expired")
    return link


def _read(text: str) -> Link:
    try:
        registration, photo, version, reader, expires_s, why = _signer.unsign_object(text)
    except (BadSignature, ValueError):
        raise Problem("not_found") from None
    expires_at = datetime.fromtimestamp(expires_s, UTC)
    return Link(UUID(registration), UUID(photo), version, reader, expires_at, why)


def renewed(text: str, reader: User, now: datetime) -> Link:
    """One's own link with its time begun anew, run out or not. Raises Problem not_found,
    link_expired for what was shown for a reason that was given once."""
    link = _read(text)
    if link.reader != reader.pk:
        raise Problem("not_found")
    if link.why is not None:
        raise Problem("link_expired")
    return link._replace(expires_at=(now + VALID_FOR).replace(microsecond=0))


def opened(link: Link, now: datetime, *, in_parts: bool = False) -> Opened:
    """The photo as JPEG, or the recording as it came, and a line in the log of disclosures: of a
    recording that is asked for in parts one in all, as players ask for many.

    Raises Problem not_found when its reader may not see it any more, or it is gone; unavailable.
    """
    reader = User.objects.filter(pk=link.reader, is_active=True).first()
    if reader is None:
        raise Problem("not_found")
    registration = registrations_for(reader).filter(pk=link.registration).first()
    if registration is None:
        raise Problem("not_found")
    photo = Photo.objects.filter(
        pk=link.photo, kader=registration.kader_id, state=Photo.State.READY
    ).first()
    if photo is None or not _may_see(reader, photo, registration, link.why):
        raise Problem("not_found")
    # Of pictures nobody sees the original, with what a camera wrote into it.
    is_recording = photo.media_type in recordings.MEDIA_TYPES
    if is_recording != (link.version == RECORDED):
        raise Problem("not_found")
    try:
        content = keeping.kept(photo.path, link.version)
    except NotKept:
        raise Problem("unavailable") from None
    why = Disclosure.objects.filter(pk=link.why).first() if link.why else None
    noted = {
        "registration": registration,
        "user": reader,
        "fields": [f"photo:{photo.kind}"],
        "reason": why.reason if why else "",
    }
    given_at = link.expires_at - VALID_FOR
    is_another_part = (
        is_recording
        and in_parts
        and Disclosure.objects.filter(**noted, shown_at__gte=given_at).exists()
    )
    if not is_another_part:
        Disclosure.objects.create(**noted, shown_at=now)
    return Opened(content, photo.media_type if is_recording else SHOWN_AS)


def _may_see(reader: User, photo: Photo, registration: Registration, why: int | None) -> bool:
    is_declared = any(one["sha256"] == photo.sha256 for one in registration.photos)
    if is_id_card(photo.kind, photo.sha256, registration):
        return is_declared and reader.role in SEES_ID_CARDS and why is not None
    return is_declared
