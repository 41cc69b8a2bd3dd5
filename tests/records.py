"""Records as a tablet sends them, for tests to change."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

NOW = datetime.now(UTC).replace(microsecond=0)
"""When this test run began: tokens and pushes go by the real clock."""
CAPTURED = NOW - timedelta(hours=2)


def record(campaign: object, village: str, **changes: Any) -> dict[str, Any]:
    """One whole, unremarkable record of Siti Aminah Harahap, two hours old."""
    return {
        "id": str(uuid4()),
        "base_revision": 0,
        "campaign": str(campaign),
        "stop": None,
        "captured_at": CAPTURED.isoformat(),
        "nik": "9901014503840002",
        "nik_missing_reason": None,
        "full_name": "Siti Aminah Harahap",
        "birth_date": "1984-03-05",
        "sex": "female",
        "mother_name": None,
        "phone": "+6281234567890",
        "address": "Jl. Mesjid 4",
        "rt": "002",
        "rw": "005",
        "postal_code": "20111",
        "domicile_village": village,
        "work_village": None,
        "work_place": "Pasar Pusat, kios 14",
        "occupation": "market_trader",
        "is_employer": False,
        "monthly_income": 2_500_000,
        "programmes": ["JKK", "JKM"],
        "months_prepaid": 1,
        "payer": "self",
        "membership_kind": "unknown",
        "location": None,
        "location_missing_reason": "No fix under the roof",
        "photos": [
            {"kind": "workplace", "sha256": "ab" * 32, "size": 183_204, "media_type": "image/jpeg"}
        ],
        "consent": {
            "notice_version": "2026-01",
            "method": "signed",
            "at": CAPTURED.isoformat(),
            "proof_sha256": None,
        },
        "working_declaration": True,
    } | changes


def batch(records: Iterable[Any], sent_at: datetime = NOW, **changes: Any) -> dict[str, Any]:
    """A push's body around the records."""
    return {
        "batch_id": str(uuid4()),
        "sent_at": sent_at.isoformat(),
        "registrations": list(records),
    } | changes
