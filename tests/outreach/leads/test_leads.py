"""Leads after they came in: who sees them, what is done about them, how long they are kept."""

import json
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from outreach.leads import erasing
from outreach.leads.erasing import erase_due
from outreach.leads.proposing import proposals_for
from outreach.models import (
    CampaignTally,
    Change,
    Lead,
    LeadDisclosure,
    LeadEvent,
    LeadRetention,
    NoteVersion,
    User,
)
from tests.cast import Cast, client_of, led, pushed
from tests.counting import Counting
from tests.garbage import survives_garbage
from tests.records import lead, strangers
from tests.tablet import tablet_of
from tests.threads import at_once

URL = "/api/v1/leads/"
PHONE = "+6281377788899"
WHY = {"reason": "ditelepon pagi"}


def listed(user: User, **query: Any) -> list[str]:
    answer = client_of(user).get(URL, query)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def done(user: User, one: Lead, what: str, **body: Any) -> Any:
    return client_of(user).post(f"{URL}{one.pk}/{what}/", WHY | body)


def shown(user: User, one: Lead) -> dict[str, Any]:
    return dict(client_of(user).get(f"{URL}{one.pk}/").json())


def test_each_role_sees_the_leads_of_its_own(cast: Cast) -> None:
    own, of_budi = led(cast), led(cast, cast.budi)
    theirs = led(cast, cast.outsider_kader, campaign=str(cast.other_market.id))
    everybody = {str(own.pk), str(of_budi.pk)}

    assert set(listed(cast.siti)) == {str(own.pk)}
    assert set(listed(cast.rina)) == set(listed(cast.dewi)) == everybody
    assert set(listed(cast.outsider_coordinator)) == {str(theirs.pk)}
    assert set(listed(cast.andi)) == everybody | {str(theirs.pk)}
    assert client_of(cast.siti).get(f"{URL}{of_budi.pk}/").status_code == 404
    assert done(cast.siti, of_budi, "follow-up", state="lost").status_code == 404
    assert client_of(cast.agus).get(URL).status_code == 403


def test_what_is_shown_is_masked_and_disclosing_is_logged(cast: Cast) -> None:
    one = led(cast, notes="NIK 9901014503840002, minta dihubungi")

    text = client_of(cast.rina).get(f"{URL}{one.pk}/").content.decode()
    assert PHONE not in text
    assert "+6281••••••899" in text
    assert "9901014503840002" not in text

    answer = done(cast.rina, one, "disclose")
    assert answer.json() == {"id": str(one.pk), "phone": PHONE}
    [kept] = LeadDisclosure.objects.all()
    assert (kept.user, kept.reason) == (cast.rina, WHY["reason"])


def test_leads_are_found_by_what_they_are(cast: Cast) -> None:
    pu = led(cast, segment="PU", full_name="Ratna Dewi", employer="CV Maju")
    jakon = led(cast, village=cast.villages[1].code)
    done(cast.rina, pu, "follow-up", state="contacted")

    assert listed(cast.rina, segment="PU") == [str(pu.pk)]
    assert listed(cast.rina, state="new") == [str(jakon.pk)]
    assert listed(cast.rina, search="maju") == [str(pu.pk)]
    assert listed(cast.rina, village=cast.villages[1].code) == [str(jakon.pk)]
    assert len(listed(cast.rina, village="99.01", campaign=str(cast.market.id))) == 2
    assert listed(cast.rina, kader=str(cast.budi.pk)) == []


def test_every_follow_up_is_kept_with_who_and_why(cast: Cast) -> None:
    one = led(cast)

    done(cast.siti, one, "follow-up", state="contacted")
    done(cast.rina, one, "follow-up", state="contacted", reason="tidak diangkat")
    done(cast.dewi, one, "follow-up", state="interested")

    events = shown(cast.rina, one)["events"]
    assert [(e["actor"], e["state_before"], e["state"]) for e in events] == [
        ("Dewi Lestari", "contacted", "interested"),
        ("Rina Wulandari", "contacted", "contacted"),
        ("Siti Rahayu", "new", "contacted"),
    ]
    assert done(cast.rina, one, "follow-up", state="maybe").status_code == 400
    assert Change.objects.filter(kind="lead", object_id=str(one.pk)).count() == 4


