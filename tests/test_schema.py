"""The OpenAPI document is whole, and says what the endpoints do."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from outreach.imports.registry import KINDS
from sync.hints import switch
from tests.cast import Cast, client_of, edited, held, held_lead, pushed
from tests.outreach.contributions.rulebooks import load_brackets
from tests.outreach.imports.sending import send
from tests.outreach.imports.workbooks import HEADINGS, NOTICES, csv_of
from tests.outreach.matching.asked import twins_of_two_offices
from tests.outreach.region_changes.changing import measure, split_of
from tests.records import NOW, batch, record


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    answer = APIClient().get("/api/schema/", {"format": "json"})
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def check(document: dict[str, Any], name: str, value: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(value)


def test_the_document_is_valid_and_complete(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(tmp_path / "schema.yml"))


def test_every_operation_names_its_problems(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert "default" in operation["responses"], (method, path)
    check(document, "Problem", APIClient().get("/api/v1/campaigns/").json())


def test_what_cannot_be_asked_of_a_list_is_refused_with_what_can(
    cast: Cast, document: dict[str, Any]
) -> None:
    asked = 0
    for path, operations in document["paths"].items():
        names = [one["name"] for one in operations.get("get", {}).get("parameters", ())]
        # Tablets of any age ask for their changes.
        if not names or "{" in path or path == "/api/v1/sync/changes/":
            continue
        answers = [
            client_of(user).get(path, {"nothing": ""})
            for user in (cast.siti, cast.rina, cast.dewi, cast.andi)
        ]
        refused = [one.json() for one in answers if one.status_code != 403]
        assert refused, path
        for one in refused:
            [found] = one["problems"]
            assert (found["pointer"], found["code"]) == ("/nothing", "unknown_field"), path
            told = found["detail"].rstrip(".").split(": ")[1].split(", ")
            assert sorted(told) == sorted(names), path
        asked += 1
    assert asked > 20


def test_push_takes_and_gives_what_the_document_says(cast: Cast, document: dict[str, Any]) -> None:
    body = batch([record(cast.market.id, cast.villages[0].code)] * 2)
    body["registrations"].append({**body["registrations"][0], "full_name": "Wati"})
    check(document, "WireBatch", body)
    client = client_of(cast.siti)

    answer = client.post(
        "/api/v1/sync/push/", {**body, "registrations": [*body["registrations"], {}]}
    )

    check(document, "WirePushAnswer", answer.json())
    ids = {"ids": [body["registrations"][0]["id"], "00000000-0000-4000-8000-000000000009"]}
    check(document, "WireReceiptsAsked", ids)
    for result in client.post("/api/v1/sync/receipts/", ids).json()["results"]:
        check(document, "WireResult", result)
    check(document, "WireLimitsAnswer", client.get("/api/v1/sync/limits/").json())
    tablet = client_of(cast.siti, cast.tablet)
    check(document, "WireHintsAnswer", tablet.get("/api/v1/sync/hints/").json())
    switch(cast.branch, is_on=True, reason="agreed", now=NOW)
    check(document, "WireHintsAnswer", tablet.get("/api/v1/sync/hints/").json())


def test_what_is_pulled_is_as_the_document_says(cast: Cast, document: dict[str, Any]) -> None:
    good = record(cast.market.id, cast.villages[0].code)
    again = record(cast.market.id, cast.villages[0].code)
    held = record(cast.market.id, cast.villages[0].code, sex="other")
    client = client_of(cast.siti)
    client.post("/api/v1/sync/push/", batch([good, again, held]))
    client_of(cast.rina).post(
        f"/api/v1/registrations/{good['id']}/request-correction/", {"reason": "photo is blurred"}
    )

    page = client.get("/api/v1/sync/changes/", {"boundaries": "1"}).json()
    gone = client.get("/api/v1/sync/changes/", {"cursor": page["cursor"][:-1]})

    assert len(page["changes"]) > 10
    check(document, "WireChangesAnswer", page)
    for change in page["changes"]:
        kind = change["kind"].title().replace("_", "")
        check(document, f"Wire{kind}Change", change)
    check(document, "Problem", gone.json())
    check(document, "WireDigestAnswer", client.get("/api/v1/sync/digest/").json())


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("campaigns/", "CampaignPage"),
        ("registrations/", "RegistrationPage"),
        ("users/", "UserPage"),
        ("offices/", "OfficeList"),
        ("sync/devices/", "DevicePage"),
    ],
)
def test_lists_are_what_the_document_says(
    cast: Cast, document: dict[str, Any], path: str, name: str
) -> None:
    body = batch([record(cast.market.id, cast.villages[0].code)])
    client_of(cast.siti).post("/api/v1/sync/push/", body)

    answer = client_of(cast.rina).get(f"/api/v1/{path}").json()

    assert answer["results"]
    check(document, name, answer)


def test_figures_of_regions_are_what_the_document_says(
    cast: Cast, document: dict[str, Any]
) -> None:
    change = split_of(cast.villages[0])
    measure(cast.villages[0].code, 400)
    pushed(cast)
    client = client_of(cast.rina)

    code = cast.villages[0].code
    check(document, "Denominators", client.get(f"/api/v1/regions/{code}/denominators/").json())
    check(document, "VillageDetail", client.get(f"/api/v1/standings/{code}/").json())
    check(document, "Monitoring", client.get(f"/api/v1/monitoring/{code[:5]}/").json())
    check(document, "RegionChangePage", client.get("/api/v1/region-changes/").json())
    url = f"/api/v1/region-changes/{change.pk}/"
    check(document, "RegionChange", client.get(url).json())
    check(document, "OpenRegistrationPage", client.get(f"{url}registrations/").json())
    asked: dict[str, Any] = {"accept_proposals": True, "reason": "asked"}
    check(document, "Chosen", client.post(f"{url}choose/", asked).json())


def test_one_registration_is_what_the_document_says(cast: Cast, document: dict[str, Any]) -> None:
    sent = record(cast.market.id, cast.villages[0].code)
    client_of(cast.siti).post("/api/v1/sync/push/", batch([sent]))

    check(
        document,
        "RegistrationDetail",
        client_of(cast.rina).get(f"/api/v1/registrations/{sent['id']}/").json(),
    )


def test_quotes_and_rules_are_what_the_document_says(
    cast: Cast, document: dict[str, Any], tmp_path: Path
) -> None:
    load_brackets(tmp_path)
    client = client_of(cast.rina)
    asked = {"programmes": ["JKK", "JKM"], "first_month": "2026-11", "monthly_income": 1}

    check(document, "Quote", client.post("/api/v1/contributions/quote/", asked).json())
    asked |= {"occupation": "ojek_driver", "payer": "self", "months_prepaid": 6}
    check(document, "Quote", client.post("/api/v1/contributions/quote/", asked).json())
    check(document, "ContributionRules", client.get("/api/v1/contributions/rules/").json())


def test_contents_and_held_records_are_what_the_document_says(
    cast: Cast, document: dict[str, Any]
) -> None:
    kept = edited(cast, pushed(cast))
    waiting = held(cast)
    client = client_of(cast.rina)
    reason: dict[str, Any] = {"reason": "papers seen"}

    url = f"/api/v1/registrations/{kept.registration_id}/revisions/"
    check(document, "Revisions", client.get(url).json())
    check(document, "Restored", client.post(f"{url}{kept.pk}/restore/", reason).json())
    check(document, "HeldPage", client.get("/api/v1/held-records/").json())
    url = f"/api/v1/held-records/{waiting.pk}/"
    check(document, "HeldDetail", client.get(url).json())
    check(document, "Decided", client.post(f"{url}dismiss/", reason).json())
    check(document, "Decided", client.post(f"{url}reopen/", reason).json())
    fixed = reason | {"registration": {"sex": "female"}}
    check(document, "Decided", client.post(f"{url}release/", fixed).json())


def test_held_notes_are_what_the_document_says(cast: Cast, document: dict[str, Any]) -> None:
    url = f"/api/v1/held-notes/lead/{held_lead(cast)}/"
    client, reason = client_of(cast.rina), {"reason": "papers seen"}

    check(document, "HeldNotes", client.get("/api/v1/held-notes/").json())
    check(document, "NoteDecided", client.post(f"{url}dismiss/", reason).json())
    check(document, "HeldNotes", client.get("/api/v1/held-notes/?state=dismissed").json())
    check(document, "NoteDecided", client.post(f"{url}reopen/", reason).json())
    fixed: dict[str, Any] = reason | {"note": {"segment": "PU"}}
    check(document, "NoteDecided", client.post(f"{url}release/", fixed).json())


def test_questions_and_answers_are_what_the_document_says(
    cast: Cast, document: dict[str, Any]
) -> None:
    _, _, question = twins_of_two_offices(cast)
    client = client_of(cast.rina)

    check(document, "ReviewPage", client.get("/api/v1/reviews/").json())
    url = f"/api/v1/reviews/{question.pk}/"
    check(document, "ReviewDetail", client.get(url).json())
    answer = client.post(f"{url}different-people/", {"reason": "two sisters"}).json()
    check(document, "Answered", answer)
    check(document, "ReviewDetail", client.get(url).json())
    undone = client.post(f"/api/v1/decisions/{answer['decision']}/undo/", {"reason": "one card"})
    check(document, "Ruling", undone.json())


def test_numbers_in_queries_are_plain_decimals(
    cast: Cast, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, NOTICES.name, NOTICES)
    sent = send(cast.rina, csv_of([HEADINGS[:2], ("v1", "20-11-2026")])).json()
    asked = [
        (path, parameter["name"])
        for path, operations in document["paths"].items()
        for parameter in operations.get("get", {}).get("parameters", ())
        if parameter["in"] == "query" and parameter["schema"]["type"] in {"integer", "number"}
    ]
    registration = pushed(cast)
    split = split_of(cast.villages[0])
    assert len(asked) > 5
    for path, name in asked:
        client = client_of(
            cast.siti if path.endswith("sync/changes/") or "/me/" in path else cast.rina
        )
        address = path.replace("{code}", cast.villages[0].code)
        address = address.replace("{registration_id}", str(registration.pk))
        address = address.replace("{office_id}", str(cast.branch.pk))
        address = address.replace("{user_id}", str(cast.siti.pk))
        address = address.replace("{change_id}", str(split.pk))
        address = address.replace("{sample_id}", str(registration.pk))
        address = address.replace("{import_id}", sent["id"])
        which = {"list": "unpaid_7_days"} if "follow-ups" in address else {}
        for written in ("1_0", "\u0661\u0660", " 9", "nan"):
            answer = client.get(address, {name: written, **which})
            assert answer.status_code == 400, (path, name, written)
            assert f"/{name}" in {wrong["pointer"] for wrong in answer.json()["problems"]}
