"""The cast: one person a role, an outsider for each, in a province that does not exist."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from rest_framework.test import APIClient

from outreach.drafts import record_of
from outreach.models import (
    Campaign,
    CampaignMember,
    Lead,
    Office,
    OfficeTerritory,
    Region,
    Registration,
    Revision,
    User,
)
from sync.models import Device, HeldRecord
from sync.push import Pusher, push
from sync.tokens import sign_in
from sync.wire import Batch, typed
from tests.records import NOW, batch, lead, record

PASSWORD = "sawah-hijau-42"
ZONE = "Asia/Jakarta"
Role = User.Role
Kind = Region.Kind

REGIONS = (
    ("99", 1, Kind.PROVINCE, "Nusa Rekaan"),
    ("99.01", 2, Kind.REGENCY, "Kabupaten Hulu"),
    ("99.01.01", 3, Kind.DISTRICT, "Hulu Kota"),
    ("99.01.01.1001", 4, Kind.KELURAHAN, "Pasar Lama"),
    ("99.01.01.2002", 4, Kind.DESA, "Sumber Rejo"),
    ("99.01.01.2003", 4, Kind.DESA, "Tanjung Baru"),
    ("99.02", 2, Kind.REGENCY, "Kabupaten Hilir"),
    ("99.02.01", 3, Kind.DISTRICT, "Hilir Kota"),
    ("99.02.01.1001", 4, Kind.KELURAHAN, "Muara"),
    ("99.02.01.2002", 4, Kind.DESA, "Kampung Laut"),
)


@dataclass(frozen=True)
class Cast:
    """Everybody at the branch in Hulu, and the outsiders, who do the same at the one in Hilir."""

    regional: Office
    branch: Office
    other_branch: Office
    siti: User
    budi: User
    rina: User
    agus: User
    dewi: User
    andi: User
    outsider_kader: User
    outsider_coordinator: User
    outsider_supervisor: User
    outsider_officer: User
    regional_coordinator: User
    villages: list[Region]
    other_villages: list[Region]
    market: Campaign
    other_market: Campaign
    tablet: Device
    """Siti's, active."""


@pytest.fixture
def cast(db: None) -> Cast:
    """The named cast with a market drive at each branch."""
    return new_cast()


def new_cast() -> Cast:
    """The same, stored at once."""
    regions = _regions()
    regional = Office.objects.create(name="Kanwil Rekaan", kind=Office.Kind.REGIONAL)
    branch, other_branch = (
        Office.objects.create(name=name, kind=Office.Kind.BRANCH, parent=regional)
        for name in ("Kacab Hulu", "Kacab Hilir")
    )
    look_after(regional, "99")
    look_after(branch, "99.01")
    look_after(other_branch, "99.02")
    siti, budi, rina, joko, agus, dewi, andi, maya, tono, lina, ratna = _users(
        ("siti", "Siti Rahayu", Role.KADER, branch),
        ("budi", "Budi Santoso", Role.KADER, branch),
        ("rina", "Rina Wulandari", Role.COORDINATOR, branch),
        ("joko", "Joko Widagdo", Role.KADER, other_branch),
        ("agus", "Agus Prasetyo", Role.SUPERVISOR, branch),
        ("dewi", "Dewi Lestari", Role.OFFICER, branch),
        ("andi", "Andi Nugroho", Role.ADMINISTRATOR, None),
        ("maya", "Maya Kusuma", Role.COORDINATOR, other_branch),
        ("tono", "Tono Hartono", Role.SUPERVISOR, other_branch),
        ("lina", "Lina Marlina", Role.OFFICER, other_branch),
        ("ratna", "Ratna Dewanti", Role.COORDINATOR, regional),
    )
    return Cast(
        regional=regional,
        branch=branch,
        other_branch=other_branch,
        siti=siti,
        budi=budi,
        rina=rina,
        agus=agus,
        dewi=dewi,
        andi=andi,
        outsider_kader=joko,
        outsider_coordinator=maya,
        outsider_supervisor=tono,
        outsider_officer=lina,
        regional_coordinator=ratna,
        villages=[region for code, region in regions.items() if code.startswith("99.01.01.")],
        other_villages=[region for code, region in regions.items() if code.startswith("99.02.01.")],
        market=campaign("Gerebek Pasar Lama", branch, siti, budi),
        other_market=campaign("Gerebek Pasar Muara", other_branch, joko),
        tablet=tablet(siti, rina),
    )


