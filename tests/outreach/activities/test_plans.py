"""What campaigns of single types plan: days, ways, businesses, checklists."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from outreach.activities.routes import RouteStop, Speed, legs
from outreach.models import Change, RamadanPeriod, Registration, SupervisedBusiness
from tests.cast import Cast, client_of, pushed
from tests.counting import Counting
from tests.garbage import survives_garbage
from tests.outreach.api.test_campaigns import STOP, changed, made
from tests.records import CAPTURED
from tests.sync.pulling import page
from tests.tablet import tablet_of

WIB = ZoneInfo("Asia/Jakarta")
URL = "/api/v1/campaigns/"
HOURS = {"hours": [{"weekday": n, "opens": "08:00", "closes": "15:00"} for n in range(1, 6)]}
EIGHT = ("2026-12-01T08:00:00+07:00", "2026-12-01T09:00:00+07:00")


def told(user: Any, campaign: object, what: str, **query: Any) -> dict[str, Any]:
    answer = client_of(user).get(f"{URL}{campaign}/{what}/", query)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_a_market_by_pasaran_tells_its_days(cast: Cast) -> None:
    calendar = {"days": [{"kind": "pasaran", "pasaran": "legi"}], "closed": ["2026-12-25"]}
    market = made(
        cast,
        type="market_drive",
        ends_at="2026-12-31T12:00:00+07:00",
        calendar=calendar | HOURS,
        stops=[],
    )

    shown = told(cast.siti, market["id"], "days", **{"from": "2026-12-01", "to": "2026-12-20"})

    assert market["calendar"] == calendar | HOURS
    assert {one["pasaran"] for one in shown["days"]} == {"legi"}
    first = shown["days"][0]
    assert first["openings"][0]["opens_at"].startswith(first["day"])
    assert len(told(cast.siti, market["id"], "days")["days"]) >= len(shown["days"])
    for query in ("from=x", "from=9999-12-31", "from=2026-01-01&to=2028-01-01", "who=me"):
        assert client_of(cast.rina).get(f"{URL}{market['id']}/days/?{query}").status_code == 400


def test_a_counter_that_runs_for_months_keeps_other_hours_in_ramadan(cast: Cast) -> None:
    ramadan = RamadanPeriod.objects.get(hijri_year=1447)
    short = [{"weekday": n, "opens": "08:00", "closes": "13:00"} for n in range(1, 6)]
    counter = made(
        cast,
        type="service_counter",
        starts_at="2026-01-05T08:00:00+07:00",
        ends_at="2026-06-30T16:00:00+07:00",
        calendar=HOURS | {"ramadan_hours": short},
    )

    days = told(cast.rina, counter["id"], "days")["days"]

    in_ramadan = {one["day"] for one in days if one["is_ramadan"]}
    assert min(in_ramadan) == ramadan.first_day.isoformat()
    closing = {
        datetime.fromisoformat(one["openings"][0]["closes_at"]).astimezone(WIB).hour
        for one in days
        if one["is_ramadan"]
    }
    assert closing == {13}
    assert all(one["weekday"] < 6 for one in days)


@pytest.mark.parametrize(
    ("calendar", "pointer", "form"),
    [
        ({"days": [{"kind": "moon"}]}, "/days/0/kind", "pasaran"),
        ({"days": [{"kind": "weekday", "weekday": 8}]}, "/days/0/weekday", "Senin"),
        ({"hours": [{"weekday": 1, "opens": "8", "closes": "15:00"}]}, "/hours/0/opens", "08:00"),
        ({"hours": [{"weekday": 1, "opens": "15:00", "closes": "08:00"}]}, "/hours/0", "Jam buka"),
        ({"ramadan_hours": HOURS["hours"] * 2}, "/ramadan_hours/5", "Jam buka"),
        ({"nights": []}, "", "ramadan_hours"),
        ({"closed": ["2026-12-25", "2026-02-30"]}, "/closed/1", "2026-12-25"),
        ([], "", "ramadan_hours"),
        ("every day", "", "ramadan_hours"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(
    cast: Cast, calendar: Any, pointer: str, form: str
) -> None:
    answer = changed(cast.rina, cast.market.pk, calendar=calendar)

    assert answer.status_code == 400
    [problem] = answer.json()["problems"]
    assert problem["pointer"] == f"/calendar{pointer}"
    assert form in problem["detail"]


def test_hours_are_information_and_refuse_nothing(cast: Cast) -> None:
    local = CAPTURED.astimezone(ZoneInfo(cast.market.time_zone))
    day = {"weekday": local.isoweekday(), "opens": "00:00", "closes": "00:01"}
    changed(cast.rina, cast.market.pk, calendar={"hours": [day]})
    closed = pushed(cast)
    assert closed.flags.get(code="outside_opening_hours").evidence["hours"] == "00:00-00:01"

    changed(cast.rina, cast.market.pk, calendar={"closed": [local.date().isoformat()]})
    not_a_day = pushed(cast, nik="9901014503840010")
    assert not_a_day.flags.filter(code="not_a_campaign_day").exists()
    assert not Registration.objects.filter(flags__code="outside_campaign_time").exists()

    changed(cast.rina, cast.market.pk, calendar={})
    fine = pushed(cast, nik="9901014503840011")
    assert not fine.flags.filter(code__in=["outside_opening_hours", "not_a_campaign_day"]).exists()


def test_a_route_is_as_long_as_its_legs_and_warns_where_time_is_short(cast: Cast) -> None:
    def stop(name: str, lat: float, start: str, end: str, **more: Any) -> dict[str, Any]:
        at = {"starts_at": f"2026-12-01T{start}:00+07:00", "ends_at": f"2026-12-01T{end}:00+07:00"}
        return STOP | {"name": name, "lat": lat} | at | more

    stops = [
        stop("Pasar", 3.50, "08:00", "09:00"),
        stop("Terminal", 3.60, "09:10", "11:00"),
        stop("Kantor camat", 3.61, "12:00", "13:00"),
        stop("Balai desa", 3.61, "12:30", "14:00"),
    ]
    campaign = made(cast, stops=stops)

    way = told(cast.siti, campaign["id"], "route")

    assert [leg["doubt"] for leg in way["legs"]] == ["too_fast", None, "overlaps"]
    assert [bool(leg["detail"]) for leg in way["legs"]] == [True, False, True]
    assert way["straight_m"] == pytest.approx(12_231, abs=20)
    assert way["legs"][0]["needed_min"] == 31
    assert way["kmh"] == 30.0
    assert [stop["name"] for stop in campaign["stops"]] == [stop["name"] for stop in stops]
    turned = changed(cast.rina, campaign["id"], stops=campaign["stops"][::-1]).json()["stops"]
    assert [one["name"] for one in turned] == [stop["name"] for stop in stops]
    planned = [one | {"sequence": n} for n, one in enumerate(campaign["stops"][::-1])]
    turned = changed(cast.rina, campaign["id"], stops=planned).json()["stops"]
    assert [one["name"] for one in turned] == [stop["name"] for stop in stops[::-1]]


def test_a_route_of_one_stop_has_no_legs() -> None:
    at = datetime(2026, 12, 1, 8, tzinfo=ZoneInfo("Asia/Jakarta"))
    here = RouteStop("Pasar", 3.5, 98.6, at, at + timedelta(hours=1))

    assert legs([], Speed(30, 1.4)) == legs([here], Speed(30, 1.4)) == []
    [leg] = legs([here, here._replace(starts_at=here.ends_at)], Speed(30, 1.4))
    assert (leg.straight_m, leg.doubt) == (0.0, None)


def test_an_agency_drive_goes_through_its_businesses(cast: Cast) -> None:
    drive = made(cast, type="agency_drive", agency="Dinas Perdagangan")
    url = f"{URL}{drive['id']}/businesses/"
    listed: list[dict[str, Any]] = [
        {"name": "CV Maju", "address": "Jl. Pasar 3", "permit_required": True},
        {"name": "UD Sinar", "contact_role": "pemilik"},
    ]
    added = client_of(cast.rina).post(url, {"businesses": listed})
    assert added.status_code == 201
    again = client_of(cast.rina).post(url, {"businesses": [listed[0] | {"name": "cv maju "}]})
    assert [one["id"] for one in again.json()] == [added.json()[0]["id"]]
    assert SupervisedBusiness.objects.count() == 2

    one = f"{url}{added.json()[0]['id']}/"
    visited = {"state": "visited", "registered": 7, "visited_day": "2026-12-01"}
    answer = client_of(cast.siti).patch(one, visited)

    assert answer.status_code == 200
    assert answer.json()["changed_by"] == "Siti Rahayu"
    shown = told(cast.agus, drive["id"], "businesses")
    assert shown["agency"] == "Dinas Perdagangan"
    assert [(b["name"], b["state"], b["registered"]) for b in shown["businesses"]] == [
        ("CV Maju", "visited", 7),
        ("UD Sinar", "planned", 0),
    ]
    # Budi is on no team of it, and other offices see nothing.
    assert client_of(cast.budi).patch(one, visited).status_code == 404
    assert client_of(cast.outsider_coordinator).patch(one, visited).status_code == 404
    assert (
        client_of(cast.rina)
        .post(f"{URL}{cast.market.pk}/businesses/", {"businesses": listed})
        .status_code
        == 400
    )
    survives_garbage(client_of(cast.rina), "POST", url, {"businesses": listed})
    survives_garbage(client_of(cast.siti), "PATCH", one, visited, allowed=200)


def test_a_supervisor_does_not_see_how_few_of_a_business_registered(cast: Cast) -> None:
    drive = made(cast, type="agency_drive", agency="Dinas Koperasi")
    url = f"/api/v1/campaigns/{drive['id']}/businesses/"
    names = ("Bakso", "Cuci", "Ojek")
    client_of(cast.rina).post(url, {"businesses": [{"name": name} for name in names]})
    for name, number in zip(names, (3, 8, 20), strict=True):
        SupervisedBusiness.objects.filter(name=name).update(registered=number)

    def registered(user: Any) -> list[Any]:
        return [row["registered"] for row in client_of(user).get(url).json()["businesses"]]

    assert registered(cast.rina) == [3, 8, 20]
    assert registered(cast.agus) == [None, None, 20]


def test_a_tablet_is_told_of_calendar_agency_and_businesses(cast: Cast) -> None:
    drive = made(cast, type="agency_drive", agency="Dinas Koperasi", calendar=HOURS)
    before = Change.objects.filter(kind="campaign", object_id=drive["id"]).count()
    client_of(cast.rina).post(
        f"{URL}{drive['id']}/businesses/", {"businesses": [{"name": "CV Maju"}]}
    )

    assert Change.objects.filter(kind="campaign", object_id=drive["id"]).count() == before + 1
    changes = page(tablet_of(cast.siti))["changes"]
    [data] = [one["data"] for one in changes if one["id"] == drive["id"]]
    assert (data["agency"], data["calendar"]) == ("Dinas Koperasi", HOURS)
    assert [one["name"] for one in data["businesses"]] == ["CV Maju"]
    assert data["stops"][0]["sequence"] == 0


def test_the_checklist_is_marked_day_by_day_with_who_and_when(cast: Cast) -> None:
    campaign = made(cast)
    url = f"{URL}{campaign['id']}/checklist/"
    mark = {"part": "people", "item": "Dua kader per lorong", "done": False}
    body: dict[str, Any] = {"day": "2026-12-01", "marks": [mark, mark | {"part": "product"}]}

    client_of(cast.siti).post(url, body)
    answer = client_of(cast.rina).post(url, body | {"marks": [mark | {"done": True}]})

    assert [(m["part"], m["done"], m["marked_by"]) for m in answer.json()] == [
        ("people", True, "Rina Wulandari"),
        ("product", False, "Siti Rahayu"),
    ]
    outside = client_of(cast.siti).post(url, body | {"day": "2026-12-04"})
    assert outside.json()["problems"][0]["pointer"] == "/day"
    assert client_of(cast.budi).get(url).status_code == 404
    survives_garbage(client_of(cast.rina), "POST", url, body)


@pytest.mark.parametrize("rows", [1, 6])
def test_statements(cast: Cast, count_queries: Counting, rows: int) -> None:
    drive = made(cast, type="agency_drive", stops=[STOP] * rows)
    url = f"{URL}{drive['id']}/"
    client = client_of(cast.rina)
    for what in ("days", "route", "businesses", "checklist"):
        with count_queries(f"GET campaigns/{{id}}/{what}/"):
            assert client.get(f"{url}{what}/").status_code == 200
    businesses = [{"name": f"CV {uuid4()}"} for _ in range(rows)]
    with count_queries("POST campaigns/{id}/businesses/"):
        added = client.post(f"{url}businesses/", {"businesses": businesses})
    with count_queries("PATCH campaigns/{id}/businesses/{id}/"):
        client.patch(f"{url}businesses/{added.json()[0]['id']}/", {"state": "visited"})
    marks = [{"part": "people", "item": f"Butir {n}", "done": True} for n in range(rows)]
    with count_queries("POST campaigns/{id}/checklist/"):
        client.post(f"{url}checklist/", {"day": date(2026, 12, 1).isoformat(), "marks": marks})
