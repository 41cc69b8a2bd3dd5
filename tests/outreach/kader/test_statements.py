"""Credit statements, questions about them, and incentive rules."""

from collections import Counter
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.models import (
    Campaign,
    CampaignTally,
    Decision,
    IncentiveRule,
    Registration,
    StatementQuestion,
    User,
)
from tests.cast import Cast, campaign, client_of, pushed
from tests.counting import Counting
from tests.garbage import survives_garbage
from tests.outreach.matching.asked import elsewhere
from tests.records import CAPTURED, strangers
from tests.threads import at_once

V1 = "/api/v1/"
OWN = f"{V1}kader/me/statement/"
ASK = f"{OWN}questions/"


def month_of(registration: Registration) -> str:
    return f"{registration.local_day:%Y-%m}"


def statement(user: User, period: str, **query: Any) -> dict[str, Any]:
    answer = client_of(user).get(OWN, {"period": period} | query)
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told


def decide(cast: Cast, registration: Registration, how: str, reason: str = "papers seen") -> Any:
    url = f"{V1}registrations/{registration.pk}/{how}/"
    return client_of(cast.rina).post(url, {"reason": reason})


def test_each_registration_has_a_line_that_says_how_it_counts(cast: Cast) -> None:
    one, two, three = (pushed(cast, **who) for who in strangers(3))
    again = pushed(cast, **strangers(1)[0])
    decide(cast, two, "verify")
    decide(cast, three, "reject", "not a worker")

    told = statement(cast.siti, month_of(one))

    lines = {line["registration"]: line for line in told["results"]}
    counts = {str(row.pk): lines[str(row.pk)]["counts"] for row in (one, two, three, again)}
    credited = {lines[str(row.pk)]["counts"] for row in (one, again)}
    assert credited == {"waiting", "duplicate"}
    assert (counts[str(two.pk)], counts[str(three.pk)]) == ("verified", "rejected")
    assert lines[str(three.pk)]["reason"] == "not a worker"
    assert told["totals"] == {
        "verified": 1,
        "waiting": 1,
        "duplicate": 1,
        "rejected": 1,
        "withdrawn": 0,
    }
    [earlier] = [line["earlier"] for line in lines.values() if line["counts"] == "duplicate"]
    assert earlier in {str(one.pk), str(again.pk)}


def test_of_another_kaders_capture_nothing_is_told(cast: Cast) -> None:
    before = (CAPTURED - timedelta(hours=1)).isoformat()
    other = elsewhere(cast, captured_at=before, location_missing_reason="theirs")
    own = pushed(cast)

    answer = client_of(cast.siti).get(OWN, {"period": month_of(own)})

    [line] = answer.json()["results"]
    assert (line["counts"], line["earlier"]) == ("duplicate", None)
    told = answer.content.decode()
    assert str(other.pk) not in told and str(other.person_id) not in told and "joko" not in told


def test_a_coordinator_reads_those_of_the_own_kader_without_names(cast: Cast) -> None:
    own = pushed(cast)
    url = f"{V1}users/{cast.siti.pk}/statement/"
    query = {"period": month_of(own)}

    answer = client_of(cast.rina).get(url, query)

    assert answer.json()["totals"]["waiting"] == 1
    assert own.full_name not in answer.content.decode()
    assert own.full_name in client_of(cast.siti).get(OWN, query).content.decode()
    assert client_of(cast.outsider_coordinator).get(url, query).status_code == 404
    assert client_of(cast.rina).get(f"{V1}users/{cast.agus.pk}/statement/").status_code == 404
    assert client_of(cast.andi).get(f"{V1}users/{2**63}/statement/").status_code == 404


