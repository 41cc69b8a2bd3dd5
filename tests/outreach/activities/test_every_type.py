"""Every type of campaign: planned over the API, pulled, pushed to, and told by the board."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from outreach.activities.pasaran import pasaran_of
from outreach.models import Campaign, Flag, Lead, RamadanPeriod
from tests.cast import Cast, client_of
from tests.records import CAPTURED, NOW, lead, record, strangers
from tests.sync.pulling import page
from tests.tablet import tablet_of

URL = "/api/v1/campaigns/"
Type = Campaign.Type
WIB = ZoneInfo("Asia/Jakarta")
DAY = CAPTURED.astimezone(WIB).date()
HOURS = {"weekday": DAY.isoweekday(), "opens": "00:00", "closes": "23:59"}


def stop(name: str, hours: int, **where: float) -> dict[str, Any]:
    start = CAPTURED + timedelta(hours=hours)
    at = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=3)).isoformat()}
    return {"name": name, "lat": 3.59, "lon": 98.67, "radius_m": 200} | at | where


PLANS: dict[str, dict[str, Any]] = {
    Type.MARKET_DRIVE: {
        "calendar": {
            "days": [
                {"kind": "weton", "weekday": DAY.isoweekday(), "pasaran": pasaran_of(DAY)},
                {"kind": "date", "date": DAY.isoformat()},
            ]
        }
    },
    Type.MOBILE_CAR: {"stops": [stop("Terminal", -1), stop("Balai Desa", 3, lat=3.6)]},
    Type.TRADE_CENTER_DRIVE: {"partners": [{"name": "Manajer Plaza", "role": "market_manager"}]},
    Type.KADER_PENGGERAK: {"ends_at": (NOW + timedelta(days=90)).isoformat()},
    Type.AWARENESS_SESSION: {"targets": [{"segment": "PU", "number": 5}]},
    Type.AWARE_VILLAGE: {"checklist": {"people": [{"item": "Perangkat desa", "done": False}]}},
    Type.SERVICE_COUNTER: {
        "starts_at": (NOW - timedelta(days=60)).isoformat(),
        "ends_at": (NOW + timedelta(days=120)).isoformat(),
        "calendar": {"hours": [HOURS | {"closes": "00:01"}], "ramadan_hours": [HOURS]},
    },
    Type.AGENCY_DRIVE: {"agency": "Dinas Koperasi"},
    Type.MONEV: {},
    Type.BENEFIT_HANDOVER: {"partners": [{"name": "Keluarga ahli waris", "role": "heir"}]},
}
"""What is special about each; it is all of Ramadan, so that the counter's other hours apply."""


@pytest.fixture
def campaigns(cast: Cast) -> dict[str, str]:
    """The id of a campaign of each type, on which Siti is."""
    RamadanPeriod.objects.all().delete()
    RamadanPeriod.objects.create(
        hijri_year=1400,
        is_estimate=True,
        first_day=DAY - timedelta(days=15),
        last_day=DAY + timedelta(days=14),
        source="test",
    )
    member = {"kader": cast.siti.pk, "first_day": DAY.isoformat(), "last_day": DAY.isoformat()}
    made = {}
    for kind, plan in PLANS.items():
        shared = {
            "type": kind,
            "office": cast.branch.pk,
            "name": kind,
            "starts_at": (NOW - timedelta(days=4)).isoformat(),
            "ends_at": (NOW + timedelta(days=2)).isoformat(),
            "time_zone": "Asia/Jakarta",
            "team": [member],
        }
        answer = client_of(cast.rina).post(URL, shared | plan)
        assert answer.status_code == 201, answer.content
        made[kind] = answer.json()["id"]
    businesses = [{"name": "Bengkel Jaya", "permit_required": True}]
    url = f"{URL}{made[Type.AGENCY_DRIVE]}/businesses/"
    [business] = client_of(cast.rina).post(url, {"businesses": businesses}).json()
    visited = {"state": "visited", "registered": 2, "visited_day": DAY.isoformat()}
    assert client_of(cast.siti).patch(f"{url}{business['id']}/", visited).status_code == 200
    return made


