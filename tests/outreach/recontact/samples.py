"""Verified registrations, and samples drawn of them."""

from datetime import date
from typing import Any
from uuid import uuid4

from outreach.models import Flag, Person, RecontactCase, RecontactSample, Registration, User
from tests.cast import Cast, client_of, pushed
from tests.records import NOW, strangers

SAMPLES = "/api/v1/recontact-samples/"
DAY = date(2026, 3, 4)


def verified(cast: Cast, number: int, *, by: User | None = None, flagged: int = 0) -> list[Any]:
    """So many verified workers of a kader (Siti unless told otherwise), the first ones in doubt."""
    there = Registration.objects.count()
    made = [
        pushed(cast, by, **one | {"phone": f"+62812000{there + place:05}"})
        for place, one in enumerate(strangers(there + number)[there:])
    ]
    ids = [one.pk for one in made]
    Registration.objects.filter(pk__in=ids).update(status="verified", local_day=DAY)
    Person.objects.filter(registrations__in=ids).update(state="verified")
    for one in made[:flagged]:
        Flag.objects.create(registration=one, code="burst", evidence={}, raised_at=NOW)
    return ids


def asked(**changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "first_day": "2026-03-01",
        "last_day": "2026-03-31",
        "size": 4,
    } | changes


def drawn(user: User, **changes: Any) -> RecontactSample:
    body = asked(**changes)
    answer = client_of(user).post(SAMPLES, body)
    assert answer.status_code == 201, answer.content
    return RecontactSample.objects.get(pk=body["id"])


def case_url(case: RecontactCase, what: str) -> str:
    return f"/api/v1/recontact-cases/{case.pk}/{what}/"


def called(user: User, case: RecontactCase, outcome: str, **changes: Any) -> Any:
    """Shown, and then what the call brought."""
    client = client_of(user)
    shown = client.post(case_url(case, "show"))
    if shown.status_code != 200:
        return shown
    body = {"id": str(uuid4()), "outcome": outcome} | changes
    return client.post(case_url(case, "outcome"), body)
