"""Push: every record gets the verdict it deserves, and keeps it."""

import gzip
import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from outreach import reviewing
from outreach.models import Decision, Person, Registration, Revision
from outreach.sealing import unseal
from sync.models import HeldRecord, Receipt
from tests.cast import Cast
from tests.counting import Counting
from tests.records import batch, record, strangers
from tests.tablet import Tablet, tablet_of

TAKES_GZIP = {"Accept-Encoding": "gzip", "Content-Encoding": "gzip"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def tablet(cast: Cast) -> Tablet:
    return tablet_of(cast.siti)


@pytest.fixture
def siti(cast: Cast) -> dict[str, Any]:
    """A whole record of one worker."""
    return captured(cast)


def captured(cast: Cast, **changes: Any) -> dict[str, Any]:
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    return record(cast.market.id, cast.villages[0].code, captured_at=at, **changes)


def codes(result: dict[str, Any]) -> set[str]:
    return {flag["code"] for flag in result["flags"]}


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


def test_two_versions_in_one_batch_are_an_edit_or_a_conflict(
    tablet: Tablet, siti: dict[str, Any]
) -> None:
    edit = siti | {"base_revision": 1, "work_place": "Kios 15"}
    late = siti | {"base_revision": 1, "work_place": "Kios 16"}

    results = tablet.push(siti, edit, late)["results"]

    assert [result["outcome"] for result in results] == ["accepted", "accepted", "conflict"]
    assert results[2]["server"]["work_place"] == "Kios 15"


def test_a_hundred_versions_in_one_batch_are_bounded_and_kept(
    tablet: Tablet, siti: dict[str, Any]
) -> None:
    versions = [siti | {"work_place": f"Kios {number}"} for number in range(100)]

    with CaptureQueriesContext(
        connection,
    ) as queries:
        results = tablet.push(*versions)["results"]

    assert results[0]["outcome"] == "accepted"
    assert {result["outcome"] for result in results[1:4]} == {"conflict"}
    assert {result["problems"][0]["code"] for result in results[4:]} == {"id_repeated"}
    assert HeldRecord.objects.count() == 96
    assert len(queries) < 150


def test_an_edit_on_the_current_revision_replaces_and_keeps_the_old(
    tablet: Tablet, siti: dict[str, Any]
) -> None:
    first = tablet.result(siti)
    edit = siti | {"base_revision": 1, "phone": "+6281111111111"}

    second = tablet.result(edit)

    assert (second["outcome"], second["revision"]) == ("accepted", 2)
    assert second["person"] == first["person"]
    old = Revision.objects.get()
    assert (old.number, json.loads(unseal(old.content, old.registration_id))["phone"]) == (
        1,
        siti["phone"],
    )
    assert tablet.result(siti)["revision"] == 1
    assert tablet.result(edit)["replayed"]


def test_content_that_was_replaced_can_be_brought_back(
    tablet: Tablet, siti: dict[str, Any]
) -> None:
    other = siti | {"work_place": "Kios 99"}
    tablet.push(siti)
    tablet.push(other | {"base_revision": 1})

    back = tablet.result(siti | {"base_revision": 2})

    assert (back["outcome"], back["revision"], back["replayed"]) == ("accepted", 3, False)
    assert Registration.objects.get().work_place == siti["work_place"]
    assert tablet.result(siti | {"base_revision": 2})["replayed"]
    assert tablet.result(siti)["revision"] == 3


def test_an_edit_moves_the_registration_to_the_right_person(
    cast: Cast, tablet: Tablet, siti: dict[str, Any]
) -> None:
    first = tablet.result(siti)
    [stranger] = strangers(1)
    mistaken = captured(cast) | stranger
    other = tablet.result(mistaken)
    edited = tablet.result(siti | {"id": mistaken["id"], "base_revision": 1})

    assert other["outcome"] == "accepted"
    assert other["person"] != first["person"] == edited["person"]
    assert edited["outcome"] == "duplicate"
    assert Person.objects.exclude(state="none").count() == 1


def test_an_edit_on_an_old_revision_is_a_conflict_and_is_kept(
    tablet: Tablet, siti: dict[str, Any]
) -> None:
    tablet.push(siti)
    tablet.push(siti | {"base_revision": 1, "phone": "+6281111111111"})
    late = siti | {"base_revision": 1, "phone": "+6282222222222"}

    result = tablet.result(late)

    assert (result["outcome"], result["action"], result["revision"]) == ("conflict", "fix", 2)
    assert result["server"]["phone"] == "+6281111111111"
    assert result["server"]["base_revision"] == 2
    assert Revision.objects.filter(number=None).count() == 1
    assert tablet.result(late) == result | {"replayed": True}
    again = result["server"] | {"phone": "+6282222222222"}
    assert tablet.result(again)["outcome"] == "accepted"


def test_the_same_person_twice_is_a_duplicate_that_names_nobody(
    cast: Cast, tablet: Tablet, siti: dict[str, Any]
) -> None:
    first = tablet.result(siti)
    again = captured(cast, full_name="Hj. SITI AMINAH HARAHAP, S.Pd.", address="Elsewhere 9")

    result = tablet_of(cast.budi).result(again)

    assert (result["outcome"], result["action"]) == ("duplicate", "show")
    assert result["person"] == first["person"]
    assert result["first_registered_at"] is not None
    assert "Mesjid" not in json.dumps(result)
    assert Registration.objects.get(pk=again["id"]).status == "duplicate"


def test_somebody_elses_nik_is_reviewed_and_blocks_nobody(
    cast: Cast, tablet: Tablet, siti: dict[str, Any]
) -> None:
    first = tablet.result(siti)
    [stranger] = strangers(1)

    result = tablet.result(captured(cast, **stranger | {"nik": siti["nik"]}))

    assert (first["outcome"], result["outcome"]) == ("accepted", "review")
    assert "nik_conflict" in codes(result)
    assert first["person"] != result["person"]


def test_without_a_nik_the_same_name_and_birthday_in_the_village_is_reviewed(
    cast: Cast, tablet: Tablet, siti: dict[str, Any]
) -> None:
    without = {"nik": None, "nik_missing_reason": "lost", "phone": None, "address": None}
    tablet.push(siti)

    same = tablet.result(captured(cast, **without, birth_date="1979-03-05"))
    elsewhere = tablet.result(
        captured(cast, **without, birth_date="1991-11-20", full_name="Siti Kholijah")
        | {"domicile_village": cast.villages[1].code}
    )

    assert (same["outcome"], codes(same) & {"possible_duplicate"}) == (
        "review",
        {"possible_duplicate"},
    )
    assert elsewhere["outcome"] == "accepted"


def test_the_first_trusted_capture_takes_the_credit_not_the_first_to_arrive(
    cast: Cast, tablet: Tablet, siti: dict[str, Any]
) -> None:
    tablet.push(siti)
    earlier = captured(cast) | {
        "captured_at": (timezone.now() - timedelta(hours=5)).isoformat(),
        "domicile_village": cast.villages[1].code,
    }
    tablet_of(cast.budi).push(earlier)

    person = Person.objects.get()
    assert str(person.credited_id) == earlier["id"]
    assert person.village_id == cast.villages[1].code

    fast_clock = captured(cast) | {"captured_at": (timezone.now() - timedelta(days=9)).isoformat()}
    sent_at = (timezone.now() - timedelta(days=8)).isoformat()
    result = tablet.push(fast_clock, sent_at=sent_at)["results"][0]

    assert "clock_skew" in codes(result)
    person.refresh_from_db()
    assert str(person.credited_id) == earlier["id"]


def test_a_faulty_record_is_held_and_the_others_are_stored(
    cast: Cast, tablet: Tablet, siti: dict[str, Any]
) -> None:
    faulty = captured(cast, nik="12", birth_date="1984-13-05", programmes=["JKK"])

    good, bad = tablet.push(siti, faulty)["results"]

    assert good["outcome"] == "accepted"
    assert (bad["outcome"], bad["action"], bad["person"]) == ("rejected", "fix", None)
    assert {problem["pointer"] for problem in bad["problems"]} == {"/nik", "/birth_date"}
    held = HeldRecord.objects.get()
    assert json.loads(unseal(held.content, held.record_id))["nik"] == "12"
    assert tablet.result(faulty) == bad | {"replayed": True}

    [stranger] = strangers(1)
    corrected = captured(cast, id=faulty["id"]) | stranger
    assert tablet.result(corrected)["outcome"] == "accepted"
    held.refresh_from_db()
    assert held.state == "released"


def test_problems_point_at_every_fault(tablet: Tablet, siti: dict[str, Any]) -> None:
    del siti["sex"]
    siti |= {
        "phone": "0812",
        "location": {"lat": 91, "lon": 0, "accuracy_m": 1},
        "consent": {"notice_version": "2026-01", "method": "sung", "at": "yesterday"},
    }
    problems = tablet.result(siti)["problems"]

    assert {(problem["pointer"], problem["code"]) for problem in problems} == {
        ("/sex", "missing"),
        ("/phone", "invalid"),
        ("/location/lat", "invalid"),
        ("/consent/method", "invalid"),
    }


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"nik": None}, "/nik"),
        ({"location_missing_reason": None}, "/location"),
        ({"programmes": ["JKK"]}, "/programmes"),
        ({"is_employer": True}, "/programmes"),
        ({"campaign": "00000000-0000-4000-8000-000000000000"}, "/campaign"),
        ({"captured_at": "0001-01-01T00:00:00+14:00"}, "/captured_at"),
        ({"birth_date": "1776-07-04"}, "/birth_date"),
        ({"full_name": "Siti\0"}, "/full_name"),
        ({"full_name": "Siti \ud83d"}, "/full_name"),
        ({"monthly_income": float("nan")}, "/monthly_income"),
        ({"monthly_income": 10**30}, "/monthly_income"),
        ({"kios": [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}, ""),
    ],
)
def test_what_cannot_be_stored_is_held_with_its_reason(
    tablet: Tablet, siti: dict[str, Any], change: dict[str, Any], pointer: str
) -> None:
    result = tablet.result(siti | change)

    assert result["outcome"] == "rejected"
    assert pointer in {problem["pointer"] for problem in result["problems"]}
    assert HeldRecord.objects.count() == 1


