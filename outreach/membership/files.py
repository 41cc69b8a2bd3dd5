"""The file of a hand-off: its layout, its rows in clear, as CSV and XLSX.

BPJS fills in the last columns and sends it back; then it is a result file as it is. The layout is
described in backend/decisions/0027.
"""

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from openpyxl import Workbook
from openpyxl.cell import Cell

from outreach import bulk
from outreach.imports.writing import BOM, csv_line, text_cell
from outreach.models import HandOff, User
from outreach.sealing import unseal
from outreach.statuses import OUT

AT_ONCE = 500
HEADINGS = (
    "ID Penyerahan",
    "No",
    "ID Pendaftaran",
    "NIK",
    "Nama Lengkap",
    "Tanggal Lahir",
    "Jenis Kelamin",
    "Nomor HP",
    "Alamat",
    "RT",
    "RW",
    "Kode Pos",
    "Kode Desa",
    "Nama Desa",
    "Pekerjaan",
    "Tempat Kerja",
    "Pemberi Kerja",
    "Penghasilan",
    "Program",
    "Lama Iuran Awal",
    "Pembayar",
    "Jenis Kepesertaan",
    "Hasil",
    "Kode Iuran",
    "Tanggal Bayar",
    "Bulan Pertama",
    "Jumlah Bulan",
    "KPJ",
    "Alasan",
    "Dibayar Oleh",
)
FOR_BPJS = 8
"""The last columns are empty."""
SHOWN = ["nik", "birth_date", "phone", "full_name", "address"]
SEX = {"female": "P", "male": "L"}

_ROWS = """
    SELECT handed.number, record.id, record.nik, record.full_name, record.birth_date, record.sex,
        record.phone, record.address, record.rt, record.rw, record.postal_code,
        record.domicile_code, village.name, record.occupation_code, record.work_place,
        record.is_employer, record.monthly_income, record.programmes, record.months_prepaid,
        record.payer, record.membership_kind
    FROM outreach_handoffrow AS handed
    JOIN outreach_registration AS record ON record.id = handed.registration_id
    LEFT JOIN outreach_region AS village ON village.code = record.domicile_village_id
    WHERE handed.hand_off_id = %s AND handed.number > %s AND record.status <> ALL(%s)
    ORDER BY handed.number LIMIT %s
"""


@transaction.atomic
def disclose(batch: HandOff, user: User, now: datetime) -> int:
    """Note that everybody who is in a hand-off's file is shown; gives how many."""
    rows = bulk.run(
        "INSERT INTO outreach_disclosure (registration_id, user_id, fields, reason, shown_at)"
        " SELECT record.id, %s, %s, %s, %s FROM outreach_handoffrow AS handed"
        " JOIN outreach_registration AS record ON record.id = handed.registration_id"
        " WHERE handed.hand_off_id = %s AND record.status <> ALL(%s) RETURNING 1",
        [user.pk, SHOWN, f"hand-off {batch.pk}", now, batch.pk, sorted(OUT)],
    )
    return len(rows)


def csv_lines(batch: HandOff) -> Iterator[str]:
    """The file as CSV, some rows at a time, with semicolons and a mark: Excel in Indonesia."""
    yield BOM + csv_line(HEADINGS)
    for rows in _chunks(batch):
        yield "".join(csv_line(map(_text, row)) for row in rows)


def xlsx_file(batch: HandOff) -> io.BytesIO:
    """The file as a workbook whose cells are all text: numbers would lose digits of a NIK.

    Made in memory, as what openpyxl writes row by row lies in clear in a temporary file.
    """
    book = Workbook()
    sheet = book.active
    sheet.title = "Penyerahan"
    sheet.append(HEADINGS)
    for rows in _chunks(batch):
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def _cell(sheet: Any, value: Any) -> Cell:
    cell = text_cell(sheet, _text(value))
    cell.number_format = "@"
    return cell


def _chunks(batch: HandOff) -> Iterator[list[Sequence[Any]]]:
    last = 0
    while rows := bulk.run(_ROWS, [batch.pk, last, sorted(OUT), AT_ONCE]):
        yield [_row(batch, row) for row in rows]
        last = rows[-1][0]


def _row(batch: HandOff, row: Sequence[Any]) -> list[Any]:
    number, registration, nik, name, born, sex, phone, *rest = row
    address, rt, rw, postal_code, code, village, occupation, place, is_employer, *last = rest
    income, programmes, months, payer, kind = last

    def clear(value: bytes | None) -> str | None:
        return None if value is None else unseal(value, registration)

    return [
        batch.pk, number, registration, clear(nik), name, born, SEX[sex], clear(phone), address,
        rt, rw, postal_code, code, village, occupation, place, "Ya" if is_employer else "Tidak",
        income, "+".join(programmes), months, payer, kind, *[None] * FOR_BPJS,
    ]  # fmt: skip


def _text(value: Any) -> str:
    return "" if value is None else str(value)
