"""What counts of result files: kept as facts, which statuses and memberships follow."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID, uuid4

from outreach import bulk, changes, reviewing
from outreach.imports.kinds import Setting
from outreach.matching import watching
from outreach.membership import standing
from outreach.membership.result_rows import PAID, ResultRow, kpj_key
from outreach.models import Decision, Membership, Payment, Registration
from outreach.sealing import seal
from outreach.transactions import Overtaken


class Facts(NamedTuple):
    """A row that counts: about which registration, by which of its rows in hand-offs; and where it
    stands in which import."""

    registration: UUID
    hand_off_row: int
    number: int
    row: ResultRow
    source: UUID


def record(facts: Sequence[Facts], setting: Setting, counts: Counter[str]) -> set[UUID]:
    """Keep acceptances, payments and KPJs of locked registrations, and count them; gives those that
    got a KPJ."""
    answers = [{"id": fact.hand_off_row, "payment_code": fact.row.payment_code} for fact in facts]
    bulk.run(
        "UPDATE outreach_handoffrow AS old SET answer = 'accepted',"
        " payment_code = coalesce(old.payment_code, new.code),"
        " answered_at = coalesce(old.answered_at, %s) FROM ("
        "  SELECT id, max(payment_code) AS code FROM"
        "  jsonb_to_recordset(%s::jsonb) AS one(id bigint, payment_code text) GROUP BY id"
        " ) AS new WHERE old.id = new.id",
        [setting.now, bulk.encode(answers)],
    )
    paid = bulk.insert(
        Payment,
        [
            {
                "registration_id": fact.registration,
                "first_month": fact.row.first_month,
                "months": fact.row.months,
                "paid_on": fact.row.paid_on,
                "confirmed_at": setting.now,
                "source_id": fact.source,
                "source_row": fact.number,
                "payer": fact.row.payer,
                "said_by": [],
            }
            for fact in facts
            if fact.row.result == PAID
        ],
        on_conflict="DO NOTHING",
    )
    counts["answered"] += len({fact.hand_off_row for fact in facts})
    counts["paid"] += paid
    numbers = {fact.registration: fact.row.kpj for fact in facts if fact.row.kpj}
    return keep_kpjs(numbers, on_conflict="WHERE old.kpj IS NULL")


def keep_kpjs(numbers: Mapping[UUID, str], on_conflict: str = "") -> set[UUID]:
    """Give registrations their KPJs; gives those of which it is new."""
    rows = bulk.insert_returning(
        Membership,
        [
            {
                "registration_id": registration,
                "kpj": bulk.bytea(seal(kpj, registration)),
                "kpj_index": bulk.bytea(kpj_key(kpj)),
            }
            for registration, kpj in numbers.items()
        ],
        "registration_id",
        on_conflict="(registration_id) DO UPDATE SET kpj = excluded.kpj,"
        " kpj_index = excluded.kpj_index, kpj_said_by = CASE"
        " WHEN old.kpj_index = excluded.kpj_index THEN old.kpj_said_by ELSE '{}' END"
        f" {on_conflict}",
    )
    return {registration for (registration,) in rows}


def settle(
    ids: Iterable[UUID],
    refused: Sequence[Facts],
    numbered: Collection[UUID],
    since: watching.Since,
    setting: Setting,
) -> None:
    """Have statuses and memberships follow what was recorded, and send back what was refused.

    `numbered` are the registrations that got a KPJ just now. Raises Overtaken.
    """
    followed = standing.follow(set(ids), setting.now)
    if refused:
        _send_back(refused, since, setting)
    changes.settle()
    _nobody_shares_a_kpj(numbered)
    standing.log(followed.owners)


def _send_back(refused: Sequence[Facts], since: watching.Since, setting: Setting) -> None:
    """What BPJS refuses is to be corrected, and can be handed off again."""
    bulk.run(
        "UPDATE outreach_handoffrow AS old SET answer = 'refused', is_current = false,"
        " refusal = new.reason, answered_at = %s"
        " FROM jsonb_to_recordset(%s::jsonb) AS new(id bigint, reason text)"
        " WHERE old.id = new.id",
        [
            setting.now,
            bulk.encode([{"id": one.hand_off_row, "reason": one.row.reason} for one in refused]),
        ],
    )
    registrations = Registration.objects.in_bulk([one.registration for one in refused])
    decisions = [
        Decision(
            id=uuid4(),
            registration=registrations[one.registration],
            kind=Decision.Kind.REFUSE,
            actor=setting.actor,
            reason=f"BPJS: {one.row.reason}",
            status_before=registrations[one.registration].status,
            about={"hand_off_row": one.hand_off_row, "import": str(one.source)},
            decided_at=setting.now,
        )
        for one in refused
    ]
    reviewing.carry_out(
        dict.fromkeys(registrations.values(), Registration.Status.NEEDS_CORRECTION),
        decisions,
        setting.now,
        since,
    )


def _nobody_shares_a_kpj(numbered: Collection[UUID]) -> None:
    """Raise Overtaken where another file gave one of our KPJs to somebody else meanwhile: under the
    change log's lock nobody commits in between."""
    if not numbered:
        return
    shared = bulk.run(
        "SELECT 1 FROM outreach_membership AS ours"
        " JOIN outreach_membership AS theirs ON theirs.kpj_index = ours.kpj_index"
        " JOIN outreach_registration AS one ON one.id = ours.registration_id"
        " JOIN outreach_registration AS other ON other.id = theirs.registration_id"
        " WHERE ours.registration_id = ANY(%s) AND one.person_id <> other.person_id"
        " LIMIT 1",
        [list(numbered)],
    )
    if shared:
        raise Overtaken
