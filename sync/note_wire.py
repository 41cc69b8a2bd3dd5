"""Leads and attendance on the wire: parts of a push's body in, typed notes or problems out."""

from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from outreach.drafts import FieldProblem
from outreach.models import NoteVersion
from outreach.notes.drafts import AttendanceDraft, LeadDraft, NoteDraft, SentNote
from sync.wire import (
    EARLIEST_YEAR,
    LATEST_YEAR,
    canonical,
    named_by,
    out_of_range,
    type_problems,
    unstorable,
)

Kind = NoteVersion.Kind
DRAFTS: dict[Kind, type[LeadDraft] | type[AttendanceDraft]] = {
    Kind.LEAD: LeadDraft,
    Kind.ATTENDANCE: AttendanceDraft,
}


class Read(NamedTuple):
    """A note with the id that the answer names it by."""

    sent_id: Any
    note: SentNote


def read(kind: Kind, record: Any, kader_id: int) -> Read:
    """Look at one note of a batch; never raises, whatever it is."""
    content = canonical(record)
    digest = sha256(content).digest()
    struct = DRAFTS[kind]
    problems = unstorable(record, content)
    if not problems:
        try:
            draft = msgspec.convert(record, struct)
        except msgspec.ValidationError:
            problems = list(type_problems(record, struct))
        else:
            problems = _rule_problems(draft)
            if not problems:
                known = {field.encode_name for field in msgspec.structs.fields(struct)}
                extra = {name: record[name] for name in record.keys() - known} or None
                note = SentNote(draft.id, digest, content, draft, extra, campaign=draft.campaign)
                return Read(record["id"], note)
    key, sent_id, campaign = named_by(record, digest, kader_id)
    return Read(sent_id, SentNote(key, digest, content, None, None, tuple(problems), campaign))


def _rule_problems(draft: NoteDraft) -> list[FieldProblem]:
    """What every field's own type cannot say."""
    if isinstance(draft, LeadDraft):
        found = out_of_range(
            [("/captured_at", draft.captured_at), ("/consent/at", draft.consent.at)]
        )
        if draft.follow_up_on and not EARLIEST_YEAR <= draft.follow_up_on.year < LATEST_YEAR:
            found.append(FieldProblem("/follow_up_on", "out_of_range"))
        return found
    found = out_of_range([("/captured_at", draft.captured_at)])
    if draft.segments.total() > draft.total():
        found.append(FieldProblem("/segments", "more_than_came"))
    if draft.officials > draft.total():
        found.append(FieldProblem("/officials", "more_than_came"))
    return found
