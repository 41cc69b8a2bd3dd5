"""Statements of each console call; the same for few rows and for many."""

from typing import Any

import pytest

from sync.epoch import epoch
from tests.cast import PASSWORD, Cast, client_of, pushed, tablet
from tests.counting import Counting
from tests.outreach.api.test_campaigns import planned

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
