"""standings/ over HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from outreach.models import Formula, Office, User
from outreach.months import later
from outreach.standings.freezing import first_revision
from outreach.standings.months import current_period
from outreach.standings.rebuilding import refresh
from outreach.standings.revising import revise
from tests.outreach.standings.conftest import FAR, LOWER, TOWN, UNKNOWN, UPPER

Count = Callable[..., None]
Ask = Callable[..., Any]
DAY = timedelta(days=1)


@pytest.fixture
def ask(count: Count, office: Office) -> Ask:
    """GETs as somebody of a role; the office's region is the regency 97.01."""
    now = datetime.now(UTC)
    month = current_period(now)
    count(LOWER, verified=20, provisional=2, month=month)
    count(UPPER, verified=3, month=month)
    count(TOWN, verified=4, month=month)
    refresh(now)

    def get(path: str, role: str = "coordinator", status: int = 200, **query: Any) -> Any:
        user, _ = User.objects.get_or_create(
            username=f"uji.{role}", defaults={"full_name": role, "role": role, "office": office}
        )
        client = APIClient()
        client.force_authenticate(user)
        answer = client.get(f"/api/v1/{path}", query)
        assert answer.status_code == status, answer.content
        return answer.json()

    return get


def test_a_ranking_says_what_it_is(ask: Ask) -> None:
    answer = ask("standings/", within="97.01")
    assert answer["formula_version"] == "2026-1"
    assert answer["absent_components"] == ["retention", "officials"]
    assert answer["weights_in_use"] == {
        "coverage": pytest.approx(5 / 7),
        "gap_closed": pytest.approx(2 / 7),
    }
    assert (answer["revision"], answer["unsynced_tablets"], answer["next"]) == (0, 0, None)
    assert answer["period"] == f"{current_period(datetime.now(UTC)):%Y-%m}"
    first = answer["rows"][0]
    assert first == {
        "rank": 1,
        "village": {"code": LOWER, "name": "Hilir", "kind": "desa"},
        "stratum": "regency.desa.small",
        "score": first["score"],
        "components": {
            "coverage": first["coverage"]["low"],
            "gap_closed": 0.05,
            "retention": None,
            "officials": None,
        },
        "weights": answer["weights_in_use"],
        "coverage": {
            "share": 0.05,
            "low": first["coverage"]["low"],
            "high": first["coverage"]["high"],
            "is_capped": False,
        },
        "verified": 20,
        "provisional": 2,
        "denominator": {"value": 400, "kind": "official", "source": "census", "year": 2025},
        "cohort": 0,
        "retained": 0,
        "officials": None,
        "are_officials_old": False,
        "previous_rank": None,
        "movement": None,
        "unranked": None,
        "suppressed": False,
    }
    assert first["coverage"]["low"] < 0.05 < first["coverage"]["high"]
    last = answer["rows"][-1]
    assert (last["village"]["code"], last["rank"], last["score"]) == (UNKNOWN, None, None)
    assert (last["denominator"], last["unranked"]) == (None, "no_denominator")


def rows(answer: Any) -> dict[str, Any]:
    return {row["village"]["code"]: row for row in answer["rows"]}


def test_small_counts_are_shown_only_where_one_sees_the_records(ask: Ask) -> None:
    for role in ("coordinator", "officer"):
        found = rows(ask("standings/", role, within="97"))
        assert (found[UPPER]["verified"], found[UPPER]["suppressed"]) == (3, False)
        assert (found[TOWN]["verified"], found[TOWN]["suppressed"]) == (None, True)
    assert rows(ask("standings/", "administrator", within="97"))[TOWN]["verified"] == 4


def test_a_supervisor_sees_no_small_count_nor_a_score_that_tells_it(ask: Ask) -> None:
    found = rows(ask("standings/", "supervisor", within="97.01"))
    upper, lower = found[UPPER], found[LOWER]
    assert upper["suppressed"] and upper["rank"] == 2
    hidden = (upper["verified"], upper["score"], upper["coverage"], *upper["components"].values())
    assert set(hidden) == {None}
    assert lower["suppressed"] and lower["verified"] == 20 and lower["score"] is not None
    assert lower["provisional"] is None
    assert found[FAR]["verified"] == 0 and not found[FAR]["suppressed"]


