"""What another formula would change, and why a village stands where it does."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from outreach.models import (
    Formula,
    FrozenStanding,
    Office,
    Standing,
    StandingSnapshot,
    User,
    VillageOfficials,
)
from outreach.months import later
from outreach.standings.freezing import first_revision
from outreach.standings.months import current_period
from outreach.standings.rankings import village_standings
from outreach.standings.rebuilding import refresh
from outreach.standings.recounting import formula_of
from outreach.standings.scoring import NOBODY, Part, scored
from outreach.standings.why import _closing, explain
from tests.outreach.standings.conftest import FAR, HARBOUR, LOWER, TINY, TOWN, UNKNOWN, UPPER
from tests.outreach.standings.people import People

Count = Callable[..., None]
Ask = Callable[..., Any]
MONTH = current_period(datetime.now(UTC))
EVERYWHERE = ("",)


@pytest.fixture
def ask(count: Count, office: Office) -> Ask:
    count(LOWER, verified=40, month=MONTH)
    count(UPPER, verified=21, provisional=3, month=later(MONTH, -1))
    count(FAR, verified=18, month=MONTH)
    count(TOWN, verified=4, month=MONTH)
    refresh(datetime.now(UTC))
    Formula.objects.create(
        version="coverage-only",
        weights={"coverage": 1.0},
        z=0,
        smallest_denominator=10,
        is_draft=True,
        source="a try",
    )

    def call(path: str, role: str = "supervisor", status: int = 200, **body: Any) -> Any:
        user, _ = User.objects.get_or_create(
            username=f"uji.{role}", defaults={"full_name": role, "role": role, "office": office}
        )
        client = APIClient()
        client.force_authenticate(user)
        language = body.pop("language", "en")
        if path == "simulate/":
            answer = client.post(f"/api/v1/standings/{path}", body, format="json")
        else:
            answer = client.get(
                f"/api/v1/standings/{path}", body, headers={"accept-language": language}
            )
        assert answer.status_code == status, answer.content
        return answer.json()

    return call


def test_another_formula_stands_beside_the_one_in_force(ask: Ask) -> None:
    answer = ask("simulate/", formula="coverage-only", within="97.01")
    assert answer["current_formula"]["version"] == "2026-1"
    assert answer["simulated_formula"]["version"] == "coverage-only"
    rows = {row["village"]["code"]: row for row in answer["rows"]}
    assert rows[UPPER]["simulated"]["score"] == 5.25
    assert (rows[UPPER]["current"]["rank"], rows[UPPER]["simulated"]["rank"]) == (3, 2)
    assert (rows[UPPER]["movement"], rows[FAR]["movement"], rows[LOWER]["movement"]) == (1, -1, 0)
    assert (rows[TINY]["current"]["rank"], rows[TINY]["simulated"]["rank"]) == (None, 4)
    assert answer["counts"] == {
        "moved_up": 1,
        "moved_down": 1,
        "unmoved": 1,
        "largest_gain": 1,
        "largest_loss": 1,
        "newly_ranked": 1,
        "no_longer_ranked": 0,
    }
    assert [row["village"]["code"] for row in answer["rows"]] == [LOWER, UPPER, FAR, TINY, UNKNOWN]
    first = ask("simulate/", formula="coverage-only", within="97.01", limit=2)
    second = ask("simulate/", formula="coverage-only", within="97.01", cursor=first["next"])
    assert first["rows"] + second["rows"] == answer["rows"] and second["next"] is None


def test_a_simulation_writes_nothing(ask: Ask) -> None:
    kept = list(Standing.objects.order_by("pk").values())
    ask("simulate/", formula="coverage-only", within="97", stratum="regency.desa.small")
    assert list(Standing.objects.order_by("pk").values()) == kept
    assert not StandingSnapshot.objects.exists() and not FrozenStanding.objects.exists()


def test_a_simulation_of_the_formula_in_force_changes_nothing(ask: Ask) -> None:
    rows = ask("simulate/", formula="2026-1", within="97")["rows"]
    assert all(row["current"] == row["simulated"] for row in rows)


def test_another_cohort_is_counted_for_the_other_formula(ask: Ask, kader: User) -> None:
    folk = People(kader, first=100)
    folk.put(dict.fromkeys(range(8), ("verified", FAR, MONTH, _campaign(), None)))
    for number in range(8):
        folk.pay(number, later(MONTH, -2), 6)
    Formula.objects.filter(version="coverage-only").update(
        cohort_age_months=1, weights={"coverage": 0.5, "retention": 0.5}
    )
    refresh(datetime.now(UTC))
    rows = ask("simulate/", "administrator", formula="coverage-only", within="97.01")["rows"]
    [row] = [row for row in rows if row["village"]["code"] == FAR]
    assert row["current"]["components"]["retention"] is None
    assert row["simulated"]["components"]["retention"] == 1.0


def _campaign() -> Any:
    from tests.outreach.standings.conftest import CAMPAIGN

    return CAMPAIGN


def test_a_frozen_month_is_simulated_on_its_frozen_figures(ask: Ask, count: Count) -> None:
    last = later(MONTH, -1)
    first_revision(last, datetime.now(UTC))
    count(FAR, verified=90, month=last)
    answer = ask("simulate/", formula="coverage-only", within="97.01", period=f"{last:%Y-%m}")
    assert answer["revision"] == 1
    assert answer["rows"][0]["village"]["code"] == UPPER


def test_small_counts_stay_withheld_by_any_formula(ask: Ask) -> None:
    rows = ask("simulate/", formula="coverage-only", within="97.71")["rows"]
    [row] = [row for row in rows if row["village"]["code"] == TOWN]
    assert row["simulated"]["suppressed"] and row["simulated"]["score"] is None
    assert set(row["simulated"]["components"].values()) == {None}
    rows = ask("simulate/", "administrator", formula="coverage-only", within="97.71")["rows"]
    assert rows[0]["simulated"]["score"] == pytest.approx(0.07)


def test_where_nobody_has_anything_to_show_nobody_has_a_rank(places: None, ask: Ask) -> None:
    """Also for a month that is frozen and one that is counted, and in the list as well."""
    asked = {"period": "2026-01"}
    detail = ask(f"{UPPER}/", **asked)
    assert (detail["score"], detail["rank"]) == (0.0, None)
    assert detail["in_regency"] == detail["in_stratum"] == {"rank": None, "among": 0}
    why = ask(f"{UPPER}/why/", **asked)
    assert (why["score"], why["rank"], why["among"]) == (0.0, None, 0)
    assert why["text"] == "The village has no rank."
    assert {row["rank"] for row in ask("", within="97.01", **asked)["rows"]} == {None}
    first_revision(date(2026, 1, 1), datetime.now(UTC))
    assert {row["rank"] for row in ask("", within="97.01", **asked)["rows"]} == {None}
    assert ask(f"{UPPER}/why/", **asked)["rank"] is None


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"formula": "none"}, 400),
        ({"formula": {"weights": {"coverage": 1}}}, 400),
        ({"within": ""}, 400),
        ({"within": "96"}, 404),
        ({"within": UPPER}, 400),
        ({"period": "2099-01"}, 400),
        ({"cursor": "97.99.99.9999"}, 400),
        ({"limit": 501}, 400),
        ({"weights": {}}, 400),
    ],
)
def test_a_simulation_that_makes_no_sense(ask: Ask, change: dict[str, Any], status: int) -> None:
    ask("simulate/", status=status, **{"formula": "2026-1", "within": "97.01"} | change)


def test_only_supervisors_and_administrators_simulate(ask: Ask) -> None:
    for role in ("coordinator", "officer", "kader"):
        ask("simulate/", role, 403, formula="2026-1", within="97.01")


def test_why_takes_a_rank_apart(ask: Ask) -> None:
    VillageOfficials.objects.create(
        village_id=UPPER,
        as_of=later(MONTH, -1),
        officials=20,
        members=8,
        source="camat",
        loaded_at=datetime.now(UTC),
    )
    refresh(datetime.now(UTC))
    why = ask(f"{UPPER}/why/")
    row = ask("", within="97.01")["rows"]
    [own] = [one for one in row if one["village"]["code"] == UPPER]
    assert (why["rank"], why["among"], why["score"]) == (own["rank"], 3, own["score"])
    parts = {one["name"]: one for one in why["components"]}
    assert parts["officials"]["value"] == 0.4
    assert parts["officials"]["points"] == pytest.approx(
        100 * 0.4 * parts["officials"]["weight"], abs=0.01
    )
    points = sum(one["points"] or 0 for one in why["components"])
    assert points == pytest.approx(why["score"], abs=0.02)
    assert parts["coverage"]["best"] == max(
        one["components"]["coverage"] for one in row if one["components"]["coverage"] is not None
    )
    assert parts["coverage"]["compared"] == 3
    assert parts["retention"]["value"] is parts["retention"]["best"] is None


def test_what_closes_the_distance_does_so_and_one_less_does_not(ask: Ask, count: Count) -> None:
    why = explain(FAR, MONTH, EVERYWHERE)
    assert why.above and why.above.code == LOWER
    people = next(one for one in why.closings if one.step == "verified_people")
    assert people.number and people.hindrance is None
    count(FAR, verified=people.number - 1, month=MONTH)
    before = {row.code: row.rank for row in village_standings("97.01", MONTH).rows}
    count(FAR, verified=1, month=MONTH)
    after = {row.code: row.rank for row in village_standings("97.01", MONTH).rows}
    assert (before[FAR], after[FAR]) == (2, 1)


def test_words_are_in_both_languages_and_honest(ask: Ask) -> None:
    english, indonesian = ask(f"{FAR}/why/"), ask(f"{FAR}/why/", language="id")
    assert english["text"].startswith("Rank 2 of 3") and "below rank 1" in english["text"]
    assert indonesian["text"].startswith("Peringkat 2 dari 3")
    texts = {one["step"]: one for one in english["closings"]}
    assert texts["members_back"]["hindrance"] == "no_data"
    assert "more verified people" in texts["verified_people"]["text"]
    assert ask(f"{LOWER}/why/")["text"] == "Rank 1 of 3: nobody is above."
    assert ask(f"{LOWER}/why/")["closings"] == []
    assert ask(f"{UNKNOWN}/why/")["text"] == "The village has no rank."


def test_nothing_about_others_small_counts_is_told(ask: Ask, count: Count) -> None:
    """Harbour is below a village with four people: neither distance nor steps may tell of them."""
    seen = ask(f"{HARBOUR}/why/")
    assert seen["above"]["code"] == TOWN and seen["above"]["points"] is None
    assert seen["closings"] == [] and "may not be shown" in seen["text"]
    open_to_all = ask(f"{HARBOUR}/why/", "administrator")
    assert open_to_all["above"]["points"] and open_to_all["closings"]
    count(HARBOUR, verified=90, month=MONTH)
    seen = ask(f"{HARBOUR}/why/")
    assert seen["below"]["code"] == TOWN and seen["below"]["points"] is None
    assert {one["compared"] for one in seen["components"] if one["value"] is not None} == {1}
    own = ask(f"{TOWN}/why/")
    assert own["suppressed"] and own["score"] is None and own["closings"] == []
    assert own["above"]["points"] is None
    assert {one["value"] for one in own["components"]} == {None}


def test_why_of_a_frozen_month(ask: Ask, count: Count) -> None:
    last = later(MONTH, -1)
    first_revision(last, datetime.now(UTC) - timedelta(days=1))
    count(FAR, verified=90, month=last)
    why = ask(f"{UPPER}/why/", period=f"{last:%Y-%m}", revision=1)
    assert (why["revision"], why["rank"], why["above"]) == (1, 1, None)
    assert ask(f"{UPPER}/why/", status=404, revision=7)["code"] == "not_found"
    assert ask("97.01/why/", status=404)["code"] == "not_found"
    assert ask("97.01.01.2999/why/", status=404)["code"] == "not_found"


@given(
    st.integers(30, 5000),
    st.data(),
    st.floats(0.01, 99),
)
def test_the_fewest_that_close_a_distance(working: int, data: Any, ahead: float) -> None:
    """Against counting up one by one."""
    verified = data.draw(st.integers(0, working))
    opening = data.draw(st.integers(0, verified))
    formula = Formula(weights={"coverage": 0.6, "gap_closed": 0.4}, z=1.28, smallest_denominator=30)

    def score_with(more: int) -> float:
        return scored(verified + more, opening, working, formula, NOBODY, Part()).score or 0

    own = score_with(0)
    most = working - verified
    found = _closing("verified_people", score_with, working, most, 1.0, own, own + ahead)
    if found.number is None:
        assert most == 0 or score_with(most) < own + ahead
    else:
        assert score_with(found.number) >= own + ahead
        assert found.number == 1 or score_with(found.number - 1) < own + ahead


def test_the_formula_in_force_is_never_a_draft(ask: Ask) -> None:
    Formula.objects.filter(version="coverage-only").update(effective_from=date(2026, 1, 1))
    assert formula_of(MONTH).version == "2026-1"
