"""Accounts changed, closed and opened; letters and what else is known of a kader."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from outreach.models import (
    AccountChange,
    AssignmentLetter,
    Change,
    Flag,
    PastFlag,
    Registration,
    User,
)
from outreach.offices.territory import today
from tests.cast import Cast, client_of, pushed
from tests.counting import Counting
from tests.garbage import survives_garbage
from tests.outreach.kader.entries import new_entry
from tests.threads import at_once

V1 = "/api/v1/"
TODAY = today(timezone.now())
KINDS = ("letters", "trainings", "agencies", "villages", "roles")


def url(user: User, rest: str = "") -> str:
    return f"{V1}users/{user.pk}/{rest}"


def why(**fields: Any) -> dict[str, Any]:
    return {"reason": "asked for by letter"} | fields


def letter(cast: Cast, first: int, last: int, number: str = "ST/1") -> dict[str, Any]:
    """One that is valid from so many days from now to so many."""
    days = {
        "valid_from": (TODAY + timedelta(days=first)).isoformat(),
        "valid_to": (TODAY + timedelta(days=last)).isoformat(),
    }
    return new_entry(cast, "letters", number=number, **days)


def test_a_coordinator_changes_a_kader_and_it_is_kept_who_did(cast: Cast) -> None:
    client = client_of(cast.rina)
    body = why(full_name="Siti Rahayu Harahap", phone="62 812-0000-0009")

    shown = client.patch(url(cast.siti), body).json()
    assert (shown["full_name"], shown["phone"]) == ("Siti Rahayu Harahap", "+6281200000009")
    letters = client.patch(url(cast.siti), why(phone="0812abc"))
    assert [one["pointer"] for one in letters.json()["problems"]] == ["/phone"]
    assert client.patch(url(cast.siti), body).status_code == 200

    [change] = client.get(url(cast.siti, "changes/")).json()["results"]
    assert (change["actor"], change["reason"]) == (cast.rina.pk, "asked for by letter")
    assert change["fields_changed"]["full_name"] == ["Siti Rahayu", "Siti Rahayu Harahap"]


def test_an_office_is_changed_within_one_s_own(cast: Cast) -> None:
    other = why(office=cast.other_branch.pk)
    assert client_of(cast.rina).patch(url(cast.siti), other).status_code == 400
    assert client_of(cast.regional_coordinator).patch(url(cast.siti), other).status_code == 200
    [change] = AccountChange.objects.all()
    assert change.fields == {"office": [cast.branch.pk, cast.other_branch.pk]}
    assert client_of(cast.rina).get(url(cast.siti)).status_code == 404


def test_a_closed_account_signs_in_no_more_and_hands_over(cast: Cast) -> None:
    sign_in = {"username": "siti", "password": "sawah-hijau-42"}
    tablet = client_of(cast.siti, cast.tablet)
    assert client_of(cast.rina).patch(url(cast.siti), why(is_active=False)).status_code == 200

    assert client_of(None).post(f"{V1}auth/token/", sign_in).status_code == 401
    refused = tablet.get(f"{V1}sync/changes/")
    assert (refused.status_code, refused.json()["device_action"]) == (403, "hand_over")
    client_of(cast.rina).patch(url(cast.siti), why(is_active=True))
    assert client_of(None).post(f"{V1}auth/token/", sign_in).status_code == 200
    assert tablet.get(f"{V1}sync/changes/").status_code == 200
    told = AccountChange.objects.order_by("pk").values_list("fields", flat=True)
    assert list(told) == [{"is_active": [True, False]}, {"is_active": [False, True]}]


def test_who_may_not_change_whom(cast: Cast) -> None:
    assert client_of(cast.rina).patch(url(cast.agus), why(phone="")).status_code == 403
    assert client_of(cast.rina).patch(url(cast.outsider_kader), why()).status_code == 404
    assert client_of(cast.andi).patch(url(cast.andi), why(is_active=False)).status_code == 403
    assert client_of(cast.andi).patch(url(cast.rina), why(office=None)).status_code == 400
    assert client_of(cast.andi).patch(url(cast.rina), {"is_active": False}).status_code == 400
    assert not AccountChange.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_known_of_a_kader_is_noted_and_changed(cast: Cast, kind: str) -> None:
    client, body = client_of(cast.rina), new_entry(cast, kind)

    made = client.post(url(cast.siti, f"{kind}/"), body)

    assert made.status_code == 201, made.content
    assert {name: made.json()[name] for name in body} == body
    assert made.json()["noted_by"] == cast.rina.pk
    last = next(name for name in ("valid_to", "last_day") if name in body)
    one = url(cast.siti, f"{kind}/{made.json()['id']}/")
    assert client.patch(one, {last: "2027-06-30"}).json() | {last: 0} == made.json() | {
        last: 0,
        "noted_at": client.get(url(cast.siti, f"{kind}/")).json()["results"][0]["noted_at"],
    }
    assert client.patch(one, {last: "2001-01-01"}).status_code == 400
    log = client.get(url(cast.siti, "changes/")).json()["results"]
    [(before, after)] = log[0]["fields_changed"].values()
    assert (before[last], after[last]) == (body[last], "2027-06-30")
    own = client_of(cast.siti)
    assert own.get(url(cast.siti, f"{kind}/")).json()["results"][0]["id"] == made.json()["id"]
    assert own.get(url(cast.budi, f"{kind}/")).status_code == 404
    assert client_of(cast.outsider_coordinator).patch(one, {}).status_code == 404
    assert client.patch(url(cast.budi, f"{kind}/{made.json()['id']}/"), {}).status_code == 404
    assert client.post(url(cast.agus, f"{kind}/"), body).status_code == 403


def test_roles_and_villages_must_be_there(cast: Cast) -> None:
    client = client_of(cast.rina)
    for village in ("99.01", "99.01.01.9999"):
        body = new_entry(cast, "villages", village=village)
        assert client.post(url(cast.siti, "villages/"), body).status_code == 400
    elsewhere = new_entry(cast, "letters", office=cast.other_branch.pk)
    assert client.post(url(cast.siti, "letters/"), elsewhere).status_code == 400
    twice = [client.post(url(cast.siti, "letters/"), new_entry(cast, "letters")) for _ in "12"]
    assert [answer.status_code for answer in twice] == [201, 409]


@pytest.mark.parametrize(
    ("letters", "state"),
    [
        ([], "none"),
        ([(-40, -1)], "expired"),
        ([(-40, 10)], "ends_soon"),
        ([(-40, 90)], "valid"),
        ([(-40, -1), (5, 90)], "not_yet"),
        ([(-40, -1), (0, 90)], "valid"),
    ],
)
def test_a_kader_reads_how_long_the_letter_is_valid(
    cast: Cast, letters: list[tuple[int, int]], state: str
) -> None:
    for place, (first, last) in enumerate(letters):
        body = letter(cast, first, last, f"ST/{place}")
        client_of(cast.rina).post(url(cast.siti, "letters/"), body)

    told = client_of(cast.siti).get(f"{V1}kader/me/").json()

    assert told["assignment"]["state"] == state
    assert len(told["letters"]) == len(letters)
    warned = client_of(cast.rina).get(f"{V1}kader/warnings/").json()["results"]
    assert [row["kader"] for row in warned] == (
        [cast.siti.pk] if state in {"expired", "ends_soon"} else []
    )
    assert client_of(cast.outsider_coordinator).get(f"{V1}kader/warnings/").json()["results"] == []


def test_work_after_the_letter_ended_is_taken_and_flagged(cast: Cast) -> None:
    client = client_of(cast.rina)
    client.post(url(cast.siti, "letters/"), letter(cast, -90, -5))

    registration = pushed(cast)
    other = pushed(cast, cast.budi, nik="9901014503840019", full_name="Bukan Siti")

    flag = Flag.objects.get(code="assignment_expired")
    assert flag.registration_id == registration.pk
    assert flag.evidence == {"ended": (TODAY - timedelta(days=5)).isoformat()}
    assert registration.status != "rejected" and other.flags.count()
    before = Change.objects.latest("pk").pk

    client.post(url(cast.siti, "letters/"), letter(cast, -4, 90, "ST/2"))

    assert not Flag.objects.filter(code="assignment_expired").exists()
    assert PastFlag.objects.get().evidence == flag.evidence
    told = Change.objects.filter(pk__gt=before, kind="registration")
    assert [one.object_id for one in told] == [str(registration.pk)]


def test_the_last_doubt_gone_it_is_submitted_again(cast: Cast) -> None:
    registration = pushed(cast)
    registration.flags.all().delete()
    registration.flags.create(
        code="assignment_expired", evidence={"ended": "2026-01-01"}, raised_at=timezone.now()
    )
    Registration.objects.filter(pk=registration.pk).update(status="flagged")

    client_of(cast.rina).post(url(cast.siti, "letters/"), letter(cast, -4, 90))

    registration.refresh_from_db()
    assert registration.status == "submitted"


@pytest.mark.django_db(transaction=True)
def test_of_one_letter_noted_at_once_there_is_one(cast: Cast) -> None:
    post = [
        partial(client_of(cast.rina).post, url(cast.siti, "letters/"), new_entry(cast, "letters"))
        for _ in range(4)
    ]
    assert sorted(answer.status_code for answer in at_once(post)) == [201, 409, 409, 409]
    assert AssignmentLetter.objects.count() == 1


@pytest.mark.parametrize("rows", [1, 5])
def test_statements(cast: Cast, count_queries: Counting, rows: int) -> None:
    client = client_of(cast.rina)
    for number in range(rows):
        for kind in KINDS:
            different = {
                "letters": {"number": f"ST/{number}"},
                "trainings": {"held_on": f"2025-0{number + 1}-03"},
                "villages": {"first_day": f"2025-0{number + 1}-03"},
            }.get(kind, {})
            client.post(url(cast.siti, f"{kind}/"), new_entry(cast, kind, **different))
    with count_queries("GET users/{id}/"):
        client.get(url(cast.siti))
    with count_queries("GET users/{id}/letters/"):
        made = client.get(url(cast.siti, "letters/")).json()["results"]
    with count_queries("PATCH users/{id}/letters/{id}/"):
        client.patch(url(cast.siti, f"letters/{made[0]['id']}/"), {"agency": "NGO"})
    with count_queries("POST users/{id}/letters/"):
        client.post(url(cast.siti, "letters/"), new_entry(cast, "letters", number="ST/99"))
    with count_queries("PATCH users/{id}/"):
        client.patch(url(cast.siti), why(phone="+6281200000009"))
    with count_queries("GET users/{id}/changes/"):
        client.get(url(cast.siti, "changes/"))
    with count_queries("GET kader/warnings/"):
        client.get(f"{V1}kader/warnings/")
    with count_queries("GET kader/me/"):
        client_of(cast.siti).get(f"{V1}kader/me/")


def test_garbage_gets_a_problem(cast: Cast) -> None:
    client = client_of(cast.rina)
    for kind in KINDS:
        survives_garbage(client, "POST", url(cast.siti, f"{kind}/"), new_entry(cast, kind))
    survives_garbage(client, "PATCH", url(cast.siti), why(full_name="Siti", phone=""))
