"""The verdicts that notes have, and how they stand now."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from outreach.drafts import FieldProblem
from outreach.flagging import Doubts
from outreach.models import Attendance, Lead, NoteDecision, NoteVersion

Kind = NoteVersion.Kind
Outcome = NoteVersion.Outcome
MODELS: dict[Kind, type[Lead] | type[Attendance]] = {
    Kind.LEAD: Lead,
    Kind.ATTENDANCE: Attendance,
}
ERASED = FieldProblem("/id", "lead_erased")


class Dismissal(NamedTuple):
    """Why a coordinator will not have a content stored."""

    reason: str
    at: datetime


class Verdict(NamedTuple):
    """What became of one content. `server` is the server's copy for who lost to it; `stored_as` the
    note that a coordinator made of it, where that has another id."""

    outcome: Outcome
    revision: int | None = None
    problems: tuple[FieldProblem, ...] = ()
    doubts: Doubts = {}
    replayed: bool = False
    state: str | None = None
    server: dict[str, Any] | None = None
    dismissed: Dismissal | None = None
    stored_as: UUID | None = None


def verdict_on(version: NoteVersion) -> Verdict:
    """The verdict that a content has."""
    outcome, said = Outcome(version.outcome), version.decision
    if outcome == Outcome.ACCEPTED:
        return Verdict(outcome, version.revision, stored_as=version.stored_as)
    is_dismissed = said and said.kind == NoteDecision.Kind.DISMISS
    return Verdict(
        outcome,
        version.revision,
        tuple(FieldProblem(found["pointer"], found["code"]) for found in version.problems),
        dismissed=Dismissal(said.reason, said.decided_at) if said and is_dismissed else None,
    )


def as_they_stand(kind: Kind, ids: Collection[UUID], kader: int) -> dict[UUID, Verdict]:
    """How a kader's notes stand now: as they are stored, or else by the newest held content."""
    versions = NoteVersion.objects.filter(kind=kind, record_id__in=ids, kader=kader)
    known = list(
        versions.exclude(outcome=Outcome.CONFLICT)
        .select_related("decision")
        .defer("content")
        .order_by("received_at", "digest")
    )
    told = {version.record_id: verdict_on(version) for version in known}
    elsewhere = {version.record_id: version.stored_as for version in known if version.stored_as}
    places = [elsewhere.get(one, one) for one in told]
    rows = MODELS[kind].objects.filter(kader=kader).in_bulk(places)
    return {
        one: _as_stored(rows.get(place), verdict, elsewhere.get(one))
        for place, (one, verdict) in zip(places, told.items(), strict=True)
    }


def _as_stored(row: Lead | Attendance | None, verdict: Verdict, stored_as: UUID | None) -> Verdict:
    if row is None:
        return verdict._replace(replayed=True)
    if isinstance(row, Lead) and row.erased_at:
        return Verdict(Outcome.REJECTED, problems=(ERASED,), replayed=True)
    return Verdict(
        Outcome.ACCEPTED,
        row.revision,
        doubts=row.doubts,
        replayed=True,
        state=row.state if isinstance(row, Lead) else None,
        stored_as=stored_as,
    )
