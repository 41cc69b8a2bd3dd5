"""What a kader's tablet is told: everything at first, then what changes."""

import gzip
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from outreach import changes
from outreach.models import Campaign, CampaignMember, Registration, Stop
from tests.cast import Cast, campaign, client_of
from tests.records import NOW, strangers
from tests.sync.contents import captured
from tests.sync.pulling import Puller, anew, get, page
from tests.tablet import Tablet, tablet_of

pytestmark = pytest.mark.django_db

V1 = "/api/v1/"


def test_a_first_pull_tells_the_whole_own_area(cast: Cast, tablet: Tablet) -> None:
    cast.market.villages.set(cast.villages[:1])
    stop = Stop.objects.create(
        campaign=cast.market,
        name="Gate",
        lat=3.59,
        lon=98.67,
        radius_m=50,
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=1),
    )
    sent = captured(cast)
    tablet.push(sent)
    puller = Puller(tablet)

    puller.pull()

    assert puller.pages == 1
    [market] = puller.of("campaign").values()
    member = CampaignMember.objects.get(campaign=cast.market, kader=cast.siti)
    assert (
        market
        | {
            "name": "Gerebek Pasar Lama",
            "type": "market_drive",
            "venue": {"lat": 3.59, "lon": 98.67, "radius_m": 200.0},
            "villages": ["99.01.01.1001"],
            "first_day": member.first_day.isoformat(),
            "last_day": member.last_day.isoformat(),
        }
        == market
    )
    assert market["stops"][0]["id"] == str(stop.pk)
    assert puller.of("village") == {
        village.code: {
            "name": village.name,
            "kind": village.kind,
            "district": "Hulu Kota",
            "regency": "Kabupaten Hulu",
            "province": "Nusa Rekaan",
            "time_zone": "Asia/Jakarta",
        }
        for village in cast.villages
    }
    assert puller.of("occupation")["market_trader"]["name_en"]
    assert puller.of("notice")["2026-01"]["text_id"]
    told = puller.of("registration")[sent["id"]]
    assert told["outcome"] == "accepted"
    assert told["state"] == "flagged"
    assert [flag["code"] for flag in told["flags"]] == ["location_missing"]
    assert told["missing_photos"] == ["ab" * 32]


def test_small_pages_tell_the_same_with_the_own_area_first(cast: Cast, tablet: Tablet) -> None:
    cast.market.villages.set(cast.villages[2:])
    tablet.push(*(captured(cast, **one) for one in strangers(3)))
    whole = anew(tablet)
    puller = Puller(tablet, limit=1)

    puller.step()
    assert list(puller.held) == [("campaign", str(cast.market.pk))]
    puller.step()
    assert list(puller.held)[-1] == ("village", cast.villages[2].code)
    assert puller.pull() == whole
    assert puller.pages > len(whole)


def test_after_a_push_the_next_pull_shows_its_effect(cast: Cast, tablet: Tablet) -> None:
    other = Puller(tablet_of(cast.siti))
    other.pull()
    sent = captured(cast)

    result = tablet.result(sent)
    other.pull()

    told = other.of("registration")[sent["id"]]
    assert {**result, "replayed": True} == {name: told[name] for name in result}


def test_receipts_and_changes_say_the_same(cast: Cast, tablet: Tablet) -> None:
    records = [captured(cast, **one) for one in strangers(3)]
    records += [captured(cast), captured(cast, base_revision=0)]
    tablet.push(*records)
    puller = Puller(tablet)
    puller.pull()

    answer = tablet.post(
        "sync/receipts/",
        json.dumps({"ids": [sent["id"] for sent in records]}).encode(),
    )

    receipts = {result["id"]: result for result in json.loads(answer.content)["results"]}
    assert puller.of("registration") == receipts


def test_nothing_of_another_kader_is_told(cast: Cast, tablet: Tablet) -> None:
    tablet_of(cast.budi).push(captured(cast))
    tablet_of(cast.outsider_kader).push(captured(cast))
    puller = Puller(tablet)
    puller.pull()

    assert not puller.of("registration")
    assert list(puller.of("campaign")) == [str(cast.market.pk)]
    assert set(puller.of("village")) == {village.code for village in cast.villages}


