"""What a tablet is told of contributions: the quote of each record, and the rules to quote by."""

from pathlib import Path
from typing import Any

import pytest

from tests.cast import Cast, client_of
from tests.outreach.contributions.rulebooks import load_brackets
from tests.records import batch, record

pytestmark = pytest.mark.django_db


def test_a_result_has_the_quote_however_it_is_asked_for(cast: Cast) -> None:
    sent = record(
        cast.market.id,
        cast.villages[0].code,
        monthly_income=900_000,
        months_prepaid=3,
        payer="self",
    )
    wrong = record(cast.market.id, cast.villages[0].code, sex="other")
    tablet: Any = client_of(cast.siti)

    first, rejected = tablet.post("/api/v1/sync/push/", batch([sent, wrong])).json()["results"]
    [again] = tablet.post("/api/v1/sync/push/", batch([sent])).json()["results"]
    [receipt] = tablet.post("/api/v1/sync/receipts/", {"ids": [sent["id"]]}).json()["results"]
    changes = tablet.get("/api/v1/sync/changes/").json()["changes"]
    shown = client_of(cast.rina).get(f"/api/v1/registrations/{sent['id']}/").json()

    quote = first["quote"]
    assert (quote["months"], quote["missing"], quote["total"]["jht"]) == (3, [], 0)
    assert "quote" not in rejected
    assert again["quote"] == receipt["quote"] == shown["quote"] == quote
    [told] = [one["data"] for one in changes if one["id"] == sent["id"]]
    assert told["quote"] == quote


def test_tablets_are_told_of_the_rules_and_of_their_changes(cast: Cast, tmp_path: Path) -> None:
    tablet: Any = client_of(cast.siti)
    url = "/api/v1/sync/changes/"
    page = tablet.get(url).json()
    [rules] = [one for one in page["changes"] if one["kind"] == "contribution_rules"]
    assert rules["data"] == tablet.get("/api/v1/contributions/rules/").json()

    load_brackets(tmp_path)
    load_brackets(tmp_path)

    later = tablet.get(url, {"cursor": page["cursor"]}).json()
    [rules] = later["changes"]
    assert (rules["kind"], rules["id"], rules["op"]) == ("contribution_rules", "current", "upsert")
    assert [table["version"] for table in rules["data"]["bracket_tables"]] == ["brackets"]
    assert rules["data"] == tablet.get("/api/v1/contributions/rules/").json()
    assert tablet.get(url, {"cursor": later["cursor"]}).json()["changes"] == []
