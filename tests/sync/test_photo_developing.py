"""Photos developed: tried again where a worker or a storage fails, and seen with their records."""

import pytest
from django.utils import timezone

from outreach.models import Photo
from outreach.photos import developing, keeping
from tests.cast import Cast, client_of, pushed
from tests.pictures import declaration, picture
from tests.sync.tus import send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("photo_folder")]


def test_a_worker_that_dies_or_a_storage_that_fails_while_developing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client_of(cast.siti), picture())
    now = timezone.now()

    def die(*args: object) -> bytes:
        raise SystemExit

    with monkeypatch.context() as killed:
        killed.setattr(keeping, "kept", die)
        with pytest.raises(SystemExit):
            developing.develop(now)
    assert developing.develop(now) is None
    later = now + developing.CLAIM_LASTS * 1.1
    assert developing.develop(later)
    assert Photo.objects.get().state == "ready"


@pytest.mark.parametrize(
    ("fault", "tries"),
    [(keeping.NotKept("Timeout"), 10), (MemoryError(), developing.MOST_ATTEMPTS)],
)
def test_a_photo_that_kills_every_worker_is_left_alone_and_a_storage_that_is_down_is_not(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, fault: Exception, tries: int
) -> None:
    send(client_of(cast.siti), picture())

    def fail(*args: object) -> bytes:
        raise fault

    monkeypatch.setattr(keeping, "kept", fail)
    now = timezone.now()
    tried = 0
    for _ in range(10):
        now += developing.CLAIM_LASTS * 1.1
        tried += developing.develop(now) is not None
    assert tried == tries


def test_a_photo_that_kills_its_worker_costs_no_other_an_attempt(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        send(client_of(cast.siti), picture(number))
    deadly, *others = Photo.objects.order_by("arrived_at")
    kept, now = keeping.kept, timezone.now()

    def kept_or_dead(path: str, version: keeping.Version) -> bytes:
        if path == deadly.path:
            raise SystemExit
        return kept(path, version)

    monkeypatch.setattr(keeping, "kept", kept_or_dead)
    for _ in range(developing.MOST_ATTEMPTS):
        with pytest.raises(SystemExit):
            developing.develop(now)
        now += developing.CLAIM_LASTS * 1.1
    while developing.develop(now):
        pass

    assert dict(Photo.objects.values_list("pk", "attempts")) == {
        deadly.pk: developing.MOST_ATTEMPTS,
        **{one.pk: 1 for one in others},
    }
    assert set(Photo.objects.filter(state="ready")) == set(others)


def test_a_record_that_came_at_the_same_moment_is_seen_when_the_photo_is_developed(
    cast: Cast,
) -> None:
    send(client_of(cast.siti), picture())
    pushed(cast, photos=[declaration(picture(), kind="id_card")])
    assert not Photo.objects.get().is_declared

    developing.develop(timezone.now())

    assert Photo.objects.values_list("is_declared", "kind", "state").get() == (
        True,
        "id_card",
        "ready",
    )
