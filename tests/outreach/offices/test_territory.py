"""Which office looks after which village on a day, and moving regions between offices."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.models import Office, OfficeTerritory, Region, TerritoryChange, VillageTally
from outreach.offices.moving import Move, move
from outreach.offices.territory import codes_of, holders, today
from outreach.problems import Problem
from outreach.validity import Span, faults
from tests.cast import Cast, client_of, look_after, pushed
from tests.counting import Counting
from tests.garbage import survives_garbage
from tests.records import NOW
from tests.threads import at_once

TODAY = today(timezone.now())
MONTH = TODAY.replace(day=1)
MARKET, DESA, NEW = (f"99.01.01.{number}" for number in (1001, 2002, 2003))
BRANCH = Office.Kind.BRANCH


def url(office: Office) -> str:
    return f"/api/v1/offices/{office.pk}/territory/"


def asked(*regions: str, **changes: Any) -> dict[str, Any]:
    return {
        "regions": list(regions),
        "first_day": TODAY.isoformat(),
        "reason": "decree 12/2026",
    } | changes


def held(cast: Cast, day: date = TODAY) -> dict[str, int | None]:
    return {one.village: one.office for one in holders(["99"], BRANCH, day)}


def test_a_part_of_a_regency_is_another_branchs(cast: Cast) -> None:
    answer = client_of(cast.andi).post(url(cast.other_branch), asked(DESA))

    assert answer.status_code == 201, answer.content
    assert answer.json()["report"]["from"] == [
        {"id": cast.branch.pk, "name": "Kacab Hulu", "villages": 1}
    ]
    assert codes_of([cast.branch.pk], TODAY) == [MARKET, NEW]
    assert codes_of([cast.other_branch.pk], TODAY) == [DESA, "99.02"]
    assert codes_of([cast.branch.pk], TODAY - timedelta(days=1)) == ["99.01"]
    assert codes_of([cast.regional.pk, cast.branch.pk], TODAY) == ["99", MARKET, NEW]
    listed = client_of(cast.regional_coordinator).get("/api/v1/offices/").json()["results"]
    assert {office["name"]: office["regions"] for office in listed} == {
        "Kanwil Rekaan": ["99"],
        "Kacab Hulu": ["99.01"],
        "Kacab Hilir": [DESA, "99.02"],
    }


def test_back_again_needs_no_row_of_its_own(cast: Cast) -> None:
    client = client_of(cast.andi)
    client.post(url(cast.other_branch), asked(DESA))
    tomorrow = (TODAY + timedelta(days=1)).isoformat()

    assert client.post(url(cast.branch), asked(DESA, first_day=tomorrow)).status_code == 201
    again = client.post(url(cast.branch), asked(DESA, first_day=tomorrow))

    assert (again.status_code, again.json()["change"]) == (200, None)
    assert held(cast)[DESA] == cast.other_branch.pk
    assert held(cast, TODAY + timedelta(days=1))[DESA] == cast.branch.pk
    assert list(cast.branch.territory.values_list("region", flat=True)) == ["99.01"]


def test_everything_in_a_region_moves_with_it(cast: Cast) -> None:
    look_after(cast.other_branch, "99.02", DESA)
    third = Office.objects.create(name="Kacab Baru", kind=BRANCH, parent=cast.regional)

    client_of(cast.andi).post(url(third), asked("99.01"))

    assert {held(cast)[code] for code in (MARKET, DESA, NEW)} == {third.pk}
    assert codes_of([cast.branch.pk], TODAY) == []


def test_a_preview_tells_and_changes_nothing(cast: Cast) -> None:
    cast.market.villages.set(Region.objects.filter(code__in=[MARKET, DESA]))
    pushed(cast)
    body = asked("99.01", preview=True)

    answer = client_of(cast.andi).post(url(cast.other_branch), body)

    assert answer.status_code == 200
    report = answer.json()["report"]
    assert (answer.json()["change"], report["villages"]) == (None, 3)
    assert report["campaigns"]["shown"] == [
        {
            "id": str(cast.market.pk),
            "name": cast.market.name,
            "office": "Kacab Hulu",
            "villages": 2,
        }
    ]
    assert [one["full_name"] for one in report["kader"]["shown"]] == ["Budi Santoso", "Siti Rahayu"]
    assert report["reviews_that_stay"] == {
        "count": 1,
        "offices": [{"id": cast.branch.pk, "name": "Kacab Hulu", "waiting": 1}],
    }
    assert report["tablets_that_pull_anew"] == 3
    assert not TerritoryChange.objects.exists()
    assert held(cast)[MARKET] == cast.branch.pk


def test_records_and_reviews_stay_with_the_campaigns_office(cast: Cast) -> None:
    registration = pushed(cast)
    client_of(cast.andi).post(url(cast.other_branch), asked("99.01"))
    path = f"/api/v1/registrations/{registration.pk}/"

    assert client_of(cast.rina).get(path).status_code == 200
    assert client_of(cast.outsider_coordinator).get(path).status_code == 404
    verified = client_of(cast.rina).post(f"{path}verify/", {"reason": "papers seen"})
    assert verified.status_code == 200


def test_tablets_of_both_offices_pull_anew(cast: Cast) -> None:
    siti = client_of(cast.siti, cast.tablet)
    changes = "/api/v1/sync/changes/"
    cursor = siti.get(changes).json()["cursor"]
    client = client_of(cast.andi)
    tomorrow = (TODAY + timedelta(days=1)).isoformat()

    client.post(url(cast.other_branch), asked(NEW, first_day=tomorrow))
    assert siti.get(changes, {"cursor": cursor}).status_code == 200
    client.post(url(cast.other_branch), asked(DESA))
    refused = siti.get(changes, {"cursor": cursor})
    assert (refused.status_code, refused.json()["reason"]) == (410, "scope")
    told = siti.get(changes).json()["changes"]
    assert {one["id"] for one in told if one["kind"] == "village"} == {MARKET, NEW}


def test_small_counts_and_planning_go_by_todays_borders(cast: Cast) -> None:
    client_of(cast.andi).post(url(cast.other_branch), asked(DESA))
    patch = partial(client_of(cast.rina).patch, f"/api/v1/campaigns/{cast.market.pk}/")
    tomorrow = TODAY + timedelta(days=1)
    days = {"starts_at": f"{tomorrow}T01:00:00+07:00", "ends_at": f"{tomorrow}T09:00:00+07:00"}

    assert patch(days | {"villages": [MARKET]}).status_code == 200
    assert patch({"villages": [DESA]}).status_code == 400
    cast.market.villages.add(Region.objects.get(code=DESA))
    assert patch({"villages": [DESA]}).status_code == 200  # it was there before the border moved


def test_what_is_over_is_planned_afterwards_by_who_looks_after_the_village_now(cast: Cast) -> None:
    client_of(cast.andi).post(url(cast.other_branch), asked(DESA))
    week_ago = TODAY - timedelta(days=7)
    plan = {
        "type": "market_drive",
        "office": cast.other_branch.pk,
        "name": "Gerebek Pasar",
        "starts_at": f"{week_ago}T08:00:00+07:00",
        "ends_at": f"{week_ago}T12:00:00+07:00",
        "time_zone": "Asia/Jakarta",
        "villages": [DESA],
    }

    planned = client_of(cast.andi).post("/api/v1/campaigns/", plan)

    assert planned.status_code == 201, planned.json()


def test_a_months_figures_stay_with_who_had_the_village_then(cast: Cast) -> None:
    last = (MONTH - timedelta(days=1)).replace(day=1)
    for month, verified in ((last, 7), (MONTH, 9)):
        VillageTally.objects.create(village_id=DESA, month=month, verified=verified)
    client_of(cast.andi).post(url(cast.other_branch), asked(DESA, first_day=MONTH.isoformat()))

    def months(office: Office, viewer: Any) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for year in {last.year, MONTH.year}:
            answer = client_of(viewer).get(url(office), {"year": year}).json()
            told |= {row["month"]: row["verified"] for row in answer["months"]}
        return told

    here, there = months(cast.branch, cast.rina), months(cast.other_branch, cast.andi)
    assert (here[f"{last:%Y-%m}"], there[f"{last:%Y-%m}"]) == (7, 0)
    assert (here[f"{MONTH:%Y-%m}"], there[f"{MONTH:%Y-%m}"]) == (0, 9)


def test_a_supervisor_sees_no_small_counts(cast: Cast) -> None:
    VillageTally.objects.create(village_id=DESA, month=MONTH, verified=3)
    answer = client_of(cast.agus).get(url(cast.branch)).json()
    assert [row["verified"] for row in answer["months"]].count(None) >= 1
    assert 3 not in [row["verified"] for row in answer["months"]]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"regions": []}, "/regions"),
        ({"regions": ["98"]}, "/regions/0"),
        ({"regions": ["99.01", "x"]}, "/regions/1"),
        ({"regions": ["99.01", DESA]}, "/regions/1"),
        ({"regions": ["99.01", "99.01"]}, "/regions/1"),
        ({"first_day": (MONTH - timedelta(days=1)).isoformat()}, "/first_day"),
        ({"first_day": "soon"}, "/first_day"),
        ({"reason": ""}, "/reason"),
        ({"to": 1}, "/to"),
    ],
)
def test_a_bad_move_is_named(cast: Cast, changes: dict[str, Any], pointer: str) -> None:
    answer = client_of(cast.andi).post(url(cast.other_branch), asked("99.01", **changes))

    assert answer.status_code == 400, answer.content
    assert pointer in {found["pointer"] for found in answer.json()["problems"]}
    assert not TerritoryChange.objects.exists()


def test_what_is_planned_for_later_is_not_cut_off(cast: Cast) -> None:
    client = client_of(cast.andi)
    later = TODAY + timedelta(days=9)
    client.post(url(cast.other_branch), asked("99.01", first_day=later.isoformat()))

    answer = client.post(url(cast.other_branch), asked(DESA))

    [found] = answer.json()["problems"]
    assert (found["pointer"], found["code"]) == ("/first_day", "planned")
    assert later.isoformat() in found["detail"]
    taken_back = client.post(url(cast.branch), asked("99.01", first_day=later.isoformat()))
    assert taken_back.status_code == 201
    assert client.post(url(cast.other_branch), asked(DESA)).status_code == 201


def test_who_saw_an_older_state_is_told(cast: Cast) -> None:
    client = client_of(cast.andi)
    seen = client.get(url(cast.branch)).json()["seen"]
    client.post(url(cast.other_branch), asked(DESA))

    assert client.post(url(cast.branch), asked(NEW, seen=seen)).status_code == 409


def test_a_new_office_takes_nothing_from_another(cast: Cast) -> None:
    client = client_of(cast.andi)
    body = {"name": "Kacab Baru", "kind": "branch_office", "regions": ["99.02", "99.01.01"]}

    answer = client.post("/api/v1/offices/", body)

    assert [found["code"] for found in answer.json()["problems"]] == ["taken", "taken"]
    assert not Office.objects.filter(name="Kacab Baru").exists()


def test_foreign_offices_are_not_there(cast: Cast) -> None:
    assert client_of(cast.rina).get(url(cast.other_branch)).status_code == 404
    assert client_of(cast.regional_coordinator).get(url(cast.branch)).status_code == 200
    assert client_of(cast.rina).post(url(cast.branch), asked(DESA)).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_of_two_moves_of_one_region_one_office_has_it(cast: Cast) -> None:
    offices = [
        Office.objects.create(name=f"Kacab {number}", kind=BRANCH, parent=cast.regional)
        for number in range(3)
    ]
    jobs = [
        partial(client_of(cast.andi).post, url(office), asked(DESA if place else "99.01"))
        for place, office in enumerate([*offices, *offices])
    ]

    answers = at_once(jobs)

    assert {answer.status_code for answer in answers} <= {200, 201}
    assert held(cast)[DESA] in {office.pk for office in offices}
    assert_one_at_a_time()


def assert_one_at_a_time() -> None:
    for code in set(OfficeTerritory.objects.values_list("region", flat=True)):
        rows = OfficeTerritory.objects.filter(region=code, office__kind=BRANCH)
        spans = [Span(row.first_day, row.last_day) for row in rows]
        assert not [fault for fault in faults(spans) if fault.kind == "overlap"]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6))
def test_a_move_changes_just_its_region_and_just_from_its_day_on(cast: Cast, seed: int) -> None:
    rng = Random(seed)
    OfficeTerritory.objects.filter(office__kind=BRANCH).delete()
    look_after(cast.branch, "99.01")
    look_after(cast.other_branch, "99.02")
    codes = list(Region.objects.values_list("code", flat=True))
    horizon = [MONTH + timedelta(days=number) for number in range(40)]
    for _ in range(6):
        office = rng.choice([cast.branch, cast.other_branch])
        code, day = rng.choice(codes), rng.choice(horizon)
        before = {at: held(cast, at) for at in horizon[::3]}
        try:
            move(Move(office, [code], day, "drawn"), cast.andi, NOW)
        except Problem:  # something is planned for later
            assert {at: held(cast, at) for at in before} == before
            continue
        assert_one_at_a_time()
        for at, was in before.items():
            moves = at >= day
            for village, holder in held(cast, at).items():
                is_inside = f"{village}.".startswith(f"{code}.")
                assert holder == (office.pk if moves and is_inside else was[village])
        for each in (cast.branch, cast.other_branch):
            own = codes_of([each.pk], horizon[-1])
            for village, holder in held(cast, horizon[-1]).items():
                assert (holder == each.pk) == village.startswith(tuple(own))


def _lines(capsys: Any) -> list[str]:
    told: str = capsys.readouterr().out
    return told.splitlines()


@pytest.fixture
def lines(capsys: Any) -> Callable[[], list[str]]:
    return partial(_lines, capsys)


def test_the_command_previews_and_moves(cast: Cast, lines: Any) -> None:
    say = partial(call_command, "move_territory", "Kacab Hilir", DESA, reason="decree 12/2026")

    say("--preview", first_day=TODAY)
    assert lines()[-1] == "nothing was changed"
    say(first_day=TODAY)
    told = lines()
    assert told[0] == f"1 villages to Kacab Hilir from {TODAY}"
    assert told[-1].startswith("change ")
    assert held(cast)[DESA] == cast.other_branch.pk
    with pytest.raises(CommandError, match="Wilayah ini tidak ada"):
        call_command("move_territory", "Kacab Hilir", "98", first_day=TODAY, reason="decree")


def test_garbage_gets_a_problem(cast: Cast) -> None:
    survives_garbage(client_of(cast.andi), "POST", url(cast.branch), asked(DESA))


@pytest.mark.parametrize("parts", [1, 3])
def test_statements(cast: Cast, count_queries: Counting, parts: int) -> None:
    codes = [MARKET, DESA, NEW][:parts]
    client = client_of(cast.andi)
    with count_queries("POST offices/{id}/territory/"):
        moved = client.post(url(cast.other_branch), asked(*codes))
    assert moved.status_code == 201
    with count_queries("GET offices/{id}/territory/"):
        client.get(url(cast.other_branch))
