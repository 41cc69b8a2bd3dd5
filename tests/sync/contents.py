"""What was sent of records, and whether all of it can still be found."""

import json
from datetime import timedelta
from typing import Any

from django.utils import timezone

from outreach.drafts import record_of
from outreach.models import Registration, Revision
from outreach.sealing import unseal
from sync.models import HeldRecord
from sync.wire import receive
from tests.cast import Cast, client_of
from tests.records import record
from tests.tablet import Tablet

V1 = "/api/v1/"
REASON = {"reason": "papers seen"}


def captured(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A record of an hour ago."""
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    return record(cast.market.id, cast.villages[0].code, captured_at=at) | changes


def edited(sent: dict[str, Any], base: int, **changes: Any) -> dict[str, Any]:
    return sent | {"base_revision": base} | changes


def receipt(tablet: Tablet, record_id: object, **headers: str) -> dict[str, Any]:
    """How a record stands by the receipts."""
    body = json.dumps({"ids": [str(record_id)]}).encode()
    answer = tablet.post("sync/receipts/", body, **headers)
    assert answer.status_code == 200
    [result] = json.loads(answer.content)["results"]
    return dict(result)


def decide(user: Any, record_id: object, what: str, **body: Any) -> dict[str, Any]:
    """A decision about a registration that is to succeed."""
    answer = client_of(user).post(f"{V1}registrations/{record_id}/{what}/", REASON | body)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def revisions(user: Any, record_id: object) -> list[dict[str, Any]]:
    answer = client_of(user).get(f"{V1}registrations/{record_id}/revisions/")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def restore(user: Any, record_id: object, revision: int, **body: Any) -> Any:
    """The answer to restoring a kept content."""
    url = f"{V1}registrations/{record_id}/revisions/{revision}/restore/"
    return client_of(user).post(url, REASON | body)


def contents_found() -> dict[bytes, Any]:
    """Every content that is kept anywhere, by the digest of what was sent."""
    found = {bytes(held.digest): held for held in HeldRecord.objects.all()}
    contents: dict[bytes, Any] = {
        digest: json.loads(unseal(held.content, held.record_id)) for digest, held in found.items()
    }
    for kept in Revision.objects.all():
        contents[bytes(kept.digest)] = json.loads(unseal(kept.content, kept.registration_id))
    for row in Registration.objects.all():
        contents[bytes(row.digest)] = record_of(row)
    return contents


def assert_nothing_is_lost(sent: list[Any], kader: int) -> None:
    """Everything that was sent is there, and says what was sent."""
    found = contents_found()
    for one in sent:
        digest = receive(one, kader).digest
        assert digest in found
        if isinstance(one, dict):
            kept = found[digest]
            assert {kept.get(name) for name in ("full_name", "work_place")} == {
                one.get(name) for name in ("full_name", "work_place")
            }
