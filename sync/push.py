"""A batch from a tablet: every record gets a lasting verdict, and none blocks the others."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID

from msgspec.structs import replace

from outreach import bulk, changes
from outreach.capturing import prepare
from outreach.drafts import FieldProblem
from outreach.flagging import Sender
from outreach.models import Campaign, NoteVersion, User
from outreach.photos.states import Known, known_photos
from outreach.registering import Outcome, register
from outreach.sealing import seal
from outreach.statuses import UNDECIDED, Status
from sync import flag_answers, handing_over, notes
from sync.answers import PushAnswer, Result
from sync.failing import SEARCH_S, around_failures
from sync.models import Delivery, Device, HeldRecord, Receipt
from sync.results import (
    Verdicted,
    fresh_result,
    rejected_result,
    replayed_results,
    stored_registrations,
)
from sync.wire import Batch, Received, receive, refused

SERVER_FAULT = FieldProblem("", "server_fault")
REPEATED_ID = FieldProblem("/id", "id_repeated")
MAX_VERSIONS = 4
"""Versions of one record that a batch may carry: each takes a transaction of its own."""

Key = tuple[UUID, bytes]
"""A record's id and the digest of one content of it."""


class Pusher(NamedTuple):
    """Who pushes, and with which tablet if it is an enrolled one."""

    user: User
    device: Device | None


def push(batch: Batch, pusher: Pusher, now: datetime) -> PushAnswer:
    """Store what is new, answer what is known, hold what is wrong."""
    sender = Sender(
        kader_id=pusher.user.pk,
        enrolled=pusher.device is not None,
        clock_skew_s=round((batch.sent_at - now).total_seconds(), 3),
        received_at=now,
        handing_over=bool(pusher.device and handing_over.word_for(pusher.device, now)),
    )
    received = [receive(record, sender.kader_id) for record in batch.registrations]
    waves, repeats = _waves(received)
    results: dict[int, Result] = {}
    for wave in waves:
        told = _verdicts(list(wave.values()), batch, pusher, sender)
        results |= {position: told[record.receipt_key] for position, record in wave.items()}
    for position, earlier in repeats.items():
        results[position] = replace(results[earlier], replayed=True)
    leaving = pusher.device if sender.handing_over else None
    leads = notes.noted(NoteVersion.Kind.LEAD, batch.leads, batch, sender, leaving)
    attendance = notes.noted(NoteVersion.Kind.ATTENDANCE, batch.attendance, batch, sender, leaving)
    answers = flag_answers.answered(batch.flag_answers, pusher.user.pk, now, leaving)
    if leaving:
        results = {
            position: handing_over.as_told_when_handing_over(result)
            for position, result in results.items()
        }
    if pusher.device:
        Device.objects.filter(pk=pusher.device.pk).update(
            pushed_at=now, clock_skew_s=sender.clock_skew_s
        )
    return PushAnswer(
        batch.batch_id,
        now,
        sender.clock_skew_s,
        [replace(results[position], id=sent.sent_id) for position, sent in enumerate(received)],
        leads,
        attendance,
        answers,
    )


def _waves(received: Iterable[Received]) -> tuple[list[dict[int, Received]], dict[int, int]]:
    """Records by position, such that each wave holds one version of a record.

    Every version takes a wave of its own, as if it came in a batch of its own; what comes beyond
    MAX_VERSIONS shares the last wave. Beside them the positions that repeat an earlier one.
    """
    waves: list[dict[int, Received]] = []
    repeats: dict[int, int] = {}
    first: dict[tuple[Key, int | None], int] = {}
    versions: Counter[UUID] = Counter()
    for position, record in enumerate(received):
        base_revision = record.capture.draft.base_revision if record.capture else None
        earlier = first.setdefault((record.receipt_key, base_revision), position)
        if earlier != position:
            repeats[position] = earlier
            continue
        wave = min(versions[record.key], MAX_VERSIONS)
        versions[record.key] += 1
        if wave == len(waves):
            waves.append({})
        waves[wave][position] = record
    return waves, repeats


