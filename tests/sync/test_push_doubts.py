"""Doubts about pushed records: flags and reviews, which refuse nobody."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from outreach.models import Person, Registration
from tests.cast import Cast
from tests.records import strangers
from tests.sync.contents import captured
from tests.tablet import Tablet, tablet_of

pytestmark = pytest.mark.django_db


def codes(result: dict[str, Any]) -> set[str]:
    return {flag["code"] for flag in result["flags"]}


def test_the_same_person_twice_is_a_duplicate_that_names_nobody(
    cast: Cast, tablet: Tablet, siti: dict[str, Any]
) -> None:
    first = tablet.result(siti)
    again = captured(cast, full_name="Hj. SITI AMINAH HARAHAP, S.Pd.", address="Elsewhere 9")

    result = tablet_of(cast.budi).result(again)

    assert (result["outcome"], result["action"]) == ("duplicate", "show")
    assert result["person"] == first["person"]
    assert result["first_registered_at"] is not None
    assert "Mesjid" not in json.dumps(result)
    assert Registration.objects.get(pk=again["id"]).status == "duplicate"


def test_somebody_elses_nik_is_reviewed_and_blocks_nobody(
    cast: Cast, tablet: Tablet, siti: dict[str, Any]
) -> None:
    first = tablet.result(siti)
    [stranger] = strangers(1)

    result = tablet.result(captured(cast, **stranger | {"nik": siti["nik"]}))

    assert (first["outcome"], result["outcome"]) == ("accepted", "review")
    assert "nik_conflict" in codes(result)
    assert first["person"] != result["person"]


def test_without_a_nik_the_same_name_and_birthday_in_the_village_is_reviewed(
    cast: Cast, tablet: Tablet, siti: dict[str, Any]
) -> None:
    without = {"nik": None, "nik_missing_reason": "lost", "phone": None, "address": None}
    tablet.push(siti)

    same = tablet.result(captured(cast, **without, birth_date="1979-03-05"))
    elsewhere = tablet.result(
        captured(cast, **without, birth_date="1991-11-20", full_name="Siti Kholijah")
        | {"domicile_village": cast.villages[1].code}
    )

    assert (same["outcome"], codes(same) & {"possible_duplicate"}) == (
        "review",
        {"possible_duplicate"},
    )
    assert elsewhere["outcome"] == "accepted"


def test_the_first_trusted_capture_takes_the_credit_not_the_first_to_arrive(
    cast: Cast, tablet: Tablet, siti: dict[str, Any]
) -> None:
    tablet.push(siti)
    earlier = captured(cast) | {
        "captured_at": (timezone.now() - timedelta(hours=5)).isoformat(),
        "domicile_village": cast.villages[1].code,
    }
    tablet_of(cast.budi).push(earlier)

    person = Person.objects.get()
    assert str(person.credited_id) == earlier["id"]
    assert person.village_id == cast.villages[1].code

    fast_clock = captured(cast) | {"captured_at": (timezone.now() - timedelta(days=9)).isoformat()}
    sent_at = (timezone.now() - timedelta(days=8)).isoformat()
    result = tablet.push(fast_clock, sent_at=sent_at)["results"][0]

    assert "clock_skew" in codes(result)
    person.refresh_from_db()
    assert str(person.credited_id) == earlier["id"]


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({"birth_date": "2015-01-01"}, "age_out_of_range"),
        ({"birth_date": "1984-03-06"}, "nik_birth_date_mismatch"),
        ({"sex": "male"}, "nik_sex_mismatch"),
        ({"nik": "1111111111111111"}, "nik_placeholder"),
        ({"occupation": "astronaut"}, "occupation_unknown"),
        ({"domicile_village": "98.01.01.2001"}, "village_unknown"),
        ({"working_declaration": False}, "not_working"),
        ({"stop": "00000000-0000-4000-8000-000000000000"}, "stop_unknown"),
        ({"captured_at": "2025-01-01T08:00:00+07:00"}, "outside_campaign_time"),
        ({"captured_at": "2025-01-01T08:00:00+07:00"}, "kader_off_team"),
        ({"captured_at": "2099-01-01T08:00:00+07:00"}, "clock_skew"),
        ({}, "location_missing"),
    ],
)
def test_doubts_are_flags_and_refuse_nobody(
    tablet: Tablet, siti: dict[str, Any], change: dict[str, Any], flag: str
) -> None:
    result = tablet.result(siti | change)

    assert result["outcome"] == "accepted"
    assert flag in codes(result)
    assert all(entry["detail"] for entry in result["flags"])


def test_location_doubts(cast: Cast, tablet: Tablet) -> None:
    fix = {"lat": 1.0, "lon": 98.0, "accuracy_m": 8, "is_mock": True}
    at_one_spot = [
        captured(cast, nik=None, nik_missing_reason="lost", full_name=f"W {name}", location=fix)
        for name in "abcde"
    ]

    results = tablet.push(*at_one_spot)["results"]

    assert codes(results[0]) == {"location_mocked", "outside_venue", "identical_coordinates"}
    assert tablet.result(at_one_spot[0])["flags"] == results[0]["flags"]


def test_without_an_enrolled_tablet_a_push_is_flagged(cast: Cast, siti: dict[str, Any]) -> None:
    assert "unenrolled_device" in codes(tablet_of(cast.siti, enrolled=False).result(siti))
