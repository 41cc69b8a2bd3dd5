"""Who sees photos: by links that expire, without a camera's notes, and every opening is kept."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from outreach.models import Disclosure, Photo, Registration
from outreach.photos import developing, erasing, keeping
from outreach.photos.links import Link
from sync.models import HeldRecord
from tests.cast import Cast, client_of, pushed
from tests.counting import Counting
from tests.pictures import declaration, encoded, picture, scene
from tests.records import strangers
from tests.sync.contents import captured
from tests.sync.test_photo_reuse import taken_by, work
from tests.sync.tus import send
from tests.tablet import tablet_of

pytestmark = pytest.mark.usefixtures("photo_folder")
EXIF_IFD, GPS_IFD, ORIENTATION, ROTATED = 0x8769, 0x8825, 274, 6


def shot() -> bytes:
    """A photo as a phone takes it: lying on its side, with time and position."""
    exif = Image.Exif()
    exif[ORIENTATION] = ROTATED
    exif.get_ifd(EXIF_IFD).update({36867: "2026:11:20 09:31:07", 36881: "+07:00"})
    exif.get_ifd(GPS_IFD).update({1: "N", 2: (3.0, 35.0, 28.32), 3: "E", 4: (98.0, 40.0, 41.16)})
    return encoded(scene(3), quality=85, exif=exif)


def shown_to(user: Any, registration: Registration) -> Any:
    answer = client_of(user).get(f"/api/v1/registrations/{registration.pk}/")
    assert answer.status_code == 200
    return answer.json()["photos"]


def opened(link: str) -> Any:
    return Client().get(link, headers={"Accept": "image/jpeg"})


def test_a_photo_is_shown_upright_without_its_notes_which_are_kept_as_evidence(cast: Cast) -> None:
    registration = taken_by(cast, cast.siti, shot(), 0)
    [photo] = shown_to(cast.rina, registration)
    assert (photo["state"], photo["links"]) == ("arrived", None)
    work()

    [photo] = shown_to(cast.rina, registration)
    assert photo["evidence"] == {
        "taken_at": "2026:11:20 09:31:07",
        "taken_offset": "+07:00",
        "lat": 3.5912,
        "lon": 98.6781,
    }
    for version, size in (("screen", (600, 800)), ("thumbnail", (240, 320))):
        answer = opened(photo["links"][version])
        assert answer.status_code == 200 and answer["Content-Type"] == "image/jpeg"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"] and "private" in answer["Cache-Control"]
        with Image.open(BytesIO(answer.content)) as image:
            assert image.size == size and not image.getexif()
        assert b"2026:11" not in answer.content
    assert (
        list(Disclosure.objects.values_list("user", "registration", "fields"))
        == [(cast.rina.pk, registration.pk, ["photo:workplace"])] * 2
    )


def test_what_is_not_here_yet_and_what_was_refused(cast: Cast) -> None:
    broken = picture(2)[:-2000]
    registration = pushed(cast, photos=[declaration(picture(1)), declaration(broken)])
    send(client_of(cast.siti), broken, registration.pk)

    promised, refused = shown_to(cast.rina, registration)
    assert (promised["state"], promised["arrived_at"]) == ("promised", None)
    assert (refused["state"], refused["refusal"]) == ("refused", "truncated")
    assert refused["refusal_text"]


def test_each_sees_only_the_photos_of_their_records(cast: Cast) -> None:
    registration = taken_by(cast, cast.siti, picture(), 0)
    work()
    Registration.objects.filter(pk=registration.pk).update(status="verified")
    url = f"/api/v1/registrations/{registration.pk}/"

    for user in (cast.siti, cast.rina, cast.dewi, cast.andi):
        assert opened(shown_to(user, registration)[0]["links"]["thumbnail"]).status_code == 200
    for user, status in (
        (cast.budi, 404),
        (cast.agus, 403),
        (cast.outsider_coordinator, 404),
        (cast.outsider_officer, 404),
    ):
        assert client_of(user).get(url).status_code == status
        photo = Photo.objects.get()
        until = timezone.now() + timedelta(minutes=1)
        link = Link(registration.pk, photo.pk, "thumbnail", user.pk, until, None)
        assert opened(f"/api/v1/photos/{link.signed()}/").status_code == 404


def test_links_expire_cannot_be_changed_and_end_with_the_readers_right(cast: Cast) -> None:
    registration = taken_by(cast, cast.siti, picture(), 0)
    work()
    photo, now = Photo.objects.get(), timezone.now()

    def status(link: Link, text: str = "") -> int:
        return int(opened(f"/api/v1/photos/{text or link.signed()}/").status_code)

    good = Link(
        registration.pk, photo.pk, "thumbnail", cast.rina.pk, now + timedelta(minutes=1), None
    )
    assert status(good) == 200
    late = good._replace(expires_at=now - timedelta(seconds=1))
    answer = opened(f"/api/v1/photos/{late.signed()}/")
    assert (answer.status_code, answer.json()["code"]) == (410, "link_expired")
    signed = good.signed()
    for text in (signed[:-1], signed[::-1], "x", "a:b", signed.replace(":", "")):
        assert status(good, text) == 404
    other = pushed(cast, cast.budi, **strangers(9)[1])
    assert status(good._replace(registration=other.pk)) == 404
    cast.rina.is_active = False
    cast.rina.save()
    assert status(good) == 404


def test_an_id_card_is_disclosed_with_a_reason_to_those_who_may(cast: Cast) -> None:
    registration = taken_by(cast, cast.siti, picture(), 0, kind="id_card")
    work()
    for user in (cast.siti, cast.rina, cast.andi):
        [photo] = shown_to(user, registration)
        assert photo["links"] is None
    photo, until = Photo.objects.get(), timezone.now() + timedelta(minutes=1)
    plain = Link(registration.pk, photo.pk, "screen", cast.rina.pk, until, None)
    assert opened(f"/api/v1/photos/{plain.signed()}/").status_code == 404

    disclosed = client_of(cast.rina).post(
        f"/api/v1/registrations/{registration.pk}/disclose/",
        {"fields": ["id_card"], "reason": "name differs"},
    )
    [card] = disclosed.json()["id_cards"]
    assert opened(card["links"]["screen"]).status_code == 200
    assert list(Disclosure.objects.order_by("pk").values_list("user", "fields", "reason")) == [
        (cast.rina.pk, ["id_card"], "name differs"),
        (cast.rina.pk, ["photo:id_card"], "name differs"),
    ]


def test_an_id_card_that_came_as_something_else_is_one_once_a_record_says_so(cast: Cast) -> None:
    send(client_of(cast.siti), picture(), kind="person")
    developing.develop(timezone.now())
    registration = pushed(cast, photos=[declaration(picture(), kind="id_card")])

    for user in (cast.siti, cast.rina):
        [photo] = shown_to(user, registration)
        assert (photo["state"], photo["links"], photo["evidence"]) == ("arrived", None, {})
    photo, until = Photo.objects.get(), timezone.now() + timedelta(minutes=1)
    plain = Link(registration.pk, photo.pk, "screen", cast.rina.pk, until, None)
    assert opened(f"/api/v1/photos/{plain.signed()}/").status_code == 404


def test_id_cards_are_erased_in_time_and_never_asked_for_again(cast: Cast, settings: Any) -> None:
    card = taken_by(cast, cast.siti, picture(1), 0, kind="id_card")
    taken_by(cast, cast.budi, picture(2), 1)
    work()
    path = Photo.objects.get(kind="id_card").path
    later = timezone.now() + timedelta(days=settings.ID_CARD_DAYS)

    assert erasing.erase_due(later - timedelta(hours=1)) == 0
    assert erasing.erase_due(later + timedelta(hours=1)) == 1
    for version in keeping.VERSIONS:
        with pytest.raises(keeping.NotKept):
            keeping.kept(path, version)
    assert [photo["state"] for photo in shown_to(cast.rina, card)] == ["erased"]
    told = client_of(cast.siti).post("/api/v1/sync/receipts/", {"ids": [str(card.pk)]}).json()
    assert told["results"][0]["missing_photos"] == []
    assert send(client_of(cast.siti), picture(1))["Upload-Offset"] == str(len(picture(1)))


def test_what_nobody_declares_is_erased(cast: Cast) -> None:
    send(client_of(cast.siti), picture(1))
    send(client_of(cast.budi), picture(2))
    developing.develop(timezone.now())
    pushed(cast, cast.budi, photos=[declaration(picture(2))])

    assert erasing.erase_due(timezone.now() + erasing.UNDECLARED_FOR + timedelta(days=1)) == 1
    assert [photo.kader for photo in Photo.objects.all()] == [cast.budi]


def test_what_a_held_or_late_record_may_declare_is_kept(cast: Cast) -> None:
    send(client_of(cast.siti), picture(1))
    send(client_of(cast.budi), picture(2))
    developing.develop(timezone.now())
    later = timezone.now() + erasing.UNDECLARED_FOR + timedelta(days=1)
    tablet, sent = tablet_of(cast.siti), captured(cast)
    tablet.push(sent)
    tablet.push(sent | {"base_revision": 0, "address": "Late"})
    tablet_of(cast.budi).push(captured(cast, sex="?", photos=[declaration(picture(2))]))

    assert erasing.erase_due(later) == 0
    HeldRecord.objects.update(state="dismissed")
    assert erasing.erase_due(later) == 1
    assert [photo.kader for photo in Photo.objects.all()] == [cast.siti]


def test_what_a_held_record_declared_before_it_was_corrected_is_erased(cast: Cast) -> None:
    send(client_of(cast.budi), picture(2))
    later = timezone.now() + erasing.UNDECLARED_FOR + timedelta(days=1)
    tablet_of(cast.budi).push(captured(cast, sex="?", photos=[declaration(picture(2))]))
    assert erasing.erase_due(later) == 0

    release = f"/api/v1/held-records/{HeldRecord.objects.get().pk}/release/"
    corrected = {"sex": "female", "photos": []}
    body = {"reason": "papers seen", "registration": corrected}
    assert client_of(cast.rina).post(release, body).status_code == 200

    assert erasing.erase_due(later) == 1


def test_a_storage_that_fails_while_erasing_is_tried_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        send(client_of(cast.siti), picture(number))
    later = timezone.now() + erasing.UNDECLARED_FOR + timedelta(days=1)
    forget, down = keeping.forget, Photo.objects.order_by("arrived_at")[1]

    def forget_or_fail(path: str) -> None:
        if path == down.path:
            raise keeping.NotKept("Timeout")
        forget(path)

    with monkeypatch.context() as broken:
        broken.setattr(keeping, "forget", forget_or_fail)
        assert erasing.erase_due(later) == 1
        assert erasing.erase_due(later) == 0
    assert Photo.objects.count() == 2
    with CaptureQueriesContext(connection) as queries:
        assert erasing.erase_due(later) == 2
    assert sum("DELETE" in query["sql"] for query in queries) == 1


def test_reviewers_see_both_uses_of_a_photo(cast: Cast) -> None:
    one = taken_by(cast, cast.siti, picture(), 0)
    two = taken_by(cast, cast.budi, encoded(scene(1), quality=50), 1)
    work()

    [photo] = shown_to(cast.rina, one)
    assert photo["other_use"]["registration"] == str(two.pk)
    assert photo["other_use"]["distance"] <= 3
    assert opened(photo["other_use"]["links"]["thumbnail"]).status_code == 200
    [kaders] = shown_to(cast.siti, one)
    assert kaders["other_use"] is None


def test_of_another_office_reviewers_see_whom_to_ask(cast: Cast) -> None:
    one = taken_by(cast, cast.siti, picture(), 0)
    foreign = pushed(
        cast,
        cast.outsider_kader,
        **strangers(9)[1],
        campaign=str(cast.other_market.pk),
        photos=[declaration(picture())],
    )
    send(client_of(cast.outsider_kader), picture(), foreign.pk)
    work()

    [photo] = shown_to(cast.rina, one)
    assert photo["other_use"] == {
        "registration": None,
        "office": cast.other_branch.name,
        "distance": 0,
        "links": None,
    }


def test_statements_of_opening_a_photo(cast: Cast, count_queries: Counting) -> None:
    registration = taken_by(cast, cast.siti, picture(), 0)
    work()
    [photo] = shown_to(cast.rina, registration)
    with count_queries("GET photos/{link}/"):
        opened(photo["links"]["thumbnail"])


def test_photos_lie_sealed_and_their_paths_tell_nothing(cast: Cast, photo_folder: Any) -> None:
    taken_by(cast, cast.siti, picture(), 0)
    work()
    files = [path for path in photo_folder.rglob("*") if path.is_file()]

    assert len(files) == 3
    for path in files:
        assert declaration(picture())["sha256"] not in str(path)
        assert b"JFIF" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
