"""What is known of a kader, as a coordinator would note it."""

from typing import Any

from tests.cast import Cast, client_of

DAYS = {"first_day": "2026-01-01", "last_day": None}


def new_entry(cast: Cast, kind: str, **changes: Any) -> dict[str, Any]:
    """A body that gets through."""
    entries: dict[str, dict[str, Any]] = {
        "letters": {
            "number": "ST/12/2026",
            "issued_on": "2026-01-02",
            "valid_from": "2026-01-05",
            "valid_to": "2026-12-31",
            "office": cast.branch.pk,
            "agency": "PKK Hulu",
            "signed_by": "Kepala Kacab",
        },
        "trainings": {
            "course": "Pendaftaran BPU",
            "held_on": "2026-01-03",
            "result": "passed",
            "valid_to": "2027-01-02",
        },
        "agencies": {"kind": "pkk", "name": "PKK Hulu"} | DAYS,
        "villages": {"village": cast.villages[0].code} | DAYS,
        "roles": {"role": "rt_head", "village": cast.villages[0].code, "detail": "RT 2"} | DAYS,
    }
    return entries[kind] | changes


def route_kind(route: str) -> str:
    """Which kind a route is of."""
    return route.partition("user_id>/")[2].partition("/")[0]


def noted(cast: Cast, route: str) -> int:
    """The id of one of the route's kind, noted of Siti."""
    kind = route_kind(route)
    url = f"/api/v1/users/{cast.siti.pk}/{kind}/"
    answer = client_of(cast.rina).post(url, new_entry(cast, kind))
    assert answer.status_code == 201, answer.content
    made: int = answer.json()["id"]
    return made
