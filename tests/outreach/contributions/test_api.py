"""Quotes and rules over HTTP."""

from pathlib import Path
from typing import Any

import pytest

from tests.cast import Cast, client_of
from tests.counting import Counting
from tests.garbage import survives_garbage
from tests.outreach.contributions.rulebooks import load_brackets

QUOTE = "/api/v1/contributions/quote/"
RULES = "/api/v1/contributions/rules/"
BODY: dict[str, Any] = {
    "monthly_income": 2_500_000,
    "programmes": ["JKK", "JKM"],
    "occupation": "market_trader",
    "payer": "self",
    "is_employer": False,
    "first_month": "2026-11",
    "months_prepaid": 3,
}


def asked(cast: Cast, **changes: Any) -> Any:
    return client_of(cast.rina).post(QUOTE, BODY | changes, headers={"Accept-Language": "en"})


def test_a_quote(cast: Cast, tmp_path: Path) -> None:
    load_brackets(tmp_path, "--checked=Rina, against the annex")

    answer = asked(cast)

    assert answer.status_code == 200
    quote = answer.json()
    assert quote.pop("rules_version") > 0
    assert quote == {
        "first_month": "2026-11",
        "months": 3,
        "spans": [
            {
                "first_month": "2026-11",
                "last_month": "2026-12",
                "months": 2,
                "base": 2_600_000,
                "jkk": 13_000,
                "jkm": 3_400,
                "jht": 0,
                "total": 16_400,
                "rule": "2026-1",
                "brackets": "brackets",
                "reliefs": ["pp50-2025-others"],
            },
            {
                "first_month": "2027-01",
                "last_month": "2027-01",
                "months": 1,
                "base": 2_600_000,
                "jkk": 26_000,
                "jkm": 6_800,
                "jht": 0,
                "total": 32_800,
                "rule": "2026-1",
                "brackets": "brackets",
                "reliefs": [],
            },
        ],
        "total": {"jkk": 52_000, "jkm": 13_600, "jht": 0, "total": 65_600},
        "missing": [],
        "notes": [],
    }


def test_what_is_left_out_is_said_to_be_missing(cast: Cast) -> None:
    body = {name: BODY[name] for name in ("programmes", "first_month")}

    quote = client_of(cast.rina).post(QUOTE, body, headers={"Accept-Language": "id"}).json()

    assert quote["spans"] == []
    assert [one["code"] for one in quote["missing"]] == ["income_missing", "months_missing"]
    assert quote["missing"][0]["detail"] == "Penghasilan bulanan tidak diketahui."


def test_an_occupation_off_the_list_is_neither_transport_nor_not(cast: Cast) -> None:
    quote = asked(cast, monthly_income=1, occupation="diviner", first_month="2027-01").json()

    assert [one["code"] for one in quote["missing"]] == ["occupation_unknown"]
    assert asked(cast, monthly_income=1, occupation="diviner", months_prepaid=1).json()["total"]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"programmes": ["JKK"]}, "/programmes", "programmes_minimum"),
        ({"is_employer": True}, "/programmes", "jht_required"),
        ({"monthly_income": -1}, "/monthly_income", "min_value"),
        ({"monthly_income": 10**13}, "/monthly_income", "max_value"),
        ({"months_prepaid": 2}, "/months_prepaid", "invalid_choice"),
        ({"first_month": "2026-13"}, "/first_month", "invalid"),
        ({"first_month": "2026-11-01"}, "/first_month", "invalid"),
        ({"payer": "me"}, "/payer", "invalid_choice"),
        ({"income": 1}, "/income", "unknown_field"),
    ],
)
def test_what_cannot_be_asked(cast: Cast, changes: Any, pointer: str, code: str) -> None:
    answer = asked(cast, **changes)

    assert answer.status_code == 400
    [problem] = answer.json()["problems"]
    assert (problem["pointer"], problem["code"]) == (pointer, code)


def test_garbage(cast: Cast) -> None:
    survives_garbage(client_of(cast.rina), "POST", QUOTE, BODY)


def test_rules_for_a_tablet(cast: Cast, tmp_path: Path) -> None:
    load_brackets(tmp_path)
    client = client_of(cast.siti, cast.tablet)

    answer = client.get(RULES)

    assert answer.status_code == 200
    rules = answer.json()
    assert [rule["jkm_amount"] for rule in rules["rules"]] == [6_800]
    assert [relief["pays_percent"] for relief in rules["reliefs"]] == [50, 50]
    [table] = rules["bracket_tables"]
    assert table["brackets"][-1] == {"min": 2_500_000, "max": None, "base": 2_600_000}
    assert table["checked"] is None
    assert "third party" in table["source"]
    assert client.get(RULES, headers={"If-None-Match": answer["ETag"]}).status_code == 304

    load_brackets(tmp_path, "--checked=Rina, against the annex")

    anew = client.get(RULES, headers={"If-None-Match": answer["ETag"]})
    assert anew.json()["version"] > rules["version"]


def test_a_tablet_quotes_as_the_server_does(cast: Cast, tmp_path: Path) -> None:
    """By the words of the rules' description, in whole numbers."""
    load_brackets(tmp_path)
    rules = client_of(cast.siti).get(RULES).json()
    [rule], [table] = rules["rules"], rules["bracket_tables"]
    for income in (0, 1_099_999, 1_100_000, 2_499_999, 2_500_000):
        whole = income - income % table["step"]
        base = next(
            one["base"]
            for one in table["brackets"]
            if one["min"] <= whole and (one["max"] is None or whole <= one["max"])
        )
        relief = rules["reliefs"][0]
        paid = relief["pays_percent"]
        quote = asked(
            cast,
            monthly_income=income,
            occupation="ojek_driver",
            first_month=relief["first_month"],
            months_prepaid=1,
        ).json()
        assert quote["total"]["jkk"] == (base * rule["jkk_rate_ppm"] * paid + 5 * 10**7) // 10**8
        assert quote["total"]["jkm"] == (rule["jkm_amount"] * paid + 50) // 100


def test_statements(cast: Cast, count_queries: Counting) -> None:
    client = client_of(cast.rina)
    client.get(RULES)
    with count_queries("POST contributions/quote/"):
        client.post(QUOTE, BODY)
    with count_queries("GET contributions/rules/"):
        client.get(RULES)