def _verdicts(
    wave: Sequence[Received], batch: Batch, pusher: Pusher, sender: Sender
) -> dict[Key, Result]:
    """The verdicts on a wave's records: the known ones again, the others by judging them."""
    results = _known_results(wave, sender)
    new = [record for record in wave if record.receipt_key not in results]
    if len({record.key for record in new}) < len(new):
        new = [refused(record, REPEATED_ID) for record in new]
    if new:
        results |= _judge(new, batch, pusher, sender, monotonic() + SEARCH_S)
    return results


def _known_results(received: Sequence[Received], sender: Sender) -> dict[Key, Result]:
    """The results of contents that have a verdict, except where they are sent as an edit now.

    Content that is sent on the current revision and differs from it is wanted back: somebody who
    saw what replaced it sends it again. Sent unchanged where a correction was asked for, it says
    that it is right as it is.
    """
    rows = bulk.run(
        "SELECT r.record_id, r.digest, r.outcome, r.revision, d.kader_id, held.registration_id"
        " FROM sync_receipt r JOIN sync_delivery d ON d.id = r.delivery_id"
        " LEFT JOIN sync_heldrecord held ON (held.record_id, held.digest) = (r.record_id, r.digest)"
        " WHERE r.record_id = ANY(%s)",
        [[record.key for record in received]],
    )
    if not rows:
        return {}
    stored = stored_registrations({row[0] for row in rows} | {row[5] for row in rows if row[5]})
    edits = {
        record.receipt_key
        for record in received
        if record.capture
        and (now := stored.get(record.key))
        and now.kader == sender.kader_id
        and now.status in UNDECIDED
        and now.revision == record.capture.draft.base_revision
        and (bytes(now.digest) != record.digest or now.status == Status.NEEDS_CORRECTION)
    }
    verdicts = [Verdicted(row[0], bytes(row[1]), *row[2:]) for row in rows]
    return replayed_results(
        [verdict for verdict in verdicts if (verdict.record_id, verdict.digest) not in edits],
        stored,
        sender.kader_id,
    )


def _judge(
    wave: Sequence[Received],
    batch: Batch,
    pusher: Pusher,
    sender: Sender,
    give_up_at: float,
) -> dict[Key, Result]:
    """Store records in one transaction; where the server fails on one, the others."""
    parts = around_failures(
        wave,
        lambda some: accept(some, batch, pusher, sender),
        lambda some: _hold_faulty(some, pusher, sender),
        batch.batch_id,
        give_up_at,
    )
    results = {key: result for part in parts for key, result in part.items()}
    overtaken = {key for key, result in results.items() if result.replayed}
    if overtaken:
        told = _known_results(
            [record for record in wave if record.receipt_key in overtaken], sender
        )
        results |= {key: told[key] for key in overtaken & told.keys()}
    return results


def accept(
    wave: Sequence[Received], batch: Batch, pusher: Pusher, sender: Sender
) -> dict[Key, Result]:
    """Store records of different ids, hold the faulty ones, and keep receipts of all.

    Runs in the caller's transaction. Raises Overtaken: start over; and as _take_places.
    """
    captures = [record.capture for record in wave if record.capture]
    prepared = list(zip(captures, prepare(captures, sender), strict=True))
    declared = (photo for one in wave for photo in _photos(one))
    known = known_photos(sender.kader_id, declared, stay=True)
    _hold([record for record in wave if record.problems], pusher, sender)
    outcomes = register(prepared, sender) if prepared else {}
    judged = [_refused_by(outcomes, record) for record in wave]
    refused_now = [now for before, now in zip(wave, judged, strict=True) if now is not before]
    _hold(refused_now, pusher, sender)
    delivery = _delivery(batch, pusher, sender)
    bulk.insert(
        Receipt,
        [_receipt(record, outcomes.get(record.key), delivery) for record in judged],
        order_by="record_id, digest",
        on_conflict="(record_id, digest) DO UPDATE SET outcome = excluded.outcome,"
        " revision = excluded.revision WHERE coalesce(old.revision, 0) < excluded.revision",
    )
    _log_held([record for record in judged if record.problems], sender)
    _release([record for record in judged if not record.problems], sender)
    results = {
        record.receipt_key: _result(record, outcomes.get(record.key), known) for record in judged
    }
    _take_places(results, pusher, sender)
    return results


