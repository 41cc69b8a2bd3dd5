"""The same photo on other people's records: found whatever came first, and taken back again."""

from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from outreach.models import Flag, Photo, Registration
from outreach.photos import developing, following
from outreach.photos.hashing import BITS, NEAR_BITS, Looks, looks_of
from tests.cast import Cast, client_of, pushed
from tests.outreach.matching.asked import person_of
from tests.pictures import declaration, encoded, picture, scene
from tests.records import strangers
from tests.sync.tus import send

pytestmark = pytest.mark.usefixtures("photo_folder")


def work() -> None:
    """What the jobs do, until there is nothing to do."""
    while developing.develop(timezone.now()) or following.follow(timezone.now()):
        pass


def flags() -> dict[Any, dict[str, Any]]:
    return dict(Flag.objects.filter(code="photo_reused").values_list("registration", "evidence"))


def doubted_by_nothing_else() -> None:
    Flag.objects.all().delete()
    Registration.objects.update(status="submitted")


def taken_by(cast: Cast, kader: Any, content: bytes, number: int, kind: str = "workplace") -> Any:
    """A stranger's record with this photo, sent too."""
    registration = pushed(cast, kader, **strangers(9)[number], photos=[declaration(content, kind)])
    assert send(client_of(kader), content, registration.pk, kind=kind).status_code in {201, 204}
    return registration


def test_one_photo_on_two_people_is_a_doubt_about_both(cast: Cast) -> None:
    one = taken_by(cast, cast.siti, picture(), 0)
    work()
    assert flags() == {}
    two = taken_by(cast, cast.budi, picture(), 1)
    doubted_by_nothing_else()
    work()

    found = flags()
    assert found.keys() == {one.pk, two.pk}
    assert found[one.pk]["registration"] == str(two.pk)
    assert found[two.pk]["registration"] == str(one.pk)
    assert Registration.objects.get(pk=one.pk).status == "flagged"
    listed = client_of(cast.rina).get("/api/v1/registrations/", {"flag": "photo_reused"})
    assert {one["id"] for one in listed.json()["results"]} == {str(one.pk), str(two.pk)}


@pytest.mark.parametrize(
    "again",
    [
        lambda image: encoded(image, quality=40),
        lambda image: encoded(image.resize((400, 300)), quality=85),
        lambda image: encoded(ImageEnhance.Brightness(image).enhance(1.15)),
        lambda image: encoded(image, "PNG"),
        lambda image: encoded(image, "WEBP", quality=60),
    ],
    ids=["compressed", "scaled", "brightened", "png", "webp"],
)
def test_nearly_the_same_photo_is_found(cast: Cast, again: Any) -> None:
    one = taken_by(cast, cast.siti, picture(), 0)
    two = taken_by(cast, cast.budi, again(scene(1)), 1)
    work()

    assert flags().keys() == {one.pk, two.pk}


def test_other_photos_and_the_same_persons_are_no_doubt(cast: Cast) -> None:
    one = taken_by(cast, cast.siti, picture(1), 0)
    taken_by(cast, cast.budi, picture(2), 1)
    again = pushed(cast, cast.budi, **strangers(9)[0], photos=[declaration(picture(1))])
    send(client_of(cast.budi), picture(1), again.pk)
    work()

    assert person_of(again) == person_of(one)
    assert flags() == {}


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (90, 120, 60)])
def test_plain_pictures_are_no_doubt(cast: Cast, colour: tuple[int, int, int]) -> None:
    content = encoded(Image.new("RGB", (640, 480), colour))
    taken_by(cast, cast.siti, content, 0)
    taken_by(cast, cast.budi, content, 1)
    taken_by(cast, cast.budi, encoded(Image.new("RGB", (320, 240), colour)), 2)
    work()

    assert set(Photo.objects.values_list("is_plain", flat=True)) == {True}
    assert flags() == {}