def test_coming_and_going_on_a_campaign(cast: Cast, tablet: Tablet) -> None:
    muara = campaign("Pasar Muara", cast.regional)
    muara.villages.set(cast.other_villages)
    puller = Puller(tablet)
    puller.pull()
    url = f"{V1}campaigns/{muara.pk}/"
    ratna = client_of(cast.regional_coordinator)
    days = {"first_day": "2026-11-01", "last_day": "2026-12-01"}

    assert ratna.patch(url, {"team": [{"kader": cast.siti.pk} | days]}).status_code == 200
    puller.pull()
    assert puller.of("campaign")[str(muara.pk)]["villages"] == [
        village.code for village in cast.other_villages
    ]
    assert cast.other_villages[0].code in puller.of("village")
    assert puller.held == anew(tablet)

    assert ratna.patch(url, {"villages": [cast.other_villages[1].code]}).status_code == 200
    puller.pull()
    assert cast.other_villages[0].code not in puller.of("village")
    assert puller.held == anew(tablet)

    assert ratna.patch(url, {"team": []}).status_code == 200
    puller.pull()
    assert str(muara.pk) not in puller.of("campaign")
    assert cast.other_villages[1].code not in puller.of("village")
    assert puller.held == anew(tablet)


def test_a_withdrawn_registration_is_deleted(cast: Cast, tablet: Tablet) -> None:
    sent = captured(cast)
    tablet.push(sent)
    puller = Puller(tablet)
    puller.pull()

    Registration.objects.update(status="withdrawn")
    changes.log_registrations([(Registration.objects.get().pk, cast.siti.pk)])
    [change] = page(tablet, cursor=puller.cursor)["changes"]

    assert change == {"kind": "registration", "id": sent["id"], "op": "delete", "data": None}
    assert ("registration", sent["id"]) not in anew(tablet)


