"""Which village a sign-up is attributed to, and why."""

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.geo.locating.index import VillageIndex
from outreach.places.village_index import CurrentVillages, Fix
from outreach.placing import DECLARED_ODDS, Event, Sighting, events_of
from tests.outreach.places.squares import SIDE, SOUTH, WEST, square

A, B = "99.01.01.1001", "99.01.01.2002"
HOME = "99.01.02.2001"


def place(column: float, row: float, accuracy_m: float = 8.0, home: str | None = None) -> Event:
    polygons = {A: square(0, 0), B: square(1, 0)}
    index = VillageIndex.build([*polygons], [shapely.to_wkb(p) for p in polygons.values()], [0, 0])
    fix = Fix(SOUTH + row * SIDE, WEST + column * SIDE, accuracy_m, "p68")
    [event] = events_of([Sighting(fix, home)], CurrentVillages(7, index))
    assert event.version == 7
    return event


@pytest.mark.parametrize(
    ("column", "row", "accuracy_m", "reason", "village"),
    [
        (0.5, 0.5, 8, "certain", A),
        (0.99, 0.5, 60, "ambiguous", A),
        (0.5, 2.0, 8, "outside", None),
        (0.5, 1.03, 60, "outside", None),
        (0.5, 1.02, 60, "ambiguous", A),
        (0.5, 90.0, 8, "no_boundaries", None),
        (0.5, 0.5, 301, "too_coarse", None),
        (0.5, 0.5, 5000, "too_coarse", None),
        (0.5, 90.0, 5000, "too_coarse", None),
    ],
)
def test_the_event_village_has_a_reason(
    column: float, row: float, accuracy_m: float, reason: str, village: str | None
) -> None:
    event = place(column, row, accuracy_m)
    assert (event.reason, event.village) == (reason, village)
    assert (event.probability is None) == (village is None)


def test_without_a_fix_there_is_none() -> None:
    current = CurrentVillages(None, VillageIndex.build([], [], []))
    assert events_of([Sighting(None, A)], current) == [Event(None, None, "no_fix", None, None, {})]


def test_without_any_boundaries_it_is_said() -> None:
    current = CurrentVillages(None, VillageIndex.build([], [], []))
    [event] = events_of([Sighting(Fix(SOUTH, WEST, 8.0), None)], current)
    assert event.reason == "no_boundaries"


def test_at_home_the_declared_village_weighs_in() -> None:
    alone = place(1.02, 0.5, 60)
    at_home = place(1.02, 0.5, 60, home=A)

    assert (alone.village, alone.reason) == (B, "ambiguous")
    assert alone.probability is not None and at_home.probability is not None
    in_a = 1 - alone.probability
    expected = DECLARED_ODDS * in_a / (DECLARED_ODDS * in_a + alone.probability)
    assert at_home.village == A
    assert at_home.probability == pytest.approx(expected)
    assert at_home.placement == {**(alone.placement or {}), "declared": A}
    assert at_home.doubts == {}


def test_a_declaration_never_hides_a_contradiction() -> None:
    event = place(1.09, 0.5, 60, home=A)
    assert event.placement is not None
    assert dict(event.placement["villages"])[A] < 0.05
    evidence = event.doubts["village_contradicted"]
    assert (evidence["declared"], evidence["found"]) == (A, B)


@pytest.mark.parametrize(("home", "accuracy_m"), [("99.01.01.2003", 8), (A, 301)])
def test_what_cannot_speak_contradicts_nothing(home: str, accuracy_m: float) -> None:
    assert place(1.5, 0.5, accuracy_m, home=home).doubts == {}


@pytest.mark.parametrize(
    ("column", "row", "home", "percent"),
    [
        # The declared village is the best that there is, at less than 5 %.
        (0.5, 1.1, A, 97),
        # Another one is, but hardly.
        (1.5, 1.06, A, 81),
        (0.5, 2.0, A, 100),
        (0.5, 90.0, A, 100),
    ],
)
def test_a_fix_mostly_outside_is_a_doubt_but_contradicts_nothing(
    column: float, row: float, home: str, percent: int
) -> None:
    event = place(column, row, 60, home=home)
    assert event.doubts == {"village_outside": {"declared": home, "outside_percent": percent}}


@pytest.mark.parametrize(
    ("row", "reason", "village"),
    [
        # Outside by 6 in 10: a home at the rim of what is loaded.
        (1.04, "ambiguous", A),
        # By more than 9 in 10.
        (1.08, "outside", None),
    ],
)
def test_a_declaration_weighs_in_but_not_against_a_clear_outside(
    row: float, reason: str, village: str | None
) -> None:
    alone, at_home = place(0.5, row, 60), place(0.5, row, 60, home=A)
    assert (alone.reason, alone.village) == ("outside", None)
    assert (at_home.reason, at_home.village) == (reason, village)
    assert at_home.placement == {**(alone.placement or {}), "declared": A}


def test_a_corner_that_is_outside_first_contradicts_nothing() -> None:
    """Two villages have more than half of the fix together, and outside has more than each."""
    polygons = {A: square(0, 0), B: square(1, 0), HOME: square(9, 0)}
    index = VillageIndex.build([*polygons], [shapely.to_wkb(p) for p in polygons.values()], [0] * 3)
    fix = Fix(SOUTH + 1.01 * SIDE, WEST + SIDE, 60.0, "p68")
    [event] = events_of([Sighting(fix, HOME)], CurrentVillages(7, index))
    assert event.placement
    shares = [share for _, share in event.placement["villages"]]
    assert max(shares) < event.placement["outside"] < 0.5
    assert (event.reason, event.village) == ("outside", None)
    assert [*event.doubts] == ["village_outside"]


@settings(max_examples=200, deadline=None)
@given(st.floats(-0.5, 2.5), st.floats(-0.5, 1.5), st.floats(1, 400), st.sampled_from([A, B]))
def test_a_village_is_never_named_against_itself(
    column: float, row: float, accuracy_m: float, home: str
) -> None:
    event = place(column, row, accuracy_m, home=home)
    assert len(event.doubts) <= 1
    for code, evidence in event.doubts.items():
        assert event.placement
        shares = dict(event.placement["villages"])
        assert evidence["declared"] == home and shares.get(home, 0) <= 0.05
        if code == "village_contradicted":
            assert evidence["found"] != home
            assert shares[evidence["found"]] == max(shares.values()) > event.placement["outside"]
            assert event.reason != "outside"
    if event.village:
        assert event.placement
        odds = DECLARED_ODDS if event.village == home else 1.0
        share = dict(event.placement["villages"])[event.village]
        assert share * odds > event.placement["outside"] - 1e-3
