"""Leads and attendance that could not be stored, and what coordinators do about them."""

import json
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from outreach.leads.erasing import erase
from outreach.models import Attendance, Campaign, Change, Lead, NoteDecision, NoteVersion, User
from outreach.sealing import unseal
from tests.cast import Cast, client_of, held_lead
from tests.counting import Counting
from tests.garbage import survives_garbage
from tests.sync.test_notes import counted, lead, noted, session
from tests.tablet import Tablet, tablet_of
from tests.threads import at_once

pytestmark = pytest.mark.django_db
URL = "/api/v1/held-notes/"
WHY = {"reason": "ditanyakan di lapak"}
PHONE = "+6281377712345"


def do(user: User, what: str, one: Any, kind: str = "lead", **body: Any) -> Any:
    return client_of(user).post(f"{URL}{kind}/{one}/{what}/", WHY | body)


def listed(user: User, **query: str) -> list[str]:
    return [row["id"] for row in client_of(user).get(URL, query).json()["results"]]


def receipts(tablet: Tablet, **ids: Any) -> dict[str, Any]:
    notes = {kind: [str(one) for one in some] for kind, some in ids.items()}
    asked: dict[str, Any] = {"ids": [], **notes}
    answer = tablet.post("sync/receipts/", json.dumps(asked).encode())
    assert answer.status_code == 200, answer.content
    return dict(json.loads(answer.content))


def receipt(tablet: Tablet, one: Any) -> dict[str, Any]:
    [told] = receipts(tablet, leads=[one])["leads"]
    return dict(told)


def test_a_released_lead_is_its_kaders_and_the_tablet_is_told(cast: Cast, tablet: Tablet) -> None:
    sent = lead(cast, phone="0813777", segment="ASN", colour="blue")
    [refused] = noted(tablet, sent)
    assert (refused["outcome"], refused["action"]) == ("rejected", "fix")
    before = Change.objects.filter(kind="lead").count()

    answer = do(cast.rina, "release", sent["id"], note={"phone": PHONE}).json()
    assert [found["pointer"] for found in answer["problems"]] == ["/note/segment"]
    fixes = {"phone": PHONE, "segment": "PU", "colour": None}
    answer = do(cast.rina, "release", sent["id"], note=fixes)

    assert (answer.status_code, answer.json()["state"]) == (200, "released")
    kept = Lead.objects.get()
    assert kept.phone and unseal(kept.phone, kept.pk) == PHONE
    assert (str(kept.pk), kept.kader, kept.segment, kept.extra) == (
        sent["id"],
        cast.siti,
        "PU",
        None,
    )
    assert Change.objects.filter(kind="lead").count() == before + 1
    assert listed(cast.rina) == []
    told = receipt(tablet, sent["id"])
    assert (told["outcome"], told["action"], told["revision"]) == ("accepted", "drop", 1)
    [again] = noted(tablet, sent)
    assert (again["outcome"], again["replayed"], again["problems"]) == ("accepted", True, [])
    assert Lead.objects.count() == 1
    [decision] = NoteDecision.objects.all()
    assert (decision.actor, decision.reason) == (cast.rina, WHY["reason"])


