"""The answers to flags of a push: each gets a verdict, and none blocks the others."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from outreach.drafts import FieldProblem
from outreach.flag_answers import TAKEN, TOO_MANY, FlagAnswer, Taken, take_in
from outreach.record_problems import problem_text
from outreach.transactions import attempt
from sync.answers import NoteResult
from sync.handing_over import claim
from sync.models import Device
from sync.wire import canonical, named_by, type_problems, unstorable


def answered(
    records: Sequence[Any] | UnsetType, kader: int, now: datetime, leaving: Device | None
) -> list[NoteResult] | UnsetType:
    """One result for each answer, in the order sent; unset where none were sent.

    Nothing is kept of one that is rejected: sent again, it is judged again. Those new take places
    of a tablet that is `leaving`; raises Problem device_revoked where there are not so many.
    """
    if records is UNSET:
        return UNSET
    read = [_read(record) for record in records]
    answers = [one for one in read if isinstance(one, FlagAnswer)]

    def taken() -> list[Taken]:
        verdicts = take_in(answers, kader, now)
        if leaving:
            claim(leaving, sum(not one.replayed and not one.problem for one in verdicts))
        return verdicts

    verdicts = iter(attempt(taken) if answers else [])
    return [
        _result(one.id, next(verdicts))
        if isinstance(one, FlagAnswer)
        else _rejected(named_by(record, b"", kader)[1], one)
        for record, one in zip(records, read, strict=True)
    ]


def _read(record: Any) -> FlagAnswer | list[FieldProblem]:
    if problems := unstorable(record, canonical(record)):
        return problems
    try:
        return msgspec.convert(record, FlagAnswer)
    except msgspec.ValidationError:
        return list(type_problems(record, FlagAnswer))


def _result(sent_id: Any, verdict: Taken) -> NoteResult:
    if verdict.problem:
        return _rejected(sent_id, [verdict.problem])
    return NoteResult(sent_id, "accepted", "drop", replayed=verdict.replayed)


def _rejected(sent_id: Any, problems: Sequence[FieldProblem]) -> NoteResult:
    told = [replace(one, detail=problem_text(one.code, one.pointer)) for one in problems]
    is_over = any(one in {TAKEN, TOO_MANY} for one in problems)
    return NoteResult(sent_id, "rejected", "drop" if is_over else "fix", problems=told)
