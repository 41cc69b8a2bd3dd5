"""Push: every record gets the verdict it deserves, and keeps it."""

import gzip
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from outreach import reviewing
from outreach.models import Decision, Registration
from outreach.sealing import unseal
from sync.models import Receipt
from tests.cast import Cast
from tests.counting import Counting
from tests.records import batch, strangers
from tests.sync.contents import captured
from tests.tablet import Tablet, tablet_of

pytestmark = pytest.mark.django_db

TAKES_GZIP = {"Accept-Encoding": "gzip", "Content-Encoding": "gzip"}


def test_a_new_worker_is_accepted_and_kept_whole(tablet: Tablet, siti: dict[str, Any]) -> None:
    result = tablet.result(siti | {"kios": {"row": 4}})

    assert (result["outcome"], result["action"], result["replayed"]) == ("accepted", "drop", False)
    assert result["revision"] == 1
    assert result["missing_photos"] == ["ab" * 32]
    stored = Registration.objects.get(pk=siti["id"])
    assert str(stored.person_id) == result["person"]
    assert stored.extra == {"kios": {"row": 4}}
    assert stored.rt == "002"
    assert stored.nik is not None
    assert unseal(stored.nik, stored.id) == siti["nik"]


def test_sealed_fields_are_nowhere_in_clear(tablet: Tablet, siti: dict[str, Any]) -> None:
    tablet.push(siti | {"mother_name": "Nurhayati"}, siti | {"id": str(uuid4()), "sex": "x"})

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema='public'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM \"{table}\" t")
            text = cursor.fetchone()[0]
            for secret in (siti["nik"], siti["phone"][3:], "Nurhayati"):
                assert secret not in text, table
                assert secret.encode().hex() not in text, table


def test_the_same_record_gets_the_same_verdict_for_ever(
    tablet: Tablet, siti: dict[str, Any]
) -> None:
    first = tablet.result(siti)
    shuffled = dict(reversed(siti.items())) | {"base_revision": 0}

    for again in (siti, shuffled, siti | {"base_revision": 7}):
        assert tablet.result(again) == first | {"replayed": True}
    assert Registration.objects.count() == 1


def test_a_record_twice_in_one_batch_is_one_registration(
    tablet: Tablet, siti: dict[str, Any]
) -> None:
    first, second = tablet.push(siti, siti)["results"]

    assert (first["replayed"], second["replayed"]) == (False, True)
    assert first["person"] == second["person"]


def test_statements_do_not_grow_with_the_batch(
    cast: Cast, tablet: Tablet, count_queries: Counting
) -> None:
    def statements(size: int) -> tuple[int, int]:
        records = [
            captured(cast, nik=None, nik_missing_reason="lost", full_name=f"Worker {n}")
            for n in range(size)
        ]
        counts = []
        for _ in ("fresh", "replayed"):
            with CaptureQueriesContext(connection) as queries:
                tablet.push(*records)
            counts.append(len(queries))
        return counts[0], counts[1]

    statements(1)
    one, many = statements(1), statements(500)
    assert one[1] == many[1]
    # Some statements have nothing to do for one record: no two of a batch are alike, say.
    assert one[0] <= many[0] <= one[0] + 8
    records = [captured(cast, **stranger) for stranger in strangers(3)]
    with count_queries("POST sync/push/"):
        tablet.push(*records)
    with count_queries("POST sync/push/ replayed"):
        tablet.push(*records)


def test_receipts_tell_how_things_stand_to_their_kader_only(
    cast: Cast, tablet: Tablet, siti: dict[str, Any]
) -> None:
    faulty = captured(cast, sex="?")
    tablet.push(siti, faulty)
    unknown = str(uuid4())
    body = json.dumps({"ids": [siti["id"], faulty["id"], unknown]}).encode()

    own = json.loads(tablet.post("sync/receipts/", body).content)["results"]
    foreign = json.loads(tablet_of(cast.budi).post("sync/receipts/", body).content)["results"]

    assert [result["outcome"] for result in own] == ["accepted", "rejected", "unknown"]
    assert [result["outcome"] for result in foreign] == ["unknown"] * 3
    assert Receipt.objects.count() == 2


def test_gzip_is_read_and_bounded(tablet: Tablet, siti: dict[str, Any]) -> None:
    assert tablet.push(siti, gzipped=True)["results"][0]["outcome"] == "accepted"


def test_the_answer_to_a_batch_is_gzipped_for_whoever_takes_it(cast: Cast, tablet: Tablet) -> None:
    body = json.dumps(batch([captured(cast) for _ in range(20)], timezone.now())).encode()

    packed = tablet.post("sync/push/", gzip.compress(body), **TAKES_GZIP)
    plain = tablet.post("sync/push/", body)

    assert packed["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain
    assert len(packed.content) < len(plain.content) / 3
    results = json.loads(gzip.decompress(packed.content))["results"]
    assert [one | {"replayed": True} for one in results] == json.loads(plain.content)["results"]


def test_too_many_records_store_nothing(cast: Cast, tablet: Tablet) -> None:
    body = json.dumps(
        {
            "batch_id": str(uuid4()),
            "sent_at": timezone.now().isoformat(),
            "registrations": [captured(cast) for _ in range(501)],
        }
    ).encode()

    answer = tablet.post("sync/push/", body)

    problem = json.loads(answer.content)
    assert (answer.status_code, problem["code"], problem["max_records"]) == (413, "too_large", 500)
    assert not Registration.objects.exists()


def test_receipts_tell_what_coordinators_decided(
    cast: Cast, tablet: Tablet, siti: dict[str, Any]
) -> None:
    tablet.push(siti)
    body = json.dumps({"ids": [siti["id"]]}).encode()
    for kind, state, action in (
        (Decision.Kind.REQUEST_CORRECTION, "needs_correction", "fix"),
        (Decision.Kind.REJECT, "rejected", "drop"),
    ):
        reviewing.decide(kind, [UUID(siti["id"])], cast.rina, "seen", timezone.now())
        told = json.loads(tablet.post("sync/receipts/", body).content)["results"][0]
        assert (told["state"], told["action"]) == (state, action)
