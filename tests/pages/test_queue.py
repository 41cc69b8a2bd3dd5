"""The coordinators' queue and its cases without a browser: what waits, and who decides."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from outreach.claiming import LASTS
from outreach.models import Claim, Decision, MonthFinding, Person, Registration, User
from outreach.scopes import registrations_for
from outreach.waiting import KINDS, waiting
from tests.cast import Cast, held, pushed
from tests.counting import Counting
from tests.outreach.matching.asked import (
    STRANGER,
    open_questions,
    person_of,
    twins,
    twins_of_two_offices,
)

AWAY: dict[str, Any] = {
    "location": {"lat": 3.7, "lon": 98.9, "accuracy_m": 10.0, "accuracy_kind": "p68"}
}
"""Far outside the venue: a flag, and nothing else."""


NAMES = ("Tukinem", "Zulkarnain", "Yohanes Purba", "Maria Goretti", "Ahmad Fauzan", "Ketut Sari")


def stranger(cast: Cast, number: int, **changes: Any) -> Registration:
    """A record that has nothing in common with those of other numbers."""
    own: dict[str, Any] = {
        "full_name": NAMES[number],
        "nik": f"99010{number}4203{70 + number}{1000 + 7 * number}",
        "birth_date": f"{1970 + number}-03-02",
        "phone": None,
        "address": f"Gg. {NAMES[number]} {number}",
        "rt": None,
        "rw": None,
    }
    sent: dict[str, Any] = STRANGER | own | changes
    return pushed(cast, **sent)


def clean(cast: Cast, number: int) -> Registration:
    """A record that nothing speaks against."""
    made = stranger(cast, number)
    made.flags.all().delete()
    Registration.objects.filter(pk=made.pk).update(status="submitted")
    made.refresh_from_db()
    return made


def browser_of(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, "backend.accounts.AccountBackend")
    client.cookies["django_language"] = "en"
    return client


def other_coordinator(cast: Cast) -> User:
    return User.objects.create(
        username="wati", full_name="Wati Suryani", role="coordinator", office=cast.branch
    )


def page(user: User, address: str, status: int = 200) -> str:
    answer = browser_of(user).get(address)
    assert answer.status_code == status
    return answer.content.decode()


def case(record: Registration) -> str:
    return f"/queue/registrations/{record.pk}/"


def decide(user: User, record: Registration, decision: str, **form: str) -> str:
    answer = browser_of(user).post(f"{case(record)}decide/", {"decision": decision, **form})
    assert answer.status_code == 302
    return str(answer["Location"])


@pytest.fixture
def flagged(cast: Cast) -> Registration:
    return pushed(cast, **STRANGER, **AWAY)


def test_a_coordinators_day_begins_with_what_waits(cast: Cast, flagged: Registration) -> None:
    first, second, question = twins(cast)
    sent = held(cast)
    sure = clean(cast, 0)
    for whose in ({"kader": cast.budi}, {"office": cast.branch}):
        counted = {"last": 40, "whole": 70, "days": 3, "most": 20, "rule": "1"}
        doubt = {"code": "month_end", "evidence": counted, "raised_at": sent.received_at}
        MonthFinding.objects.create(month="2026-01-01", **whose, **doubt)
    browser = browser_of(cast.rina)
    assert browser.get("/")["Location"] == "/queue/"
    text = browser.get("/queue/").content.decode()
    for address in (f"/queue/questions/{question.pk}/", case(flagged), case(sure)):
        assert address in text
    assert sent.kader.full_name in text
    assert cast.budi.full_name in text and cast.branch.name in text
    places = [text.index(address) for address in (str(question.pk), case(flagged), case(sure))]
    assert places == sorted(places)
    # What is asked about waits as the question alone.
    assert case(first) not in text or first.status != "conflict"
    assert case(second) not in text
    assert str(question.pk) not in page(cast.outsider_coordinator, "/queue/")


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("kind=flagged", True),
        ("kind=clean", False),
        ("flag=outside_venue", True),
        ("flag=burst", False),
        ("village=99.01.01", True),
        ("village=99.02", False),
        ("days=1", False),
        ("kader=0x1&days=-3&campaign=1&village=x&kind=y&cursor=z&flag=w", True),
    ],
)
def test_filters_are_in_the_address(
    cast: Cast, flagged: Registration, query: str, is_there: bool
) -> None:
    Registration.objects.update(received_at=timezone.now())
    text = page(cast.rina, f"/queue/?{query}")
    assert (case(flagged) in text) is is_there
    if is_there and query.startswith("flag="):
        assert f"{case(flagged)}?{query}" in text


def test_a_kind_has_pages(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.pages.queue.PAGE_SIZE", 2)
    made = [stranger(cast, number, **AWAY) for number in range(5)]
    Registration.objects.filter(pk=made[3].pk).update(
        received_at=made[3].received_at - timedelta(days=2)
    )
    waits = list(waiting("flagged", registrations_for(cast.rina)).order_by("received_at", "pk"))
    address, found = "/queue/?kind=flagged", []
    while address:
        text = page(cast.rina, address)
        found += re.findall(r"/queue/registrations/([0-9a-f-]+)/", text)
        following = re.search(r'href="([^"]+)" rel="next"', text)
        address = following[1].replace("&amp;", "&") if following else ""
    assert [UUID(one) for one in found] == [one.pk for one in waits]
    assert waits[0].pk == made[3].pk


def test_a_campaign_says_of_the_office_as_many_as_its_queue_shows(cast: Cast) -> None:
    first, _, _ = twins(cast)
    Registration.objects.filter(pk=first.pk).update(status="conflict")
    stranger(cast, 0, **AWAY)
    clean(cast, 1)
    held(cast)
    for number, status in ((2, "needs_correction"), (3, "conflict"), (4, "verified")):
        made = stranger(cast, number)
        Registration.objects.filter(pk=made.pk).update(status=status)
    rina = browser_of(cast.rina)
    for address in ("/campaigns/", f"/campaigns/{cast.market.pk}/"):
        link = re.search(
            r'href="(/queue/\?campaign=[^"]+)">(\d+)<', rina.get(address).content.decode()
        )
        assert link, address
        listed = rina.get(link[1]).context["listed"]
        assert int(link[2]) == sum(one.number for one in listed), address
        assert {one.kind for one in listed if not one.number} <= {"findings"}
        assert "1 with the kader" in rina.get(address).content.decode()


def test_a_decision_leads_to_the_next_case_and_can_be_undone(cast: Cast) -> None:
    one, other = (stranger(cast, number, **AWAY) for number in range(2))
    one, other = sorted((one, other), key=lambda record: record.pk.int)
    onward = decide(cast.rina, one, "verify")
    decision = Decision.objects.get(registration=one)
    assert onward == f"{case(other)}?decided={decision.pk}"
    text = page(cast.rina, onward)
    assert f"/queue/decisions/{decision.pk}/undo/" in text
    # Sent twice, it is the same decision.
    assert f"decided={decision.pk}" in decide(cast.rina, one, "verify")
    rina = browser_of(cast.rina)
    answer = rina.post(f"/queue/decisions/{decision.pk}/undo/")
    assert answer["Location"] == case(one)
    assert "Taken back: accepted." in rina.get(case(one)).content.decode()
    rina.post(f"/queue/decisions/{decision.pk}/undo/")
    assert "You took this decision back already" in rina.get(case(one)).content.decode()
    wati = browser_of(other_coordinator(cast))
    late = wati.post(f"/queue/decisions/{decision.pk}/undo/")
    text = wati.get(late["Location"]).content.decode()
    assert "Rina Wulandari took this decision back on" in text and "took this case" not in text
    one.refresh_from_db()
    assert one.status == "flagged"
    assert decide(cast.rina, other, "verify").startswith("/queue/?decided=")


@pytest.mark.parametrize("decision", ["reject", "request_correction", "verify all", ""])
def test_what_takes_something_needs_a_reason(
    cast: Cast, flagged: Registration, decision: str
) -> None:
    assert decide(cast.rina, flagged, decision, reason="  x ") == f"{case(flagged)}?unsaid=1"
    assert "three letters" in page(cast.rina, f"{case(flagged)}?unsaid=1")
    flagged.refresh_from_db()
    assert flagged.status == "flagged"


def test_the_second_coordinator_is_told_who_decided_what(cast: Cast, flagged: Registration) -> None:
    # What the database cannot hold is left out of a reason.
    decide(cast.rina, flagged, "reject", reason="not a\0 worker")
    wati = other_coordinator(cast)
    late = decide(wati, flagged, "verify")
    assert late == f"{case(flagged)}?late=1"
    text = page(wati, late)
    assert "somebody else was faster" in text
    assert "Rina Wulandari decided on" in text
    assert "not a worker" in text
    assert Decision.objects.count() == 1


def test_a_claim_keeps_others_away_until_it_is_taken_over_or_over(
    cast: Cast, flagged: Registration
) -> None:
    wati = other_coordinator(cast)
    page(cast.rina, case(flagged))
    text = page(wati, case(flagged))
    assert "Rina Wulandari has been at this case since" in text
    assert "/decide/" not in text
    assert "Rina Wulandari is at it" in page(wati, "/queue/")
    assert decide(wati, flagged, "verify") == f"{case(flagged)}?late=1"
    # What others are at is not the next case either.
    browser_of(wati).post(f"/queue/claims/{flagged.pk}/")
    assert "/decide/" in page(wati, case(flagged))
    late = decide(cast.rina, flagged, "verify")
    assert "Wati Suryani took this case over at" in page(cast.rina, late)
    Claim.objects.update(until=timezone.now() - LASTS)
    assert "decided=" in decide(cast.rina, flagged, "verify")
    assert not Claim.objects.exists()


def test_an_administrator_looks_and_claims_nothing(cast: Cast, flagged: Registration) -> None:
    assert "Coordinators decide." in page(cast.andi, case(flagged))
    assert not Claim.objects.exists()


def test_what_a_decision_will_change_is_what_it_changes(cast: Cast) -> None:
    first, second, question = twins(cast)
    text = page(cast.rina, case(first))
    assert "Pasar Lama: +1 verified, −1 provisional" in text
    text = page(cast.rina, f"/queue/questions/{question.pk}/")
    assert "Pasar Lama: −1 provisional" in text
    assert re.search("(Siti Rahayu|Budi Santoso): −1 provisional", text)
    people = Person.objects.exclude(state="none").count()
    answer(cast.rina, question.pk, "same_person", reason="asked her")
    assert Person.objects.filter(registrations__isnull=False).distinct().count() == people - 1
    second.refresh_from_db()
    assert second.status == "duplicate"


def answer(user: User, question: UUID, said: str, **form: str) -> str:
    address = f"/queue/questions/{question}/answer/"
    told = browser_of(user).post(address, {"answer": said, **form})
    assert told.status_code == 302
    return str(told["Location"])


def test_a_question_shows_both_and_is_answered_once(cast: Cast) -> None:
    first, second, question = twins(cast)
    text = page(cast.rina, f"/queue/questions/{question.pk}/")
    for name in (first.full_name, second.full_name):
        assert name in text
    assert "differs" in text
    assert "for one person" in text
    assert "9901014503840002" not in text
    assert 'rel="next" href="/queue/"' in text
    assert answer(cast.rina, question.pk, "same_person") == (
        f"/queue/questions/{question.pk}/?unsaid=1"
    )
    onward = answer(cast.rina, question.pk, "different_people")
    assert onward.startswith("/queue/?decided=")
    assert not open_questions()
    [event] = browser_of(cast.rina).get(f"/people/{person_of(first)}/").context["events"][:1]
    assert sorted([one.pk] for side in event.about for one in side) == sorted(
        [[first.pk], [second.pk]]
    )
    wati = other_coordinator(cast)
    late = answer(wati, question.pk, "same_person", reason="the same card")
    assert "Rina Wulandari decided on" in page(wati, late)
    decision = Decision.objects.get(kind="different_people")
    undone = browser_of(cast.rina).post(f"/queue/decisions/{decision.pk}/undo/")
    assert undone["Location"] == f"/queue/questions/{question.pk}/"
    assert open_questions()


def test_of_another_offices_record_one_sees_what_telling_apart_takes(cast: Cast) -> None:
    _, second, question = twins_of_two_offices(cast)
    text = page(cast.rina, f"/queue/questions/{question.pk}/")
    assert "Kacab Hilir" in text
    assert "not shown" in text
    assert case(second) not in text
    assert cast.outsider_kader.full_name not in text
    assert cast.other_market.name not in text
    page(cast.rina, case(second), 404)


def test_clean_records_are_accepted_together_after_a_look(cast: Cast) -> None:
    made = [clean(cast, number) for number in range(3)]
    rina = browser_of(cast.rina)
    text = rina.get("/queue/accept/").content.decode()
    assert all(str(one.pk) in text for one in made)
    assert f"{cast.market.name}: +3 verified, −3 provisional" in text
    doubtful = made.pop()
    Registration.objects.filter(pk=doubtful.pk).update(status="flagged")
    ids = [str(one.pk) for one in (*made, doubtful)]
    [shown] = re.findall(r'name="shown" value="([^"]+)"', text)
    form = {"id": [*ids, "x"], "shown": shown}
    done = rina.post("/queue/accept/", form)
    assert rina.post("/queue/accept/", form)["Location"] == done["Location"], "sent again"
    text = rina.get(done["Location"]).content.decode()
    assert "2 records accepted" in text
    assert "1 of the chosen ones were not accepted" in text
    assert set(Registration.objects.filter(status="verified")) == set(made)
    slower = browser_of(cast.regional_coordinator).post(
        "/queue/accept/", form | {"shown": "2026-01-01"}
    )
    assert "0 records accepted" in rina.get(slower["Location"]).content.decode()
    rina.post(done["Location"])
    assert "2 of these were taken back" in rina.get(done["Location"]).content.decode()
    assert not Registration.objects.filter(status="verified").exists()


def test_an_acceptance_without_a_word_names_the_flags_that_were_open(cast: Cast) -> None:
    doubtful, sure = stranger(cast, 0, **AWAY), clean(cast, 1)
    for record in (doubtful, sure):
        decide(cast.rina, record, "verify")
    said = {one.registration_id: one.reason for one in Decision.objects.filter(kind="verify")}
    assert "nothing speaks against" in said[sure.pk]
    assert "flags open" in said[doubtful.pk] and "nothing" not in said[doubtful.pk]


def test_hostile_names_are_text(cast: Cast) -> None:
    name = "<script>alert(1)</script> =cmd() {{ 7*7 }}"
    record = pushed(cast, **STRANGER | AWAY | {"full_name": name, "address": '"><img src=x>'})
    for address in ("/queue/", case(record), "/queue/?village=<script>"):
        text = page(cast.rina, address)
        assert "<script>alert" not in text
        assert "<img src=x" not in text


@pytest.mark.parametrize("rows", [1, 6])
def test_statements_do_not_grow_with_rows(cast: Cast, count_queries: Counting, rows: int) -> None:
    for n in range(rows):
        record = stranger(cast, n, **AWAY)
        pushed(cast, full_name=f"Warga {n}", nik=f"9901014503847{n:03}", birth_date="1979-01-02")
        held(cast, full_name=f"Tamu {n}")
    question = twins(cast)[2]
    rina = browser_of(cast.rina)
    with count_queries("GET queue/ page"):
        assert rina.get("/queue/").status_code == 200
    with count_queries("GET queue/ page of a kind"):
        assert rina.get("/queue/?kind=flagged").status_code == 200
    with count_queries("GET queue/registrations/{id}/ page"):
        assert rina.get(case(record)).status_code == 200
    with count_queries("GET queue/questions/{id}/ page"):
        assert rina.get(f"/queue/questions/{question.pk}/").status_code == 200
    with count_queries("GET queue/accept/ page"):
        assert rina.get("/queue/accept/").status_code == 200
    with count_queries("POST queue/registrations/{id}/decide/ page"):
        assert rina.post(f"{case(record)}decide/", {"decision": "verify"}).status_code == 302


def test_every_kind_has_its_words() -> None:
    from outreach.flag_names import FLAG_NAMES
    from outreach.flags import FLAGS, MONTH_FLAGS
    from outreach.pages import case_words as words

    assert set(FLAG_NAMES) == set(FLAGS) | set(MONTH_FLAGS)
    assert set(words.KINDS) >= set(KINDS)
    assert set(words.STATUSES) == set(Registration.Status.values)
    assert set(words.DECISIONS) == set(Decision.Kind.values)
    assert set(words.EVENT_REASONS) == set(Registration.EventReason.values)