def test_only_the_office_says_that_a_lead_registered(cast: Cast) -> None:
    bpu, pu = led(cast, segment="BPU"), led(cast, segment="PU")

    for user, one, code in (
        (cast.siti, pu, "office_only"),
        (cast.siti, bpu, "link_missing"),
        (cast.rina, bpu, "link_missing"),
    ):
        answer = done(user, one, "follow-up", state="registered")
        assert (answer.status_code, answer.json()["problems"][0]["code"]) == (400, code)
    assert done(cast.rina, pu, "follow-up", state="registered").status_code == 200
    assert Lead.objects.get(state="registered") == pu


def test_a_registration_with_the_same_phone_is_proposed_and_never_linked_by_itself(
    cast: Cast,
) -> None:
    one = led(cast)
    namesake = led(cast, full_name="Siti Aminah Harahap", phone=None)
    registration = pushed(cast, phone=PHONE)
    stranger = pushed(cast, **strangers(1)[0])

    [found] = proposals_for(one.pk)
    assert found == (registration.pk, True, False)
    [by_name] = proposals_for(namesake.pk)
    assert by_name == (registration.pk, False, True)
    assert shown(cast.rina, one)["proposals"] == [
        {"registration": str(registration.pk), "same_phone": True, "same_name": False}
    ]
    assert listed(cast.rina, proposed="true") == [str(one.pk)]
    assert listed(cast.rina, proposed="false") == [str(namesake.pk)]
    # An officer sees registrations once they are verified, so neither proposals of others.
    assert shown(cast.dewi, one)["proposals"] == []
    assert Lead.objects.filter(registration=None).count() == 2
    assert stranger.pk not in {found.registration}


def test_a_link_is_made_and_taken_back_and_credits_nobody(cast: Cast) -> None:
    one, registration = led(cast, cast.budi), pushed(cast, phone=PHONE)
    done(cast.rina, one, "follow-up", state="interested")
    credit = list(CampaignTally.objects.values_list("kader", "provisional"))

    linked = done(cast.rina, one, "link", registration=str(registration.pk))

    assert linked.status_code == 200
    assert (linked.json()["state"], linked.json()["registration"]) == (
        "registered",
        str(registration.pk),
    )
    assert linked.json()["proposals"] == []
    again = done(cast.rina, one, "link", registration=str(registration.pk))
    assert again.json()["events"] == linked.json()["events"]
    other = pushed(cast, **strangers(1)[0])
    assert done(cast.rina, one, "link", registration=str(other.pk)).status_code == 409
    assert list(CampaignTally.objects.filter(kader=cast.siti).values_list("kader", "provisional"))
    assert not CampaignTally.objects.filter(kader=cast.budi).exists()
    assert credit == [(cast.siti.pk, 1)]

    back = done(cast.rina, one, "unlink").json()
    assert (back["state"], back["registration"]) == ("interested", None)
    assert [event["kind"] for event in back["events"]] == ["unlink", "link", "follow_up"]
    assert done(cast.rina, one, "unlink").status_code == 409


def test_nobody_links_to_what_they_do_not_see(cast: Cast) -> None:
    one = led(cast)
    elsewhere = pushed(cast, cast.outsider_kader, campaign=str(cast.other_market.id))

    for registration in (elsewhere.pk, uuid4()):
        answer = done(cast.rina, one, "link", registration=str(registration))
        assert answer.json()["problems"][0]["pointer"] == "/registration"
    assert done(cast.siti, one, "link", registration=str(elsewhere.pk)).status_code == 403


