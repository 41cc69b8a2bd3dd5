"""A tablet in a test: signed in, pushing over Django's own HTTP stack."""

import gzip
import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from outreach.models import User
from sync.models import Device
from sync.tokens import sign_in
from tests.records import batch


@dataclass(frozen=True)
class Tablet:
    """A kader with an access token, with or without an enrolled device."""

    access: str
    device: Device | None

    def post(self, path: str, body: bytes, **headers: str) -> HttpResponse:
        """POST bytes as they are."""
        answer: Any = Client(raise_request_exception=False).generic(
            "POST",
            f"/api/v1/{path}",
            body,
            headers.pop("content_type", "application/json"),
            headers={"Authorization": f"Bearer {self.access}", **headers},
        )
        assert isinstance(answer, HttpResponse)
        return answer

    def push(self, *records: Any, gzipped: bool = False, **envelope: Any) -> dict[str, Any]:
        """Push records that the server is to answer with 200; gives the answer."""
        body = json.dumps(batch(records, timezone.now()) | envelope).encode()
        headers = {"Content-Encoding": "gzip"} if gzipped else {}
        answer = self.post("sync/push/", gzip.compress(body) if gzipped else body, **headers)
        assert answer.status_code == 200, answer.content[:500]
        return dict(json.loads(answer.content))

    def result(self, record: Any) -> dict[str, Any]:
        """Push one record; gives its result."""
        return dict(self.push(record)["results"][0])


def tablet_of(kader: User, *, enrolled: bool = True) -> Tablet:
    """Put a tablet in a kader's hands."""
    now = timezone.now()
    device = None
    if enrolled:
        device = Device.objects.create(
            kader=kader,
            label="test",
            state=Device.State.ACTIVE,
            created_by=kader,
            created_at=now,
            enrolled_at=now,
        )
    return Tablet(sign_in(kader, device, now)["access"], device)
