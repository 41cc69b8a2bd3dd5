"""A row of a result file: what it says, and what is known of the registration it is about."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.utils.translation import gettext_lazy as _

from outreach import bulk
from outreach.imports import cells
from outreach.imports.kinds import Column, Rows
from outreach.models import Registration
from outreach.sealing import blind_index

ACCEPTED, PAID, REFUSED = "accepted", "paid", "refused"
RESULTS = {
    "diterima": ACCEPTED,
    "accepted": ACCEPTED,
    "menunggu pembayaran": ACCEPTED,
    "dibayar": PAID,
    "lunas": PAID,
    "paid": PAID,
    "ditolak": REFUSED,
    "refused": REFUSED,
    "rejected": REFUSED,
}
WRITTEN = {ACCEPTED: "diterima", PAID: "dibayar", REFUSED: "ditolak"}
"""Each as the layout of the file has it, whatever the reader's language is."""
Payer = Registration.Payer
PAYERS = {
    "peserta": Payer.SELF.value,
    "sendiri": Payer.SELF.value,
    "self": Payer.SELF.value,
    "sponsor": Payer.SPONSOR.value,
    "csr": Payer.SPONSOR.value,
    "desa": Payer.VILLAGE.value,
    "village": Payer.VILLAGE.value,
    "pemda": Payer.LOCAL_BUDGET.value,
    "apbd": Payer.LOCAL_BUDGET.value,
    "local budget": Payer.LOCAL_BUDGET.value,
    "pemerintah pusat": Payer.NATIONAL_BUDGET.value,
    "apbn": Payer.NATIONAL_BUDGET.value,
    "national budget": Payer.NATIONAL_BUDGET.value,
}
"""Whose money it is. An agent or a group who only passes it on is no payer of its own."""
LONGEST_CODE = 30
LONGEST_REASON = 400
COLUMNS = (
    Column("hand_off", ("ID Penyerahan", "Hand-off id"), cells.identifier),
    Column("number", ("No", "Nomor", "No."), cells.whole(1, 1_000_000)),
    Column("registration", ("ID Pendaftaran", "Registration id"), cells.identifier),
    Column("nik", ("NIK",), cells.digits(16, 16), masked="nik"),
    Column("result", ("Hasil", "Result"), cells.choice(RESULTS), needed=True),
    Column("payment_code", ("Kode Iuran", "Payment code"), cells.text(LONGEST_CODE)),
    Column("paid_on", ("Tanggal Bayar", "Paid on"), cells.day),
    Column("first_month", ("Bulan Pertama", "First month"), cells.month),
    Column("months", ("Jumlah Bulan", "Months"), cells.whole(1, 12)),
    Column("kpj", ("KPJ", "Nomor KPJ", "KPJ number"), cells.digits(8, 16), masked="hidden"),
    Column("reason", ("Alasan", "Reason"), cells.text(LONGEST_REASON)),
    Column("payer", ("Dibayar Oleh", "Paid by"), cells.choice(PAYERS)),
)
TITLE = _("Results of hand-offs: accepted, paid, refused")


class ResultRow(msgspec.Struct, frozen=True):
    """What BPJS says of one registration; of a row without `result` it has said nothing yet."""

    hand_off: UUID | None = None
    number: int | None = None
    registration: UUID | None = None
    nik: str | None = None
    result: str | None = None
    payment_code: str | None = None
    paid_on: date | None = None
    first_month: date | None = None
    months: int | None = None
    kpj: str | None = None
    reason: str | None = None
    payer: str | None = None


class Known(NamedTuple):
    """What is known of the registration that a row names; null throughout for none of the office.

    `named_other`: its id and its number in the hand-off are of two registrations. `row` is its row
    in the hand-off that was named, or else the one that counts, or the last.
    """

    registration: UUID | None
    named_other: bool
    status: str
    person: UUID | None
    nik_index: bytes | None
    kpj_index: bytes | None
    row: int | None
    handed_as: UUID | None
    is_current: bool
    answer: str
    payment_code: str | None
    refused_so: bool
    """Whether it was refused for this reason."""
    refused_earlier: bool
    """Whether an earlier hand-off was, and the row does not say which one it is about."""
    paid_so: bool
    """Whether this payment is known."""
    undone_so: bool
    """Whether somebody has undone it, and not its whole file."""
    overlaps: bool
    """Whether some of its months are paid by another payment."""


