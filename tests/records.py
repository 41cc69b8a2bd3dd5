"""Records as a tablet sends them, for tests to change."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from fixtures.people import Population
from outreach.dedup.facts import facts_of
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.resolving import resolve
from outreach.dedup.scoring import shipped_model

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


def lead(campaign: object, village: str, **changes: Any) -> dict[str, Any]:
    """A construction worker who was told about it two hours ago."""
    return {
        "id": str(uuid4()),
        "base_revision": 0,
        "campaign": str(campaign),
        "stop": None,
        "captured_at": CAPTURED.isoformat(),
        "segment": "JAKON",
        "full_name": "Parulian Sitorus",
        "phone": "+6281377788899",
        "employer": "Proyek jembatan Hulu",
        "village": village,
        "notes": "Mandor, minta dihubungi sore",
        "consent": {
            "basis": "spoken",
            "at": CAPTURED.isoformat(),
            "notice_version": "2026-01",
        },
    } | changes


def batch(records: Iterable[Any], sent_at: datetime = NOW, **changes: Any) -> dict[str, Any]:
    """A push's body around the records."""
    return {
        "batch_id": str(uuid4()),
        "sent_at": sent_at.isoformat(),
        "registrations": list(records),
    } | changes


def strangers(number: int, seed: int = 0) -> list[dict[str, Any]]:
    """What tells people apart, for so many whom nobody would mistake: changes for `record`."""
    people = _unlike(seed)
    assert number <= len(people)
    return people[:number]


@cache
def _unlike(seed: int) -> list[dict[str, Any]]:
    population = Population(seed, ["99.01.01.1001"], NOW.date())
    workers = [population.worker() for _ in range(300)]
    found = resolve(
        [
            facts_of(
                full_name=worker.full_name,
                birth_date=worker.birth_date,
                sex=worker.sex,
                nik=worker.nik,
                village=worker.village,
                occupation="market_trader",
            )
            for worker in workers
        ],
        shipped_model(),
        shipped_frequencies(),
    )
    alike = set(found.pairs.right[found.judged.scores > -6].tolist())
    return [
        {
            "nik": worker.nik,
            "full_name": worker.full_name,
            "birth_date": worker.birth_date.isoformat(),
            "sex": worker.sex,
            "mother_name": worker.mother_name,
            "phone": worker.phone,
            "address": worker.address,
            "rt": worker.rt,
            "rw": worker.rw,
        }
        for place, worker in enumerate(workers)
        if place not in alike
    ]