@pytest.mark.parametrize("kind", ["id_card", "consent"])
def test_id_cards_and_signatures_look_alike_but_are_not_the_same(cast: Cast, kind: str) -> None:
    taken_by(cast, cast.siti, picture(), 0, kind=kind)
    taken_by(cast, cast.budi, encoded(scene(1), quality=50), 1, kind=kind)
    work()
    assert flags() == {}
    taken_by(cast, cast.budi, picture(), 2, kind=kind)
    work()
    assert len(flags()) == 2


def test_the_doubt_goes_when_they_are_one_person_and_comes_back_when_they_are_not(
    cast: Cast,
) -> None:
    one = taken_by(cast, cast.siti, picture(), 0)
    two = taken_by(cast, cast.budi, picture(), 1)
    doubted_by_nothing_else()
    work()
    assert Registration.objects.get(pk=one.pk).status == "flagged"
    rina = client_of(cast.rina)

    merged = rina.post(
        f"/api/v1/people/{person_of(one)}/merge/",
        {"other": str(person_of(two)), "reason": "papers seen"},
    )
    assert merged.status_code == 200
    work()
    assert flags() == {}
    assert Registration.objects.get(pk=one.pk).status == "submitted"
    split = rina.post(
        f"/api/v1/people/{person_of(one)}/split/",
        {"registrations": [str(two.pk)], "reason": "two people after all"},
    )
    assert split.status_code == 200
    work()
    assert flags().keys() == {one.pk, two.pk}


def test_an_edit_that_shows_another_photo_takes_the_doubt_back(cast: Cast) -> None:
    one = taken_by(cast, cast.siti, picture(), 0)
    two = taken_by(cast, cast.budi, picture(), 1)
    work()
    edit: dict[str, Any] = strangers(9)[1] | {"id": str(two.pk), "base_revision": 1}

    pushed(cast, cast.budi, **edit | {"address": "Gg. Baru", "photos": [declaration(picture())]})
    assert flags().keys() == {one.pk, two.pk}
    work()
    assert flags().keys() == {one.pk, two.pk}
    pushed(cast, cast.budi, **edit | {"base_revision": 2, "photos": [declaration(picture(7))]})
    work()
    assert flags() == {}


def test_photos_that_came_before_their_records_are_compared_too(cast: Cast) -> None:
    for kader in (cast.siti, cast.budi):
        send(client_of(kader), picture())
    work()
    assert not Photo.objects.filter(is_declared=True).exists()
    one, two = (
        pushed(cast, kader, **strangers(9)[place], photos=[declaration(picture(), "id_card")])
        for place, kader in enumerate((cast.siti, cast.budi))
    )
    work()

    assert flags().keys() == {one.pk, two.pk}
    assert set(Photo.objects.values_list("is_declared", "kind")) == {(True, "id_card")}


def test_two_records_of_one_kader(cast: Cast) -> None:
    one = taken_by(cast, cast.siti, picture(), 0)
    two = taken_by(cast, cast.siti, picture(), 1)
    work()

    assert Photo.objects.count() == 1
    assert flags().keys() == {one.pk, two.pk}


@given(st.integers(0, 2**BITS - 1), st.sets(st.integers(0, BITS - 1), max_size=NEAR_BITS))
def test_near_hashes_share_a_band(bits: int, flipped: set[int]) -> None:
    def looks(value: int) -> Looks:
        return Looks(value - 2**BITS if value >= 2 ** (BITS - 1) else value)

    other = bits
    for place in flipped:
        other ^= 1 << place
    bands = looks(bits).bands
    assert bands and len(set(bands)) == 4
    assert set(bands) & set(looks(other).bands or ())


def test_different_scenes_are_far_apart() -> None:
    hashes = [looks_of(scene(number, (320, 240))).dhash or 0 for number in range(40)]
    nearest = min(
        ((one ^ other) % 2**BITS).bit_count()
        for place, one in enumerate(hashes)
        for other in hashes[:place]
    )
    assert nearest > 2 * NEAR_BITS
