"""Statements of each console call; the same for few rows and for many."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from outreach.models import Denominator, Region
from outreach.months import later
from outreach.standings.freezing import first_revision
from outreach.standings.months import current_period
from outreach.standings.rebuilding import refresh
from sync.epoch import epoch
from tests.cast import PASSWORD, Cast, client_of, edited, held, pushed, tablet
from tests.counting import Counting
from tests.outreach.api.test_campaigns import planned
from tests.outreach.matching.asked import REVIEWS, TWIN, open_questions, person_of

V1 = "/api/v1/"


@pytest.mark.parametrize("rows", [1, 12])
@pytest.mark.parametrize("path", ["registrations/", "campaigns/", "users/", "offices/"])
def test_lists(cast: Cast, count_queries: Counting, path: str, rows: int) -> None:
    for number in range(rows):
        pushed(cast, full_name=f"Orang {number}", nik=f"99010145038400{number + 10}")
        if path == "campaigns/":
            made = client_of(cast.rina).post(V1 + path, planned(cast, name=f"Gerebek {number}"))
            assert made.status_code == 201
    client = client_of(cast.rina)

    with count_queries(f"GET {path}"):
        assert client.get(V1 + path).status_code == 200


@pytest.mark.parametrize("rows", [1, 12])
def test_tablets(cast: Cast, count_queries: Counting, rows: int) -> None:
    for _ in range(rows):
        tablet(cast.siti, cast.rina)
    client = client_of(cast.rina)

    with count_queries("GET sync/devices/"):
        assert client.get(f"{V1}sync/devices/").status_code == 200


def test_one_registration(cast: Cast, count_queries: Counting) -> None:
    url = f"{V1}registrations/{pushed(cast).pk}/"
    client = client_of(cast.rina)
    with count_queries("POST registrations/{id}/verify/"):
        verified = client.post(f"{url}verify/", {"reason": "papers seen"})
    with count_queries("GET registrations/{id}/"):
        assert client.get(url).status_code == 200
    with count_queries("POST registrations/{id}/disclose/"):
        client.post(f"{url}disclose/", {"fields": ["nik", "phone"], "reason": "calling"})
    with count_queries("POST decisions/{id}/undo/"):
        undone = client.post(
            f"{V1}decisions/{verified.json()['decision']}/undo/", {"reason": "wrong person"}
        )
    assert undone.status_code == 200


@pytest.mark.parametrize("rows", [1, 6])
def test_held_records(cast: Cast, count_queries: Counting, rows: int) -> None:
    record_id = str(uuid4())
    for number in range(rows):
        held(cast, full_name=f"Orang {number}")
        version = held(cast, id=record_id, nik="9" * number)
    url = f"{V1}held-records/"
    reason: dict[str, Any] = {"reason": "papers seen"}
    client = client_of(cast.rina)

    with count_queries("GET held-records/"):
        assert client.get(url).json()["count"] == rows + 1
    with count_queries("GET held-records/{id}/"):
        assert len(client.get(f"{url}{version.pk}/").json()["versions"]) == rows
    with count_queries("POST held-records/{id}/disclose/"):
        client.post(f"{url}{version.pk}/disclose/", reason | {"fields": ["nik"]})
    with count_queries("POST held-records/{id}/dismiss/"):
        client.post(f"{url}{version.pk}/dismiss/", reason)
    with count_queries("POST held-records/{id}/reopen/"):
        client.post(f"{url}{version.pk}/reopen/", reason)
    fixed = {"sex": "female", "nik": "9901014503840002"}
    with count_queries("POST held-records/{id}/release/"):
        released = client.post(f"{url}{version.pk}/release/", reason | {"registration": fixed})
    assert released.status_code == 200


@pytest.mark.parametrize("rows", [1, 6])
def test_revisions(cast: Cast, count_queries: Counting, rows: int) -> None:
    registration = pushed(cast)
    for number in range(rows):
        registration.refresh_from_db()
        kept = edited(cast, registration, work_place=f"Kios {number}")
    url = f"{V1}registrations/{registration.pk}/revisions/"
    client = client_of(cast.rina)

    with count_queries("GET registrations/{id}/revisions/"):
        assert len(client.get(url).json()["results"]) == rows
    with count_queries("POST registrations/{id}/revisions/{id}/disclose/"):
        client.post(f"{url}{kept.pk}/disclose/", {"fields": ["nik"], "reason": "calling"})
    with count_queries("POST registrations/{id}/revisions/{id}/restore/"):
        restored = client.post(f"{url}{kept.pk}/restore/", {"reason": "papers seen"})
    assert restored.status_code == 200


@pytest.mark.parametrize("rows", [2, 12])
def test_many_decisions(cast: Cast, count_queries: Counting, rows: int) -> None:
    made = [
        pushed(cast, full_name=f"Orang {number}", nik=f"99010145038400{number + 10}")
        for number in range(rows)
    ]
    body = {"ids": [str(registration.pk) for registration in made], "reason": "papers seen"}
    client = client_of(cast.rina)

    with count_queries("POST registrations/verify/"):
        assert client.post(f"{V1}registrations/verify/", body).status_code == 200


@pytest.mark.parametrize("rows", [1, 2])
def test_planning(cast: Cast, count_queries: Counting, rows: int) -> None:
    days = {"first_day": "2026-12-01", "last_day": "2026-12-02"}
    team = [{"kader": kader.pk} | days for kader in (cast.siti, cast.budi)[:rows]]
    body: dict[str, Any] = planned(cast, team=team)
    body["stops"], body["partners"] = body["stops"] * rows, body["partners"] * rows
    client = client_of(cast.rina)

    with count_queries("POST campaigns/"):
        made = client.post(f"{V1}campaigns/", body)
    with count_queries("PATCH campaigns/{id}/"):
        client.patch(f"{V1}campaigns/{made.json()['id']}/", {"name": "Gerebek"})


def test_signing_in_and_enrolling(cast: Cast, count_queries: Counting) -> None:
    epoch()  # read once for each connection
    stranger = client_of(None)
    with count_queries("POST auth/token/"):
        pair = stranger.post(f"{V1}auth/token/", {"username": "siti", "password": PASSWORD}).json()
    with count_queries("POST auth/token/refresh/"):
        stranger.post(f"{V1}auth/token/refresh/", {"refresh": pair["refresh"]})
    offer = client_of(cast.rina).post(
        f"{V1}sync/devices/", {"kader": cast.siti.pk, "label": "Tablet"}
    )
    with count_queries("POST sync/devices/enrol/"):
        enrolled = stranger.post(
            f"{V1}sync/devices/enrol/", {"enrolment_code": offer.json()["enrolment_code"]}
        )
    assert enrolled.status_code == 201


@pytest.mark.parametrize("rows", [1, 6])
def test_questions(cast: Cast, count_queries: Counting, rows: int) -> None:
    for number in range(rows):
        worker: dict[str, Any] = {
            "full_name": f"Wati {number}",
            "birth_date": f"197{number}-04-09",
            "phone": None,
        }
        for serial in ("0001", "0001", "0002"):
            nik = f"9901014904{70 + number}{serial}"
            pushed(cast, **worker, nik=nik, address=f"Gg. {number}")
    client = client_of(cast.rina)

    with count_queries("GET reviews/"):
        listed = client.get(f"{V1}reviews/").json()["results"]
    assert len(listed) >= rows
    with count_queries("GET reviews/{id}/"):
        client.get(f"{V1}reviews/{listed[0]['id']}/")


@pytest.mark.parametrize("rows", [1, 4])
def test_answers(cast: Cast, count_queries: Counting, rows: int) -> None:
    pushed(cast)
    twin = pushed(cast, cast.budi, **TWIN)  # Was a person, and is one again after the split.
    for _ in range(1, rows):
        pushed(cast)
        pushed(cast, cast.budi, **TWIN)
    [question] = open_questions()

    client = client_of(cast.rina)
    reason: dict[str, Any] = {"reason": "asked at home"}

    with count_queries("POST reviews/{id}/same-person/"):
        joined = client.post(f"{REVIEWS}{question.pk}/same-person/", reason)
    body = reason | {"registrations": [str(twin.pk)]}
    with count_queries("POST people/{id}/split/"):
        halved = client.post(f"{V1}people/{person_of(twin)}/split/", body)
    with count_queries("POST decisions/{id}/undo/ of an answer"):
        undone = client.post(f"{V1}decisions/{halved.json()['decision']}/undo/", reason)
    assert undone.status_code == 200
    client.post(f"{V1}decisions/{joined.json()['decision']}/undo/", reason)
    one, other = {person_of(question.left), person_of(question.right)}
    with count_queries("POST people/{id}/merge/"):
        merged = client.post(f"{V1}people/{one}/merge/", reason | {"other": str(other)})
    assert merged.status_code == 200


@pytest.mark.parametrize("rows", [1, 5])
def test_standings(cast: Cast, count_queries: Counting, rows: int) -> None:
    now = timezone.now()
    for village in Region.objects.filter(level=4).order_by("code")[:rows]:
        Denominator.objects.create(
            region=village, year=2026, value=500, kind="official", source="census", loaded_at=now
        )
    refresh(now)
    month = later(current_period(now), -1)
    first_revision(month, now)
    client = client_of(cast.agus)
    one = f"{V1}standings/{cast.villages[0].code}/"
    frozen = {"within": "99", "period": f"{month:%Y-%m}"}

    with count_queries("GET standings/"):
        assert client.get(f"{V1}standings/", {"within": "99"}).json()["revision"] == 0
    with count_queries("GET standings/ of a frozen month"):
        assert client.get(f"{V1}standings/", frozen).json()["revision"] == 1
    with count_queries("GET standings/{code}/"):
        assert client.get(one).status_code == 200
    with count_queries("GET standings/{code}/why/"):
        assert client.get(f"{one}why/").status_code == 200
    with count_queries("GET standings/revisions/"):
        assert client.get(f"{V1}standings/revisions/").json()["results"]
    with count_queries("GET formulas/"):
        assert client.get(f"{V1}formulas/").json()["results"]
    body = {"formula": "2026-1", "within": "99"}
    with count_queries("POST standings/simulate/"):
        assert client.post(f"{V1}standings/simulate/", body).json()["villages"] == 5
