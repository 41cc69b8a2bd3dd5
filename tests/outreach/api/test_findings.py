"""Doubts about months: who is told of which."""

from datetime import date, timedelta

from outreach.models import MonthFinding, Office, User
from tests.cast import Cast, client_of
from tests.counting import Counting
from tests.records import NOW

URL = "/api/v1/findings/"
EVIDENCE = {"last": 13, "whole": 23, "days": 2, "most": 2, "rule": "2014-01-01"}


def finding(number: int, kader: User | None = None, office: Office | None = None) -> MonthFinding:
    return MonthFinding.objects.create(
        kader=kader,
        office=office,
        month=date(2026, number, 1),
        code="month_end",
        evidence=EVIDENCE,
        raised_at=NOW - timedelta(days=number),
    )


def seen(user: User, **query: str) -> list[int]:
    answer = client_of(user).get(URL, query)
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["results"]]


def test_everybody_sees_what_is_theirs(cast: Cast) -> None:
    own = finding(1, cast.siti)
    elsewhere = finding(2, cast.outsider_kader)
    whole = finding(3, office=cast.branch)
    gone = finding(4, cast.siti)
    MonthFinding.objects.filter(pk=gone.pk).update(taken_back_at=NOW)

    assert seen(cast.siti) == [own.pk]
    assert seen(cast.budi) == []
    assert seen(cast.rina) == [own.pk, whole.pk]
    assert seen(cast.rina, taken_back="true") == [own.pk, whole.pk, gone.pk]
    assert seen(cast.outsider_coordinator) == [elsewhere.pk]
    assert seen(cast.regional_coordinator) == seen(cast.andi) == [own.pk, elsewhere.pk, whole.pk]


def test_a_finding_says_what_it_means_by_which_thresholds(cast: Cast) -> None:
    finding(3, cast.siti)
    client = client_of(cast.rina)
    [told] = client.get(URL).json()["results"]
    assert told["month"] == "2026-03" and told["evidence"] == EVIDENCE
    assert "2014-01-01" in told["detail"]
    [told] = client.get(URL, headers={"accept-language": "id"}).json()["results"]
    assert told["detail"].startswith("13 dari 23 pendaftaran")


def test_pages_and_statements(cast: Cast, count_queries: Counting) -> None:
    for number in range(1, 6):
        finding(number, cast.siti)
    client = client_of(cast.rina)
    with count_queries("GET findings/"):
        first = client.get(URL, {"limit": 3}).json()
    second = client.get(URL, {"limit": 3, "cursor": first["next"]}).json()
    assert [one["month"][-1] for one in first["results"] + second["results"]] == list("12345")
    assert client.get(URL, {"cursor": "x"}).status_code == 400
    assert client.get(URL, {"taken_back": "maybe"}).status_code == 400