def campaign(name: str, office: Office, *team: User, **changes: Any) -> Campaign:
    """A market drive around NOW with these kader."""
    first, last = (NOW + timedelta(days=days) for days in (-5, 3))
    made = Campaign.objects.create(
        **{
            "type": Campaign.Type.MARKET_DRIVE,
            "name": name,
            "office": office,
            "starts_at": NOW - timedelta(days=4),
            "ends_at": NOW + timedelta(days=2),
            "time_zone": ZONE,
            "venue_lat": 3.59,
            "venue_lon": 98.67,
            "venue_radius_m": 200.0,
        }
        | changes
    )
    for kader in team:
        CampaignMember.objects.create(
            campaign=made, kader=kader, first_day=first.date(), last_day=last.date()
        )
    return made


def look_after(office: Office, *codes: str) -> None:
    """Give an office just these regions, as if it had always had them."""
    office.territory.all().delete()
    for code in codes:
        OfficeTerritory.objects.create(office=office, region_id=code, first_day=date(2014, 1, 1))


def tablet(kader: User, coordinator: User, state: str = Device.State.ACTIVE) -> Device:
    return Device.objects.create(
        kader=kader,
        label=f"Tablet {kader.username}",
        state=state,
        created_by=coordinator,
        created_at=NOW,
        enrolled_at=NOW,
    )


def pushed(cast: Cast, kader: User | None = None, **changes: Any) -> Registration:
    """A registration that came in over the push, from Siti at the market unless told otherwise."""
    sent = record(cast.market.id, cast.villages[0].code) | changes
    push(typed(batch([sent]), Batch), Pusher(kader or cast.siti, None), NOW)
    return Registration.objects.get(pk=sent["id"])


def edited(cast: Cast, registration: Registration, **changes: Any) -> Revision:
    """The content that an edit of Siti's registration replaced."""
    sent = record_of(registration) | {"work_place": "Kios 99"} | changes
    push(typed(batch([sent]), Batch), Pusher(cast.siti, None), NOW)
    return Revision.objects.filter(registration=registration).latest("pk")


def held(cast: Cast, **changes: Any) -> HeldRecord:
    """A record of Siti's that is held for its sex, unless told otherwise."""
    sent = record(cast.market.id, cast.villages[0].code) | {"sex": "?"} | changes
    push(typed(batch([sent]), Batch), Pusher(cast.siti, None), NOW)
    return HeldRecord.objects.latest("pk")


def led(cast: Cast, kader: User | None = None, **changes: Any) -> Lead:
    """A lead that came in over the push, from Siti at the market unless told otherwise."""
    sent = lead(cast.market.id, cast.villages[0].code) | changes
    body = typed(batch([], leads=[sent]), Batch)
    push(body, Pusher(kader or cast.siti, None), NOW)
    return Lead.objects.get(pk=sent["id"])


def held_lead(cast: Cast, **changes: Any) -> UUID:
    """The id of a lead of Siti's that is held for its segment, unless told otherwise."""
    sent = lead(cast.market.id, cast.villages[0].code) | {"segment": "ASN"} | changes
    push(typed(batch([], leads=[sent]), Batch), Pusher(cast.siti, None), NOW)
    return UUID(sent["id"])


def client_of(user: User | None, device: Device | None = None) -> APIClient:
    """An API client with the user's access token, or a stranger's."""
    client = APIClient()
    if user:
        access = sign_in(user, device, timezone.now())["access"]
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def _users(*people: tuple[str, str, str, Office | None]) -> list[User]:
    password = make_password(PASSWORD)
    return User.objects.bulk_create(
        User(username=username, full_name=full_name, role=role, office=office, password=password)
        for username, full_name, role, office in people
    )


def _regions() -> dict[str, Region]:
    regions = Region.objects.bulk_create(
        Region(
            code=code,
            level=level,
            kind=kind,
            name=name,
            parent_id=code.rpartition(".")[0] or None,
            time_zone=ZONE,
        )
        for code, level, kind, name in REGIONS
    )
    return {region.code: region for region in regions}
