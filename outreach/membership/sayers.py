"""Who says what is recorded: imports, and held results that somebody applied.

A fact stands as long as anybody says it. Result files repeat what earlier ones said, so undoing one
of them takes out only what no other says.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from outreach import bulk
from outreach.membership.recording import Facts
from outreach.membership.result_rows import kpj_key
from outreach.models import Import

_SAID = """jsonb_to_recordset(%(said)s::jsonb) AS new("row" bigint, registration uuid, code text,
    first_month date, months int, paid_on date, payer text, kpj bytea)"""
_NOTE = (
    f"""UPDATE outreach_handoffrow AS old SET said_by = said_by || %(by)s::uuid
    FROM {_SAID} WHERE old.id = new."row" AND NOT %(by)s = ANY(said_by)""",
    f"""UPDATE outreach_handoffrow AS old SET code_said_by = code_said_by || %(by)s::uuid
    FROM {_SAID} WHERE old.id = new."row" AND old.payment_code = new.code
        AND NOT %(by)s = ANY(code_said_by)""",
    f"""UPDATE outreach_payment AS old SET
        said_by = array_remove(old.said_by, %(by)s::uuid) || %(by)s::uuid,
        payer = coalesce(old.payer, new.payer)
    FROM {_SAID} WHERE old.registration_id = new.registration AND old.undone_at IS NULL
        AND (old.first_month, old.months, old.paid_on) =
            (new.first_month, new.months, new.paid_on)
        AND (NOT %(by)s = ANY(said_by) OR (old.payer IS NULL AND new.payer IS NOT NULL))""",
    f"""UPDATE outreach_membership AS old SET kpj_said_by = kpj_said_by || %(by)s::uuid
    FROM {_SAID} WHERE old.registration_id = new.registration AND old.kpj_index = new.kpj
        AND NOT %(by)s = ANY(kpj_said_by)""",
)
_CONCERNED = """
    SELECT registration_id FROM outreach_handoffrow WHERE said_by @> ARRAY[%(by)s]::uuid[]
    UNION SELECT registration_id FROM outreach_payment WHERE source_id = %(by)s
    UNION SELECT registration_id FROM outreach_heldresult WHERE source_id = %(by)s
"""
_OUT = {
    "payments": """
        UPDATE outreach_payment AS old SET said_by = array_remove(said_by, %(by)s),
            undone_at = CASE WHEN alone THEN %(now)s ELSE undone_at END,
            undone_by_id = CASE WHEN alone THEN %(actor)s ELSE undone_by_id END,
            undone_reason = CASE WHEN alone THEN %(reason)s ELSE undone_reason END,
            undone_with_id = CASE WHEN alone THEN %(by)s ELSE undone_with_id END
        FROM (SELECT id AS one, said_by = ARRAY[%(by)s]::uuid[] AND undone_at IS NULL AS alone
            FROM outreach_payment WHERE registration_id = ANY(%(ids)s) AND %(by)s = ANY(said_by)
        ) AS said WHERE old.id = one RETURNING alone, undone_at IS NULL""",
    "kpjs": """
        UPDATE outreach_membership AS old SET kpj_said_by = array_remove(kpj_said_by, %(by)s),
            kpj = CASE WHEN alone THEN NULL ELSE kpj END,
            kpj_index = CASE WHEN alone THEN NULL ELSE kpj_index END
        FROM (SELECT registration_id AS one, kpj_said_by = ARRAY[%(by)s]::uuid[] AS alone
            FROM outreach_membership
            WHERE registration_id = ANY(%(ids)s) AND %(by)s = ANY(kpj_said_by)
        ) AS said WHERE old.registration_id = one RETURNING alone, true""",
    "codes": """
        UPDATE outreach_handoffrow AS old SET code_said_by = array_remove(code_said_by, %(by)s),
            payment_code = CASE WHEN alone THEN NULL ELSE payment_code END
        FROM (SELECT id AS one, code_said_by = ARRAY[%(by)s]::uuid[] AS alone
            FROM outreach_handoffrow
            WHERE registration_id = ANY(%(ids)s) AND %(by)s = ANY(code_said_by)
        ) AS said WHERE old.id = one RETURNING alone, true""",
    "answers": """
        UPDATE outreach_handoffrow AS old SET said_by = array_remove(said_by, %(by)s),
            answer = CASE WHEN alone THEN 'none' ELSE answer END,
            answered_at = CASE WHEN alone THEN NULL ELSE answered_at END
        FROM (SELECT id AS one, said_by = ARRAY[%(by)s]::uuid[] AS alone
            FROM outreach_handoffrow
            WHERE registration_id = ANY(%(ids)s) AND %(by)s = ANY(said_by)
                AND (answer <> 'refused' OR said_by <> ARRAY[%(by)s]::uuid[])
        ) AS said WHERE old.id = one RETURNING alone, true""",
}


class TakenOut(NamedTuple):
    """How many facts went, by what they are, and how many stay because another file has them."""

    gone: Mapping[str, int]
    kept: int


def note_sayer(facts: Sequence[Facts], by: UUID) -> None:
    """Note that an import, or a held result, says what is recorded of these, new or known."""
    said = [
        {
            "row": fact.hand_off_row,
            "registration": fact.registration,
            "code": fact.row.payment_code,
            "first_month": fact.row.first_month,
            "months": fact.row.months,
            "paid_on": fact.row.paid_on,
            "payer": fact.row.payer,
            "kpj": bulk.bytea(kpj_key(fact.row.kpj)) if fact.row.kpj else None,
        }
        for fact in facts
    ]
    for statement in _NOTE if said else ():
        bulk.run(statement, {"by": by, "said": bulk.encode(said)})


def concerned(source: Import) -> set[UUID]:
    """The registrations that an import says anything about."""
    return {one for (one,) in bulk.run(_CONCERNED, {"by": source.pk})}


def take_out(source: Import, registrations: set[UUID], now: datetime) -> TakenOut:
    """Have an import say nothing any more of locked registrations; its refusals alone stay."""
    named = {
        "by": source.pk,
        "ids": list(registrations),
        "now": now,
        "actor": source.undone_by_id,
        "reason": source.undo_reason,
    }
    gone, kept = {}, 0
    for what, statement in _OUT.items():
        rows = bulk.run(statement, named)
        gone[what] = sum(alone for alone, _ in rows)
        kept += sum(not alone and counts for alone, counts in rows)
    return TakenOut(gone, kept)
