"""A server in memory that keeps the contract as far as a tablet sees it, or breaks it on demand."""

import gzip
import json
from collections import Counter
from typing import Any

import httpx

from sync.fleet.network import Network, Signal, Traffic

CONTENT_KEYS = frozenset({"base_revision"})


def content_of(record: dict[str, Any]) -> str:
    return json.dumps({k: v for k, v in record.items() if k not in CONTENT_KEYS}, sort_keys=True)


class FakeServer:
    """Stores contents by id; `received` counts how often each id arrived."""

    def __init__(self) -> None:
        self.revisions: dict[str, list[str]] = {}
        self.verdicts: dict[tuple[str, str], dict[str, Any]] = {}
        self.received: Counter[str] = Counter()
        self.sent_at: list[str] = []
        self.statuses: list[int] = []
        """Answered to the next pushes instead of what is right, last first."""
        self.good_access = "access-0"
        self.good_refresh = {"refresh-0"}
        self.refreshes = 0
        self.forgets_replays = False
        self.reverses_results = False

    def network(self, signal: Signal, rng: Any, traffic: Traffic) -> Network:
        transport = httpx.MockTransport(self.handle)
        return Network(
            httpx.Client(transport=transport, base_url="http://fake/api/v1/"), signal, rng, traffic
        )

    def handle(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1/")
        body = request.read()
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if len(request.content) != int(request.headers.get("Content-Length", -1)):
            return httpx.Response(400)
        if path == "auth/token/refresh/":
            return self._refresh(json.loads(body))
        if request.headers.get("Authorization") != f"Bearer {self.good_access}":
            return httpx.Response(401)
        return {"sync/push/": self._push, "sync/receipts/": self._receipts}[path](json.loads(body))

    def _refresh(self, body: dict[str, Any]) -> httpx.Response:
        if body["refresh"] not in self.good_refresh:
            return httpx.Response(401)
        self.refreshes += 1
        successor = f"refresh-{self.refreshes}"
        # The old one stays good until the new one is first used.
        self.good_refresh = {body["refresh"], successor}
        self.good_access = f"access-{self.refreshes}"
        return httpx.Response(200, json={"access": self.good_access, "refresh": successor})

    def _push(self, body: dict[str, Any]) -> httpx.Response:
        if self.statuses:
            return httpx.Response(self.statuses.pop())
        self.sent_at.append(body.get("sent_at", ""))
        results = [self._judge(record) for record in body["registrations"]]
        if self.reverses_results:
            results.reverse()
        return httpx.Response(200, json={"results": results})

    def _judge(self, record: dict[str, Any]) -> dict[str, Any]:
        key, content = record["id"], content_of(record)
        self.received[key] += 1
        if (key, content) in self.verdicts and not self.forgets_replays:
            return self.verdicts[key, content] | {"replayed": True}
        stored = self.revisions.setdefault(key, [])
        if record.get("programmes") == ["JKK"]:
            verdict = self._result(key, "rejected", "fix", problems=[{"code": "programmes"}])
        elif record["base_revision"] != len(stored):
            server = {"base_revision": len(stored)}
            verdict = self._result(key, "conflict", "fix", server=server)
        else:
            stored.append(content)
            verdict = self._result(key, "accepted", "drop", revision=len(stored))
        self.verdicts[key, content] = verdict
        return verdict

    def _result(self, key: str, outcome: str, action: str, **more: Any) -> dict[str, Any]:
        return {
            "id": key,
            "outcome": outcome,
            "action": action,
            "replayed": False,
            "revision": None,
            "problems": [],
            **more,
        }

    def _receipts(self, body: dict[str, Any]) -> httpx.Response:
        return httpx.Response(
            200,
            json={
                "results": [
                    self._result(key, "accepted", "drop", revision=len(self.revisions[key]))
                    if self.revisions.get(key)
                    else self._result(key, "unknown", "retry")
                    for key in body["ids"]
                ]
            },
        )