def test_every_type_goes_from_plan_to_push_to_board(cast: Cast, campaigns: dict[str, str]) -> None:
    assert set(PLANS) == set(Type.values)
    tablet, village = tablet_of(cast.siti), cast.villages[0].code
    pulled = {one["id"]: one["data"] for one in page(tablet, limit=500)["changes"]}
    for kind, campaign in campaigns.items():
        assert pulled[campaign]["type"] == kind
        assert len(pulled[campaign]["stops"]) == len(PLANS[kind].get("stops", []))
    [business] = pulled[campaigns[Type.AGENCY_DRIVE]]["businesses"]
    assert (business["permit_required"], business["registered"]) == (True, 2)
    first_stop = pulled[campaigns[Type.MOBILE_CAR]]["stops"][0]["id"]

    people = iter(strangers(2 * len(campaigns)))
    registrations, leads, attendance = [], [], []
    for kind, campaign in campaigns.items():
        at = first_stop if kind == Type.MOBILE_CAR else None
        registrations += [record(campaign, village, stop=at, **next(people)) for _ in range(2)]
        leads.append(lead(campaign, village, segment="PU", stop=at))
        heads = {"id": str(uuid4()), "campaign": campaign, "captured_at": CAPTURED.isoformat()}
        attendance.append(heads | {"female": 12, "male": 8, "stop": at, "officials": 1})
    answer = tablet.push(*registrations, leads=leads, attendance=attendance)

    for part in ("results", "leads", "attendance"):
        assert {one["outcome"] for one in answer[part]} == {"accepted"}
    usual = ["location_missing", "outside_opening_hours"]
    flags = Flag.objects.exclude(code__in=usual).select_related("registration__campaign")
    flagged = {flag.registration.campaign.type: flag.code for flag in flags}
    assert flagged == dict.fromkeys(Campaign.WITHOUT_SIGNUPS, "no_signups_campaign")
    registered = Lead.objects.get(pk=leads[list(campaigns).index(Type.AWARENESS_SESSION)]["id"])
    said = {"state": "registered", "reason": "terdaftar lewat perusahaan"}
    url = f"/api/v1/leads/{registered.pk}/follow-up/"
    assert client_of(cast.dewi).post(url, said).status_code == 200
    rows = client_of(cast.rina).get("/api/v1/boards/campaigns/", {"limit": 50}).json()["results"]
    board = {row["id"]: row for row in rows}
    for kind, campaign in campaigns.items():
        row = board[campaign]
        assert (row["type"], row["signups"]["total"], row["people"]["provisional"]) == (kind, 2, 2)
        assert (row["attendance"]["sessions"], row["attendance"]["female"]) == (1, 12)
        assert row["partners"] == len(PLANS[kind].get("partners", []))
        [pu] = [one for one in row["segments"] if one["segment"] == "PU"]
        is_session = kind == Type.AWARENESS_SESSION
        assert (pu["leads"], pu["reached"], pu["target"]) == (
            (1, 1, 5) if is_session else (1, 0, None)
        )
        assert row["businesses"]["registered"] == (2 if kind == Type.AGENCY_DRIVE else 0)


def test_days_route_and_checklist_of_the_types_that_have_them(
    cast: Cast, campaigns: dict[str, str]
) -> None:
    siti = client_of(cast.siti)

    [day] = siti.get(f"{URL}{campaigns[Type.MARKET_DRIVE]}/days/").json()["days"]
    assert (day["day"], day["pasaran"]) == (DAY.isoformat(), pasaran_of(DAY))
    asked = {"from": DAY.isoformat(), "to": (DAY + timedelta(days=60)).isoformat()}
    counter = siti.get(f"{URL}{campaigns[Type.SERVICE_COUNTER]}/days/", asked).json()["days"]
    openings = [datetime.fromisoformat(one["openings"][0]["closes_at"]) for one in counter]
    closes = [f"{at.astimezone(WIB):%H:%M}" for at in openings]
    in_ramadan = [one["is_ramadan"] for one in counter]
    assert set(zip(in_ramadan, closes, strict=True)) == {(True, "23:59"), (False, "00:01")}
    route = siti.get(f"{URL}{campaigns[Type.MOBILE_CAR]}/route/").json()
    assert [leg["doubt"] for leg in route["legs"]] == [None] and route["straight_m"] > 1000
    url = f"{URL}{campaigns[Type.AWARE_VILLAGE]}/checklist/"
    mark = {"part": "people", "item": "Perangkat desa", "done": True}
    [marked] = siti.post(url, {"day": DAY.isoformat(), "marks": [mark]}).json()
    assert (marked["item"], marked["done"]) == ("Perangkat desa", True)