@pytest.mark.parametrize(
    ("before", "since", "told"),
    [(20, 3, False), (3, 20, False), (20, 0, True), (0, 20, True), (9, 9, True)],
)
def test_a_closed_gap_tells_no_small_part_of_the_count(
    ask: Ask, count: Count, before: int, since: int, told: bool
) -> None:
    now = datetime.now(UTC)
    month = current_period(now)
    count(FAR, verified=before, month=later(month, -1))
    count(FAR, verified=since, month=month)
    seen = rows(ask("standings/", "supervisor", within="97.01"))[FAR]
    assert (seen["verified"], seen["suppressed"]) == (before + since, not told)
    assert (seen["score"] is not None) == (seen["components"]["gap_closed"] is not None) == told
    assert seen["coverage"] and seen["components"]["coverage"] is not None
    assert ask(f"standings/{FAR}/", "supervisor")["components"] == seen["components"]
    open_to_all = rows(ask("standings/", "coordinator", within="97.01"))[FAR]
    assert open_to_all["score"] is not None and not open_to_all["suppressed"]


def test_a_score_that_gap_closed_is_no_part_of_stays(ask: Ask, count: Count) -> None:
    Formula.objects.update(weights={"coverage": 1})
    month = current_period(datetime.now(UTC))
    count(FAR, verified=20, month=later(month, -1))
    count(FAR, verified=3, month=month)
    refresh(datetime.now(UTC))
    seen = rows(ask("standings/", "supervisor", within="97.01"))[FAR]
    assert seen["score"] is not None and seen["suppressed"]
    assert seen["components"]["gap_closed"] is None


def test_one_village_tells_its_positions_and_months(ask: Ask) -> None:
    answer = ask(f"standings/{LOWER}/")
    assert answer["village"]["name"] == "Hilir"
    assert answer["in_regency"] == {"rank": 1, "among": 3}
    assert answer["in_stratum"] == {"rank": 1, "among": 3}
    assert answer["months"] == [
        {"month": answer["period"], "provisional": 2, "verified": 20, "hosted": 22}
    ]
    seen = ask(f"standings/{LOWER}/", "supervisor")
    assert seen["months"] == [
        {"month": answer["period"], "provisional": None, "verified": 20, "hosted": 22}
    ]


def test_pages_follow_each_other(ask: Ask) -> None:
    first = ask("standings/", within="97.01", limit=2)
    second = ask("standings/", within="97.01", limit=2, cursor=first["next"])
    third = ask("standings/", within="97.01", limit=2, cursor=second["next"])
    whole = ask("standings/", within="97.01")
    assert first["rows"] + second["rows"] + third["rows"] == whole["rows"]
    assert third["next"] is None


@pytest.mark.parametrize("period", [{}, {"period": "2026-01"}])
def test_a_cursor_tells_no_more_than_the_village(ask: Ask, period: dict[str, str]) -> None:
    page = ask("standings/", "supervisor", within="97.01", limit=2, **period)
    assert page["next"] == page["rows"][-1]["village"]["code"]


@pytest.mark.parametrize("period", [{}, {"period": "2026-01"}])
@pytest.mark.parametrize("cursor", ["97.01.01.2999", TOWN])
def test_a_cursor_is_a_village_of_the_list(ask: Ask, cursor: str, period: dict[str, str]) -> None:
    problem = ask("standings/", status=400, within="97.01", cursor=cursor, **period)
    assert problem["code"] == "invalid"
    assert [found["pointer"] for found in problem["problems"]] == ["/cursor"]


def test_the_whole_country_is_the_default(ask: Ask) -> None:
    assert len(ask("standings/")["rows"]) == 7


def test_a_kader_has_no_standings(ask: Ask) -> None:
    assert ask("standings/", "kader", 403)["code"] == "forbidden"
    assert ask(f"standings/{UPPER}/", "kader", 403)["code"] == "forbidden"