def test_leads_are_erased_when_their_time_is_up(cast: Cast) -> None:
    one, followed = led(cast, colour="blue"), led(cast)
    rejected = lead(cast.market.id, cast.villages[0].code, phone="0813")
    tablet = tablet_of(cast.siti)
    tablet.push(leads=[rejected])
    done(cast.rina, followed, "follow-up", state="contacted")
    days = LeadRetention.objects.get().days
    later = timezone.now() + timedelta(days=days)
    Lead.objects.filter(pk=followed.pk).update(followed_up_at=later - timedelta(days=1))

    assert erase_due(later - timedelta(days=2)) == 0
    assert erase_due(later + timedelta(minutes=1)) == 1
    assert erase_due(later + timedelta(minutes=1)) == 0

    one.refresh_from_db()
    assert (one.full_name, one.phone, one.employer, one.notes, one.extra) == (
        "",
        None,
        "",
        "",
        None,
    )
    assert (one.segment, one.village_code) == ("JAKON", cast.villages[0].code)
    kept = NoteVersion.objects.exclude(record_id=followed.pk)
    assert kept.count() == 2
    assert not kept.filter(content__isnull=False).exists()
    assert Lead.objects.get(pk=followed.pk).full_name
    assert Change.objects.filter(kind="lead", object_id=str(one.pk)).count() == 2


def test_an_administrator_sets_how_long_leads_are_kept(cast: Cast) -> None:
    led(cast)
    url, client = "/api/v1/lead-retention/", client_of(cast.andi)
    today = timezone.now().astimezone(erasing.ZONE).date()
    rule = {"effective_from": today.isoformat(), "days": 30, "source": "Rules of the house"}

    assert client.post(url, rule).status_code == 201
    assert client.post(url, rule | {"days": 60}).status_code == 409
    assert client.post(url, rule | {"effective_from": "2026-01-01"}).status_code == 400

    assert client.get(url).json()[0] == rule
    assert erase_due(timezone.now() + timedelta(days=31)) == 1
    survives_garbage(client, "POST", url, rule)


def test_without_a_rule_nothing_is_erased(cast: Cast) -> None:
    led(cast)
    LeadRetention.objects.all().delete()

    assert erase_due(timezone.now() + timedelta(days=10_000)) == 0


def test_an_erased_lead_keeps_its_verdict_and_takes_nothing_more(cast: Cast) -> None:
    tablet = tablet_of(cast.siti)
    sent = lead(cast.market.id, cast.villages[0].code)
    first = tablet.push(leads=[sent])["leads"][0]
    one = Lead.objects.get(pk=sent["id"])
    done(cast.rina, one, "follow-up", state="contacted", reason="suaminya Pak Togar")

    erased = done(cast.rina, one, "erase").json()

    assert erased["full_name"] == ""
    assert erased["erased_at"]
    assert [event["reason"] for event in erased["events"]] == [WHY["reason"], ""]
    assert done(cast.rina, one, "erase").status_code == 200
    assert done(cast.rina, one, "follow-up", state="lost").status_code == 409
    again = tablet.push(leads=[sent])["leads"][0]
    assert (again["outcome"], again["revision"], again["replayed"]) == ("accepted", 1, True)
    edit = sent | {"base_revision": 1, "phone": "+6281200000009"}
    [told] = tablet.push(leads=[edit])["leads"]
    assert (told["action"], told["problems"][0]["code"]) == ("drop", "lead_erased")
    [faulty] = tablet.push(leads=[edit | {"segment": "ASN"}])["leads"]
    assert (faulty["action"], faulty["problems"][0]["code"]) == ("drop", "lead_erased")
    assert first["revision"] == 1
    assert not NoteVersion.objects.filter(content__isnull=False).exists()


@pytest.mark.parametrize("rows", [1, 12])
def test_statements(cast: Cast, count_queries: Counting, rows: int) -> None:
    for _ in range(rows):
        one = led(cast)
        done(cast.siti, one, "follow-up", state="contacted")
    registration = pushed(cast, phone=PHONE)
    client = client_of(cast.rina)

    with count_queries("GET leads/"):
        assert len(client.get(URL).json()["results"]) == rows
    with count_queries("GET leads/{id}/"):
        assert client.get(f"{URL}{one.pk}/").status_code == 200
    with count_queries("POST leads/{id}/follow-up/"):
        client.post(f"{URL}{one.pk}/follow-up/", WHY | {"state": "interested"})
    with count_queries("POST leads/{id}/link/"):
        client.post(f"{URL}{one.pk}/link/", WHY | {"registration": str(registration.pk)})
    with count_queries("POST leads/{id}/unlink/"):
        client.post(f"{URL}{one.pk}/unlink/", WHY)
    with count_queries("POST leads/{id}/disclose/"):
        client.post(f"{URL}{one.pk}/disclose/", WHY)
    with count_queries("POST leads/{id}/erase/"):
        assert client.post(f"{URL}{one.pk}/erase/", WHY).status_code == 200
    with count_queries("GET lead-retention/"):
        client_of(cast.andi).get("/api/v1/lead-retention/")
    with count_queries("GET held-notes/"):
        client.get("/api/v1/held-notes/")
    with count_queries("GET campaigns/{id}/attendance/"):
        client.get(f"/api/v1/campaigns/{cast.market.pk}/attendance/")