def test_releasing_again_is_harmless_and_otherwise_is_told_what_to_do(cast: Cast) -> None:
    one = held_lead(cast)
    first = do(cast.rina, "release", one, note={"segment": "PU"}).json()

    assert do(cast.rina, "release", one, note={"segment": "PU"}).json() == first
    for answer in (
        do(cast.rina, "release", one, note={"segment": "PMI"}),
        do(cast.regional_coordinator, "release", one, note={"segment": "PU"}),
        do(cast.rina, "dismiss", one),
        do(cast.rina, "reopen", one),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")
        assert "perbaiki" in answer.json()["detail"]
    assert Lead.objects.get().segment == "PU"


def test_attendance_of_a_campaign_that_came_later_is_released_as_it_is(
    cast: Cast, tablet: Tablet
) -> None:
    """The same content has a verdict already, which must not be given again."""
    sent = session(cast, campaign=str(uuid4()))
    counted(tablet, sent)
    Campaign.objects.filter(pk=cast.other_market.pk).update(office=cast.branch)
    refused = do(cast.rina, "release", sent["id"], "attendance")
    assert refused.json()["problems"][0]["pointer"] == "/note/campaign"
    fields = Campaign.objects.filter(pk=cast.market.pk).values().get()
    Campaign.objects.create(**fields | {"id": UUID(sent["campaign"])})

    answer = do(cast.rina, "release", sent["id"], "attendance")

    assert answer.json()["state"] == "released"
    assert Attendance.objects.get().female == 25
    [told] = receipts(tablet, attendance=[sent["id"]])["attendance"]
    assert (told["outcome"], told["action"]) == ("accepted", "drop")


def test_a_dismissed_note_is_dropped_by_its_tablet_until_it_is_opened_again(
    cast: Cast, tablet: Tablet
) -> None:
    sent = lead(cast, segment="ASN")
    noted(tablet, sent)

    first = do(cast.rina, "dismiss", sent["id"])
    assert do(cast.rina, "dismiss", sent["id"]).json() == first.json()

    assert (listed(cast.rina), listed(cast.rina, state="dismissed")) == ([], [sent["id"]])
    for told in (receipt(tablet, sent["id"]), noted(tablet, sent)[0]):
        assert (told["outcome"], told["action"]) == ("rejected", "drop")
        assert told["dismissed"]["reason"] == WHY["reason"]
    refused = do(cast.rina, "release", sent["id"], note={"segment": "PU"})
    assert (refused.status_code, refused.json()["state"]) == (409, "dismissed")
    assert do(cast.regional_coordinator, "reopen", sent["id"]).json()["state"] == "held"
    assert listed(cast.rina) == [sent["id"]]
    assert receipt(tablet, sent["id"])["action"] == "fix"
    [corrected] = noted(tablet, sent | {"segment": "PU"})
    assert corrected["outcome"] == "accepted"
    assert do(cast.rina, "dismiss", sent["id"]).json()["state"] == "stored"


def test_a_faulty_edit_is_held_beside_what_is_stored(cast: Cast, tablet: Tablet) -> None:
    sent = lead(cast)
    noted(tablet, sent)
    noted(tablet, sent | {"base_revision": 1, "segment": "ASN", "notes": "Pindah kerja"})

    assert listed(cast.rina) == [sent["id"]]
    released = do(cast.rina, "release", sent["id"], note={"segment": "PU"}).json()

    assert (released["note"], released["revision"]) == (sent["id"], 2)
    kept = Lead.objects.get()
    assert (kept.notes, kept.segment, kept.revision) == ("Pindah kerja", "PU", 2)


def test_under_a_taken_id_it_gets_one_of_its_own(cast: Cast, tablet: Tablet) -> None:
    theirs = lead(cast, full_name="Orang Lain")
    noted(tablet_of(cast.budi), theirs)
    [refused] = noted(tablet, theirs | {"full_name": "Ratna Dewi"})
    assert refused["problems"][0]["code"] == "id_taken"

    made = do(cast.rina, "release", theirs["id"]).json()["note"]

    assert made != theirs["id"]
    assert Lead.objects.get(pk=made).kader == cast.siti
    assert Lead.objects.get(pk=theirs["id"]).full_name == "Orang Lain"
    told = receipt(tablet, theirs["id"])
    assert (told["outcome"], told["stored_as"]) == ("accepted", made)
    [again] = noted(tablet, theirs | {"full_name": "Ratna Dewi"})
    assert (again["outcome"], again["stored_as"]) == ("accepted", made)
    noted(tablet, theirs | {"full_name": "Ratna Dewi", "notes": "Pindah"})
    later = do(cast.rina, "release", theirs["id"]).json()
    assert (later["note"], later["revision"]) == (made, 2)
    assert receipt(tablet, theirs["id"])["revision"] == 2
    erase(UUID(made), cast.rina, "diminta", timezone.now())
    assert not NoteVersion.objects.filter(kader=cast.siti, content__isnull=False).exists()
    assert not NoteDecision.objects.exclude(reason="").exists()


def test_a_note_without_an_id_can_be_released(cast: Cast, tablet: Tablet) -> None:
    sent = session(cast)
    del sent["id"]
    counted(tablet, sent)
    [one] = listed(cast.rina)

    assert do(cast.rina, "release", one, "attendance").json()["note"] == one
    assert str(Attendance.objects.get().pk) == one


def test_receipts_tell_a_kader_of_the_own_notes_only(cast: Cast, tablet: Tablet) -> None:
    sent, talk = lead(cast), session(cast)
    tablet.push(leads=[sent], attendance=[talk])
    Lead.objects.update(state="contacted")

    told = receipts(tablet, leads=[sent["id"], talk["id"]], attendance=[talk["id"]])
    assert [(one["outcome"], one.get("state")) for one in told["leads"]] == [
        ("accepted", "contacted"),
        ("unknown", None),
    ]
    assert told["attendance"][0]["revision"] == 1
    assert receipt(tablet_of(cast.budi), sent["id"])["outcome"] == "unknown"
    erase(UUID(sent["id"]), cast.rina, "diminta", timezone.now())
    assert (receipt(tablet, sent["id"])["action"], "leads" in receipts(tablet)) == ("drop", False)
    answer = tablet.post("sync/receipts/", json.dumps({"ids": [], "leads": ["x"]}).encode())
    assert answer.status_code == 400


def test_only_coordinators_of_the_office_decide(cast: Cast) -> None:
    one = held_lead(cast)

    assert do(cast.outsider_coordinator, "dismiss", one).status_code == 404
    assert do(cast.rina, "dismiss", one, "registration").status_code == 404
    assert do(cast.rina, "dismiss", uuid4()).status_code == 404
    moved = {"segment": "PU", "campaign": str(cast.other_market.pk)}
    answer = do(cast.rina, "release", one, note=moved)
    assert answer.json()["problems"][0]["code"] == "campaign_unknown"
    assert not NoteDecision.objects.exists() and not Lead.objects.exists()


def test_garbage(cast: Cast) -> None:
    one = held_lead(cast)
    body = WHY | {"note": {"segment": "ASN"}}
    survives_garbage(client_of(cast.rina), "POST", f"{URL}lead/{one}/release/", body)
    assert client_of(cast.rina).get(URL, {"state": "lost"}).status_code == 400


@pytest.mark.parametrize("number", [1, 8])
def test_statements(cast: Cast, tablet: Tablet, count_queries: Counting, number: int) -> None:
    ids = [held_lead(cast) for _ in range(number)]
    with count_queries("POST sync/receipts/ of notes"):
        receipts(tablet, leads=ids, attendance=ids)
    with count_queries("POST held-notes/{kind}/{id}/release/"):
        assert do(cast.rina, "release", ids[0], note={"segment": "PU"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_releasing_dismissing_and_correcting_at_once_come_to_one_end(cast: Cast) -> None:
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    for _ in range(3):
        sent = lead(cast, segment="ASN", captured_at=at)
        tablet = tablet_of(cast.siti)
        noted(tablet, sent)
        before = Lead.objects.count()

        answers = at_once(
            [partial(do, cast.rina, "release", sent["id"], note={"segment": "PU"})] * 2
            + [partial(do, cast.rina, "dismiss", sent["id"])]
            + [partial(noted, tablet, sent | {"segment": "PMI"})]
        )

        released, again, dismissed = (answer.status_code for answer in answers[:3])
        assert {released, again, dismissed} <= {200, 409}
        stored = Lead.objects.filter(pk=sent["id"])
        assert Lead.objects.count() == before + 1
        assert stored.get().segment in {"PU", "PMI"}
        told = receipt(tablet, sent["id"])
        assert (told["outcome"], told["action"]) == ("accepted", "drop")
        assert listed(cast.rina) == []
