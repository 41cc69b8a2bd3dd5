"""People with one registration each."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from outreach import bulk
from outreach.models import Payment, Person, Registration, User
from outreach.people import credit_of, lock, recount
from tests.outreach.standings.conftest import CAMPAIGN, NOW

STATUS = {"none": "rejected", "provisional": "submitted", "verified": "verified"}


@dataclass
class People:
    """People by number, kept in the database and counted the way decisions count them."""

    kader: User
    first: int = 0
    received_at: datetime = NOW
    ids: dict[int, UUID] = field(default_factory=dict)
    registrations: dict[int, UUID] = field(default_factory=dict)

    def put(self, changes: dict[int, tuple[str, str | None, date, UUID, str | None]]) -> None:
        """Give people a state, village, month, campaign and event village; new ones are made."""
        was = {}
        for number, (state, village, month, campaign, event_village) in changes.items():
            registration = self._registration(number)
            was[registration.pk] = credit_of(registration)
            registration.status = STATUS[state]
            registration.domicile_village_id = village
            registration.domicile_code = village or registration.domicile_code
            registration.local_day = month.replace(day=15)
            registration.campaign_id, registration.event_village_id = campaign, event_village
            registration.save()
        recount(lock([self.ids[number] for number in changes]), was)

    def pay(self, number: int, first_month: date, months: int = 1) -> None:
        """Confirm contributions of a person; whoever pays has the standings refreshed."""
        Payment.objects.get_or_create(
            registration=self._registration(number),
            first_month=first_month,
            months=months,
            paid_on=first_month,
            defaults={"confirmed_at": self.received_at},
        )

    def _registration(self, number: int) -> Registration:
        if identity := self.registrations.get(number):
            return Registration.objects.get(pk=identity)
        person = Person.objects.create(
            state="none",
            created_at=NOW,
        )
        self.ids[number] = person.pk
        made = Registration.objects.create(**self._columns(person, CAMPAIGN))
        self.registrations[number] = made.pk
        return made

    def _columns(self, person: Person, campaign: UUID) -> dict[str, Any]:
        return {
            "id": uuid4(),
            "revision": 1,
            "digest": b"digest",
            "status": "rejected",
            "person": person,
            "campaign_id": campaign,
            "kader": self.kader,
            "captured_at": NOW,
            "captured_offset_min": 480,
            "received_at": self.received_at,
            "clock_skew_s": 0,
            "corrected_at": NOW,
            "clock_trusted": True,
            "local_day": NOW.date(),
            "nik_missing_reason": "not at hand",
            "full_name": "Uji Coba",
            "birth_date": date(1990, 1, 1),
            "sex": "female",
            "domicile_code": "97.01.01.2001",
            "is_employer": False,
            "programmes": ["JKK", "JKM"],
            "membership_kind": "unknown",
            "location_missing_reason": "no signal",
            "photos": [],
            "consent_notice": "2026-01",
            "consent_method": "signed",
            "consent_at": NOW,
            "working_declaration": True,
        }


def derived() -> dict[str, list[tuple[Any, ...]]]:
    """Every derived number there is; a tally of nought is no tally."""
    return {
        "villages": bulk.run(
            "SELECT village_id, month, provisional, verified, hosted FROM outreach_villagetally"
            " WHERE provisional <> 0 OR verified <> 0 OR hosted <> 0 ORDER BY 1, 2"
        ),
        "campaigns": bulk.run(
            "SELECT campaign_id, kader_id, provisional, verified FROM outreach_campaigntally"
            " WHERE provisional <> 0 OR verified <> 0 ORDER BY 1, 2"
        ),
        "standings": bulk.run(
            "SELECT village_id, stratum, period, verified, opening_verified, provisional,"
            " cohort, retained, denominator_id, officials_id, score"
            " FROM outreach_standing ORDER BY 1"
        ),
    }
