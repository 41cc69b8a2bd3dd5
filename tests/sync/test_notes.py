"""Leads and attendance in the push: stored once, told the same for ever, edited by revision."""

import json
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from outreach.models import Attendance, Change, Lead, NoteVersion, Registration
from outreach.notes import columns, storing
from outreach.sealing import unseal
from tests import records
from tests.cast import Cast
from tests.counting import Counting
from tests.records import batch, record
from tests.sync.test_push_garbage import SLOWEST_S, VALUES, put
from tests.tablet import Tablet, tablet_of
from tests.threads import at_once

pytestmark = pytest.mark.django_db
PHONE = "+6281377788899"


def lead(cast: Cast, **changes: Any) -> dict[str, Any]:
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    consent = {"basis": "spoken", "at": at, "notice_version": "2026-01"}
    sent = records.lead(cast.market.id, cast.villages[0].code)
    return sent | {"captured_at": at, "consent": consent} | changes


def session(cast: Cast, **changes: Any) -> dict[str, Any]:
    """Forty people at a talk, an hour ago."""
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    return {
        "id": str(uuid4()),
        "base_revision": 0,
        "campaign": str(cast.market.id),
        "captured_at": at,
        "session": "Sosialisasi pagi",
        "female": 25,
        "male": 15,
        "segments": {"BPU": 30, "PU": 4},
        "officials": 3,
    } | changes


def noted(tablet: Tablet, *leads: Any) -> list[dict[str, Any]]:
    return list(tablet.push(leads=list(leads))["leads"])


def counted(tablet: Tablet, *sessions: Any) -> list[dict[str, Any]]:
    return list(tablet.push(attendance=list(sessions))["attendance"])


