"""Planning in the console without a browser: every field there and back, refused and corrected."""

from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import shapely
from django.test import Client

from outreach.models import Campaign, User
from tests.cast import Cast, pushed
from tests.outreach.places.squares import square, stored_set
from tests.pages.test_tablets import IS_GONE, comes_back_to, signed_in

Type = Campaign.Type
WIB = ZoneInfo("Asia/Jakarta")


def sound(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "type": "market_drive",
        "office": str(cast.branch.pk),
        "name": "Pasar Minggu <b>",
        "starts_at": "2026-12-01T08:00",
        "ends_at": "2026-12-05T16:00",
        "time_zone": "Asia/Jakarta",
        "venue": "none",
        **changes,
    }


def whole(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A plan with everything in it."""
    return sound(
        cast,
        agency="Dinas Koperasi",
        venue="circle",
        lat="3,59",
        lon="98.67",
        radius_m="250",
        villages=f"{cast.villages[0].code} Pasar Lama\nsumber rejo",
        team=[str(cast.siti.pk), str(cast.budi.pk)],
        **{
            f"team-{cast.budi.pk}-first_day": "2026-12-02",
            f"team-{cast.budi.pk}-last_day": "2026-12-03",
            "weekdays": ["2", "3"],
            "pasaran": ["legi"],
            "wetons-0-weekday": "5",
            "wetons-0-pasaran": "pon",
            "dates": "2026-12-05",
            "closed": "2026-12-04",
            "hours-2": "8.00-12.00, 13:00-16:00",
            "ramadan_hours-3": "08:00–14:00",
            "stops-4-name": "Terminal",
            "stops-4-starts_at": "2026-12-01T08:00",
            "stops-4-ends_at": "2026-12-01T10:00",
            "stops-4-lat": "3.6",
            "stops-4-lon": "98.7",
            "stops-4-radius_m": "100",
            "target-BPU": "40",
            "partners-1-name": "Paguyuban",
            "partners-1-role": "mitra",
            "checks-people": "[x] Petugas\nPerangkat desa",
        },
        **changes,
    )


def posted(user: User, address: str, data: dict[str, Any]) -> Any:
    return signed_in(user).post(address, data)


def filled_in(client: Client, campaign: Campaign) -> dict[str, Any]:
    """What the form of a campaign would send if nothing was changed in it."""
    page = client.get(f"/campaigns/{campaign.pk}/edit/")
    return dict(page.context["form"].written) | {"seen": page.context["seen"]}


def test_a_whole_plan_is_kept_and_the_same_when_it_is_saved_again(cast: Cast) -> None:
    form = whole(cast)
    assert posted(cast.rina, "/campaigns/new/", form).url == f"/campaigns/{form['id']}/"
    one = Campaign.objects.get(pk=form["id"])
    assert one.starts_at == datetime(2026, 12, 1, 8, tzinfo=WIB)
    assert (one.venue_lat, one.venue_radius_m, one.agency) == (3.59, 250, "Dinas Koperasi")
    assert {village.code for village in one.villages.all()} == {
        village.code for village in cast.villages[:2]
    }
    days = {
        (str(day.kader.username), day.first_day.day, day.last_day.day) for day in one.members.all()
    }
    assert days == {("siti", 1, 5), ("budi", 2, 3)}
    assert [rule["kind"] for rule in one.calendar["days"]] == [
        "weekday",
        "weekday",
        "pasaran",
        "weton",
        "date",
    ]
    assert one.calendar["hours"][1] == {"weekday": 2, "opens": "13:00", "closes": "16:00"}
    assert one.checklist["people"][0] == {"item": "Petugas", "done": True}
    stop = one.stops.get()
    client = signed_in(cast.rina)
    kept = filled_in(client, one)
    before = Campaign.objects.values().get(pk=one.pk)
    assert client.post(f"/campaigns/{one.pk}/edit/", kept).status_code == 302
    assert Campaign.objects.values().get(pk=one.pk) == before
    assert one.stops.get().pk == stop.pk and one.members.count() == 2
    text = client.get(f"/campaigns/{one.pk}/").content.decode()
    assert "Pasar Minggu &lt;b&gt;" in text and "setiap Legi" in text and "Terminal" in text


@pytest.mark.parametrize("kind", Type.values)
def test_every_type_is_planned_once_however_often_it_is_sent(cast: Cast, kind: str) -> None:
    form = sound(cast, type=kind)
    client = signed_in(cast.rina)
    address = client.get("/campaigns/new/")["Location"]
    form["id"] = client.get(address).context["form"].written["id"][0]
    refused = client.post(address, form | {"name": ""})
    again = comes_back_to(refused)
    assert IS_GONE in client.get(again).content.decode()
    assert IS_GONE not in client.post(again, form | {"name": ""}).content.decode()
    first = client.post(address, form)
    assert first.status_code == 302
    for gone_back in (address, again):
        assert client.get(gone_back)["Location"] == f"/campaigns/{form['id']}/edit/"
    assert posted(cast.rina, "/campaigns/new/", form).status_code == 200  # it is there by now
    assert Campaign.objects.filter(type=kind, name=form["name"]).count() == 1
    assert (
        posted(
            cast.outsider_coordinator,
            "/campaigns/new/",
            form | {"office": str(cast.other_branch.pk)},
        ).status_code
        == 404
    )


def test_what_is_wrong_is_told_at_its_field_and_nothing_is_kept(cast: Cast) -> None:
    wrong = {
        "name": "",
        "starts_at": "kemarin",
        "lat": "91",
        "radius_m": "x",
        "villages": "Atlantis",
        f"team-{cast.budi.pk}-last_day": "2026-12-01",
        "stops-4-ends_at": "2026-12-01T07:00",
        "target-BPU": "-1",
        "dates": "besok",
    }
    answer = posted(cast.rina, "/campaigns/new/", whole(cast) | wrong)
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == set(wrong)
    text = answer.content.decode()
    assert 'value="kemarin"' in text and "YYYY" not in text
    assert all(f'href="#{name}"' in text and f'id="{name}"' in text for name in wrong)
    several = {"villages": "Atlantis", "lat": "abc", "ends_at": "2026-11-30T08:00"}
    circle = {"venue": "circle", "lon": "98.67", "radius_m": "250"}
    answer = posted(cast.rina, "/campaigns/new/", sound(cast, **circle | several))
    assert set(answer.context["form"].errors) == set(several)
    for changes, place in (
        ({"office": str(cast.other_branch.pk)}, "office"),
        ({"ends_at": "2026-11-30T08:00", "team": [str(cast.siti.pk)]}, "ends_at"),
        ({"hours-2": "12:00-08:00"}, "hours-2"),
        ({"team": [str(cast.outsider_kader.pk)]}, f"team-{cast.outsider_kader.pk}-kader"),
        ({"villages": cast.other_villages[0].code}, "villages"),
        ({"venue": "polygon", "polygon": "1 1\n2 2"}, "polygon"),
    ):
        answer = posted(cast.rina, "/campaigns/new/", sound(cast, **changes))
        assert list(answer.context["form"].errors) == [place]
    assert Campaign.objects.count() == 2


def test_who_was_overtaken_is_told_and_a_stop_with_signups_stays(cast: Cast) -> None:
    form = whole(cast)
    posted(cast.rina, "/campaigns/new/", form)
    one = Campaign.objects.get(pk=form["id"])
    client = signed_in(cast.rina)
    kept = filled_in(client, one)
    Campaign.objects.filter(pk=one.pk).update(name="Nama lain")
    answer = client.post(f"/campaigns/{one.pk}/edit/", kept)
    assert answer.status_code == 200 and "diubah orang lain" in answer.content.decode()
    assert IS_GONE in client.get(comes_back_to(answer)).content.decode()
    again = kept | {"seen": answer.context["seen"]}
    assert client.post(f"/campaigns/{one.pk}/edit/", again).status_code == 302
    signup = pushed(cast)
    type(signup).objects.filter(pk=signup.pk).update(campaign=one, stop=one.stops.get())
    kept = {name: value for name, value in filled_in(client, one).items() if "stops-" not in name}
    answer = client.post(f"/campaigns/{one.pk}/edit/", kept)
    assert answer.status_code == 200 and one.stops.count() == 1
    assert posted(cast.outsider_coordinator, f"/campaigns/{one.pk}/edit/", kept).status_code == 404


def test_what_cannot_be_judged_beside_an_unreadable_field_is_not(cast: Cast) -> None:
    form = sound(cast, team=[str(cast.siti.pk)])
    client = signed_in(cast.rina)
    client.post("/campaigns/new/", form)
    one = Campaign.objects.get(pk=form["id"])
    kept = filled_in(client, one)
    for changes, wrong in (
        ({"starts_at": "x", "ends_at": "2026-11-20T16:00"}, "starts_at"),
        ({"ends_at": "x", "starts_at": "2026-12-20T08:00"}, "ends_at"),
        ({"office": "x", "team": [str(cast.outsider_kader.pk)]}, "office"),
    ):
        answer = client.post(f"/campaigns/{one.pk}/edit/", kept | changes)
        assert list(answer.context["form"].errors) == [wrong]


def test_an_area_is_kept_and_one_of_several_parts_is_left_alone(cast: Cast) -> None:
    form = sound(cast, venue="polygon", polygon="3.5 98.6\n3.5 98.7\n3.6 98.7")
    posted(cast.rina, "/campaigns/new/", form)
    one = Campaign.objects.get(pk=form["id"])
    assert one.venue_polygon and one.venue_polygon["coordinates"][0][0] == [98.6, 3.5]
    client = signed_in(cast.rina)
    assert filled_in(client, one)["polygon"] == [form["polygon"]]
    parts = [one.venue_polygon["coordinates"]]
    Campaign.objects.filter(pk=one.pk).update(
        venue_polygon={"type": "MultiPolygon", "coordinates": parts}
    )
    one.refresh_from_db()
    assert client.post(f"/campaigns/{one.pk}/edit/", filled_in(client, one)).status_code == 302
    one.refresh_from_db()
    assert one.venue_polygon and one.venue_polygon["type"] == "MultiPolygon"


def test_more_rows_keep_what_is_written(cast: Cast) -> None:
    answer = posted(cast.rina, "/campaigns/new/", whole(cast) | {"more": "stops"})
    assert answer.status_code == 200 and len(answer.context["form"].stops) == 5
    assert b'value="Terminal"' in answer.content


def test_stops_are_put_into_their_villages_and_what_is_left_empty_is_told_plainly(
    cast: Cast,
) -> None:
    stored_set({cast.villages[0].code: square(0, 0)}).boundaries.update(is_current=True)
    times = {"starts_at": "2026-12-01T08:00", "ends_at": "2026-12-01T10:00"}
    stop = {"name": "Balai", "village": "pasar lama", **times}
    form = sound(cast) | {f"stops-0-{name}": value for name, value in stop.items()}
    lost = form | {"stops-0-starts_at": "", "stops-1-village": "Sumber Rejo"}
    answer = posted(cast.rina, "/campaigns/new/", lost)
    shown = answer.context["form"]
    assert shown.errors["stops-0-starts_at"] == ["Wajib diisi."]
    assert set(shown.errors) == {"stops-0-starts_at", "stops-1-village"}
    assert shown.value("stops-0-lat") and "stops-1" in shown.stops
    assert posted(cast.rina, "/campaigns/new/", form).status_code == 302
    kept = Campaign.objects.get(pk=form["id"])
    one = kept.stops.get()
    assert square(0, 0).contains(shapely.Point(one.lon, one.lat)) and one.radius_m == 300
    page = signed_in(cast.rina).get(f"/campaigns/{kept.pk}/")
    assert len(page.context["map"].stops) == 1 and page.content.decode().count("venue stop") == 1
    assert "Daftar periksa" not in page.content.decode()
    assert "Menjadi" not in page.content.decode()


def test_a_venue_is_put_into_its_village_and_drawn_with_it(cast: Cast) -> None:
    unknown = posted(cast.rina, "/campaigns/new/", sound(cast, villages="pasar lama", locate="1"))
    assert list(unknown.context["form"].errors) == ["villages"]
    stored_set({cast.villages[0].code: square(0, 0)}).boundaries.update(is_current=True)
    answer = posted(cast.rina, "/campaigns/new/", sound(cast, villages="pasar lama", locate="1"))
    form, drawn = answer.context["form"], answer.context["map"]
    lat, lon = float(form.value("lat")), float(form.value("lon"))
    assert square(0, 0).contains(shapely.Point(lon, lat)) and form.value("venue") == "circle"
    assert [one.name for one in drawn.villages] == ["Pasar Lama"] and drawn.venue
    x, y = (lon - drawn.west) * drawn.across, (drawn.north - lat) * drawn.down
    assert 0 < x < drawn.width and 0 < y < drawn.height
    assert f'data-west="{drawn.west}"' in answer.content.decode()
    assert not Campaign.objects.filter(pk=form.value("id")).exists()


def test_an_office_without_kader_is_told_where_they_are_added(cast: Cast) -> None:
    User.objects.filter(role="kader").update(is_active=False)
    text = signed_in(cast.rina).get("/campaigns/new/", follow=True).content.decode()
    assert "belum memiliki kader" in text and 'href="/crew/new/"' in text
    assert "Pilih kantor dulu" not in text
    text = signed_in(cast.andi).get("/campaigns/new/", follow=True).content.decode()
    assert "Pilih kantor dulu" in text