def test_pages_hold_every_line_once(cast: Cast) -> None:
    made = {str(pushed(cast, **who).pk) for who in strangers(5)}
    period = month_of(Registration.objects.latest("pk"))
    seen: list[str] = []
    cursor = None
    while True:
        told = statement(cast.siti, period, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [line["registration"] for line in told["results"]]
        cursor = told["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)


def something(cast: Cast, second: Campaign, rng: Random) -> int | None:
    """Push, decide, take back or reassign; gives the status of the answer to a decision."""
    rows = list(Registration.objects.order_by("pk"))
    match rng.randrange(5):
        case 0 | 1:
            captured = CAPTURED - timedelta(minutes=rng.randrange(60_000))
            who = rng.choice(strangers(4))
            kader = rng.choice([cast.siti, cast.budi])
            pushed(cast, kader, captured_at=captured.isoformat(), **who)
        case 2 if rows:
            answer = decide(cast, rng.choice(rows), rng.choice(["verify", "reject"]))
            return int(answer.status_code)
        case 3 if latest := Decision.objects.order_by("decided_at").last():
            url = f"{V1}decisions/{latest.pk}/undo/"
            answer = client_of(cast.rina).post(url, {"reason": "wrong one"})
            return int(answer.status_code)
        case 4 if rows:
            url = f"{V1}registrations/{rng.choice(rows).pk}/reassign/"
            to = rng.choice([cast.market, second])
            body = {"reason": "it was there", "campaign": str(to.pk)}
            return int(client_of(cast.rina).post(url, body).status_code)
    return None


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6))
def test_totals_are_the_tallies_whatever_is_decided(cast: Cast, seed: int) -> None:
    rng = Random(seed)
    second = campaign("Gerebek Pasar Baru", cast.branch, cast.siti, cast.budi)
    taken = Counter(something(cast, second, rng) for _ in range(14))
    assert taken.keys() <= {None, 200, 409}
    months = {
        day.replace(day=1) for day in Registration.objects.values_list("local_day", flat=True)
    }
    for kader in (cast.siti, cast.budi):
        for month in months:
            told = statement(kader, f"{month:%Y-%m}", limit=200)
            tally = CampaignTally.objects.filter(kader=kader, month=month).aggregate(
                verified=Sum("verified", default=0), waiting=Sum("provisional", default=0)
            )
            lines = [line["counts"] for line in told["results"]]
            assert {name: told["totals"][name] for name in tally} == tally
            by_campaign = {
                str(row.campaign_id): (row.verified, row.provisional)
                for row in CampaignTally.objects.filter(kader=kader, month=month)
            }
            for row in told["campaigns"]:
                counted = by_campaign.get(row["campaign"], (0, 0))
                assert (row["verified"], row["waiting"]) == counted
            for name, number in told["totals"].items():
                assert number == lines.count(name) == sum(row[name] for row in told["campaigns"])


@pytest.fixture
def rule(cast: Cast) -> IncentiveRule:
    IncentiveRule.objects.all().delete()
    return IncentiveRule.objects.create(
        threshold=25, first_day=date(2020, 1, 1), source="field practice", made_at=timezone.now()
    )


def test_the_statement_says_how_far_the_threshold_is(cast: Cast, rule: IncentiveRule) -> None:
    registration = pushed(cast)
    decide(cast, registration, "verify")

    told = statement(cast.siti, month_of(registration))["incentive"]

    assert (told["verified"], told["missing"]) == (1, 24)
    assert (told["rule"]["threshold"], told["rule"]["source"]) == (25, rule.source)
    rule.last_day = date(2020, 12, 31)
    rule.save()
    assert statement(cast.siti, month_of(registration))["incentive"] is None


def new_rule(**changes: Any) -> dict[str, Any]:
    return {"threshold": 30, "first_day": "2027-01-01", "source": "letter 4/2026"} | changes


def test_rules_follow_each_other(cast: Cast, rule: IncentiveRule) -> None:
    client = client_of(cast.andi)

    assert client.post(f"{V1}incentives/", new_rule()).status_code == 201
    assert client.post(f"{V1}incentives/", new_rule()).status_code == 200
    rule.refresh_from_db()
    assert rule.last_day == date(2026, 12, 31)
    listed = client_of(cast.siti).get(f"{V1}incentives/").json()["results"]
    assert [row["threshold"] for row in listed] == [30, 25]


@pytest.mark.parametrize(
    ("days", "kind", "named"),
    [
        ({"first_day": "2020-01-01"}, "overlap", "2020-01-01"),
        ({"first_day": "2019-01-01"}, "overlap", "2020-01-01"),
        ({"first_day": "2019-01-01", "last_day": "2019-06-30"}, "gap", "2019-07-01"),
        ({"first_day": "2027-01-01", "last_day": "9999-12-31"}, "meant", "abad"),
    ],
)
def test_overlaps_and_gaps_are_named(
    cast: Cast, rule: IncentiveRule, days: dict[str, str], kind: str, named: str
) -> None:
    answer = client_of(cast.andi).post(f"{V1}incentives/", new_rule(**days))

    [found] = answer.json()["problems"]
    assert (answer.status_code, found["code"]) == (400, kind)
    assert named in found["detail"]
    assert IncentiveRule.objects.get() == rule


def test_a_rule_does_not_reach_into_months_that_are_over(cast: Cast, rule: IncentiveRule) -> None:
    client = client_of(cast.andi)
    this_month = timezone.now().date().replace(day=1)
    before = (this_month - timedelta(days=1)).isoformat()

    [refused] = client.post(f"{V1}incentives/", new_rule(first_day=before)).json()["problems"]
    assert (refused["pointer"], refused["code"]) == ("/first_day", "past")
    IncentiveRule.objects.all().delete()
    first = client.post(f"{V1}incentives/", new_rule(first_day="2020-01-01"))
    assert (first.status_code, first.json()["uncovered_from"]) == (201, None)