def test_a_lead_is_stored_sealed_beside_registrations(cast: Cast, tablet: Tablet) -> None:
    sent = lead(cast, colour="blue", follow_up_on="2026-12-03")

    answer = tablet.push(
        record(cast.market.id, cast.villages[0].code), leads=[sent], attendance=[session(cast)]
    )

    assert answer["results"][0]["outcome"] == "accepted"
    [told] = answer["leads"]
    assert (told["outcome"], told["action"], told["revision"]) == ("accepted", "drop", 1)
    assert (told["state"], told["flags"]) == ("new", [])
    kept = Lead.objects.get(pk=sent["id"])
    assert kept.phone is not None
    assert unseal(kept.phone, kept.pk) == PHONE
    assert (kept.segment, kept.extra, kept.village_id, str(kept.follow_up_on)) == (
        "JAKON",
        {"colour": "blue"},
        cast.villages[0].code,
        "2026-12-03",
    )
    counts = Attendance.objects.get()
    assert (counts.female, counts.male, counts.bpu, counts.officials) == (25, 15, 30, 3)
    for table in ("outreach_lead", "outreach_noteversion"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")
            text = cursor.fetchone()[0]
        assert PHONE[3:] not in text
        assert PHONE.encode().hex() not in text


def test_who_sends_no_notes_sees_nothing_of_them(tablet: Tablet) -> None:
    assert tablet.push().keys().isdisjoint({"leads", "attendance"})
    assert tablet.push(leads=[])["leads"] == []


def test_the_same_content_gets_the_same_verdict_for_ever(cast: Cast, tablet: Tablet) -> None:
    sent, wrong = lead(cast), lead(cast, segment="ASN")
    [first, refused] = noted(tablet, sent, wrong)
    edit = sent | {"base_revision": 1, "notes": "Sudah ditelepon"}
    assert noted(tablet, edit)[0]["revision"] == 2

    for again in (sent, dict(reversed(sent.items())), sent | {"base_revision": 9}):
        [told] = noted(tablet, again)
        assert told | {"flags": []} == first | {"replayed": True}
    assert noted(tablet, wrong) == [refused | {"replayed": True}]
    assert Lead.objects.get().notes == "Sudah ditelepon"


def test_of_another_kaders_note_nothing_is_told(cast: Cast, tablet: Tablet) -> None:
    early = (timezone.now() - timedelta(days=400)).isoformat()
    sent = lead(cast, captured_at=early)
    [first] = noted(tablet, sent)
    assert first["flags"]
    Lead.objects.update(state="contacted")
    lost = sent | {"notes": "Lain"}
    assert noted(tablet, lost)[0]["outcome"] == "conflict"

    finder = tablet_of(cast.budi)

    [again] = noted(finder, sent)
    assert (again["outcome"], again["replayed"], again["flags"]) == ("accepted", True, [])
    assert "state" not in again
    [other] = noted(finder, lost)
    assert (other["outcome"], other["server"], "state" in other) == ("conflict", None, False)


def test_versions_of_one_note_in_one_batch_follow_each_other(cast: Cast, tablet: Tablet) -> None:
    first = session(cast)
    more = first | {"base_revision": 1, "female": 30}
    late = first | {"base_revision": 1, "female": 99}

    told = counted(tablet, first, more, late, first, more)

    assert [(one["outcome"], one["replayed"]) for one in told] == [
        ("accepted", False),
        ("accepted", False),
        ("conflict", False),
        ("accepted", True),
        ("accepted", True),
    ]
    assert told[2]["server"]["female"] == 30
    assert (Attendance.objects.get().female, Attendance.objects.get().revision) == (30, 2)


def test_who_comes_too_late_gets_the_servers_copy_and_edits_that(
    cast: Cast, tablet: Tablet
) -> None:
    sent = lead(cast)
    noted(tablet, sent, sent | {"base_revision": 1, "employer": "CV Maju"})
    late = sent | {"base_revision": 1, "phone": "+6281200000000"}

    [conflict] = noted(tablet, late)

    assert (conflict["outcome"], conflict["action"], conflict["revision"]) == ("conflict", "fix", 2)
    assert conflict["server"]["phone"] == PHONE
    assert noted(tablet, late) == [conflict | {"replayed": True}]
    [won] = noted(tablet, late | {"base_revision": 2})
    assert (won["outcome"], won["revision"]) == ("accepted", 3)
    versions = NoteVersion.objects.filter(record_id=sent["id"])
    assert sorted(versions.values_list("outcome", "revision")) == [
        ("accepted", 1),
        ("accepted", 2),
        ("accepted", 3),
    ]


def test_faulty_notes_are_held_whole_and_hold_up_nobody(cast: Cast, tablet: Tablet) -> None:
    good = lead(cast)
    faulty: list[Any] = [
        lead(cast, phone="0812"),
        lead(cast, full_name=" "),
        lead(cast, consent={"basis": "spoken"}),
        lead(cast, campaign=str(uuid4())),
        "nobody",
        {"id": "x"},
    ]

    told = noted(tablet, *faulty, good)

    assert [one["outcome"] for one in told] == ["rejected"] * 6 + ["accepted"]
    assert [one["problems"][0]["pointer"] for one in told[:4]] == [
        "/phone",
        "/full_name",
        "/consent/at",
        "/campaign",
    ]
    assert all(problem["detail"] for one in told for problem in one["problems"])
    kept = {
        bytes(row.digest): row.content for row in NoteVersion.objects.filter(outcome="rejected")
    }
    assert len(kept) == 6
    row = NoteVersion.objects.get(record_id=faulty[0]["id"])
    assert row.content is not None
    assert json.loads(unseal(row.content, row.record_id))["phone"] == "0812"
    corrected = faulty[0] | {"phone": PHONE}
    assert noted(tablet, corrected)[0]["outcome"] == "accepted"


def test_more_cannot_be_of_a_segment_than_came(cast: Cast, tablet: Tablet) -> None:
    too_many = session(cast, segments={"BPU": 41})
    officials = session(cast, female=0, male=2, segments={}, officials=3)
    negative = session(cast, male=-1)

    told = counted(tablet, too_many, officials, negative)

    assert [one["problems"][0]["code"] for one in told] == [
        "more_than_came",
        "more_than_came",
        "invalid",
    ]


def test_nobody_writes_under_another_kaders_id(cast: Cast, tablet: Tablet) -> None:
    sent = lead(cast)
    noted(tablet, sent)

    [told] = noted(tablet_of(cast.budi), sent | {"base_revision": 1, "phone": None})

    assert (told["outcome"], told["problems"][0]["code"]) == ("rejected", "id_taken")
    assert "server" not in told
    assert Lead.objects.get().phone is not None


def test_what_was_refused_from_somebody_else_is_the_owners_to_send(
    cast: Cast, tablet: Tablet
) -> None:
    sent = lead(cast)
    edit = sent | {"base_revision": 1, "notes": "Sudah ditelepon"}
    noted(tablet, sent)
    assert noted(tablet_of(cast.budi), edit)[0]["outcome"] == "rejected"

    [told] = noted(tablet, edit)

    assert (told["outcome"], told["revision"], told["replayed"]) == ("accepted", 2, False)
    assert noted(tablet, edit)[0]["revision"] == 2


def test_a_lead_and_a_registration_may_have_one_id(cast: Cast, tablet: Tablet) -> None:
    same = str(uuid4())

    answer = tablet.push(
        record(cast.market.id, cast.villages[0].code, id=same), leads=[lead(cast, id=same)]
    )

    assert answer["results"][0]["outcome"] == answer["leads"][0]["outcome"] == "accepted"
    assert Registration.objects.filter(pk=same).exists()


def test_what_speaks_against_a_note_is_said_and_kept(cast: Cast) -> None:
    tablet = tablet_of(cast.outsider_kader, enrolled=False)
    sent = lead(cast, stop=str(uuid4()), village="99.01.01.1999")

    [told] = noted(tablet, sent)

    codes = {"kader_off_team", "stop_unknown", "unenrolled_device", "village_unknown"}
    assert {flag["code"] for flag in told["flags"]} == codes
    assert Lead.objects.get().doubts.keys() == codes


def test_what_the_server_fails_on_is_kept_and_tried_again(
    cast: Cast, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = lead(cast), lead(cast, full_name="Breaks it")
    real = columns.lead_columns

    def breaking(draft: Any, village: str | None) -> dict[str, Any]:
        if draft.full_name == "Breaks it":
            raise ValueError
        return real(draft, village)

    with monkeypatch.context() as patched:
        patched.setattr(storing, "lead_columns", breaking)
        told = noted(tablet, good, bad)
    assert [(one["outcome"], one["action"]) for one in told] == [
        ("accepted", "drop"),
        ("rejected", "retry"),
    ]
    assert told[1]["problems"][0]["code"] == "server_fault"

    [again] = noted(tablet, bad)
    assert (again["outcome"], again["replayed"]) == ("accepted", False)
    assert Lead.objects.count() == 2
    assert NoteVersion.objects.filter(outcome="faulty").count() == 0


def test_the_limit_is_on_all_parts_together(cast: Cast, tablet: Tablet) -> None:
    body = batch([{}] * 200, timezone.now()) | {"leads": [{}] * 200, "attendance": [{}] * 101}

    answer = tablet.post("sync/push/", json.dumps(body).encode())

    assert answer.status_code == 413
    assert NoteVersion.objects.count() == 0
    odd = batch([], timezone.now()) | {"leads": {"a": 1}}
    assert tablet.post("sync/push/", json.dumps(odd).encode()).status_code == 400


@pytest.mark.parametrize("number", [1, 40])
def test_statements_do_not_grow_with_the_batch(
    cast: Cast, tablet: Tablet, count_queries: Counting, number: int
) -> None:
    leads = [lead(cast) for _ in range(number)]
    sessions = [session(cast) for _ in range(number)]
    body = json.dumps(batch([], timezone.now()) | {"leads": leads, "attendance": sessions})

    with count_queries("POST sync/push/ leads and attendance"):
        assert tablet.post("sync/push/", body.encode()).status_code == 200
    with count_queries("POST sync/push/ leads and attendance replayed"):
        assert tablet.post("sync/push/", body.encode()).status_code == 200


@pytest.mark.parametrize("field", ["id", "base_revision",
    "campaign", "stop", "captured_at", "segment", "full_name", "phone", "employer", "village",
    "follow_up_on", "notes", "consent", "consent.at", "consent.basis", "surprise"])  # fmt: skip
def test_any_value_in_any_field_of_a_lead(cast: Cast, tablet: Tablet, field: str) -> None:
    began = timezone.now()

    told = noted(tablet, *(put(lead(cast), field, value) for value in VALUES), lead(cast))

    assert (timezone.now() - began).total_seconds() < SLOWEST_S
    assert {one["outcome"] for one in told} <= {"accepted", "rejected", "conflict"}
    assert "server_fault" not in {found["code"] for one in told for found in one["problems"]}
    assert told[-1]["outcome"] == "accepted"


@pytest.mark.parametrize("field", ["female", "officials", "segments", "segments.BPU", "session"])
def test_any_value_in_any_field_of_attendance(cast: Cast, tablet: Tablet, field: str) -> None:
    told = counted(tablet, *(put(session(cast), field, value) for value in VALUES), session(cast))

    assert "server_fault" not in {found["code"] for one in told for found in one["problems"]}
    assert told[-1]["outcome"] == "accepted"


@pytest.mark.django_db(transaction=True)
def test_simultaneous_pushes_store_once_and_agree(cast: Cast) -> None:
    tablets = [tablet_of(cast.siti) for _ in range(6)]
    for _ in range(8):
        leads, sessions = [lead(cast) for _ in range(3)], [session(cast) for _ in range(3)]

        answers = at_once(
            [
                partial(
                    tablet.push,
                    leads=leads if place % 2 else leads[::-1],
                    attendance=sessions if place % 3 else sessions[::-1],
                )
                for place, tablet in enumerate(tablets)
            ]
        )

        for part in ("leads", "attendance"):
            told = [one for answer in answers for one in answer[part]]
            assert {one["outcome"] for one in told} == {"accepted"}
            assert {one["revision"] for one in told} == {1}
            assert sum(not one["replayed"] for one in told) == 3
    assert Lead.objects.count() == Attendance.objects.count() == 24
    assert NoteVersion.objects.count() == 48
    assert Change.objects.filter(kind__in=["lead", "attendance"]).count() == 48


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_edits_one_wins_and_the_others_are_kept(cast: Cast) -> None:
    tablets = [tablet_of(cast.siti) for _ in range(6)]
    sent = lead(cast)
    noted(tablets[0], sent)
    edits = [sent | {"base_revision": 1, "notes": f"Versi {n}"} for n in range(6)]

    told = at_once([partial(noted, t, e) for t, e in zip(tablets, edits, strict=True)])

    assert sorted(one["outcome"] for [one] in told) == ["accepted"] + ["conflict"] * 5
    assert Lead.objects.get().revision == 2
    assert NoteVersion.objects.filter(record_id=sent["id"]).count() == 7
