"""Splits: nobody guesses where people live now; fixes propose, coordinators decide."""

from typing import Any
from uuid import UUID, uuid5

import pytest

from outreach import reviewing
from outreach.models import (
    Campaign,
    Decision,
    Region,
    RegionChange,
    Registration,
    Standing,
    VillageChoice,
)
from outreach.places.boundaries.switching import make_current
from outreach.reattribution.reattributing import reattribute
from tests.cast import Cast, client_of
from tests.counting import Counting
from tests.outreach.places.reattributing.three_villages import (
    HULU,
    NAMESPACE,
    A,
    B,
    C,
    Sets,
    assert_equal_to_a_recount,
    flags_of_id,
    send,
    worker,
)
from tests.outreach.places.squares import square, stored_set
from tests.outreach.region_changes.changing import (
    change,
    figures,
    measure,
    people,
    tallied,
    undo,
)
from tests.records import NOW

pytestmark = pytest.mark.django_db
WEST, EAST = "99.01.01.2010", "99.01.01.2011"
SPLIT = ("--split", A, "--into", f"{WEST}=0.25", f"{EAST}=0.75", "--name", "Barat", "Timur",
         "--shares-source", "kecamatan")  # fmt: skip


def identity(number: int) -> UUID:
    return uuid5(NAMESPACE, str(number))


def home(number: int) -> str | None:
    return Registration.objects.get(pk=identity(number)).domicile_village_id


@pytest.fixture
def split(cast: Cast, sets: Sets, home_visits: Campaign) -> RegionChange:
    """A is split by the middle; the third of its four people was not visited at home."""
    measure(A, 400)
    send(
        cast,
        worker(1, home_visits, 0.1, home=A),
        worker(2, home_visits, 0.9, home=A),
        worker(3, cast.market, 0.1, home=A),
        worker(4, home_visits, 0.1, home=A, accuracy_m=250.0),
        worker(5, home_visits, 1.5, home=B),
    )
    reviewing.decide(Decision.Kind.VERIFY, [identity(1)], cast.rina, "seen", NOW)
    made = change(*SPLIT)
    assert made
    halves = stored_set(
        {
            WEST: square(0, 0, 0.5),
            EAST: square(0.5, 0, 0.5),
            B: square(1, 0),
            C: square(2, 0),
        },
        source="After the split",
    )
    make_current(halves.id, [HULU], "load")  # type: ignore[arg-type]  # of the enumeration
    reattribute(NOW)
    return made


def choose(who: Any, change: RegionChange, status: int = 200, **asked: Any) -> Any:
    answer = client_of(who).post(
        f"/api/v1/region-changes/{change.pk}/choose/", {"reason": "asked at home"} | asked
    )
    assert answer.status_code == status, answer.content
    return answer.json()


def waiting(who: Any, change: RegionChange) -> dict[str, str | None]:
    listed = client_of(who).get(f"/api/v1/region-changes/{change.pk}/registrations/").json()
    return {row["id"]: row["proposed"] for row in listed["results"]}


def test_people_stay_where_they_were_and_count_for_the_district(
    cast: Cast, split: RegionChange
) -> None:
    assert [home(n) for n in range(1, 6)] == [A, A, A, A, B]
    assert people("99.01") == tallied("99.01") == (1, 4)
    assert people("99.01.01") == (1, 4)
    rows = client_of(cast.rina).get("/api/v1/standings/", {"within": "99.01"}).json()["rows"]
    listed = {row["village"]["code"]: row for row in rows}
    assert (listed[A]["rank"], listed[A]["unranked"]) == (None, "no_denominator")
    assert listed[WEST]["denominator"]["value"] == 100
    assert figures(WEST) == [(100, "estimate", 1)] and figures(EAST) == [(300, "estimate", 1)]
    assert figures(A) == []
    # Verified ones keep their verdict; for the others somebody has to look.
    assert "village_split" not in flags_of_id(identity(1))
    assert flags_of_id(identity(2))["village_split"] == {
        "code": A,
        "villages": f"{WEST}, {EAST}",
    }
    assert_equal_to_a_recount()


def test_a_fix_at_home_proposes_and_nothing_else_does(cast: Cast, split: RegionChange) -> None:
    assert waiting(cast.rina, split) == {
        str(identity(1)): WEST,
        str(identity(2)): EAST,
        str(identity(3)): None,
        str(identity(4)): None,
    }


def test_proposals_are_accepted_at_once_and_the_rest_one_by_one(
    cast: Cast, split: RegionChange
) -> None:
    answer = choose(cast.rina, split, accept_proposals=True)
    assert answer == {"chosen": 2, "left": 2, "left_proposed": 0}
    assert [home(n) for n in range(1, 4)] == [WEST, EAST, A]
    assert "village_split" not in flags_of_id(identity(2))
    assert people("99.01") == tallied("99.01") == (1, 4)
    assert Standing.objects.get(village=WEST).verified == 1
    assert VillageChoice.objects.get(registration=identity(1)).was_proposed

    left = [{"registration": str(identity(n)), "village": EAST} for n in (3, 4)]
    assert choose(cast.rina, split, choices=left) == {"chosen": 2, "left": 0, "left_proposed": 0}
    assert choose(cast.rina, split, choices=left)["chosen"] == 0
    assert waiting(cast.rina, split) == {}
    assert people("99.01") == tallied("99.01") == (1, 4)
    assert_equal_to_a_recount()


