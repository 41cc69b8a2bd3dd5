import io
import json
from collections import Counter
from datetime import date, datetime, time

import pytest

from outreach.dedup.names import name_words
from sync.fleet.places import Point
from sync.fleet.records import OUTSIDE_M, RIGHT_CLOCK_S, Captured, record_id
from sync.fleet.running import Order
from sync.fleet.stories import SHARES, UNKNOWN_VILLAGE
from tests.sync.fleet.square_region import DAYS, captured, gazetteer, world


@pytest.fixture(scope="module")
def captures() -> list[Captured]:
    return captured(records=4000)


def test_the_same_seed_tells_the_same_records() -> None:
    assert captured(records=200) == captured(records=200)
    assert captured(records=200) != captured(seed=8, records=200)


def test_a_seed_can_be_played_in_two_regions_of_one_server() -> None:
    hulu, medan = (
        Order(
            within=within,
            tablets=1,
            records=1,
            days=1,
            seed=1,
            signal="good",
            at_once=1,
            verify=True,
        )
        for within in ("99.01", "12.71")
    )
    assert record_id(hulu.lot, 0, 0) != record_id(medan.lot, 0, 0)


@pytest.mark.parametrize("tablets", [1, 2, 3, 4, 50])
@pytest.mark.parametrize("records", [1, 7, 500])
def test_exactly_as_many_records_as_asked(tablets: int, records: int) -> None:
    made = world(tablets=tablets, records=records)
    assert sum(outing.count for outings in made.outings for outing in outings) == records
    assert all(0 <= outing.kader < tablets for outings in made.outings for outing in outings)


def test_every_kind_of_campaign_has_its_days_and_team() -> None:
    made = world(tablets=20)
    kinds = {campaign.type for campaign in made.campaigns}
    assert kinds == {"market_drive", "mobile_car", "trade_center_drive", "kader_penggerak"}
    for outings, day in zip(made.outings, DAYS, strict=True):
        for outing in outings:
            assert outing.day == day
            assert outing.kader in outing.campaign.team
            assert outing.campaign.first <= day <= outing.campaign.last
    cars = [campaign for campaign in made.campaigns if campaign.type == "mobile_car"]
    assert all(len(car.stops) > 1 for car in cars)


def test_ids_are_unique_and_every_story_is_told(captures: list[Captured]) -> None:
    assert len({capture.fact.id for capture in captures}) == len(captures)
    assert {capture.fact.story for capture in captures} == set(SHARES)


def test_records_are_captured_in_working_hours_at_the_place_of_work(
    captures: list[Captured],
) -> None:
    for capture in captures:
        record = capture.outgoing.versions[-1].content
        if capture.fact.trusted:
            at = datetime.fromisoformat(record["captured_at"])
            assert time(7, 50) < at.time() < time(17, 10)
            assert at.date() in DAYS


def test_stories_of_somebody_again_are_about_somebody_met(captures: list[Captured]) -> None:
    records = Counter(capture.fact.person for capture in captures)
    again = {"exact_duplicate", "name_conflict", "date_conflict", "double_unseen"}
    told = [c.fact for c in captures if c.fact.story in again | {"twin_without_nik"}]
    assert {fact.story for fact in told} == again | {"twin_without_nik"}
    assert all(records[fact.person] > 1 for fact in told)


def test_niks_are_what_their_stories_say(captures: list[Captured]) -> None:
    people: dict[str | None, set[int]] = {}
    for capture in captures:
        people.setdefault(capture.fact.nik, set()).add(capture.fact.person)
    for capture in captures:
        fact = capture.fact
        match fact.story:
            case "nik_of_another":
                assert len(people[fact.nik]) > 1
            case "twin_without_nik" | "no_nik" | "nik_placeholder":
                assert fact.nik is None
            case "homonym" | "twins" | "family" | "worker":
                assert fact.nik is not None


def test_revisions_count_what_is_stored(captures: list[Captured]) -> None:
    stored = {"edited": 2, "overtaken": 3}
    for capture in captures:
        kinds = [version.kind for version in capture.outgoing.versions]
        assert capture.fact.revision == stored.get(capture.fact.story, 1)
        assert (kinds[0] == "invalid") == (capture.fact.story == "invalid")
        assert kinds[-1] in ("final", "edit")


def test_only_a_contradicted_village_is_far_from_the_fix(captures: list[Captured]) -> None:
    contradicted = [c for c in captures if c.fact.contradicted]
    assert contradicted
    assert all(c.fact.story == "elsewhere" for c in contradicted)
    assert all("village_contradicted" in c.fact.flags for c in contradicted)
    for capture in contradicted:
        record = capture.outgoing.versions[-1].content
        point = Point(record["location"]["lat"], record["location"]["lon"])
        assert gazetteer().village_at(point) != record["domicile_village"]


def test_flags_say_what_was_planted(captures: list[Captured]) -> None:
    flags = {
        "mocked": "location_mocked",
        "no_location": "location_missing",
        "outside_venue": "outside_venue",
        "off_team": "kader_off_team",
        "too_young_or_old": "age_out_of_range",
        "wrong_sex": "nik_sex_mismatch",
        "nik_placeholder": "nik_placeholder",
        "unknown_village": "village_unknown",
    }
    for story, flag in flags.items():
        told = [capture for capture in captures if capture.fact.story == story]
        share = sum(flag in capture.fact.flags for capture in told) / len(told)
        # A small region may have nowhere far enough away, or no other team.
        assert share > 0.5, story
    assert any("clock_skew" in capture.fact.flags for capture in captures)
    for capture in captures:
        assert ("clock_skew" in capture.fact.flags) != capture.fact.trusted
        assert (capture.fact.domicile is None) == (capture.fact.story == "unknown_village")
        if capture.fact.story == "worker" and capture.fact.trusted:
            assert not capture.fact.flags


def test_the_truth_file_tells_what_was_typed(captures: list[Captured]) -> None:
    file = io.StringIO()
    for capture in captures[:50]:
        capture.write(file)
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    for line, capture in zip(lines, captures, strict=False):
        record = capture.outgoing.versions[-1].content
        assert line["id"] == record["id"]
        assert line["declared_village"] == record["domicile_village"]
        assert date.fromisoformat(line["birth_date"]) < DAYS[0]
        assert line["full_name"] == record["full_name"]


def test_bounds_that_the_rules_rest_on(captures: list[Captured]) -> None:
    """The server trusts clocks to five minutes, and knows no village of that code."""
    assert RIGHT_CLOCK_S < 300
    assert OUTSIDE_M > 80 + 180
    assert UNKNOWN_VILLAGE not in gazetteer().codes
    assert all(name_words(c.outgoing.versions[-1].content["full_name"]) for c in captures)
