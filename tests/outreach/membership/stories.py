"""Registrations that were verified and handed off, and files of results about them."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Q

from outreach import reviewing
from outreach.membership.handing_off import hand_off
from outreach.membership.months import current
from outreach.models import Decision, HandOff, Registration
from sync.push import Pusher, push
from sync.wire import Batch, typed
from tests.cast import Cast
from tests.outreach.imports.sending import confirm, send
from tests.outreach.imports.workbooks import xlsx
from tests.records import NOW, batch, record, strangers

MONTH = current(NOW)
COLUMNS = (
    "registration",
    "result",
    "payment_code",
    "paid_on",
    "first_month",
    "months",
    "kpj",
    "reason",
    "hand_off",
    "number",
    "nik",
    "payer",
)


def verified(cast: Cast, number: int, village: int = 0) -> list[Registration]:
    """Verified registrations of strangers, all of Siti's at the market."""
    sent = [record(cast.market.id, cast.villages[village].code, **who) for who in strangers(number)]
    push(typed(batch(sent), Batch), Pusher(cast.siti, None), NOW)
    ids = [UUID(one["id"]) for one in sent]
    reviewing.decide(Decision.Kind.VERIFY, ids, cast.rina, "papers seen", NOW)
    found = Registration.objects.in_bulk(ids)
    assert {one.status for one in found.values()} == {"verified"}
    return [found[one] for one in ids]


def handed_off(cast: Cast, number: int, now: datetime = NOW) -> list[Registration]:
    """The same, handed off by Dewi, in the order of their numbers in the batch."""
    verified(cast, number)
    made = hand_off(uuid4(), cast.dewi, Q(), None, 1000, now).hand_off
    return registrations_of(made)


def registrations_of(made: HandOff) -> list[Registration]:
    return [row.registration for row in made.rows.order_by("number")]


def accepted(registration: Registration, **more: Any) -> dict[str, Any]:
    return {"registration": registration.pk, "result": "diterima", "payment_code": "8801"} | more


def paid(
    registration: Registration, month: date = MONTH, months: int = 1, **more: Any
) -> dict[str, Any]:
    return {
        "registration": registration.pk,
        "result": "dibayar",
        "first_month": month,
        "months": months,
        "paid_on": date(2026, 1, 5) if month < date(2026, 6, 1) else min(month, NOW.date()),
    } | more


def refused(registration: Registration, reason: str = "NIK tidak padan") -> dict[str, Any]:
    return {"registration": registration.pk, "result": "ditolak", "reason": reason}


def result_file(*rows: dict[str, Any]) -> bytes:
    """A result file of these rows; never the same bytes twice."""
    cells = [[_cell(row.get(name)) for name in COLUMNS] for row in rows]
    return xlsx([[str(uuid4())], COLUMNS, *cells])


def _cell(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def preview(cast: Cast, *rows: dict[str, Any]) -> dict[str, Any]:
    """The preview of a result file that Dewi sends."""
    answer = send(cast.dewi, result_file(*rows), "hand_off_results")
    assert answer.status_code == 201, answer.content
    shown: dict[str, Any] = answer.json()
    return shown


def imported(cast: Cast, *rows: dict[str, Any]) -> dict[str, int]:
    """Send and confirm a result file; gives its report."""
    shown = preview(cast, *rows)
    assert shown["problem_count"] == 0, shown["problems"]
    answer = confirm(cast.dewi, shown["id"])
    assert answer.status_code == 200, answer.content
    report: dict[str, int] = answer.json()["report"]
    return report


def status_of(registration: Registration) -> str:
    return Registration.objects.values_list("status", flat=True).get(pk=registration.pk)


def codes_of(shown: dict[str, Any]) -> list[list[str]]:
    """The codes found, row by row, of the first rows of a preview."""
    return [[found["code"] for found in row["findings"]] for row in shown["first_rows"]]


def csv_rows(content: bytes) -> Sequence[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
