"""The notes of a push: leads and attendance get lasting verdicts of their own."""

from collections.abc import Sequence
from time import monotonic
from typing import Any
from uuid import UUID

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from outreach.flagging import Sender
from outreach.flags import flag_text
from outreach.models import NoteVersion
from outreach.notes.storing import keep_faulty, take_in
from outreach.notes.verdicts import Verdict, as_they_stand
from outreach.record_problems import problem_text
from sync.answers import Dismissal, FlagTold, NoteResult
from sync.failing import SEARCH_S, around_failures
from sync.handing_over import claim
from sync.models import Device
from sync.note_wire import read
from sync.wire import Batch

Kind = NoteVersion.Kind
Outcome = NoteVersion.Outcome


def noted(
    kind: Kind,
    records: Sequence[Any] | UnsetType,
    batch: Batch,
    sender: Sender,
    leaving: Device | None,
) -> list[NoteResult] | UnsetType:
    """One result for each note of a batch, in the order sent; unset where none were sent.

    Those new take places of a tablet that is `leaving`; raises Problem device_revoked where there
    are not so many.
    """
    if records is UNSET:
        return UNSET
    if not records:
        return []
    notes = [read(kind, record, sender.kader_id) for record in records]

    def counted(verdicts: list[Verdict]) -> list[Verdict]:
        if leaving:
            claim(leaving, sum(not verdict.replayed for verdict in verdicts))
        return verdicts

    parts = around_failures(
        [one.note for one in notes],
        lambda some: counted(take_in(kind, some, sender)),
        lambda some: counted(keep_faulty(kind, some, sender)),
        batch.batch_id,
        monotonic() + SEARCH_S,
    )
    verdicts = [verdict for part in parts for verdict in part]
    results = [_result(one.sent_id, verdict) for one, verdict in zip(notes, verdicts, strict=True)]
    if leaving:
        # Whoever found the tablet learns nothing that is not on it.
        return [replace(one, flags=(), state=UNSET, server=UNSET) for one in results]
    return results


def receipts_of(
    kind: Kind, ids: Sequence[UUID] | UnsetType, kader: int
) -> list[NoteResult] | UnsetType:
    """How each of a kader's notes stands now; `unknown` for ids that are not theirs."""
    if ids is UNSET:
        return UNSET
    asked = list(dict.fromkeys(ids))
    known = as_they_stand(kind, asked, kader)
    return [
        _result(one, known[one]) if one in known else NoteResult(one, "unknown", "retry")
        for one in asked
    ]


def _result(sent_id: Any, verdict: Verdict) -> NoteResult:
    gone = verdict.dismissed
    shared: dict[str, Any] = {
        "id": sent_id,
        "replayed": verdict.replayed,
        "revision": verdict.revision,
        "flags": [
            FlagTold(code, flag_text(code, evidence))
            for code, evidence in sorted(verdict.doubts.items())
        ],
        "problems": [
            replace(found, detail=problem_text(found.code, found.pointer))
            for found in verdict.problems
        ],
        "state": verdict.state or UNSET,
        "dismissed": Dismissal(gone.reason, gone.at) if gone else UNSET,
        "stored_as": verdict.stored_as or UNSET,
    }
    match verdict.outcome:
        case Outcome.ACCEPTED:
            return NoteResult(outcome="accepted", action="drop", **shared)
        case Outcome.CONFLICT:
            return NoteResult(outcome="conflict", action="fix", server=verdict.server, **shared)
        case Outcome.FAULTY:
            return NoteResult(outcome="rejected", action="drop" if gone else "retry", **shared)
    is_over = gone or any(found.code == "lead_erased" for found in verdict.problems)
    return NoteResult(outcome="rejected", action="drop" if is_over else "fix", **shared)
