"""Taking in notes: stored once, replayed for ever, edited by revision, held where faulty.

Constant statements whatever the batch's size. Locks: notes that exist (by id), new ones (by id),
versions, and last `changes.settle`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from outreach import bulk, changes
from outreach.drafts import FieldProblem
from outreach.flagging import Doubts, Sender, moment, team_and_time_doubts
from outreach.models import Lead, NoteVersion
from outreach.notes.columns import attendance_columns, lead_columns
from outreach.notes.drafts import LeadDraft, NoteDraft, SentNote, note_of
from outreach.notes.verdicts import ERASED, MODELS, Kind, Outcome, Verdict, verdict_on
from outreach.places.village_index import NEWEST_VERSION, newest_version
from outreach.sealing import seal
from outreach.surroundings import CampaignFacts, campaign_facts, known_villages, stop_circles
from outreach.transactions import Overtaken

SERVER_FAULT = FieldProblem("", "server_fault")
Key = tuple[UUID, bytes]


class _Now(NamedTuple):
    """A note as it is, or as this batch makes it."""

    revision: int
    digest: bytes
    kader: int
    doubts: Doubts
    state: str | None
    is_erased: bool
    copy: dict[str, Any] | None


class _Around(NamedTuple):
    campaigns: Mapping[UUID, CampaignFacts]
    stops: Mapping[UUID, tuple[UUID, Any]]
    villages: Mapping[str, str]
    version: int | None
    """The newest change of the list or the boundaries when the villages were looked up."""


def take_in(kind: Kind, sent: Sequence[SentNote], sender: Sender) -> list[Verdict]:
    """Store what is new of a batch's notes of one kind; one verdict each, in order.

    Runs in the caller's transaction. Raises Overtaken: start over.
    """
    taking = _Taking(kind, sender, sent)
    verdicts = [taking.judge(note) for note in sent]
    taking.store()
    return verdicts


def keep_faulty(kind: Kind, sent: Sequence[SentNote], sender: Sender) -> list[Verdict]:
    """Keep what the server fails on, without a verdict: sending it again tries again."""
    versions = [
        _version(kind, note, Verdict(Outcome.FAULTY, problems=(SERVER_FAULT,)), sender)
        | {"campaign_id": None}
        for note in sent
    ]
    bulk.insert(
        NoteVersion,
        versions,
        order_by="kind, record_id, digest",
        on_conflict="(kind, record_id, digest) DO NOTHING",
    )
    return [Verdict(Outcome.FAULTY, problems=(SERVER_FAULT,)) for _ in sent]


class _Taking:
    """The notes of a batch in their order, each seeing what those before it did."""

    def __init__(self, kind: Kind, sender: Sender, sent: Sequence[SentNote]) -> None:
        self.kind, self.sender = kind, sender
        ids = list({note.key for note in sent})
        self.now = _locked(kind, ids, sender.kader_id)
        self.stored = frozenset(self.now)
        self.verdicts = _verdicts(kind, ids)
        self.around = _surroundings(sent, sender)
        self.rows: dict[UUID, dict[str, Any]] = {}
        self.versions: dict[Key, dict[str, Any]] = {}

    def judge(self, note: SentNote) -> Verdict:
        key, now = (note.key, note.digest), self.now.get(note.key)
        known = self.verdicts.get(key)
        if known and not self._is_edit(note, now):
            return self._again(note, known, now)
        verdict = self._judged(note, now)
        self.verdicts[key] = verdict
        self.versions[key] = _version(self.kind, note, verdict, self.sender)
        if note.campaign not in self.around.campaigns:
            self.versions[key]["campaign_id"] = None
        return verdict

    def _is_edit(self, note: SentNote, now: _Now | None) -> bool:
        """Whether it changes the current revision; also to what the note said before."""
        return bool(
            now
            and note.draft
            and not now.is_erased
            and now.kader == self.sender.kader_id
            and now.revision == note.draft.base_revision
            and now.digest != note.digest
        )

    def _again(self, note: SentNote, known: Verdict, now: _Now | None) -> Verdict:
        known = known._replace(replayed=True)
        if now is None or known.outcome == Outcome.REJECTED:
            return known
        if now.kader != self.sender.kader_id:
            # What a lost tablet held must not tell its finder how things went on.
            return known
        if known.outcome == Outcome.CONFLICT:
            return known._replace(revision=now.revision, state=now.state, server=now.copy)
        doubts = now.doubts if now.digest == note.digest else {}
        return known._replace(doubts=doubts, state=now.state)

    def _judged(self, note: SentNote, now: _Now | None) -> Verdict:
        draft = note.draft
        if now and now.is_erased and now.kader == self.sender.kader_id:
            return Verdict(Outcome.REJECTED, problems=(ERASED,))
        if draft is None:
            return Verdict(Outcome.REJECTED, problems=note.problems)
        if reason := self._reason_against(draft, now):
            return Verdict(Outcome.REJECTED, problems=(reason,))
        if now is None:
            return self._put(note, draft, revision=1, state=_first_state(self.kind))
        if self._is_edit(note, now):
            return self._put(note, draft, now.revision + 1, now.state)
        return Verdict(Outcome.CONFLICT, now.revision, state=now.state, server=now.copy)

    def _reason_against(self, draft: NoteDraft, now: _Now | None) -> FieldProblem | None:
        if draft.campaign not in self.around.campaigns:
            return FieldProblem("/campaign", "campaign_unknown")
        if now and now.kader != self.sender.kader_id:
            return FieldProblem("/id", "id_taken")
        return None

    def _put(self, note: SentNote, draft: NoteDraft, revision: int, state: str | None) -> Verdict:
        campaign = self.around.campaigns[draft.campaign]
        at = moment(draft.captured_at, campaign, self.sender)
        doubts = team_and_time_doubts(draft.captured_at, at, campaign, self.sender)
        stop = draft.stop and self.around.stops.get(draft.stop)
        if draft.stop and (not stop or stop[0] != draft.campaign):
            doubts["stop_unknown"] = {}
        offset = draft.captured_at.utcoffset()
        row = {
            "id": note.key,
            "revision": revision,
            "digest": bulk.bytea(note.digest),
            "campaign_id": draft.campaign,
            "stop_id": draft.stop if stop else None,
            "kader_id": self.sender.kader_id,
            "captured_at": draft.captured_at,
            "captured_offset_min": int(offset.total_seconds() // 60) if offset else 0,
            "received_at": self.sender.received_at,
            "clock_skew_s": self.sender.clock_skew_s,
            "local_day": at.day,
            "notes": draft.notes or "",
            "extra": note.extra,
        }
        if isinstance(draft, LeadDraft):
            village = draft.village and self.around.villages.get(draft.village)
            if draft.village and not village:
                doubts["village_unknown"] = {"code": draft.village}
            row |= lead_columns(draft, village)
        else:
            row |= attendance_columns(draft)
        self.rows[note.key] = row | {"doubts": doubts}
        self.now[note.key] = _Now(
            revision,
            note.digest,
            self.sender.kader_id,
            doubts,
            state,
            is_erased=False,
            copy=json.loads(note.content) | {"base_revision": revision},
        )
        return Verdict(Outcome.ACCEPTED, revision, doubts=doubts, state=state)

    def store(self) -> None:
        """Write what was judged. Raises Overtaken."""
        model = MODELS[self.kind]
        fresh = [row for key, row in self.rows.items() if key not in self.stored]
        if self.kind == Kind.LEAD:
            fresh = [row | {"state": Lead.State.NEW.value} for row in fresh]
        written = bulk.insert(model, fresh, order_by="id", on_conflict="(id) DO NOTHING")
        if written < len(fresh):
            raise Overtaken
        bulk.update(model, [row for key, row in self.rows.items() if key in self.stored])
        bulk.insert(
            NoteVersion,
            list(self.versions.values()),
            order_by="kind, record_id, digest",
            on_conflict="(kind, record_id, digest) DO UPDATE SET outcome = excluded.outcome,"
            " revision = excluded.revision, problems = excluded.problems"
            " WHERE old.outcome = 'faulty'"
            " OR coalesce(old.revision, 0) < coalesce(excluded.revision, 0)",
        )
        if self.rows:
            [version] = changes.settle(NEWEST_VERSION)
            if self.around.villages and version != self.around.version:
                raise Overtaken
            changes.log_own(self.kind.value, [(key, self.sender.kader_id) for key in self.rows])


def _first_state(kind: Kind) -> str | None:
    return Lead.State.NEW.value if kind == Kind.LEAD else None


def _locked(kind: Kind, ids: Sequence[UUID], kader: int) -> dict[UUID, _Now]:
    """Notes that exist, locked by id. Nobody but their kader gets a copy."""
    rows = MODELS[kind].objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    return {
        row.pk: _Now(
            row.revision,
            bytes(row.digest),
            row.kader_id,
            row.doubts,
            row.state if isinstance(row, Lead) else None,
            is_erased=isinstance(row, Lead) and row.erased_at is not None,
            copy=note_of(row) if row.kader_id == kader else None,
        )
        for row in rows
    }


def _verdicts(kind: Kind, ids: Sequence[UUID]) -> dict[Key, Verdict]:
    """The verdicts there are on contents of these notes, read when the notes are locked."""
    rows = NoteVersion.objects.filter(kind=kind, record_id__in=ids).exclude(outcome=Outcome.FAULTY)
    return {
        (row.record_id, bytes(row.digest)): verdict_on(row)
        for row in rows.select_related("decision").defer("content")
    }


def _surroundings(sent: Sequence[SentNote], sender: Sender) -> _Around:
    drafts = [note.draft for note in sent if note.draft]
    named = {note.campaign for note in sent if note.campaign}
    villages = {one.village for one in drafts if isinstance(one, LeadDraft) and one.village}
    version = newest_version() if villages else None
    return _Around(
        campaign_facts(named, sender.kader_id),
        stop_circles({draft.stop for draft in drafts if draft.stop}),
        known_villages(villages) if villages else {},
        version,
    )


def _version(kind: Kind, note: SentNote, verdict: Verdict, sender: Sender) -> dict[str, Any]:
    is_gone = ERASED in verdict.problems
    return {
        "kind": kind.value,
        "record_id": note.key,
        "digest": bulk.bytea(note.digest),
        "outcome": verdict.outcome.value,
        "revision": verdict.revision if verdict.outcome == Outcome.ACCEPTED else None,
        "problems": [{"pointer": found.pointer, "code": found.code} for found in verdict.problems],
        "content": None if is_gone else bulk.bytea(seal(note.content.decode(), note.key)),
        "campaign_id": note.campaign,
        "kader_id": sender.kader_id,
        "enrolled": sender.enrolled,
        "clock_skew_s": sender.clock_skew_s,
        "received_at": sender.received_at,
    }