def test_nobody_without_a_sign_in_sees_standings(db: None) -> None:
    answer = APIClient().get("/api/v1/standings/")
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("period", "2026-13"),
        ("period", "2026"),
        ("period", "٢٠٢٦-١١"),
        ("period", "2099-01"),
        ("stratum", "regency"),
        ("limit", "0"),
        ("limit", "501"),
        ("limit", "many"),
        ("cursor", "not a cursor"),
        ("cursor", "WzAuMDUsIjk3LjAxLjAxLjIwMDEiXQ"),  # [0.05,"97.01.01.2001"]
        ("cursor", "97.01.01"),
        ("cursor", UPPER + "\x00"),
        ("cursor", "é"),
        ("within", UPPER),
        ("within", "97\x00"),
    ],
)
def test_a_query_that_makes_no_sense_is_told_where(ask: Ask, name: str, value: str) -> None:
    problem = ask("standings/", status=400, **{name: value})
    assert problem["code"] == "invalid"
    assert [found["pointer"] for found in problem["problems"]] == [f"/{name}"]


@pytest.mark.parametrize("path", ["standings/97.01/", "standings/97.01.01.2999/", "standings/x/"])
def test_what_is_no_village_is_not_there(ask: Ask, path: str) -> None:
    assert ask(path, status=404)["code"] == "not_found"


def test_an_unknown_region_is_not_there(ask: Ask) -> None:
    assert ask("standings/", status=404, within="96")["code"] == "not_found"


def test_a_village_code_with_a_nul_is_not_there(ask: Ask) -> None:
    assert ask("standings/97.01.01.20%001/", status=404)["code"] == "not_found"


def test_a_past_period_is_answered_live(ask: Ask) -> None:
    answer = ask("standings/", within="97.01", period="2026-01")
    assert answer["period"] == "2026-01"
    assert {row["verified"] for row in answer["rows"]} == {0}


def test_a_frozen_month_is_served_with_its_revisions(ask: Ask, count: Count) -> None:
    last = later(current_period(datetime.now(UTC)), -1)
    count(FAR, verified=7, month=last)
    first_revision(last, datetime.now(UTC) - 2 * DAY)
    count(FAR, verified=6, month=last)
    revise(last, datetime.now(UTC))
    period = f"{last:%Y-%m}"
    newest = ask("standings/", within="97.01", period=period)
    first = ask("standings/", within="97.01", period=period, revision=1)
    assert (newest["revision"], first["revision"]) == (2, 1)
    assert (rows(newest)[FAR]["verified"], rows(first)[FAR]["verified"]) == (13, 7)
    assert first["as_of"] < newest["as_of"]
    assert ask(f"standings/{FAR}/", period=period, revision=1)["verified"] == 7
    listed = ask("standings/revisions/", "supervisor", period=period)
    assert [(row["period"], row["revision"]) for row in listed["results"]] == [
        (period, 2),
        (period, 1),
    ]
    second, opening = listed["results"]
    assert [reason["code"] for reason in second["reasons"]] == ["decisions"]
    assert second["changes"]["verified"] == 6
    assert opening["changes"] is None and opening["reasons"][0]["text"]
    assert ask("standings/revisions/", limit=1)["next"]
    assert ask("standings/", status=404, period=period, revision=3)["code"] == "not_found"
    assert ask("standings/", status=404, revision=1)["code"] == "not_found"
    assert ask("standings/", status=400, revision=0)["code"] == "invalid"


def test_small_numbers_of_late_people_are_not_told_to_everybody(ask: Ask, count: Count) -> None:
    last = later(current_period(datetime.now(UTC)), -1)
    first_revision(last, datetime.now(UTC) - 2 * DAY)
    count(FAR, verified=3, month=last)
    revise(last, datetime.now(UTC))
    told = {
        role: ask("standings/revisions/", role)["results"][0]["changes"]["verified"]
        for role in ("supervisor", "administrator")
    }
    assert told == {"supervisor": None, "administrator": 3}