class Owner(NamedTuple):
    """Who has a KPJ."""

    registration: UUID
    person: UUID
    kpj_index: bytes


_KNOWN = """
    SELECT asked.place, record.id,
        record.id IS NOT NULL AND named.registration_id IS NOT NULL
            AND named.registration_id <> record.id,
        coalesce(record.status, ''), record.person_id, record.nik_index, member.kpj_index,
        handed.id, handed.person, coalesce(handed.is_current, false), coalesce(handed.answer, ''),
        handed.payment_code,
        coalesce(handed.answer = 'refused' AND handed.refusal = asked.reason, false),
        asked.hand_off IS NULL AND EXISTS (SELECT FROM outreach_handoffrow AS said
            WHERE said.registration_id = record.id AND said.answer = 'refused'
            AND said.refusal = asked.reason AND said.id <> handed.id),
        EXISTS (SELECT FROM outreach_payment AS paid WHERE paid.registration_id = record.id
            AND paid.first_month = asked.first_month AND paid.months = asked.months
            AND paid.paid_on = asked.paid_on AND paid.undone_at IS NULL),
        EXISTS (SELECT FROM outreach_payment AS paid WHERE paid.registration_id = record.id
            AND paid.first_month = asked.first_month AND paid.months = asked.months
            AND paid.paid_on = asked.paid_on AND paid.undone_at IS NOT NULL
            AND paid.undone_with_id IS NULL),
        EXISTS (SELECT FROM outreach_payment AS paid WHERE paid.registration_id = record.id
            AND paid.undone_at IS NULL
            AND paid.first_month < asked.first_month + asked.months * interval '1 month'
            AND asked.first_month < paid.first_month + paid.months * interval '1 month'
            AND (paid.first_month, paid.months, paid.paid_on)
                <> (asked.first_month, asked.months, asked.paid_on))
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS asked(place int, hand_off uuid, number int,
        registration uuid, reason text, first_month date, months int, paid_on date)
    LEFT JOIN outreach_handoffrow AS named
        ON named.hand_off_id = asked.hand_off AND named.number = asked.number
    LEFT JOIN (outreach_registration AS record
        JOIN outreach_campaign AS campaign ON campaign.id = record.campaign_id
            AND campaign.office_id = ANY(%(offices)s))
        ON record.id = coalesce(asked.registration, named.registration_id)
    LEFT JOIN LATERAL (
        SELECT one.* FROM outreach_handoffrow AS one WHERE one.registration_id = record.id
        AND (asked.hand_off IS NULL OR one.hand_off_id = asked.hand_off)
        ORDER BY one.is_current DESC, one.id DESC LIMIT 1
    ) AS handed ON true
    LEFT JOIN outreach_membership AS member ON member.registration_id = record.id
    ORDER BY asked.place
"""


def known_of(rows: Rows, offices: Sequence[int]) -> list[Known]:
    """What is known of the registrations that rows name, in their order; one statement."""
    if not rows:
        return []
    asked: list[dict[str, Any]] = [
        {
            "place": place,
            "hand_off": row.hand_off,
            "number": row.number,
            "registration": row.registration,
            "reason": row.reason,
            "first_month": row.first_month,
            "months": row.months,
            "paid_on": row.paid_on,
        }
        for place, (_number, row) in enumerate(rows)
    ]
    found = bulk.run(_KNOWN, {"rows": bulk.encode(asked), "offices": list(offices)})
    return [Known(*_as_bytes(row[1:])) for row in found]


def owners_of(kpjs: Sequence[str], people: Sequence[UUID]) -> list[Owner]:
    """Who has one of the KPJs, and which ones the people have."""
    rows = bulk.run(
        "SELECT member.registration_id, record.person_id, member.kpj_index"
        " FROM outreach_membership AS member"
        " JOIN outreach_registration AS record ON record.id = member.registration_id"
        " WHERE member.kpj_index IS NOT NULL"
        " AND (member.kpj_index = ANY(%s) OR record.person_id = ANY(%s))",
        [[kpj_key(kpj) for kpj in kpjs], list(people)],
    )
    return [Owner(*_as_bytes(row)) for row in rows]


def kpj_key(kpj: str) -> bytes:
    return blind_index("kpj", kpj)


def _as_bytes(row: Sequence[Any]) -> list[Any]:
    return [bytes(one) if isinstance(one, memoryview) else one for one in row]
