"""Two clients on one upload, whatever they do at once: one photo, whole, or none."""

import random
import threading
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from outreach import bulk
from outreach.models import Change, Photo, Registration
from outreach.photos import developing, erasing, following, keeping, reuse
from sync.models import Upload, UploadPiece
from tests.cast import Cast, client_of, pushed
from tests.pictures import declaration, picture
from tests.records import strangers
from tests.sync.contents import captured
from tests.sync.test_photo_reuse import flags, work
from tests.sync.tus import create, head, patch, send
from tests.tablet import tablet_of
from tests.threads import at_once, until_somebody_waits

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("photo_folder")]


def test_two_clients_on_one_offset_do_not_mix_their_bytes(cast: Cast) -> None:
    for number in range(12):
        content, client = picture(number), client_of(cast.siti)
        url = create(client, content)["Location"]
        lengths = [random.Random(number).randrange(100, 9000) for _ in range(4)]

        answers = at_once(
            [partial(patch, client_of(cast.siti), url, content[:length]) for length in lengths]
        )
        assert sorted(answer.status_code for answer in answers) == [204, 409, 409, 409]
        [won] = [answer for answer in answers if answer.status_code == 204]
        offset = int(won["Upload-Offset"])
        assert head(client, url)["Upload-Offset"] == str(offset)
        assert patch(client, url, content[offset:], offset).status_code == 204
        photo = Photo.objects.get(sha256=declaration(content)["sha256"])
        assert keeping.kept(photo.path, "original") == content


def test_two_that_complete_one_upload(cast: Cast) -> None:
    for number in range(8):
        content = picture(number)
        url = create(client_of(cast.siti), content)["Location"]
        answers = at_once([partial(patch, client_of(cast.siti), url, content)] * 3)

        # Who comes when all is done is told so.
        assert sorted(answer.status_code for answer in answers) == [204, 409, 409]
        assert head(client_of(cast.siti), url)["Upload-Offset"] == str(len(content))
    assert Photo.objects.count() == 8 and not UploadPiece.objects.exists()


def test_one_photo_by_several_uploads_at_once(cast: Cast) -> None:
    content = picture()
    registration = pushed(cast, photos=[declaration(content)])

    answers = at_once([partial(send, client_of(cast.siti), content, registration.pk)] * 4)

    assert {answer.status_code for answer in answers} <= {201, 204}
    photo = Photo.objects.get()
    assert keeping.kept(photo.path, "original") == content


def test_photo_and_record_at_the_same_moment(cast: Cast) -> None:
    """Whatever comes first, in the end the record knows its photo, and what is wrong with it."""
    for number in range(10):
        content = picture(number)
        sent = [
            dict(strangers(40)[2 * number + place]) | {"photos": [declaration(content)]}
            for place in range(2)
        ]
        at_once(
            [
                partial(pushed, cast, cast.siti, **sent[0]),
                partial(send, client_of(cast.siti), content),
                partial(pushed, cast, cast.budi, **sent[1]),
                partial(send, client_of(cast.budi), content),
            ]
        )
    at_once([work] * 3)
    work()

    assert Photo.objects.filter(is_declared=True, state="ready").count() == 20
    assert flags().keys() == set(Registration.objects.values_list("pk", flat=True))


def test_two_of_one_picture_that_are_developed_at_once_see_each_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = picture()
    for kader, person in zip((cast.siti, cast.budi), strangers(2), strict=True):
        pushed(cast, kader, **person, photos=[declaration(content)])
        send(client_of(kader), content)
    while following.follow(timezone.now()):
        pass
    compare, first = reuse.compare, threading.Lock()

    def compare_and_wait(ids: Any, now: Any) -> None:
        compare(ids, now)
        if first.acquire(blocking=False):
            until_somebody_waits()

    monkeypatch.setattr(reuse, "compare", compare_and_wait)
    at_once([partial(developing.develop, timezone.now())] * 2)

    assert len(flags()) == 2


