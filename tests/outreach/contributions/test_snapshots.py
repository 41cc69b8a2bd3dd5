"""The quote that a registration carries: made as it comes in, and kept as it was then."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outreach.models import Occupation, Registration
from tests.cast import Cast, client_of, edited, pushed
from tests.outreach.contributions.rulebooks import CSV, load_brackets
from tests.records import batch, record
from tests.sync.contents import restore

V1 = "/api/v1/"


def detail(cast: Cast, registration: Registration) -> dict[str, Any]:
    answer = client_of(cast.rina).get(
        f"{V1}registrations/{registration.pk}/", headers={"Accept-Language": "en"}
    )
    assert answer.status_code == 200
    return dict(answer.json())


def captured_in(cast: Cast, month: str, **changes: Any) -> Registration:
    """A registration of the tenth of a month, whenever it gets through."""
    at = datetime.fromisoformat(f"{month}-10T03:00:00+00:00")
    return pushed(cast, captured_at=at.isoformat(), monthly_income=900_000, **changes)


def test_a_registration_is_quoted_as_it_comes_in(cast: Cast, tmp_path: Path) -> None:
    load_brackets(tmp_path)
    registration = captured_in(cast, "2026-10", months_prepaid=3, occupation="ojek_driver")

    shown = detail(cast, registration)

    assert shown["requote"] is None
    quote = shown["quote"]
    assert quote["total"] == {"jkk": 15_000, "jkm": 10_200, "jht": 0, "total": 25_200}
    assert (quote["first_month"], quote["months"], quote["missing"]) == ("2026-10", 3, [])
    [span] = quote["spans"]
    assert span["last_month"] == "2026-12"
    assert span["rule"] == "2026-1"
    assert span["brackets"] == "brackets"
    assert len(span["reliefs"]) == 1
    assert quote["notes"] == [
        {
            "code": "brackets_unchecked",
            "detail": "The income brackets are not checked against the official annex.",
        }
    ]


def test_the_month_of_the_capture_decides_and_not_that_of_the_push(cast: Cast) -> None:
    long_ago = captured_in(cast, "2026-02")
    later = captured_in(cast, "2026-05")

    assert detail(cast, long_ago)["quote"]["total"]["total"] == 16_800
    assert detail(cast, later)["quote"]["total"]["total"] == 8_400


def test_the_month_is_that_of_the_venue(cast: Cast) -> None:
    """Half past midnight of 1 April in WIB is still March in UTC."""
    at = datetime(2026, 3, 31, 17, 30, tzinfo=UTC)
    registration = pushed(cast, captured_at=at.isoformat(), monthly_income=900_000)

    assert detail(cast, registration)["quote"]["first_month"] == "2026-04"


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"monthly_income": None}, ["income_missing"]),
        ({"monthly_income": 2_500_000}, ["brackets_missing"]),
        ({"monthly_income": 1, "months_prepaid": None}, ["months_missing"]),
        ({"monthly_income": 1, "months_prepaid": 1}, []),
    ],
)
def test_what_is_missing_is_said(cast: Cast, changes: Any, missing: list[str]) -> None:
    quote = detail(cast, pushed(cast, **changes))["quote"]

    assert [one["code"] for one in quote["missing"]] == missing
    assert (quote["total"] is None) == bool(missing)


def test_a_later_rule_leaves_the_quote_as_it_was_and_is_told_beside_it(
    cast: Cast, tmp_path: Path
) -> None:
    registration = captured_in(cast, "2026-11")
    before = detail(cast, registration)
    assert before["quote"]["notes"][0]["code"] == "lowest_base"

    load_brackets(tmp_path, text=CSV.replace("1000000", "1050000"))
    after = detail(cast, registration)

    assert after["quote"] == before["quote"]
    assert after["requote"]["spans"][0]["base"] == 1_050_000
    assert after["requote"]["rules_version"] > after["quote"]["rules_version"]

    client_of(cast.rina).post(f"{V1}registrations/{registration.pk}/verify/", {"reason": "seen"})
    assert detail(cast, registration)["requote"]
    Registration.objects.filter(pk=registration.pk).update(status="handed_off")
    assert detail(cast, registration)["requote"] is None


def test_a_rule_that_changes_nothing_for_a_registration_is_not_told_beside_it(
    cast: Cast, tmp_path: Path
) -> None:
    registration = captured_in(cast, "2026-11")
    load_brackets(tmp_path, first="2027-01")
    assert detail(cast, registration)["requote"] is None

    load_brackets(tmp_path, "--table=earlier", "--until=2026-12", first="2026-01")
    load_brackets(tmp_path, "--checked=Rina, against the annex", first="2027-01")
    assert detail(cast, registration)["requote"] is None


def test_an_occupation_that_counts_as_transport_now_is_told_beside_it(cast: Cast) -> None:
    registration = captured_in(cast, "2026-02")
    Occupation.objects.filter(pk="market_trader").update(is_transport=True)

    shown = detail(cast, registration)

    assert shown["quote"]["total"]["total"] == 16_800
    assert shown["requote"]["total"]["total"] == 8_400


def test_what_came_before_there_were_quotes_has_none_but_is_quoted_today(cast: Cast) -> None:
    registration = captured_in(cast, "2026-11")
    Registration.objects.filter(pk=registration.pk).update(quote=None)

    shown = detail(cast, registration)

    assert shown["quote"] is None
    assert shown["requote"]["total"]["total"] == 8_400


def test_an_edit_is_quoted_anew_and_a_restored_content_as_well(cast: Cast) -> None:
    registration = captured_in(cast, "2026-11")
    kept = edited(cast, registration, programmes=["JKK", "JKM", "JHT"])
    assert detail(cast, registration)["quote"]["total"]["total"] == 28_400

    assert restore(cast.rina, registration.pk, kept.pk).status_code == 200

    assert detail(cast, registration)["quote"]["total"]["total"] == 8_400


def test_a_replay_keeps_the_quote(cast: Cast, tmp_path: Path) -> None:
    sent = record(cast.market.id, cast.villages[0].code, monthly_income=2_500_000)
    client = client_of(cast.siti)
    client.post(f"{V1}sync/push/", batch([sent]))
    before = Registration.objects.get(pk=sent["id"]).quote
    load_brackets(tmp_path)

    client.post(f"{V1}sync/push/", batch([sent]))

    assert Registration.objects.get(pk=sent["id"]).quote == before


def test_rules_are_loaded_by_one_process_and_known_by_all_at_once(
    cast: Cast, tmp_path: Path
) -> None:
    pushed(cast)
    load_brackets(tmp_path)

    assert detail(cast, pushed(cast))["quote"]["total"]


def test_rules_that_are_known_are_not_read_again(cast: Cast) -> None:
    client = client_of(cast.siti)
    client.post(f"{V1}sync/push/", batch([record(cast.market.id, cast.villages[0].code)]))
    body = batch([record(cast.market.id, cast.villages[0].code, nik="9901014503840010")])

    with CaptureQueriesContext(connection) as captured:
        client.post(f"{V1}sync/push/", body)

    about = [query["sql"] for query in captured if "outreach_contribution" in query["sql"]]
    assert len(about) == 1
    assert "outreach_region" in about[0]


def test_subsidised_registrations_keep_their_rules_when_these_end(
    cast: Cast, tmp_path: Path
) -> None:
    registration = captured_in(cast, "2026-11", months_prepaid=12, payer="local_budget")
    rule = {
        "version": "2027-1",
        "first_month": "2027-04",
        "last_month": None,
        "jkk_rate_ppm": 10_000,
        "jkm_amount": 9_000,
        "jht_rate_ppm": 20_000,
        "lowest_base": 1_000_000,
        "source": "A regulation of tomorrow",
    }
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"rules": [rule]}))
    call_command("load_contribution_rules", str(file), "--end=2026-1=2027-03")

    shown = detail(cast, registration)

    assert shown["quote"]["total"]["total"] == 12 * 16_800
    assert shown["requote"]["total"]["total"] == 5 * 16_800 + 7 * 19_000
    assert [span["rule"] for span in shown["requote"]["spans"]] == ["2026-1", "2027-1"]