def _take_places(results: Mapping[Key, Result], pusher: Pusher, sender: Sender) -> None:
    """Count what a tablet that has to go hands over, in the transaction that stores it.

    Last, so that others of its requests wait for no more than the commit. Raises Problem
    device_revoked where there are not so many places left: then nothing is stored.
    """
    if pusher.device and sender.handing_over:
        handing_over.claim(pusher.device, sum(not one.replayed for one in results.values()))


def _refused_by(outcomes: Mapping[UUID, Outcome], record: Received) -> Received:
    outcome = outcomes.get(record.key)
    return refused(record, *outcome.problems) if outcome and outcome.problems else record


def _photos(record: Received) -> list[str]:
    return [photo.sha256 for photo in record.capture.draft.photos] if record.capture else []


def _result(record: Received, outcome: Outcome | None, known: Mapping[str, Known]) -> Result:
    if record.capture is None or outcome is None:
        return rejected_result(record.sent_id, record.problems)
    return fresh_result(outcome, _photos(record), known)


def _delivery(batch: Batch, pusher: Pusher, sender: Sender) -> int:
    return Delivery.objects.create(
        batch_id=batch.batch_id,
        kader=pusher.user,
        device=pusher.device,
        sent_at=batch.sent_at,
        received_at=sender.received_at,
        clock_skew_s=sender.clock_skew_s,
    ).pk


def _receipt(record: Received, outcome: Outcome | None, delivery: int) -> dict[str, Any]:
    return {
        "record_id": record.key,
        "digest": bulk.bytea(record.digest),
        "outcome": outcome.verdict if outcome else "rejected",
        "revision": outcome and outcome.revision,
        "delivery_id": delivery,
    }


def _hold(records: Sequence[Received], pusher: Pusher, sender: Sender) -> None:
    """Keep records as sent, sealed, with what is wrong with them."""
    named = {record.campaign for record in records if record.campaign}
    campaigns = set(Campaign.objects.filter(pk__in=named).values_list("pk", flat=True))
    bulk.insert(
        HeldRecord,
        [
            {
                "record_id": record.key,
                "digest": bulk.bytea(record.digest),
                "content": bulk.bytea(seal(record.content.decode(), record.key)),
                "problems": [
                    {"pointer": found.pointer, "code": found.code} for found in record.problems
                ],
                "state": HeldRecord.State.HELD.value,
                "campaign_id": record.campaign if record.campaign in campaigns else None,
                "kader_id": sender.kader_id,
                "device_id": pusher.device and pusher.device.pk,
                "clock_skew_s": sender.clock_skew_s,
                "received_at": sender.received_at,
            }
            for record in records
        ],
        order_by="record_id, digest",
        on_conflict="(record_id, digest) DO NOTHING",
    )


def _hold_faulty(records: Sequence[Received], pusher: Pusher, sender: Sender) -> dict[Key, Result]:
    """Keep what the server fails on; no receipts, so that sending it again tries again."""
    _hold([refused(record, SERVER_FAULT) for record in records], pusher, sender)
    _log_held(records, sender)
    results = {
        record.receipt_key: rejected_result(record.sent_id, [SERVER_FAULT]) for record in records
    }
    _take_places(results, pusher, sender)
    return results


def _log_held(records: Sequence[Received], sender: Sender) -> None:
    """Have the kader's other tablets told what is held."""
    if records:
        changes.settle()
        changes.log_registrations((record.key, sender.kader_id) for record in records)


def _release(records: Sequence[Received], sender: Sender) -> None:
    """Earlier, faulty versions of what is stored now need nobody's attention any more.

    Their rows are locked last: whoever decides about them has the change log's lock before.
    """
    bulk.run(
        "UPDATE sync_heldrecord SET state = 'released'"
        " WHERE record_id = ANY(%s) AND kader_id = %s AND state = 'held'",
        [[record.key for record in records], sender.kader_id],
    )