def test_a_choice_outlasts_an_edit_and_what_is_placed_anew(
    cast: Cast, split: RegionChange, home_visits: Campaign
) -> None:
    choose(cast.rina, split, choices=[{"registration": str(identity(3)), "village": WEST}])
    edit = worker(3, cast.market, 0.1, home=A, work_place="Kios 9") | {"base_revision": 1}
    send(cast, edit)
    assert home(3) == WEST and "village_split" not in flags_of_id(identity(3))
    assert Registration.objects.get(pk=identity(3)).revision == 2

    send(cast, edit | {"base_revision": 2, "domicile_village": EAST})
    assert home(3) == EAST
    assert_equal_to_a_recount()


def test_a_tablet_with_the_old_list_goes_on_and_is_asked(
    cast: Cast, split: RegionChange, home_visits: Campaign
) -> None:
    send(cast, worker(9, home_visits, 0.9, home=A))
    assert home(9) == A
    assert "village_split" in flags_of_id(identity(9))
    assert waiting(cast.rina, split)[str(identity(9))] == EAST


def test_of_a_village_that_keeps_its_code_only_what_was_before_is_open(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    measure(A, 400)
    send(cast, worker(1, home_visits, 0.1, home=A))
    day = NOW.date().isoformat()
    made = change("--split", A, "--into", A, EAST, "--name", "Pasar Lama", "Timur", day=day)
    assert made
    send(cast, worker(2, home_visits, 0.1, home=A))
    days = Registration.objects.order_by("pk").values_list("local_day", flat=True)
    opened = waiting(cast.rina, made)
    assert set(opened) == {
        str(identity(n + 1)) for n, local in enumerate(days) if local < made.effective_day
    }
    assert figures(A) == [] and home(1) == A


def test_a_choice_follows_the_village_that_was_chosen(cast: Cast, split: RegionChange) -> None:
    choose(cast.rina, split, accept_proposals=True)
    change("--recode", WEST, "--into", "99.01.01.2012")
    assert home(1) == "99.01.01.2012"
    change("--merge", "99.01.01.2012", EAST, "--into", EAST)
    assert [home(n) for n in (1, 2)] == [EAST, EAST]
    again = change("--split", EAST, "--into", EAST, "99.01.01.2013", "--name", "x", "y",
                   day=NOW.date().isoformat())  # fmt: skip
    assert again and home(1) == EAST
    assert set(waiting(cast.rina, again)) <= {str(identity(1)), str(identity(2))}
    assert_equal_to_a_recount()


def test_who_may_decide(cast: Cast, split: RegionChange) -> None:
    mine = [{"registration": str(identity(3)), "village": WEST}]
    choose(cast.outsider_coordinator, split, 404, choices=mine)
    choose(cast.agus, split, 403, choices=mine)
    choose(cast.siti, split, 403, choices=mine)
    assert waiting(cast.outsider_coordinator, split) == {}
    assert choose(cast.andi, split, choices=mine)["chosen"] == 1
    other = [{"registration": str(identity(3)), "village": EAST}]
    assert choose(cast.rina, split, 409, choices=other)["code"] == "already_decided"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"choices": []},
        {"choices": "x"},
        {"choices": [{"registration": "x", "village": WEST}]},
        {"choices": [{"registration": str(identity(3)), "village": B}]},
        {"choices": [{"registration": str(identity(3)), "village": "x"}]},
        {"choices": [{"registration": str(identity(3)), "village": WEST}] * 2},
        {"choices": [{"registration": str(identity(3)), "village": WEST}], "reason": ""},
        {"choices": [{"registration": str(identity(3)), "village": WEST}], "more": 1},
        {
            "choices": [{"registration": str(identity(3)), "village": WEST}],
            "accept_proposals": True,
        },
        {"choices": [{"registration": str(identity(3)), "village": WEST}] * 501},
        {"accept_proposals": "perhaps"},
    ],
)
def test_garbage(cast: Cast, split: RegionChange, asked: Any) -> None:
    choose(cast.rina, split, 400, **asked)
    assert home(3) == A


def test_an_unknown_registration_or_change(cast: Cast, split: RegionChange) -> None:
    stranger = [{"registration": str(identity(99)), "village": WEST}]
    choose(cast.rina, split, 404, choices=stranger)
    merged = change("--merge", B, C, "--into", B)
    assert merged
    choose(cast.rina, merged, 404, choices=stranger)
    assert client_of(cast.rina).get("/api/v1/region-changes/0/registrations/").status_code == 404


def test_an_undo_takes_the_choices_back(cast: Cast, split: RegionChange) -> None:
    choose(cast.rina, split, accept_proposals=True)
    undo(split)
    assert [home(n) for n in range(1, 6)] == [A, A, A, A, B]
    assert not VillageChoice.objects.exists()
    assert figures(A) == [(400, "official", 1)] and figures(WEST) == []
    assert Region.objects.get(pk=A).name == "Pasar Lama"
    assert people("99.01") == tallied("99.01") == (1, 4)
    choose(cast.rina, split, 409, accept_proposals=True)
    assert_equal_to_a_recount()


@pytest.mark.parametrize("number", [1, 3])
def test_statements(cast: Cast, split: RegionChange, count_queries: Counting, number: int) -> None:
    client = client_of(cast.rina)
    url = f"/api/v1/region-changes/{split.pk}/"
    choices = [{"registration": str(identity(n)), "village": WEST} for n in range(1, number + 1)]
    with count_queries("GET region-changes/"):
        client.get("/api/v1/region-changes/")
    with count_queries("GET region-changes/{id}/"):
        client.get(url)
    with count_queries("GET region-changes/{id}/registrations/"):
        client.get(f"{url}registrations/")
    with count_queries("POST region-changes/{id}/choose/"):
        answer: Any = client.post(f"{url}choose/", {"choices": choices, "reason": "asked"})
    assert answer.json()["chosen"] == number
