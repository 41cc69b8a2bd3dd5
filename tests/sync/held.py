"""Held records as coordinators find and decide them."""

from typing import Any

from sync.models import HeldRecord
from tests.cast import client_of
from tests.sync.contents import REASON, V1

QUEUE = f"{V1}held-records/"


def queue(user: Any, **query: Any) -> list[dict[str, Any]]:
    answer = client_of(user).get(QUEUE, query)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["count"] == len(body["results"]) or body["next"]
    return list(body["results"])


def do(user: Any, held: object, what: str, **body: Any) -> Any:
    """The answer to deciding about a held record."""
    return client_of(user).post(f"{QUEUE}{held}/{what}/", REASON | body)


def the_held() -> HeldRecord:
    return HeldRecord.objects.latest("pk")