def test_a_decision_and_the_job_at_the_same_moment(cast: Cast) -> None:
    for number in range(5):
        pair = [
            pushed(
                cast,
                kader,
                **strangers(40)[20 + 2 * number + place],
                photos=[declaration(picture(number))],
            )
            for place, kader in enumerate((cast.siti, cast.budi))
        ]
        for kader in (cast.siti, cast.budi):
            send(client_of(kader), picture(number))
        verify: Any = partial(
            client_of(cast.rina).post,
            f"/api/v1/registrations/{pair[0].pk}/verify/",
            {"reason": "papers seen"},
        )
        answers: list[Any] = at_once([verify, work, work])
        assert answers[0].status_code == 200
        work()
        assert {one.pk for one in pair} <= flags().keys()
        assert Registration.objects.get(pk=pair[0].pk).status == "verified"
        assert Registration.objects.get(pk=pair[1].pk).status == "flagged"


def test_any_number_of_workers_develop_each_photo_once(cast: Cast) -> None:
    client = client_of(cast.siti)
    for number in range(20):
        send(client, picture(number, (64, 48)))

    def all_that_wait() -> list[UUID]:
        return list(iter(partial(developing.develop, timezone.now()), None))

    tried = at_once([all_that_wait] * 4)

    assert len({one for ids in tried for one in ids}) == sum(map(len, tried)) == 20
    assert set(Photo.objects.values_list("state", "attempts")) == {("ready", 1)}


def test_deleting_while_bytes_arrive(cast: Cast) -> None:
    for number in range(8):
        content, client = picture(number), client_of(cast.siti)
        url = create(client, content)["Location"]
        patch(client, url, content[:50])
        delete = partial(client_of(cast.siti).delete, url, headers={"Tus-Resumable": "1.0.0"})
        gone, late = at_once(
            [delete, partial(patch, client_of(cast.siti), url, content[50:90], 50)]
        )

        assert gone.status_code == 204 and late.status_code in {204, 404, 409}
    assert not Upload.objects.exists() and not UploadPiece.objects.exists()


def test_pushes_go_on_while_photos_complete(cast: Cast) -> None:
    before = Change.objects.count()
    contents = [picture(number, (64, 48)) for number in range(12)]
    records = [
        dict(strangers(40)[number]) | {"photos": [declaration(contents[number])]}
        for number in range(12)
    ]
    tablet = tablet_of(cast.siti)
    assert tablet
    jobs: list[Any] = [partial(pushed, cast, cast.siti, **record) for record in records]
    jobs += [partial(send, client_of(cast.siti), content) for content in contents]
    at_once(jobs)
    while following.follow(timezone.now()):
        pass

    assert Photo.objects.filter(is_declared=True).count() == 12
    assert Change.objects.count() >= before + 12


@pytest.mark.parametrize("first", ["record", "erasing"])
def test_a_photo_is_not_erased_under_a_record_that_is_told_it_is_here(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    content, forget = picture(), keeping.forget
    send(client_of(cast.siti), content)
    late = timezone.now() + erasing.UNDECLARED_FOR + timedelta(days=1)
    tablet, record = tablet_of(cast.siti), captured(cast, photos=[declaration(content)])
    answers: list[Any] = []

    def push() -> None:
        try:
            answers.append(tablet.push(record))
        finally:
            connection.close()

    thread = threading.Thread(target=push)

    def forget_slowly(path: str) -> None:
        thread.start()
        until_somebody_waits()
        forget(path)

    if first == "record":
        with transaction.atomic():
            bulk.run("LOCK TABLE outreach_registration IN SHARE MODE")
            thread.start()
            until_somebody_waits()
            assert at_once([partial(erasing.erase_due, late)]) == [0]
    else:
        monkeypatch.setattr(keeping, "forget", forget_slowly)
        assert erasing.erase_due(late) == 1
    thread.join(timeout=60)

    [answer] = answers
    missing = answer["results"][0]["missing_photos"]
    assert missing == ([] if Photo.objects.exists() else [declaration(content)["sha256"]])
    assert Photo.objects.exists() == (first == "record")
