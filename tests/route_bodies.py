"""What the routes are asked with: what would let a coordinator of the office, or an administrator,
get through."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import SimpleUploadedFile

from outreach.offices.territory import ZONE
from tests.cast import PASSWORD
from tests.outreach.kader.entries import new_entry, route_kind
from tests.outreach.matching.asked import person_of
from tests.outreach.recontact.samples import asked
from tests.records import NOW, batch, record
from tests.route_paths import NOTICES_FILE, Given
from tests.route_table import ABOUT_KADER

REASON = {"reason": "papers seen"}
NO_SIGNAL = {"text": "The market has no signal."}
FIXED: dict[str, dict[str, Any]] = {
    "GET api/v1/regions/locate/": {"lat": "3.59", "lon": "98.67", "accuracy_m": "20"},
    "GET api/v1/follow-ups/": {"list": "unpaid_7_days"},
    "GET api/v1/standings/": {"within": "99.01"},
    "POST api/v1/registrations/<uuid:registration_id>/flags/<slug:code>/answer/": NO_SIGNAL,
    "POST api/v1/findings/<int:finding_id>/answer/": NO_SIGNAL,
    "POST api/v1/region-changes/<int:change_id>/choose/": {
        "accept_proposals": True,
        "reason": "asked",
    },
    "POST api/v1/campaigns/<uuid:campaign_id>/businesses/": {"businesses": [{"name": "CV Maju"}]},
    "PATCH api/v1/campaigns/<uuid:campaign_id>/businesses/<uuid:business_id>/": {
        "state": "visited"
    },
    "POST api/v1/lead-retention/": {
        "effective_from": "2199-01-01",
        "days": 180,
        "source": "Rules of the house",
    },
    "POST api/v1/hand-offs/": {},
    "POST api/v1/auth/token/": {"username": "rina", "password": PASSWORD},
    "POST api/v1/auth/token/refresh/": {"refresh": "x"},
    "PATCH api/v1/sync/devices/<uuid:device_id>/": {"label": "Tablet 7"},
    "POST api/v1/formulas/": {
        "version": "2027-1",
        "weights": {"coverage": 0.6, "retention": 0.4},
        "z": 1.28,
        "smallest_denominator": 30,
        "effective_from": "2031-01-01",
        "source": "a decree",
    },
    "PATCH api/v1/formulas/<str:version>/": {"z": 1.64},
    "POST api/v1/standings/simulate/": {"formula": "2026-1", "within": "99.01"},
    "PUT api/v1/sync/clients/<slug:client>/": {
        "soft_minimum": "1.4",
        "soft_since": "2026-11-01T00:00:00+07:00",
    },
    "POST api/v1/sync/devices/enrol/": {"enrolment_code": "0000-0000-0000-0000"},
    "POST api/v1/sync/devices/<uuid:device_id>/state/": {"state": "active", "reason": "found"},
    "PATCH api/v1/campaigns/<uuid:campaign_id>/": {"name": "Gerebek"},
    "POST api/v1/registrations/search/": {"search": "9901014503840002"},
    "POST api/v1/registrations/verify/": {"ids": [str(uuid4())], "reason": "seen"},
    "POST api/v1/offices/": {"name": "Kacab Tengah", "kind": "branch_office"},
    "POST api/v1/contributions/quote/": {
        "programmes": ["JKK", "JKM"],
        "first_month": "2026-11",
    },
    "POST api/v1/offices/<int:office_id>/territory/": {
        "regions": ["99.02"],
        "first_day": NOW.astimezone(ZONE).date().isoformat(),
        "reason": "decree 12/2026",
    },
    "POST api/v1/statement-questions/<uuid:question_id>/answer/": {"text": "She was first."},
    "POST api/v1/recontact-cases/<uuid:case_id>/outcome/": {
        "id": str(uuid4()),
        "outcome": "confirmed",
    },
    "PATCH api/v1/users/<int:user_id>/": {"full_name": "Siti R.", "reason": "marriage"},
    "POST api/v1/incentives/": {
        "threshold": 30,
        "first_day": "2027-01-01",
        "source": "letter 4/2026",
    },
    "POST sign-out/": {},
    "POST language/": {"language": "en"},
    **{row: {} for row in ABOUT_KADER if row.startswith("PATCH")},
}
MADE: dict[str, Callable[[Given], dict[str, Any]]] = {
    "POST api/v1/imports/<slug:kind>/": lambda _: {
        "file": SimpleUploadedFile("a.csv", NOTICES_FILE)
    },
    "POST api/v1/campaigns/<uuid:campaign_id>/checklist/": lambda it: {
        "day": it.cast.market.starts_at.astimezone(ZoneInfo(it.cast.market.time_zone))
        .date()
        .isoformat(),
        "marks": [{"part": "people", "item": "Dua kader", "done": True}],
    },
    "POST api/v1/registrations/<uuid:registration_id>/reassign/": lambda it: (
        REASON | {"campaign": str(it.cast.market.pk)}
    ),
    "POST api/v1/sync/devices/": lambda it: {"kader": it.cast.siti.pk, "label": "Tablet"},
    "POST api/v1/sync/push/": lambda it: batch(
        [record(it.cast.market.id, it.cast.villages[0].code)]
    ),
    "POST api/v1/sync/receipts/": lambda it: {"ids": [str(it.registration.pk)]},
    "POST api/v1/campaigns/": lambda it: {
        "type": "market_drive",
        "office": it.cast.branch.pk,
        "name": "Gerebek",
        "starts_at": "2026-12-01T08:00:00+07:00",
        "ends_at": "2026-12-01T12:00:00+07:00",
        "time_zone": "Asia/Jakarta",
    },
    "POST api/v1/users/": lambda it: {
        "username": "tini",
        "password": "kelapa-muda-19",
        "role": "kader",
        "office": it.cast.branch.pk,
        "full_name": "Tini",
    },
    "POST api/v1/kader/me/statement/questions/": lambda it: {
        "id": str(uuid4()),
        "registration": str(it.registration.pk),
        "text": "Why does she not count?",
    },
    "POST api/v1/recontact-samples/": lambda it: asked(office=it.cast.branch.pk),
    "PUT api/v1/targets/": lambda it: {
        "office": it.cast.branch.pk,
        "segment": "BPU",
        "year": 2026,
        "effective_from": "2026-01-01",
        "number": 1200,
        "source": "letter 4/2026",
    },
    **{
        row: lambda it: new_entry(it.cast, route_kind(it.row))
        for row in ABOUT_KADER
        if row.startswith("POST")
    },
}
BESIDE_THE_REASON: dict[str, Callable[[Given], dict[str, Any]]] = {
    "leads/<uuid:lead_id>/disclose/": lambda _: {},
    "leads/<uuid:lead_id>/link/": lambda it: {"registration": str(it.registration.pk)},
    "leads/<uuid:lead_id>/follow-up/": lambda _: {"state": "lost"},
    "held_id>/release/": lambda _: {"registration": {"sex": "female"}},
    "note_id>/release/": lambda _: {"note": {"segment": "PU"}},
    "disclose/": lambda _: {"fields": ["nik"]},
    "merge/": lambda it: {"other": str(person_of(it.twin))},
    "split/": lambda it: {"registrations": [str(it.again.pk)]},
}
"""By how a row ends; the first counts."""


def data_of(it: Given) -> dict[str, Any] | None:
    """The body or the query; a reason where nothing else is asked for."""
    row = it.row
    if row in FIXED:
        return FIXED[row]
    if row in MADE:
        return MADE[row](it)
    for ending, more in BESIDE_THE_REASON.items():
        if row.endswith(ending):
            return REASON | more(it)
    return None if row.startswith("GET") else REASON
