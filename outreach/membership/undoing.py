"""A result file undone as a whole: what nobody else says goes, and nothing later is touched."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from outreach import changes, reviewing
from outreach.imports.kinds import Setting, Undone
from outreach.matching import watching
from outreach.membership import standing
from outreach.membership.sayers import concerned, take_out
from outreach.models import Decision, HandOffRow, HeldResult, Import, Registration

Status = Registration.Status


def undo(setting: Setting) -> Undone:
    """Take a file back in the caller's transaction: payments, answers, KPJs, codes, refusals, and
    what waits for somebody.

    Left as they are: what another file says as well (`kept`), refusals after which somebody went on
    (`decided_since`), and held rows that somebody applied (`applied_by_hand`).
    """
    since = watching.begin()
    source, now = setting.source, setting.now
    ids = concerned(source)
    standing.lock(ids)
    left = [
        (registration, "applied_by_hand")
        for registration in HeldResult.objects.filter(
            source=source, state=HeldResult.State.APPLIED
        ).values_list("registration_id", flat=True)
    ]
    held = HeldResult.objects.filter(source=source, state=HeldResult.State.OPEN).update(
        state=HeldResult.State.UNDONE,
        decided_by=setting.actor,
        decided_at=now,
        reason=source.undo_reason,
    )
    out = take_out(source, ids, now)
    followed = standing.follow(ids, now)
    going, staying = _last_word(_refusals(source))
    _take_back(going, setting, since)
    left += [(one.registration_id, "decided_since") for one in staying]
    changes.settle()
    standing.log(followed.owners)
    counts = {**out.gone, "refusals": len(going), "held": held, "kept": out.kept}
    return Undone(counts | {"left": len(left)}, left)


def _refusals(source: Import) -> Sequence[Decision]:
    """The decisions by which a file sent registrations back, but for those that were undone, and
    those that another file repeats."""
    alone = HandOffRow.objects.filter(
        said_by__contains=[source.pk], said_by__len=1, answer=HandOffRow.Answer.REFUSED
    )
    rows = {*alone.values_list("pk", flat=True)}
    later = Decision.objects.filter(
        Q(kind__in=reviewing.RESULT) | Q(undoes__kind__in=reviewing.RESULT),
        Q(decided_at__gt=OuterRef("decided_at"))
        | Q(decided_at=OuterRef("decided_at"), pk__gt=OuterRef("pk")),
        registration=OuterRef("registration"),
    )
    refusing = Decision.objects.filter(
        kind=Decision.Kind.REFUSE, undone_by=None, registration__in=alone.values("registration")
    )
    found = refusing.annotate(is_last=~Exists(later)).select_related("registration")
    return [one for one in found if one.about and one.about["hand_off_row"] in rows]


def _last_word(refusals: Sequence[Decision]) -> tuple[list[Decision], list[Decision]]:
    """Those after which nothing was decided and nothing put right, and the others."""
    going: list[Decision] = []
    staying: list[Decision] = []
    for one in refusals:
        is_last = one.is_last and one.registration.status == Status.NEEDS_CORRECTION  # type: ignore[attr-defined]  # annotated
        (going if is_last else staying).append(one)
    return going, staying


def _take_back(refusals: Sequence[Decision], setting: Setting, since: watching.Since) -> None:
    standing.reopen(refusals)
    due = standing.due_statuses([one.registration_id for one in refusals], setting.now)
    statuses: dict[Registration, Status] = {}
    undoings = []
    for one in refusals:
        statuses[one.registration] = Status(due[one.registration_id])
        reason = setting.source.undo_reason or ""
        undoing = reviewing.new_decision(
            Decision.Kind.UNDO, one.registration, setting.actor, reason, setting.now
        )
        undoing.undoes = one
        undoings.append(undoing)
    reviewing.carry_out(statuses, undoings, setting.now, since)
