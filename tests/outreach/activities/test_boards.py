"""What campaigns brought, beside their targets."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from outreach.models import Attendance, Campaign, CampaignTally, Person, Registration
from tests.cast import Cast, campaign, client_of, led, pushed
from tests.counting import Counting
from tests.outreach.api.test_campaigns import changed
from tests.records import strangers
from tests.tablet import tablet_of

URL = "/api/v1/boards/campaigns/"
WHY = {"reason": "dilihat di lapangan"}


def board(user: Any, **query: Any) -> dict[str, dict[str, Any]]:
    answer = client_of(user).get(URL, query)
    assert answer.status_code == 200, answer.content
    return {row["name"]: row for row in answer.json()["results"]}


def decided(cast: Cast, one: Registration, what: str, **body: Any) -> None:
    url = f"/api/v1/registrations/{one.pk}/{what}/"
    assert client_of(cast.rina).post(url, WHY | body).status_code == 200


def attended(cast: Cast, **heads: Any) -> None:
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    sent = {"id": str(uuid4()), "campaign": str(cast.market.pk), "captured_at": at}
    [told] = tablet_of(cast.siti).push(attendance=[sent | heads])["attendance"]
    assert told["outcome"] == "accepted"


def busy(cast: Cast) -> Campaign:
    """A day at the market with seven people, of whom one counts for another campaign."""
    other = campaign(
        "Kader Penggerak Hulu", cast.branch, cast.siti, starts_at=cast.market.starts_at
    )
    made = [pushed(cast, **who) for who in strangers(7)]
    pushed(cast, cast.budi, **strangers(7)[0])
    for one in made[:3]:
        decided(cast, one, "verify")
    decided(cast, made[3], "reject")
    decided(cast, made[4], "reassign", campaign=str(other.pk))
    leads = [led(cast, segment="JAKON") for _ in range(6)] + [led(cast, segment="PU")]
    for lead in leads[:2]:
        url = f"/api/v1/leads/{lead.pk}/follow-up/"
        client_of(cast.rina).post(url, WHY | {"state": "registered"})
    attended(cast, female=25, male=15, officials=3)
    attended(cast, female=4, male=0)
    changed(
        cast.rina,
        cast.market.pk,
        targets=[{"segment": "BPU", "number": 60}, {"segment": "JAKON", "number": 10}],
        partners=[{"name": "Dinas Perdagangan", "role": "local_agency"}],
    )
    return other


def test_figures_stand_beside_targets_and_equal_a_recount(cast: Cast) -> None:
    other = busy(cast)

    rows = board(cast.rina)

    market = rows["Gerebek Pasar Lama"]
    assert market["signups"] == {
        "total": 7,
        "verified": 3,
        "waiting": 2,
        "duplicate": 1,
        "rejected": 1,
    }
    assert market["people"] == {"verified": 3, "provisional": 2}
    assert rows[other.name]["people"] == {"verified": 0, "provisional": 1}
    by_segment = {row["segment"]: row for row in market["segments"]}
    assert (by_segment["BPU"]["target"], by_segment["BPU"]["reached"]) == (60, 3)
    jakon = by_segment["JAKON"]
    assert (jakon["target"], jakon["reached"], jakon["leads"]) == (10, 2, 6)
    assert (jakon["states"]["new"], jakon["states"]["registered"]) == (4, 2)
    assert (by_segment["PU"]["target"], by_segment["PU"]["leads"]) == (None, 1)
    assert market["attendance"] == {
        "sessions": 2,
        "female": 29,
        "male": 15,
        "sex_unknown": 0,
        "officials": 3,
    }
    assert market["partners"] == 1
    credited = Counter(
        person.credited.credited_campaign_id
        for person in Person.objects.exclude(state="none").select_related("credited")
        if person.credited
    )
    for row in rows.values():
        assert sum(row["people"].values()) == credited[Campaign.objects.get(pk=row["id"]).pk]
        assert row["signups"]["total"] == sum(
            1 for one in Registration.objects.all() if str(one.credited_campaign_id) == row["id"]
        )


def test_who_sees_no_records_sees_no_small_counts(cast: Cast) -> None:
    busy(cast)

    market = board(cast.agus)["Gerebek Pasar Lama"]

    assert market["people"] == {"verified": None, "provisional": None}
    assert market["signups"]["total"] is None
    assert [market["signups"][name] for name in ("verified", "waiting", "rejected")] == [None] * 3
    by_segment = {row["segment"]: row for row in market["segments"]}
    assert (by_segment["BPU"]["reached"], by_segment["PU"]["leads"]) == (None, None)
    assert by_segment["JAKON"]["leads"] == 6
    assert by_segment["JAKON"]["states"]["new"] is None
    assert (market["attendance"]["female"], market["attendance"]["officials"]) == (29, None)


def test_people_do_not_tell_a_small_number_of_signups(cast: Cast) -> None:
    made = [pushed(cast, **who) for who in strangers(11)]
    for one in made[:3]:
        decided(cast, one, "verify")

    market = board(cast.agus)["Gerebek Pasar Lama"]

    assert market["people"] == {"verified": None, "provisional": None}
    assert (market["signups"]["total"], market["signups"]["verified"]) == (None, None)
    assert board(cast.rina)["Gerebek Pasar Lama"]["people"] == {"verified": 3, "provisional": 8}


def test_boards_and_targets_do_not_tell_each_others_small_counts(cast: Cast) -> None:
    start = cast.market.starts_at
    names = ("Kecil", "Sedang", "Besar")
    drives = [campaign(name, cast.branch, cast.siti, starts_at=start) for name in names]
    for drive, people in zip(drives, (3, 20, 30), strict=True):
        CampaignTally.objects.create(
            campaign=drive,
            kader=cast.siti,
            month=start.date().replace(day=1),
            verified=people,
            provisional=0,
        )

    query = {"year": start.year}
    [told] = client_of(cast.agus).get("/api/v1/targets/", query).json()["rows"]
    rows = board(cast.agus)

    assert told["verified"] == 53
    assert [rows[name]["people"]["verified"] for name in names] == [None, None, 30]
    assert [board(cast.rina)[name]["people"]["verified"] for name in names] == [3, 20, 30]


def test_segments_do_not_tell_how_few_men_came(cast: Cast) -> None:
    attended(cast, female=20, male=4, segments={"BPU": 24})

    told = client_of(cast.agus).get(f"/api/v1/campaigns/{cast.market.id}/attendance/").json()

    for counts in (told["totals"], told["sessions"][0]["counts"]):
        assert (counts["male"], counts["bpu"], counts["officials"]) == (None, None, None)


def test_all_sessions_are_added_up_however_many_are_listed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        attended(cast, female=20, male=9)
    monkeypatch.setattr("outreach.api.attendance.MOST_SESSIONS", 3)

    told = client_of(cast.rina).get(f"/api/v1/campaigns/{cast.market.id}/attendance/").json()

    assert (len(told["sessions"]), told["session_count"]) == (3, 4)
    assert (told["totals"]["female"], told["totals"]["male"]) == (80, 36)


def test_any_number_of_heads_is_added_up(cast: Cast) -> None:
    for _ in range(3):
        attended(cast, female=1, male=0)
    Attendance.objects.update(female=2**31 - 1)
    assert board(cast.rina)["Gerebek Pasar Lama"]["attendance"]["female"] == 3 * (2**31 - 1)


def test_a_board_shows_ones_own_offices_and_what_is_asked_for(cast: Cast) -> None:
    assert set(board(cast.rina)) == {"Gerebek Pasar Lama"}
    assert set(board(cast.outsider_supervisor)) == {"Gerebek Pasar Muara"}
    assert len(board(cast.regional_coordinator)) == 2
    assert set(board(cast.andi, office=cast.branch.pk)) == {"Gerebek Pasar Lama"}
    assert not board(cast.andi, type="monev")
    assert len(board(cast.andi, running_on=timezone.now().date().isoformat())) == 2
    assert len(board(cast.andi, limit=1)) == 1
    assert client_of(cast.siti).get(URL).status_code == 403
    for query in ("office=x", "type=party", "running_on=now", "cursor=x", "who=me"):
        assert client_of(cast.andi).get(f"{URL}?{query}").status_code == 400, query


@pytest.mark.parametrize("rows", [1, 6])
def test_statements(cast: Cast, count_queries: Counting, rows: int) -> None:
    for number in range(rows):
        pushed(cast, campaign=str(campaign(f"Gerebek {number}", cast.branch, cast.siti).pk))
    client = client_of(cast.rina)

    with count_queries("GET boards/campaigns/"):
        assert len(client.get(URL).json()["results"]) == rows + 1
