"""The records that the benches send."""

import secrets
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from fixtures.people import Worker

LAT, LON = -4.9, 110.4
"""In the middle of the demo's region."""


def record_of(worker: Worker, campaign: str) -> dict[str, Any]:
    """What a tablet would send of the worker, captured just now at the bench's venue."""
    at = datetime.now(UTC).isoformat()
    return {
        "id": str(uuid4()),
        "base_revision": 0,
        "campaign": campaign,
        "captured_at": at,
        "nik": worker.nik,
        "full_name": worker.full_name,
        "birth_date": worker.birth_date.isoformat(),
        "sex": worker.sex,
        "mother_name": worker.mother_name,
        "phone": worker.phone,
        "address": worker.address,
        "rt": worker.rt,
        "rw": worker.rw,
        "postal_code": worker.postal_code,
        "domicile_village": worker.village,
        "work_place": "Pasar Pusat, kios 14",
        "occupation": worker.occupation,
        "monthly_income": worker.monthly_income,
        "programmes": ["JKK", "JKM", "JHT"],
        "months_prepaid": worker.months_prepaid,
        "payer": worker.payer,
        "location": {
            "lat": LAT + secrets.randbelow(10**6) / 10**7,
            "lon": LON + secrets.randbelow(10**6) / 10**7,
            "accuracy_m": 5 + secrets.randbelow(400) / 10,
            "accuracy_kind": "p68",
            "provider": "gps",
            "is_mock": False,
            "fixed_at": at,
        },
        "photos": [
            {
                "kind": "workplace",
                "sha256": secrets.token_hex(32),
                "size": 183_204,
                "media_type": "image/jpeg",
            }
        ],
        "consent": {"notice_version": "2026-01", "method": "signed", "at": at},
        "working_declaration": True,
    }
