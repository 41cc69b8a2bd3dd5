"""A tablet that pulls: what it holds after the pages it got."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from tests.tablet import Tablet

Held = dict[tuple[str, str], Any]
"""What a tablet holds, by kind and id."""


def get(tablet: Tablet, path: str, query: Any = None, **headers: str) -> Any:
    """GET with the tablet's token."""
    return Client(raise_request_exception=False).get(
        f"/api/v1/{path}",
        query or {},
        headers={"Authorization": f"Bearer {tablet.access}", **headers},
    )


def page(tablet: Tablet, **query: Any) -> dict[str, Any]:
    """One page that the server is to answer with 200."""
    answer = get(tablet, "sync/changes/", query)
    assert answer.status_code == 200, answer.content[:500]
    return dict(json.loads(answer.content))


@dataclass
class Puller:
    """What one tablet knows, and where it stands."""

    tablet: Tablet
    limit: int = 500
    boundaries: bool = False
    cursor: str = ""
    held: Held = field(default_factory=dict)
    pages: int = 0
    deletes: int = 0

    def step(self) -> bool:
        """Pull one page and apply it; whether there is more."""
        query: dict[str, Any] = {"cursor": self.cursor, "limit": self.limit}
        if self.boundaries:
            query["boundaries"] = "1"
        got = page(self.tablet, **query)
        assert len(got["changes"]) <= self.limit
        for change in got["changes"]:
            key = change["kind"], change["id"]
            if change["op"] == "upsert":
                self.held[key] = change["data"]
            else:
                assert change["data"] is None
                self.held.pop(key, None)
                self.deletes += 1
        self.cursor = got["cursor"]
        self.pages += 1
        return bool(got["has_more"])

    def pull(self) -> Held:
        """Pull until there is no more; gives what the tablet holds."""
        while self.step():
            pass
        return self.held

    def of(self, kind: str) -> dict[str, Any]:
        """What the tablet holds of a kind, by id."""
        return {one: data for (held, one), data in self.held.items() if held == kind}


def anew(tablet: Tablet, **how: Any) -> Held:
    """What a tablet would hold that starts now: nothing else is even named to it."""
    puller = Puller(tablet, **how)
    puller.pull()
    assert puller.deletes == 0
    return puller.held