@pytest.mark.parametrize("sent", [None, 7, "text", [], {}, {"id": "x"}, {"id": 5}])
def test_a_record_without_an_id_is_held_once(tablet: Tablet, sent: Any) -> None:
    first = tablet.result(sent)
    second = tablet.result(sent)

    assert (first["outcome"], second["replayed"]) == ("rejected", True)
    assert HeldRecord.objects.count() == 1


def test_somebody_elses_id_is_held_and_tells_nothing(
    cast: Cast, tablet: Tablet, siti: dict[str, Any]
) -> None:
    tablet.push(siti)
    stolen = siti | {"full_name": "Somebody Else", "base_revision": 1}

    result = tablet_of(cast.budi).result(stolen)

    assert result["outcome"] == "rejected"
    assert [problem["code"] for problem in result["problems"]] == ["id_taken"]
    assert result["person"] is None
    assert Registration.objects.get().full_name == siti["full_name"]


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({"birth_date": "2015-01-01"}, "age_out_of_range"),
        ({"birth_date": "1984-03-06"}, "nik_birth_date_mismatch"),
        ({"sex": "male"}, "nik_sex_mismatch"),
        ({"nik": "1111111111111111"}, "nik_placeholder"),
        ({"occupation": "astronaut"}, "occupation_unknown"),
        ({"domicile_village": "98.01.01.2001"}, "village_unknown"),
        ({"working_declaration": False}, "not_working"),
        ({"stop": "00000000-0000-4000-8000-000000000000"}, "stop_unknown"),
        ({"captured_at": "2025-01-01T08:00:00+07:00"}, "outside_campaign_time"),
        ({"captured_at": "2025-01-01T08:00:00+07:00"}, "kader_off_team"),
        ({"captured_at": "2099-01-01T08:00:00+07:00"}, "clock_skew"),
        ({}, "location_missing"),
    ],
)
def test_doubts_are_flags_and_refuse_nobody(
    tablet: Tablet, siti: dict[str, Any], change: dict[str, Any], flag: str
) -> None:
    result = tablet.result(siti | change)

    assert result["outcome"] == "accepted"
    assert flag in codes(result)
    assert all(entry["detail"] for entry in result["flags"])


