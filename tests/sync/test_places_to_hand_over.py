"""How much a tablet that has to go may hand over: counted with what is stored, and never beyond."""

from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from outreach.models import Lead, Registration
from sync import push as pushing
from sync.handing_over import MOST_HANDED_OVER
from sync.models import Device, HeldRecord, Upload
from tests.cast import Cast, client_of
from tests.pictures import picture
from tests.records import batch, strangers
from tests.sync.test_handing_over import PUSH, push, report, revoke, said, sent
from tests.sync.test_notes import lead
from tests.sync.tus import create, send
from tests.threads import at_once

THREADS = 8


def left(cast: Cast) -> int:
    return MOST_HANDED_OVER - Device.objects.get(pk=cast.tablet.pk).handed_over


def leave(cast: Cast, places: int) -> None:
    """Revoke the tablet with so many places left."""
    revoke(cast)
    Device.objects.filter(pk=cast.tablet.pk).update(handed_over=MOST_HANDED_OVER - places)


def people(cast: Cast, number: int, seed: int = 0) -> list[dict[str, Any]]:
    return [sent(cast, **stranger) for stranger in strangers(number, seed)]


@pytest.mark.django_db(transaction=True)
def test_pushes_at_once_store_no_more_than_there_are_places(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    for number in range(3):
        leave(cast, 12)
        before = Registration.objects.count()
        batches = [people(cast, 5, seed=THREADS * number + thread) for thread in range(THREADS)]

        answers = at_once([partial(push, client, *records) for records in batches])

        refused = [answer for answer in answers if answer.status_code != 200]
        assert {said(answer) for answer in refused} == {(403, "keep", "show")}
        assert len(refused) == THREADS - 2
        assert Registration.objects.count() - before == 10
        assert left(cast) == 2


@pytest.mark.django_db(transaction=True)
def test_one_batch_pushed_by_many_at_once_takes_its_places_once(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    leave(cast, 6)
    records = people(cast, 5)

    answers = at_once([partial(push, client, *records)] * THREADS)

    assert [answer.status_code for answer in answers] == [200] * THREADS
    assert push(client, *records, *records).status_code == 200
    assert Registration.objects.count() == 5
    assert left(cast) == 1


def test_a_batch_that_is_larger_than_what_is_left_is_refused_whole(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    leave(cast, 4)
    known, others = people(cast, 2), people(cast, 3, seed=1)
    assert push(client, *known).status_code == 200

    assert said(push(client, *known, *others)) == (403, "keep", "show")
    assert (Registration.objects.count(), HeldRecord.objects.count(), left(cast)) == (2, 0, 2)
    assert report(client, registrations=3)["Device-Action"] == "hand_over"
    assert push(client, *known, *others[:2]).status_code == 200
    assert said(push(client, *known)) == (403, "keep", "show")


def test_notes_take_places_of_their_own_and_what_is_stored_by_then_stays(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    leave(cast, 3)
    known, notes = people(cast, 1), [lead(cast) for _ in range(3)]

    def push_both(leads: list[dict[str, Any]]) -> Any:
        return client.post(PUSH, batch(known) | {"leads": leads})

    assert said(push_both(notes)) == (403, "keep", "show")
    assert (Registration.objects.count(), Lead.objects.count(), left(cast)) == (1, 0, 2)
    told = push_both(notes[:1]).json()
    assert [one["replayed"] for one in (*told["results"], *told["leads"])] == [True, False]
    assert push_both(notes[:1]).json()["leads"][0]["replayed"]
    assert (Lead.objects.count(), left(cast)) == (1, 1)


def test_what_the_server_fails_on_takes_places_and_what_breaks_off_none(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(cast.siti, cast.tablet)
    leave(cast, 3)

    def fail(*_: Any) -> Any:
        raise IntegrityError

    def die(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(pushing, "register", fail)
    assert push(client, *people(cast, 2)).status_code == 200
    assert left(cast) == 1
    monkeypatch.setattr(pushing, "register", die)
    with pytest.raises(KeyboardInterrupt):
        push(client, *people(cast, 1, seed=1))
    assert left(cast) == 1
    assert HeldRecord.objects.count() == 2


@pytest.mark.usefixtures("photo_folder")
def test_a_photo_takes_a_place_when_it_begins_and_one_that_is_here_none(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    leave(cast, 4)

    for _ in range(3):
        assert send(client, picture()).status_code in {201, 204}
        assert left(cast) == 3
    create(client, picture(2))
    assert left(cast) == 2
    refused = create(client, picture(3), body=picture(3), **{"Upload-Checksum": "sha256 none"})
    assert (refused.status_code, Upload.objects.filter(received=0).count()) == (400, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("photo_folder")
def test_photos_begun_at_once_are_no_more_than_there_are_places(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    leave(cast, 3)

    answers = at_once([partial(create, client, picture(number)) for number in range(THREADS)])

    refused = [answer for answer in answers if answer.status_code != 201]
    assert {said(answer) for answer in refused} == {(403, "keep", "show")}
    assert (len(refused), Upload.objects.count(), left(cast)) == (THREADS - 3, 3, 0)


@pytest.mark.usefixtures("photo_folder")
def test_photos_of_a_tablet_that_stays_take_no_places(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)

    send(client, picture())

    assert left(cast) == MOST_HANDED_OVER