def test_a_rule_that_ends_says_from_when_on_there_is_none(cast: Cast, rule: IncentiveRule) -> None:
    client = client_of(cast.andi)

    made = client.post(f"{V1}incentives/", new_rule(last_day="2027-12-31")).json()

    assert made["uncovered_from"] == "2028-01-01"
    assert client.get(f"{V1}incentives/").json()["uncovered_from"] == "2028-01-01"
    later = new_rule(first_day="2028-02-01")
    [gap] = client.post(f"{V1}incentives/", later).json()["problems"]
    assert gap["detail"] == "Tidak ada yang berlaku dari 2028-01-01 sampai 2028-01-31."


def test_a_statement_has_no_revisions(cast: Cast) -> None:
    answer = client_of(cast.siti).get(OWN, {"period": "2026-10", "revision": "1"})

    assert answer.status_code == 400
    assert answer.json()["problems"][0]["pointer"] == "/revision"


def question(registration: Registration, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "registration": str(registration.pk),
        "text": "Why does she not count?",
    } | changes


def test_a_kader_asks_and_reads_the_answer(cast: Cast) -> None:
    body = question(pushed(cast))
    siti, rina = client_of(cast.siti), client_of(cast.rina)

    assert siti.post(ASK, body).status_code == 201
    assert siti.post(ASK, body).status_code == 200
    [waiting] = rina.get(f"{V1}statement-questions/", {"open": "true"}).json()["results"]
    url = f"{V1}statement-questions/{waiting['id']}/answer/"
    assert rina.post(url, {"text": "She was first at the mall."}).status_code == 200
    assert rina.post(url, {"text": "She was first at the mall."}).status_code == 200
    assert rina.post(url, {"text": "No."}).json()["code"] == "already_answered"

    [read] = siti.get(ASK).json()["results"]
    assert (read["answer"], read["answered_by"]) == ("She was first at the mall.", cast.rina.pk)
    assert rina.get(f"{V1}statement-questions/", {"open": "true"}).json()["results"] == []


def test_others_see_no_question_and_answer_none(cast: Cast) -> None:
    body = question(pushed(cast))
    client_of(cast.siti).post(ASK, body)
    maya = client_of(cast.outsider_coordinator)

    assert maya.get(f"{V1}statement-questions/").json()["results"] == []
    url = f"{V1}statement-questions/{body['id']}/answer/"
    assert maya.post(url, {"text": "No idea."}).status_code == 404
    assert client_of(cast.budi).get(ASK).json()["results"] == []
    assert client_of(cast.budi).post(ASK, question(pushed(cast))).status_code == 400
    assert client_of(cast.siti).post(ASK, body | {"text": "Another"}).status_code == 409


def test_questions_are_bounded(cast: Cast) -> None:
    registration = pushed(cast)
    client = client_of(cast.siti)
    for _ in range(5):
        assert client.post(ASK, question(registration)).status_code == 201
    assert client.post(ASK, question(registration)).status_code == 429


@pytest.mark.django_db(transaction=True)
def test_of_one_question_sent_at_once_there_is_one(cast: Cast) -> None:
    body = question(pushed(cast))
    jobs = [partial(client_of(cast.siti).post, ASK, body) for _ in range(5)]

    answers = at_once(jobs)

    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [201]
    assert StatementQuestion.objects.count() == 1


@pytest.mark.parametrize("rows", [1, 8])
def test_statements(cast: Cast, count_queries: Counting, rows: int) -> None:
    for who in strangers(rows):
        client_of(cast.siti).post(ASK, question(pushed(cast, **who)))
    first = pushed(cast)
    decide(cast, first, "reject")
    query = {"period": month_of(first)}
    siti, rina = client_of(cast.siti), client_of(cast.rina)
    with count_queries("GET kader/me/statement/"):
        siti.get(OWN, query)
    with count_queries("GET users/{id}/statement/"):
        rina.get(f"{V1}users/{cast.siti.pk}/statement/", query)
    with count_queries("POST kader/me/statement/questions/"):
        assert siti.post(ASK, question(first)).status_code == 201
    with count_queries("GET kader/me/statement/questions/"):
        siti.get(ASK)
    with count_queries("GET statement-questions/"):
        [*_, last] = rina.get(f"{V1}statement-questions/").json()["results"]
    with count_queries("POST statement-questions/{id}/answer/"):
        rina.post(f"{V1}statement-questions/{last['id']}/answer/", {"text": "Because."})


def test_garbage_gets_a_problem(cast: Cast) -> None:
    registration = pushed(cast)
    survives_garbage(client_of(cast.siti), "POST", ASK, question(registration))
    survives_garbage(client_of(cast.andi), "POST", f"{V1}incentives/", new_rule())