def test_location_doubts(cast: Cast, tablet: Tablet) -> None:
    fix = {"lat": 1.0, "lon": 98.0, "accuracy_m": 8, "is_mock": True}
    at_one_spot = [
        captured(cast, nik=None, nik_missing_reason="lost", full_name=f"W {name}", location=fix)
        for name in "abcde"
    ]

    results = tablet.push(*at_one_spot)["results"]

    assert codes(results[0]) == {"location_mocked", "outside_venue", "identical_coordinates"}
    assert tablet.result(at_one_spot[0])["flags"] == results[0]["flags"]


def test_without_an_enrolled_tablet_a_push_is_flagged(cast: Cast, siti: dict[str, Any]) -> None:
    assert "unenrolled_device" in codes(tablet_of(cast.siti, enrolled=False).result(siti))


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


def test_a_record_the_server_fails_on_is_held_and_the_rest_stored(
    cast: Cast, tablet: Tablet, siti: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from outreach import capturing

    placed = capturing._prepare_one

    def failing(capture: Any, *rest: Any) -> Any:
        if capture.draft.full_name == "Poison":
            raise ZeroDivisionError
        return placed(capture, *rest)

    [stranger] = strangers(1)
    poison = captured(cast, **stranger | {"full_name": "Poison"})
    with monkeypatch.context() as patch:
        patch.setattr(capturing, "_prepare_one", failing)
        good, bad = tablet.push(siti, poison)["results"]

    assert good["outcome"] == "accepted"
    assert (bad["outcome"], bad["action"]) == ("rejected", "retry")
    assert bad["problems"][0]["code"] == "server_fault"
    assert tablet.result(poison)["outcome"] == "accepted"


@pytest.mark.parametrize(
    "change",
    [
        {"nik": "9901014503840002\n"},
        {"phone": "+6281234567890\n"},
        {"domicile_village": "99.01.01.1001\n"},
        {"domicile_village": "٩٩.٠١.٠١.١٠٠١"},
        {"rt": "002\n"},
        {"postal_code": "20111\n"},
        {"captured_at": "2026-11-20T09:31:00+23:59"},
        {"captured_at": "2026-11-20T09:31:00-15:00"},
    ],
)
def test_what_only_looks_right_is_held_for_good(
    tablet: Tablet, siti: dict[str, Any], change: dict[str, Any]
) -> None:
    result = tablet.result(siti | change)

    assert (result["outcome"], result["action"]) == ("rejected", "fix")
    assert result["problems"][0]["pointer"] == f"/{next(iter(change))}"


def test_versions_in_one_batch_end_as_in_batches_of_their_own(
    tablet: Tablet, siti: dict[str, Any]
) -> None:
    other = siti | {"work_place": "Kios 99", "base_revision": 1}
    back = siti | {"base_revision": 2}

    results = tablet.push(siti, other, back, back)["results"]

    assert [result["revision"] for result in results] == [1, 2, 3, 3]
    assert [result["replayed"] for result in results] == [False, False, False, True]
    assert Registration.objects.get().work_place == siti["work_place"]
    again = tablet.push(siti, other, back)["results"]
    assert [result["replayed"] for result in again] == [True] * 3
    assert Registration.objects.get().revision == 3


def test_a_batch_the_server_fails_on_is_given_up_in_time(
    cast: Cast, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    from outreach import capturing
    from sync import push

    attempts: list[None] = []

    def failing(*_: Any) -> Any:
        attempts.append(None)
        raise ZeroDivisionError

    monkeypatch.setattr(capturing, "_prepare_one", failing)
    monkeypatch.setattr(push, "monotonic", lambda: len(attempts) * push.SEARCH_S / 10)
    records = [captured(cast) for _ in range(500)]

    results = tablet.push(*records)["results"]

    # To look for each of them takes 999.
    assert 10 < len(attempts) < 30
    assert {(result["outcome"], result["action"]) for result in results} == {("rejected", "retry")}
    assert HeldRecord.objects.count() == 500


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
