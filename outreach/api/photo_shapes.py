"""What a registration's photos look like to who may see the registration."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from rest_framework import serializers

from outreach.flags import PHOTO_REUSED
from outreach.models import Flag, Photo, Registration, User
from outreach.photos.links import RECORDED, SHOWN, VALID_FOR, Link
from outreach.photos.recordings import MEDIA_TYPES
from outreach.photos.states import PROMISED, Known, is_id_card, known_photos
from outreach.photos.words import refusal_text
from outreach.scopes import registrations_for
from outreach.sealing import readable_json

STATES = (PROMISED, "arrived", "refused", "erased")


class PhotoLinksSerializer(serializers.Serializer[Any]):
    thumbnail = serializers.CharField()
    screen = serializers.CharField()
    expires_at = serializers.DateTimeField()


class RecordingLinkSerializer(serializers.Serializer[Any]):
    address = serializers.CharField()
    expires_at = serializers.DateTimeField()


class CameraNotesSerializer(serializers.Serializer[Any]):
    taken_at = serializers.CharField(required=False, help_text="as the camera wrote it")
    taken_offset = serializers.CharField(required=False)
    lat = serializers.FloatField(required=False)
    lon = serializers.FloatField(required=False)


class OtherUseSerializer(serializers.Serializer[Any]):
    registration = serializers.UUIDField(allow_null=True, help_text="null outside one's scope")
    office = serializers.CharField(help_text="whom to ask about it")
    distance = serializers.IntegerField(help_text="0 for the same bytes; else differing bits of 64")
    links = PhotoLinksSerializer(allow_null=True)


class PhotoSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Photo.Kind.choices)
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    media_type = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    refusal = serializers.CharField(allow_null=True, help_text="a code: why it was not kept")
    refusal_text = serializers.CharField(allow_null=True)
    arrived_at = serializers.DateTimeField(allow_null=True)
    links = PhotoLinksSerializer(
        allow_null=True, help_text="null until it was made ready; of an ID card: disclose it"
    )
    recording = RecordingLinkSerializer(
        allow_null=True, help_text="of a recorded consent, which has no `links`: to be played"
    )
    evidence = CameraNotesSerializer(help_text="what the camera wrote into the photo")
    other_use = OtherUseSerializer(
        allow_null=True, help_text="for reviewers: the same photo on another person's registration"
    )


def photos_of(
    registration: Registration, reader: User, now: datetime, *, reviews: bool
) -> list[dict[str, Any]]:
    """A registration's declared photos with what is known of them; `flags` must be loaded."""
    known = known_photos(registration.kader_id, (one["sha256"] for one in registration.photos))
    other = _other_use(registration, reader, now) if reviews else {}
    return [
        {
            **declared,
            **_told(known.get(declared["sha256"]), registration, reader, now),
            "other_use": other.get(declared["sha256"]),
        }
        for declared in registration.photos
    ]


def id_cards_of(
    registration: Registration, reader: User, now: datetime, why: int
) -> list[dict[str, Any]]:
    """The ID cards of a registration, with links that say why they were given."""
    digests = (one["sha256"] for one in registration.photos)
    return [
        {"sha256": one.sha256, "links": links_to(one.id, registration.pk, reader, now, why)}
        for one in known_photos(registration.kader_id, digests).values()
        if is_id_card(one.kind, one.sha256, registration)
        and one.state == Photo.State.READY
        and one.media_type not in MEDIA_TYPES
    ]


def links_to(
    photo: UUID, registration: UUID, reader: User, now: datetime, why: int | None = None
) -> dict[str, Any]:
    expires_at = (now + VALID_FOR).replace(microsecond=0)
    links = {
        version: Link(registration, photo, version, reader.pk, expires_at, why) for version in SHOWN
    }
    return {
        **{version: reverse("photo", args=[link.signed()]) for version, link in links.items()},
        "expires_at": expires_at,
    }


def _recording_link(photo: UUID, registration: UUID, reader: User, now: datetime) -> dict[str, Any]:
    expires_at = (now + VALID_FOR).replace(microsecond=0)
    link = Link(registration, photo, RECORDED, reader.pk, expires_at, None)
    return {"address": reverse("photo", args=[link.signed()]), "expires_at": expires_at}


def _told(
    photo: Known | None, registration: Registration, reader: User, now: datetime
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "state": PROMISED,
        "refusal": None,
        "refusal_text": None,
        "arrived_at": None,
        "links": None,
        "recording": None,
        "evidence": {},
    }
    if photo is None:
        return told
    is_ready = photo.state == Photo.State.READY
    told |= {
        "state": Photo.State.ARRIVED.value if is_ready else photo.state,
        "arrived_at": photo.arrived_at,
    }
    if photo.refusal:
        told |= {"refusal": photo.refusal, "refusal_text": refusal_text(photo.refusal)}
    if not is_id_card(photo.kind, photo.sha256, registration):
        told["evidence"] = _evidence(photo)
        if is_ready and photo.media_type in MEDIA_TYPES:
            told["recording"] = _recording_link(photo.id, registration.pk, reader, now)
        elif is_ready:
            told["links"] = links_to(photo.id, registration.pk, reader, now)
    return told


def _evidence(photo: Known) -> dict[str, Any]:
    return {} if photo.exif is None else readable_json(photo.exif, photo.id) or {}


def _other_use(
    registration: Registration, reader: User, now: datetime
) -> dict[str, dict[str, Any]]:
    """By the photo's SHA-256, where else it is in use; two statements, none without the flag."""
    flags: Iterable[Flag] = registration.flags.all()
    evidence = next((flag.evidence for flag in flags if flag.code == PHOTO_REUSED), None)
    if evidence is None:
        return {}
    other = (
        Registration.objects.select_related("campaign__office")
        .filter(pk=evidence["registration"])
        .first()
    )
    if other is None:
        return {}
    is_seen = registrations_for(reader).filter(pk=other.pk).exists()
    photo = known_photos(other.kader_id, [evidence["other_photo"]]).get(evidence["other_photo"])
    may_show = (
        is_seen
        and photo is not None
        and not is_id_card(photo.kind, photo.sha256, other)
        and photo.state == Photo.State.READY
        and photo.media_type not in MEDIA_TYPES
    )
    return {
        evidence["photo"]: {
            "registration": other.pk if is_seen else None,
            "office": other.campaign.office.name,
            "distance": evidence["distance"],
            "links": links_to(photo.id, other.pk, reader, now) if may_show and photo else None,
        }
    }
