"""The pages about campaigns without a browser: what they say, and what they do."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from outreach.models import Campaign, Registration
from sync.models import Device
from tests.cast import Cast, pushed, tablet
from tests.counting import Counting
from tests.pages.test_tablets import reported, signed_in, told

DAY = "2026-01-01"


def moved(campaign: Campaign, **changes: Any) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(**changes)


def copies(cast: Cast, number: int, **changes: Any) -> list[Campaign]:
    now = timezone.now()
    return Campaign.objects.bulk_create(
        Campaign(
            **{
                "type": "mobile_car",
                "office": cast.branch,
                "name": f"Mobil Layanan {place}",
                "starts_at": now - timedelta(days=9, hours=place),
                "ends_at": now - timedelta(days=8),
                "time_zone": "Asia/Jakarta",
            }
            | changes
        )
        for place in range(number)
    )


def test_the_list_has_what_goes_on_today_first_and_narrows(cast: Cast) -> None:
    now = timezone.now()
    moved(cast.market, starts_at=now - timedelta(hours=2), ends_at=now + timedelta(hours=2))
    copies(cast, 1, name="<b>Lewat</b>")
    copies(
        cast, 1, name="Besok", starts_at=now + timedelta(days=2), ends_at=now + timedelta(days=3)
    )
    pushed(cast)
    reported(cast.tablet, 7, oldest_unsynced_at=now)
    page = signed_in(cast.rina).get("/campaigns/")
    assert [row.campaign for row in page.context["today"]] == [cast.market]
    [row] = page.context["today"]
    assert (row.signups, row.figures.signups["waiting"], row.tablets) == (1, 1, (1, 0, 1))
    assert [row.campaign.name for row in page.context["others"]] == ["Besok", "<b>Lewat</b>"]
    text = page.content.decode()
    assert "&lt;b&gt;Lewat" in text and "Muara" not in text
    for query, names in {
        "q=LEWAT": {"<b>Lewat</b>"},
        "type=mobile_car": {"Besok", "<b>Lewat</b>"},
        "state=coming": {"Besok"},
        "state=over": {"<b>Lewat</b>"},
        "state=today": {"Gerebek Pasar Lama"},
        f"from={(now + timedelta(days=2)).date()}": {"Besok"},
        f"to={(now - timedelta(days=3)).date()}": {"<b>Lewat</b>"},
        "q=%00&type=x&state=y&from=2026-99-99&to=9": {
            "Besok",
            "<b>Lewat</b>",
            "Gerebek Pasar Lama",
        },
    }.items():
        found = signed_in(cast.rina).get(f"/campaigns/?{query}").context
        rows = [*found["today"], *found["others"]]
        assert {row.campaign.name for row in rows} == names, query
    assert "Tidak ada kegiatan" in told(cast.rina, "/campaigns/?q=xyz")


def test_a_session_has_the_venues_hours_in_the_list_as_on_its_page(cast: Cast) -> None:
    begins = datetime(2026, 1, 7, 8, tzinfo=ZoneInfo("Asia/Makassar"))
    moved(
        cast.market,
        time_zone="Asia/Makassar",
        starts_at=begins,
        ends_at=begins + timedelta(hours=2),
    )
    for address in ("/campaigns/", f"/campaigns/{cast.market.pk}/"):
        assert "08:00–10:00 WITA" in told(cast.rina, address)


def test_a_long_list_goes_on_with_its_filters(cast: Cast) -> None:
    copies(cast, 30)
    page = signed_in(cast.rina).get("/campaigns/?type=mobile_car")
    rest = signed_in(cast.rina).get(f"/campaigns/{page.context['next']}")
    assert [len(one.context["others"]) for one in (page, rest)] == [25, 5]
    moved(cast.market, ends_at=timezone.now() + timedelta(hours=1))
    sense = signed_in(cast.rina).get("/campaigns/").context
    nonsense = signed_in(cast.rina).get("/campaigns/?cursor=nonsense").context
    assert nonsense["today"] == sense["today"] and [cast.market.name, None] == [
        nonsense["today"][0].campaign.name,
        nonsense["first"],
    ]


def test_what_a_silent_tablet_holds_is_not_known_on_any_page(cast: Cast) -> None:
    now = timezone.now()
    moved(cast.market, starts_at=now - timedelta(days=9), ends_at=now + timedelta(hours=2))
    pages = (
        "/campaigns/",
        f"/campaigns/{cast.market.pk}/",
        f"/campaigns/{cast.market.pk}/day/",
        f"/tablets/{cast.tablet.pk}/",
        "/tablets/",
    )
    nothing = {"unsynced_photos": 0, "oldest_unsynced_at": None}
    for page in pages:
        assert "tidak diketahui" in told(cast.rina, page), f"never reported: {page}"
    reported(cast.tablet, 0, received_at=now - timedelta(days=4), **nothing)
    for page in pages:
        assert "tidak diketahui" in told(cast.rina, page), f"silent for days: {page}"
    reported(cast.tablet, 0, **nothing)
    for page in pages:
        assert "tidak diketahui" not in told(cast.rina, page), f"just reported: {page}"
    reported(cast.tablet, 0, received_at=now - timedelta(days=4), unsynced_photos=3)
    tablet(cast.budi, cast.rina)
    for page in pages[:3]:
        text = told(cast.rina, page)
        assert 'class="holding">1<' in text, f"holds photos: {page}"
        assert "dari 2, 1 tidak diketahui" in text, page


def test_of_a_campaign_that_is_over_a_later_report_is_enough(cast: Cast) -> None:
    now = timezone.now()
    ended = now - timedelta(days=60)
    moved(cast.market, starts_at=ended - timedelta(days=9), ends_at=ended)
    day = timedelta(days=1)
    for received_at, photos, expected in (
        (ended - day, 0, (0, 1, 1)),
        (ended + day, 0, (0, 0, 1)),
        (ended + day, 1, (1, 0, 1)),
        (now, 1, (0, 0, 1)),
    ):
        reported(
            cast.tablet,
            0,
            received_at=received_at,
            unsynced_photos=photos,
            oldest_unsynced_at=None,
        )
        page = signed_in(cast.rina).get(f"/campaigns/{cast.market.pk}/")
        assert page.context["row"].tablets == expected, (received_at, photos)


def test_a_day_counts_what_arrived_and_says_nothing_while_nothing_changes(cast: Cast) -> None:
    first, second = pushed(cast), pushed(cast, cast.budi)
    Registration.objects.filter(pk=second.pk).update(status="duplicate")
    reported(cast.tablet, 7)
    address = f"/campaigns/{cast.market.pk}/day/?day={first.local_day}"
    client = signed_in(cast.rina)
    page = client.get(address)
    figures = page.context["figures"]
    assert (figures.all.number, figures.all.waiting, figures.all.duplicate) == (2, 1, 1)
    rows = {row.kader: row for row in page.context["kader"]}
    assert rows[cast.siti].signups.number == rows[cast.budi].signups.number == 1
    assert (page.context["tablets"], page.context["unsynced"]) == ((1, 0, 1), 7)
    # The queue has less or more: questions in place of conflicts, and what is held.
    text = page.content.decode()
    assert "Belum diputuskan" in text and "Menunggu kantor" not in text
    fragment = client.get(f"{address}&shown=x", headers={"HX-Request": "true"})
    assert b"<html" not in fragment.content and fragment.status_code == 200
    again = f"{address}&shown={fragment.context['digest']}"
    assert client.get(again).status_code == 204
    pushed(cast, cast.siti)
    assert client.get(again).status_code == 200
    empty = client.get(f"/campaigns/{cast.market.pk}/day/?day={DAY}")
    assert empty.context["figures"].all.number == 0
    assert "hx-get" in page.content.decode() and "hx-get" not in empty.content.decode()
    left = type(client)().get(again, headers={"HX-Request": "true"})
    assert (left.status_code, left["HX-Refresh"]) == (204, "true")


@pytest.mark.parametrize("rows", [1, 9])
def test_statements_do_not_grow_with_rows(cast: Cast, count_queries: Counting, rows: int) -> None:
    copies(cast, rows)
    for _ in range(rows):
        registration = pushed(cast)
    for place in range(rows):
        Device.objects.create(
            kader=cast.siti,
            label=f"T{place}",
            state="active",
            created_by=cast.rina,
            created_at=timezone.now(),
            enrolled_at=timezone.now(),
        )
    client = signed_in(cast.rina)
    with count_queries("GET campaigns/ page"):
        client.get("/campaigns/")
    with count_queries("GET campaigns/{id}/ page"):
        client.get(f"/campaigns/{cast.market.pk}/")
    with count_queries("GET campaigns/{id}/edit/ page"):
        client.get(f"/campaigns/{cast.market.pk}/edit/")
    with count_queries("GET campaigns/{id}/day/ page"):
        client.get(f"/campaigns/{cast.market.pk}/day/?day={registration.local_day}")