def test_garbage(cast: Cast) -> None:
    one = led(cast)
    client = client_of(cast.rina)
    survives_garbage(client, "POST", f"{URL}{one.pk}/follow-up/", WHY | {"state": "lost"})
    survives_garbage(client, "POST", f"{URL}{one.pk}/link/", WHY | {"registration": str(uuid4())})
    for query in ("state=maybe", "kader=x", "village=%00", "cursor=x", "proposed=7", "who=me"):
        assert client.get(f"{URL}?{query}").status_code == 400, query


@pytest.mark.django_db(transaction=True)
def test_two_who_link_at_once_link_once(cast: Cast) -> None:
    one = led(cast)
    first, second = pushed(cast, phone=PHONE), pushed(cast, **strangers(1)[0])

    answers = at_once(
        [partial(done, cast.rina, one, "link", registration=str(r.pk)) for r in (first, second)] * 3
    )

    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [409] * 3
    assert LeadEvent.objects.filter(kind="link").count() == 1


def test_what_is_held_can_be_seen_until_the_tablet_corrects_it(cast: Cast) -> None:
    sent = lead(cast.market.id, cast.villages[0].code, segment="ASN")
    tablet = tablet_of(cast.siti)
    tablet.push(leads=[sent, "nobody"])
    url = "/api/v1/held-notes/"

    told = client_of(cast.rina).get(url).json()

    assert told["count"] == 2
    held = next(row for row in told["results"] if row["id"] == sent["id"])
    assert [problem["pointer"] for problem in held["problems"]] == ["/segment"]
    assert held["content"]["sent"]["full_name"] == "Parulian Sitorus"
    assert PHONE not in json.dumps(told)
    assert client_of(cast.outsider_coordinator).get(url).json()["count"] == 0
    tablet.push(leads=[sent | {"segment": "PU"}])
    assert client_of(cast.rina).get(url).json()["count"] == 1


def test_attendance_is_shown_by_day_stop_and_kader(cast: Cast) -> None:
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    session = {"campaign": str(cast.market.id), "captured_at": at, "female": 25, "male": 3}
    for kader in (cast.siti, cast.budi):
        tablet_of(kader).push(attendance=[session | {"id": str(uuid4()), "session": "Pagi"}])
    url = f"/api/v1/campaigns/{cast.market.id}/attendance/"

    told = client_of(cast.rina).get(url).json()

    assert {row["kader"]["full_name"] for row in told["sessions"]} == {
        "Siti Rahayu",
        "Budi Santoso",
    }
    assert all(row["counted_again"] for row in told["sessions"])
    assert (told["totals"]["female"], told["totals"]["male"]) == (50, 6)
    guarded = client_of(cast.agus).get(url).json()
    assert [row["counts"]["male"] for row in guarded["sessions"]] == [None, None]
    assert guarded["totals"]["male"] == 6


def test_a_supervisor_cannot_work_out_a_few_heads(cast: Cast) -> None:
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    session = {"campaign": str(cast.market.id), "captured_at": at, "female": 9}
    tablet = tablet_of(cast.siti)
    tablet.push(attendance=[session | {"id": str(uuid4()), "male": male} for male in (3, 25)])

    told = client_of(cast.agus).get(f"/api/v1/campaigns/{cast.market.id}/attendance/").json()

    assert [row["counts"]["male"] for row in told["sessions"]] == [None, None]
    assert [row["counts"]["female"] for row in told["sessions"]] == [9, 9]
    assert told["totals"]["male"] == 28
