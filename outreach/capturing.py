"""From captures to rows: everything that can be worked out before the transaction starts."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from outreach.attribution import Credit
from outreach.bulk import bytea
from outreach.contributions.quoting import Quote, Worker, quote
from outreach.contributions.rules import month_of
from outreach.dedup.facts import Facts
from outreach.drafts import Capture, Draft
from outreach.flagging import Doubts, Moment, Sender, doubts, moment
from outreach.matching.records import facts_of_draft
from outreach.models import Campaign, Registration
from outreach.places.village_index import Fix
from outreach.placing import Event, Sighting, events_of
from outreach.sealing import blind_index, seal
from outreach.surroundings import Surroundings, home_of, surroundings


class Prepared(Struct, frozen=True):
    """A capture placed, dated, doubted and sealed; `row` lacks person, status and revision.

    `credit` is what it counts for once it is in the table.
    """

    capture: Capture
    facts: Facts
    credit: Credit
    doubts: Doubts
    event: Event
    row: dict[str, Any]


def prepare(captures: Sequence[Capture], sender: Sender) -> list[Prepared | None]:
    """One entry a capture, in order; None where the campaign does not exist.

    Five statements and one pass over the village index, whatever the batch's size.
    """
    around = surroundings(captures, sender.kader_id)
    events = events_of([_sighting(capture.draft, around) for capture in captures], around.current)
    return [
        _prepare_one(capture, event, around, sender)
        if capture.draft.campaign in around.campaigns
        else None
        for capture, event in zip(captures, events, strict=True)
    ]


def _sighting(draft: Draft, around: Surroundings) -> Sighting:
    fix, campaign = draft.location, around.campaigns.get(draft.campaign)
    return Sighting(
        Fix(fix.lat, fix.lon, fix.accuracy_m, fix.accuracy_kind) if fix else None,
        home_of(draft.domicile_village, around.villages, around.chosen.get(draft.id))
        if campaign and campaign.type in Campaign.AT_HOME
        else None,
    )


def _prepare_one(capture: Capture, event: Event, around: Surroundings, sender: Sender) -> Prepared:
    draft = capture.draft
    at = moment(draft.captured_at, around.campaigns[draft.campaign], sender)
    domicile = home_of(draft.domicile_village, around.villages, around.chosen.get(draft.id))
    return Prepared(
        capture=capture,
        facts=facts_of_draft(
            draft, domicile or draft.domicile_village, sender.kader_id, at.corrected_at
        ),
        credit=Credit(
            registration=draft.id,
            status=Registration.Status.SUBMITTED.value,
            trusted=at.trusted,
            corrected_at=at.corrected_at,
            day=at.day,
            domicile=domicile,
            campaign=draft.campaign,
            kader=sender.kader_id,
            event_village=event.village,
        ),
        doubts=doubts(draft, at, event, around, sender),
        event=event,
        row={
            "id": draft.id,
            "digest": bytea(capture.digest),
            "campaign_id": draft.campaign,
            "kader_id": sender.kader_id,
            "domicile_village_id": domicile,
            "work_village_id": draft.work_village and around.villages.get(draft.work_village),
            "occupation_id": draft.occupation if draft.occupation in around.occupations else None,
            "stop_id": draft.stop if draft.stop in around.stops else None,
            "extra": capture.extra,
            "quote": _quote(draft, at, around),
            **event.columns(),
            **_when(draft, at, sender),
            **_worker(draft),
            **_location(draft),
        },
    )


def _quote(draft: Draft, at: Moment, around: Surroundings) -> Quote:
    """What the worker would pay from the month on in which they were registered."""
    return quote(
        Worker(
            income=draft.monthly_income,
            programmes=draft.programmes,
            is_transport=around.occupations.get(draft.occupation),
            payer=draft.payer,
            is_employer=draft.is_employer,
            first_month=month_of(at.day),
            months=draft.months_prepaid,
        ),
        around.rules,
    )


def _when(draft: Draft, at: Moment, sender: Sender) -> dict[str, Any]:
    offset = draft.captured_at.utcoffset()
    return {
        "captured_at": draft.captured_at,
        "captured_offset_min": int(offset.total_seconds() // 60) if offset else 0,
        "received_at": sender.received_at,
        "clock_skew_s": sender.clock_skew_s,
        "corrected_at": at.corrected_at,
        "clock_trusted": at.trusted,
        "local_day": at.day,
    }


def _worker(draft: Draft) -> dict[str, Any]:
    sealed = {
        name: bytea(seal(text, draft.id)) if text else None
        for name, text in (
            ("nik", draft.nik),
            ("mother_name", draft.mother_name),
            ("phone", draft.phone),
        )
    }
    consent = draft.consent
    return {
        **sealed,
        "nik_index": bytea(blind_index("nik", draft.nik)) if draft.nik else None,
        "nik_missing_reason": draft.nik_missing_reason,
        "full_name": draft.full_name,
        "birth_date": draft.birth_date,
        "sex": draft.sex,
        "phone_index": bytea(blind_index("phone", draft.phone)) if draft.phone else None,
        "address": draft.address or "",
        "rt": draft.rt or "",
        "rw": draft.rw or "",
        "postal_code": draft.postal_code or "",
        "domicile_code": draft.domicile_village,
        "work_code": draft.work_village,
        "work_place": draft.work_place or "",
        "occupation_code": draft.occupation,
        "is_employer": draft.is_employer,
        "monthly_income": draft.monthly_income,
        "programmes": draft.programmes,
        "months_prepaid": draft.months_prepaid,
        "payer": draft.payer,
        "membership_kind": draft.membership_kind,
        "photos": draft.photos,
        "consent_notice": consent.notice_version,
        "consent_method": consent.method,
        "consent_at": consent.at,
        "consent_proof_sha256": consent.proof_sha256,
        "working_declaration": draft.working_declaration,
    }


def _location(draft: Draft) -> dict[str, Any]:
    fix = draft.location
    return {
        "lat": fix and fix.lat,
        "lon": fix and fix.lon,
        "accuracy_m": fix and fix.accuracy_m,
        "accuracy_kind": fix and fix.accuracy_kind,
        "location_provider": fix and fix.provider,
        "location_is_mock": fix and fix.is_mock,
        "location_fixed_at": fix and fix.fixed_at,
        "location_missing_reason": draft.location_missing_reason,
    }
