"""The shapes of what a tablet is told about its records: the wire's own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from outreach.contributions.telling import QuoteTold
from outreach.drafts import FieldProblem
from outreach.registering import Verdict


class EventVillage(Struct, frozen=True):
    """Where a sign-up happened, by its position fix."""

    code: str
    probability: float


class FlagTold(Struct, frozen=True):
    """A doubt and what it means, in the language of the request."""

    code: str
    detail: str


class Correction(Struct, frozen=True):
    """What a coordinator asks to be put right; open until the record is pushed on its current
    revision, changed or, if it was right all the same, unchanged."""

    reason: str
    asked_at: datetime


class Rejection(Struct, frozen=True):
    """Why a coordinator rejected a registration."""

    reason: str
    at: datetime


class Dismissal(Struct, frozen=True):
    """Why what is held will not be stored."""

    reason: str
    at: datetime


class PhotoRefusal(Struct, frozen=True):
    """A photo that arrived whole and is not kept: a code, and why in the request's language."""

    sha256: str
    reason: str
    detail: str


class Result(Struct, frozen=True):
    """What a tablet is told about one record; `action` is what it does with it next.

    `state`, in receipts and conflicts, is where the registration stands after what coordinators
    decided; `dismissed` for a held record that they dismissed. `stored_as` is the registration that
    a held record became by a coordinator's correction: its own id, or another if that was taken.
    `quote` is what the worker was to pay by the rules known when the content came in. `server` is
    what the server has of a record to be put right: its copy in a conflict; in receipts and changes
    of one to be corrected, or of one that is held, as it was sent last.
    """

    id: Any
    outcome: Verdict | Literal["unknown"]
    action: Literal["drop", "show", "fix", "retry"]
    replayed: bool = False
    revision: int | None = None
    person: UUID | None = None
    event_village: EventVillage | None = None
    flags: Sequence[FlagTold] = ()
    missing_photos: Sequence[str] = ()
    problems: Sequence[FieldProblem] = ()
    refused_photos: Sequence[PhotoRefusal] | UnsetType = UNSET
    state: str | UnsetType = UNSET
    correction: Correction | UnsetType = UNSET
    rejection: Rejection | UnsetType = UNSET
    dismissed: Dismissal | UnsetType = UNSET
    stored_as: UUID | UnsetType = UNSET
    first_registered_at: datetime | UnsetType | None = UNSET
    server: dict[str, Any] | UnsetType | None = UNSET
    quote: QuoteTold | UnsetType = UNSET


class NoteResult(Struct, frozen=True):
    """What a tablet is told about one lead or attendance; `state` is where a lead stands.

    `server`, of a conflict, is the server's copy, to be edited on its revision. `dismissed` is why
    a held one will not be stored; `stored_as` the note that a held one became by a coordinator's
    correction, if its own id was taken. Receipts know `unknown` too.
    """

    id: Any
    outcome: Literal["accepted", "rejected", "conflict", "unknown"]
    action: Literal["drop", "fix", "retry"]
    replayed: bool = False
    revision: int | None = None
    flags: Sequence[FlagTold] = ()
    problems: Sequence[FieldProblem] = ()
    state: str | UnsetType = UNSET
    server: dict[str, Any] | UnsetType | None = UNSET
    dismissed: Dismissal | UnsetType = UNSET
    stored_as: UUID | UnsetType = UNSET


class PushAnswer(Struct, frozen=True):
    """One result for each record of a batch, in the order sent; for its notes, if it had such, in
    lists of their own."""

    batch_id: UUID
    received_at: datetime
    clock_skew_s: float
    results: list[Result]
    leads: list[NoteResult] | UnsetType = UNSET
    attendance: list[NoteResult] | UnsetType = UNSET
    flag_answers: list[NoteResult] | UnsetType = UNSET


class ReceiptsAnswer(Struct, frozen=True):
    """One result for each id asked about, in the order asked; for notes, if they were asked about,
    in lists of their own."""

    results: list[Result]
    leads: list[NoteResult] | UnsetType = UNSET
    attendance: list[NoteResult] | UnsetType = UNSET


class LimitsAnswer(Struct, frozen=True):
    """How much fits into one request; the body counted after any gzip. And into one photo."""

    max_records: int
    max_body_bytes: int
    max_receipts: int
    max_changes: int
    max_photo_bytes: int
