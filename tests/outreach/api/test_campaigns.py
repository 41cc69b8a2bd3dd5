"""Campaigns: planned by coordinators for their own offices, seen by those they concern."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from outreach.models import Campaign, Change, Stop, User
from tests.cast import Cast, client_of, pushed
from tests.garbage import survives_garbage
from tests.threads import at_once

URL = "/api/v1/campaigns/"
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[98.6, 3.5], [98.7, 3.5], [98.7, 3.6], [98.6, 3.6], [98.6, 3.5]]],
}
STOP = {
    "name": "Terminal",
    "lat": 3.58,
    "lon": 98.66,
    "radius_m": 150,
    "starts_at": "2026-12-01T08:00:00+07:00",
    "ends_at": "2026-12-01T10:00:00+07:00",
}


def planned(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "type": "mobile_car",
        "office": cast.branch.pk,
        "name": "Mobil Keliling Desember",
        "starts_at": "2026-12-01T08:00:00+07:00",
        "ends_at": "2026-12-03T17:00:00+07:00",
        "time_zone": "Asia/Jakarta",
        "venue": {"lat": 3.59, "lon": 98.67, "radius_m": 300},
        "polygon": SQUARE,
        "stops": [STOP],
        "villages": [cast.villages[0].code, cast.villages[2].code],
        "team": [{"kader": cast.siti.pk, "first_day": "2026-12-01", "last_day": "2026-12-03"}],
        "partners": [{"name": "Dinas Perdagangan", "role": "local_agency"}],
        "targets": [{"segment": "BPU", "number": 120}],
        "checklist": {"physical": [{"item": "Spanduk", "done": True}]},
    } | changes


def made(cast: Cast, **changes: Any) -> dict[str, Any]:
    answer = client_of(cast.rina).post(URL, planned(cast, **changes))
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


def changed(user: User, campaign: object, **fields: Any) -> Any:
    return client_of(user).patch(f"{URL}{campaign}/", fields)


def test_a_plan_comes_back_as_it_was_made(cast: Cast) -> None:
    campaign = made(cast)

    for user in (cast.rina, cast.siti, cast.andi, cast.agus):
        assert client_of(user).get(f"{URL}{campaign['id']}/").json() == campaign
    told = {name: campaign[name] for name in planned(cast)}
    told["stops"] = [
        {k: v for k, v in stop.items() if k not in {"id", "sequence"}} for stop in told["stops"]
    ]
    told["team"] = [{k: v for k, v in one.items() if k != "full_name"} for one in told["team"]]
    wanted = planned(cast)
    for part in (wanted, *wanted["stops"]):
        part |= {
            name: part[name].replace("T08", "T01").replace("T10", "T03").replace("T17", "T10")
            for name in ("starts_at", "ends_at")
        }
        part |= {name: part[name].replace("+07:00", "Z") for name in ("starts_at", "ends_at")}
    assert told == wanted


def test_a_bare_plan_is_enough(cast: Cast) -> None:
    bare = planned(cast)
    for name in ("venue", "polygon", "stops", "villages", "team", "partners", "targets"):
        del bare[name]
    del bare["checklist"]

    answer = client_of(cast.rina).post(URL, bare)

    assert answer.status_code == 201
    assert answer.json()["venue"] is None
    assert answer.json()["team"] == []


def test_each_role_sees_its_campaigns(cast: Cast) -> None:
    def names(user: User) -> set[str]:
        answer = client_of(user).get(URL)
        assert answer.status_code == 200
        return {row["name"] for row in answer.json()["results"]}

    here, there = {"Gerebek Pasar Lama"}, {"Gerebek Pasar Muara"}
    for user in (cast.siti, cast.budi, cast.rina, cast.agus, cast.dewi):
        assert names(user) == here
    assert names(cast.outsider_coordinator) == names(cast.outsider_kader) == there
    assert names(cast.regional_coordinator) == names(cast.andi) == here | there
    other = f"{URL}{cast.other_market.id}/"
    for user in (cast.siti, cast.rina, cast.agus, cast.dewi):
        assert client_of(user).get(other).status_code == 404
    assert changed(cast.rina, cast.other_market.id, name="Ours").status_code == 404
    assert changed(cast.siti, cast.market.id, name="Mine").status_code == 403
    assert client_of(cast.siti).post(URL, planned(cast)).status_code == 403


def test_a_change_changes_only_what_it_names(cast: Cast) -> None:
    before = made(cast)

    answer = changed(cast.rina, before["id"], name="Mobil Keliling", targets=[])

    assert answer.status_code == 200
    assert answer.json() == before | {"name": "Mobil Keliling", "targets": []}


def test_places_can_be_taken_away(cast: Cast) -> None:
    campaign = made(cast)

    answer = changed(cast.rina, campaign["id"], venue=None, polygon=None).json()

    assert (answer["venue"], answer["polygon"]) == (None, None)


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("type", "party", "/type"),
        ("name", "", "/name"),
        ("name", "x" * 161, "/name"),
        ("starts_at", "2026-12-01T08:00:00", "/starts_at"),
        ("starts_at", "1926-12-01T08:00:00+07:00", "/starts_at"),
        ("ends_at", "2026-12-01T08:00:00+07:00", "/ends_at"),
        ("ends_at", "2126-12-01T08:00:00+07:00", "/ends_at"),
        ("time_zone", "Europe/Berlin", "/time_zone"),
        ("office", 987654321, "/office"),
        ("venue", {"lat": 91, "lon": 0, "radius_m": 5}, "/venue/lat"),
        ("venue", {"lat": "nan", "lon": 0, "radius_m": 5}, "/venue/lat"),
        ("venue", {"lat": True, "lon": 0, "radius_m": 5}, "/venue/lat"),
        ("venue", {"lat": 0, "lon": 0}, "/venue/radius_m"),
        ("venue", {"lat": 0, "lon": 0, "radius_m": 5, "x": 1}, "/venue/x"),
        ("polygon", {"type": "Point", "coordinates": [98.6, 3.5]}, "/polygon"),
        ("polygon", {"type": "Polygon", "coordinates": []}, "/polygon"),
        ("polygon", {"type": "Polygon", "coordinates": [[[98, 3], [99, 3]]]}, "/polygon"),
        ("polygon", {"type": "Polygon", "coordinates": [[[3.5, 98.6]] * 5]}, "/polygon"),
        (
            "polygon",
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
            "/polygon",
        ),
        ("polygon", {"type": "Polygon", "coordinates": [[[98.6, 3.5]] * 2001]}, "/polygon"),
        ("stops", [STOP | {"ends_at": STOP["starts_at"]}], "/stops/0/ends_at"),
        ("stops", [STOP, STOP | {"id": str(uuid4())}], "/stops/1/id"),
        ("stops", [STOP] * 61, "/stops"),
        ("villages", ["99.01"], "/villages/0"),
        ("villages", ["99.01.01.1001", "99.01.01.9999"], "/villages/1"),
        ("villages", ["99.02.01.1001"], "/villages/0"),
        ("team", [{"kader": 987654321}], "/team/0/first_day"),
        ("partners", [{"name": "Only"}], "/partners/0/role"),
        ("targets", [{"segment": "BPU", "number": -1}], "/targets/0/number"),
        ("targets", [{"segment": "BPU", "number": 1}] * 2, "/targets"),
        ("checklist", {"price": []}, "/checklist/price"),
        (
            "checklist",
            {"people": [{"item": "Ramah", "done": "perhaps"}]},
            "/checklist/people/0/done",
        ),
        ("id", "8f14e45f-ceea-467f-9b1c-5d6a3c1e7a10", "/id"),
    ],
)
def test_a_bad_field_is_named(cast: Cast, field: str, value: Any, pointer: str) -> None:
    before = Campaign.objects.count()

    for answer in (
        client_of(cast.rina).post(URL, planned(cast, **{field: value})),
        changed(
            cast.rina,
            cast.market.id,
            **{
                "starts_at": "2026-12-01T08:00:00+07:00",
                "ends_at": "2026-12-03T17:00:00+07:00",
                field: value,
            },
        ),
    ):
        assert answer.status_code == 400, answer.content
        assert pointer in {found["pointer"] for found in answer.json()["problems"]}
    assert Campaign.objects.count() == before


@pytest.mark.parametrize("who", ["outsider_kader", "rina", "nobody", "inactive"])
def test_the_team_is_of_the_campaign_s_office(cast: Cast, who: str) -> None:
    User.objects.filter(pk=cast.budi.pk).update(is_active=False)
    kader = {
        "outsider_kader": cast.outsider_kader.pk,
        "rina": cast.rina.pk,
        "nobody": 987654321,
        "inactive": cast.budi.pk,
    }[who]
    days = {"first_day": "2026-12-01", "last_day": "2026-12-02"}
    team = [{"kader": cast.siti.pk} | days, {"kader": kader} | days]

    answer = client_of(cast.rina).post(URL, planned(cast, team=team))

    assert answer.status_code == 400
    assert [found["pointer"] for found in answer.json()["problems"]] == ["/team/1/kader"]


def test_a_regional_campaign_takes_kader_and_villages_of_its_branches(cast: Cast) -> None:
    days = {"first_day": "2026-12-01", "last_day": "2026-12-02"}
    body = planned(
        cast,
        office=cast.regional.pk,
        team=[{"kader": cast.siti.pk} | days, {"kader": cast.outsider_kader.pk} | days],
        villages=[cast.villages[0].code, cast.other_villages[0].code],
    )

    assert client_of(cast.regional_coordinator).post(URL, body).status_code == 201
    assert client_of(cast.rina).post(URL, body).status_code == 400


def test_a_campaign_moves_to_another_office_only_with_a_fitting_team(cast: Cast) -> None:
    move = {"office": cast.other_branch.pk}

    refused = changed(cast.regional_coordinator, cast.market.id, **move)
    assert refused.status_code == 400
    assert refused.json()["problems"][0]["pointer"] == "/office"
    assert changed(cast.rina, cast.market.id, **move).status_code == 400
    moved = changed(cast.regional_coordinator, cast.market.id, team=[], **move)
    assert moved.status_code == 200
    assert client_of(cast.rina).get(f"{URL}{cast.market.id}/").status_code == 404


def test_stops_keep_their_id_and_go_only_without_registrations(cast: Cast) -> None:
    campaign = made(cast, stops=[STOP, STOP | {"name": "Pelabuhan"}])
    first, second = campaign["stops"]
    pushed(cast, campaign=campaign["id"], stop=first["id"])

    kept = changed(cast.rina, campaign["id"], stops=[first | {"name": "Terminal Baru"}, STOP])
    assert kept.status_code == 200
    assert {stop["name"] for stop in kept.json()["stops"]} == {"Terminal Baru", "Terminal"}
    assert Stop.objects.get(pk=first["id"]).name == "Terminal Baru"
    assert not Stop.objects.filter(pk=second["id"]).exists()
    gone = changed(cast.rina, campaign["id"], stops=[])
    assert (gone.status_code, gone.json()["code"]) == (409, "conflict")
    assert Stop.objects.filter(campaign=campaign["id"]).count() == 2


def test_tablets_hear_of_changes_and_of_leaving(cast: Cast) -> None:
    days = {"first_day": "2026-11-16", "last_day": "2026-11-22"}
    changed(cast.rina, cast.market.id, team=[{"kader": cast.budi.pk} | days])

    told = set(
        Change.objects.filter(kind="campaign", object_id=str(cast.market.id)).values_list(
            "kader", "op"
        )
    )
    assert told == {(cast.budi.pk, "upsert"), (cast.siti.pk, "delete")}


def test_a_refused_change_leaves_no_trace(cast: Cast) -> None:
    campaign = made(cast)
    changes = Change.objects.count()

    changed(cast.rina, campaign["id"], name="Other", partners=[], villages=["99.02.01.1001"])

    assert client_of(cast.rina).get(f"{URL}{campaign['id']}/").json() == campaign
    assert Change.objects.count() == changes


@pytest.mark.django_db(transaction=True)
def test_simultaneous_changes_end_with_one_of_them_whole(cast: Cast) -> None:
    clients = [client_of(cast.rina) for _ in range(6)]
    url = f"{URL}{cast.market.id}/"
    bodies = [
        {
            "name": f"Name {number}",
            "partners": [{"name": f"Partner {number}", "role": "union"}],
            "stops": [STOP | {"name": f"Stop {number}"}],
        }
        for number in range(6)
    ]

    answers = at_once(
        [partial(client.patch, url, body) for client, body in zip(clients, bodies, strict=True)]
    )

    assert {answer.status_code for answer in answers} == {200}
    end = clients[0].get(url).json()
    number = end["name"].removeprefix("Name ")
    assert [partner["name"] for partner in end["partners"]] == [f"Partner {number}"]
    assert [stop["name"] for stop in end["stops"]] == [f"Stop {number}"]


def test_statements_do_not_grow_with_the_list(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    made(cast)
    client = client_of(cast.rina)
    with django_assert_max_num_queries(7):
        client.get(URL)
    for number in range(10):
        made(cast, name=f"Campaign {number}")
    with django_assert_max_num_queries(7):
        assert len(client.get(URL).json()["results"]) == 12


def test_garbage_gets_a_problem(cast: Cast) -> None:
    client = client_of(cast.rina)
    survives_garbage(client, "POST", URL, planned(cast))
    survives_garbage(client, "PATCH", f"{URL}{cast.market.id}/", planned(cast), allowed=200)