def test_the_answer_is_gzipped_for_whoever_takes_it(tablet: Tablet) -> None:
    plain = get(tablet, "sync/changes/")
    packed = get(tablet, "sync/changes/", **{"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 3
    unpacked = json.loads(gzip.decompress(packed.content))
    assert unpacked["changes"] == json.loads(plain.content)["changes"]


def test_the_digest_is_that_of_the_sorted_lines(cast: Cast, tablet: Tablet) -> None:
    def told() -> dict[str, Any]:
        return dict(json.loads(get(tablet, "sync/digest/").content))

    assert told() == {"count": 0, "digest": hashlib.sha256(b"").hexdigest()}
    records = [captured(cast, **one) for one in strangers(5)]
    tablet.push(*records)
    tablet_of(cast.budi).push(captured(cast))
    tablet.push(records[2] | {"base_revision": 1, "work_place": "Kios 9"})
    revisions = dict.fromkeys((sent["id"] for sent in records), 1) | {records[2]["id"]: 2}

    lines = sorted(f"{one}:{revision}\n" for one, revision in revisions.items())
    expected = {"count": 5, "digest": hashlib.sha256("".join(lines).encode()).hexdigest()}
    assert told() == expected
    puller = Puller(tablet)
    puller.pull()
    held = sorted(f"{one}:{r['revision']}\n" for one, r in puller.of("registration").items())
    assert hashlib.sha256("".join(held).encode()).hexdigest() == expected["digest"]


def test_where_digests_differ_receipts_find_it(cast: Cast, tablet: Tablet) -> None:
    records = [captured(cast, **one) for one in strangers(3)]
    held = captured(cast, birth_date="1984-02-30")
    tablet.push(*records, held)
    other = tablet_of(cast.siti)
    edit, late = ({"base_revision": 1, "work_place": f"Kios {n}"} for n in range(2))
    other.push(records[1] | edit)
    lost = records[1] | late
    assert tablet.result(lost)["outcome"] == "conflict"
    changes.compact()

    def digest(revisions: dict[str, int]) -> str:
        lines = sorted(f"{one}:{revision}\n" for one, revision in revisions.items())
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    known = dict.fromkeys((sent["id"] for sent in records), 1)
    told = json.loads(get(tablet, "sync/digest/").content)
    assert told["count"] == len(known)
    assert told["digest"] != digest(known)
    ids = [*known, held["id"]]
    answer = tablet.post("sync/receipts/", json.dumps({"ids": ids}).encode())
    receipts = {result["id"]: result for result in json.loads(answer.content)["results"]}

    assert receipts[held["id"]]["outcome"] == "rejected"
    assert [problem["pointer"] for problem in receipts[held["id"]]["problems"]] == ["/birth_date"]
    revisions = {one: receipts[one]["revision"] for one in known}
    assert revisions == known | {records[1]["id"]: 2}
    assert told["digest"] == digest(revisions)
    again = tablet.result(lost)
    assert (again["outcome"], again["replayed"]) == ("conflict", True)
    assert again["server"]["work_place"] == edit["work_place"]


def test_a_deleted_campaign_is_deleted(cast: Cast, tablet: Tablet) -> None:
    puller = Puller(tablet)
    puller.pull()
    gone = cast.market.pk
    Campaign.objects.filter(pk=gone).delete()
    changes.log_campaign(gone, (), [cast.siti.pk, cast.budi.pk])

    puller.pull()

    assert not puller.of("campaign")
    assert puller.held == anew(tablet)


def test_what_is_held_is_told_to_the_other_tablet_until_it_is_right(
    cast: Cast, tablet: Tablet
) -> None:
    other = Puller(tablet_of(cast.siti))
    other.pull()
    wrong = captured(cast, birth_date="1984-02-30")

    result = tablet.result(wrong)
    other.pull()

    told = other.of("registration")[wrong["id"]]
    assert (told["outcome"], told["action"]) == ("rejected", "fix")
    assert told["problems"] == result["problems"]
    assert other.held == anew(tablet)
    tablet.push(wrong | {"birth_date": "1984-02-29"})
    other.pull()
    assert other.of("registration")[wrong["id"]]["outcome"] == "accepted"
    assert other.held == anew(tablet)


def test_a_correction_asked_for_brings_the_record_back(cast: Cast, tablet: Tablet) -> None:
    sent = captured(cast)
    tablet.push(sent)
    other = Puller(tablet_of(cast.siti))
    other.pull()
    assert "server" not in other.of("registration")[sent["id"]]
    url = f"{V1}registrations/{sent['id']}/request-correction/"

    assert client_of(cast.rina).post(url, {"reason": "photo is blurred"}).status_code == 200
    other.pull()

    told = other.of("registration")[sent["id"]]
    assert (told["action"], told["state"]) == ("fix", "needs_correction")
    copy = told["server"]
    assert (copy["full_name"], copy["nik"]) == (sent["full_name"], sent["nik"])
    assert copy["base_revision"] == told["revision"] == 1
    assert other.held == anew(tablet)

    assert tablet_of(cast.siti).result(copy | {"address": "Jl. Baru 1"})["revision"] == 2
    other.pull()
    assert "server" not in other.of("registration")[sent["id"]]
    assert other.held == anew(tablet)


def test_a_merge_tells_the_person_that_survives(cast: Cast, tablet: Tablet) -> None:
    first, second = (captured(cast, **one) for one in strangers(2))
    tablet.push(first, second)
    puller = Puller(tablet)
    puller.pull()
    persons = [puller.of("registration")[one["id"]]["person"] for one in (first, second)]
    assert len(set(persons)) == 2
    body = {"other": persons[1], "reason": "papers seen"}

    assert client_of(cast.rina).post(f"{V1}people/{persons[0]}/merge/", body).status_code == 200
    puller.pull()

    told = puller.of("registration")
    assert told[first["id"]]["person"] == told[second["id"]]["person"]
    assert puller.held == anew(tablet)


def test_an_earlier_capture_changes_what_a_duplicate_is_told(cast: Cast, tablet: Tablet) -> None:
    at = timezone.now() - timedelta(hours=9)
    first = captured(cast, captured_at=(at + timedelta(hours=3)).isoformat())
    tablet_of(cast.budi).push(first)
    mine = captured(cast)
    assert tablet.result(mine)["outcome"] == "duplicate"
    puller = Puller(tablet)
    puller.pull()
    was = puller.of("registration")[mine["id"]]["first_registered_at"]

    tablet_of(cast.budi).push(captured(cast, captured_at=at.isoformat()))
    puller.pull()

    assert puller.of("registration")[mine["id"]]["first_registered_at"] < was
    assert puller.held == anew(tablet)


def test_what_came_under_somebody_elses_id_points_to_where_it_is(
    cast: Cast, tablet: Tablet
) -> None:
    first, second = strangers(2)
    theirs = captured(cast, **first)
    tablet_of(cast.budi).push(theirs)
    puller = Puller(tablet)
    puller.pull()
    assert tablet.result(captured(cast, **second) | {"id": theirs["id"]})["outcome"] == "rejected"
    puller.pull()
    assert puller.of("registration")[theirs["id"]]["problems"]
    rina = client_of(cast.rina)
    reason = {"reason": "papers seen"}

    [held] = rina.get(f"{V1}held-records/").json()["results"]
    released = rina.post(f"{V1}held-records/{held['id']}/release/", reason | {"registration": {}})
    assert released.status_code == 200, released.content
    puller.pull()

    pointer = puller.of("registration")[theirs["id"]]
    own = Registration.objects.get(kader=cast.siti)
    assert pointer["stored_as"] == str(own.pk) != theirs["id"]
    assert puller.of("registration")[str(own.pk)]["revision"] == 1
    assert theirs["full_name"] not in str(puller.held)
    assert puller.held == anew(tablet)
    verify = f"{V1}registrations/{own.pk}/request-correction/"
    assert rina.post(verify, reason).status_code == 200
    puller.pull()
    assert puller.of("registration")[str(own.pk)]["server"]["full_name"] == second["full_name"]
    assert puller.held == anew(tablet)
