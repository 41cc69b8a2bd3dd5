"""Regions changed while files that name them are confirmed, or offices are given them: whichever is
first, nothing is left with a village that is gone."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string

from outreach.models import Campaign, OfficeTerritory, User, VillageOfficials
from outreach.region_changes import applying
from outreach.region_changes.asked import Asked, Successor
from tests.cast import Cast, client_of
from tests.outreach.imports.sending import confirm, send
from tests.outreach.imports.workbooks import csv_of, xlsx
from tests.outreach.offices import test_territory
from tests.outreach.region_changes.changing import DAY, figures
from tests.outreach.standings import test_officials
from tests.pages import test_campaign_imports
from tests.threads import until_somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)
OLD, NEW = "99.01.01.1001", "99.01.01.1010"


def officials(village: str) -> bytes:
    return csv_of([test_officials.HEADINGS, test_officials.row(village=village)])


def denominators(village: str) -> bytes:
    head = ("Kode", "Tahun", "Nilai", "Jenis", "Sumber")
    return csv_of([head, (village, 2025, 400, "resmi", "Dukcapil")])


def plans(village: str) -> bytes:
    return xlsx([test_campaign_imports.HEADINGS, test_campaign_imports.row(villages=village)])


def planned() -> list[str]:
    return list(Campaign.villages.through.objects.values_list("region", flat=True))


class Kind(NamedTuple):
    """A kind of import: who sends it, what stands after it for the new code, what is called once
    its village was looked up, and what is told of one that is gone."""

    name: str
    file: Callable[[str], bytes]
    sender: Callable[[Cast], User]
    stands: Callable[[], Any]
    after: Any
    looked_up: str
    told: str


KINDS = [
    Kind(
        "village_officials",
        officials,
        lambda cast: cast.rina,
        lambda: list(VillageOfficials.objects.filter(village=NEW).values_list("officials")),
        [(24,)],
        "outreach.standings.officials.recheck",
        "gone_village",
    ),
    Kind(
        "denominators",
        denominators,
        lambda cast: cast.andi,
        lambda: figures(NEW),
        [(400, "official", 1)],
        "outreach.places.denominator_files.recheck",
        "older_code",
    ),
    Kind(
        "campaigns",
        plans,
        lambda cast: cast.rina,
        planned,
        [NEW],
        "outreach.planning._put_lists",
        "no_village",
    ),
]


def recode() -> None:
    asked = [Asked("recode", (OLD,), (Successor(NEW),))]
    applying.apply(asked, date.fromisoformat(DAY), "decree", "", None, timezone.now())


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, called: str, job: Callable[[], Any]
) -> list[Future[Any]]:
    """Have `job` begin in a thread when something is called, which goes on once it waits."""
    begun: list[Future[Any]] = []
    pool = ThreadPoolExecutor(1)

    def run() -> Any:
        try:
            return job()
        finally:
            connection.close()

    function = import_string(called)

    def noticed(*arguments: Any) -> Any:
        found = function(*arguments)
        if not begun:
            begun.append(pool.submit(run))
            until_somebody_waits()
        return found

    monkeypatch.setattr(called, noticed)
    return begun


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_change_waits_for_a_file_that_is_being_confirmed_and_carries_it_along(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    sender = kind.sender(cast)
    shown = send(sender, kind.file(OLD), kind.name).json()
    changed = meanwhile(monkeypatch, kind.looked_up, recode)

    assert confirm(sender, shown["id"]).status_code == 200
    changed[0].result(30)

    assert kind.stands() == kind.after


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_file_that_waits_for_a_change_is_refused_and_counts_by_the_new_code(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    sender = kind.sender(cast)
    shown = send(sender, kind.file(OLD), kind.name).json()
    confirmed = meanwhile(
        monkeypatch,
        "outreach.region_changes.applying.lead_on",
        lambda: confirm(sender, shown["id"]),
    )

    recode()

    refused = confirmed[0].result(30)
    assert (refused.status_code, refused.json()["code"]) == (409, "import_not_ready")
    again: Any = client_of(sender).get(f"/api/v1/imports/{shown['id']}/")
    [problem] = again.json()["problems"]
    assert [found["code"] for found in problem["findings"]] == [kind.told]
    assert not kind.stands()
    # The name stays, and is of one village of today.
    named = "Pasar Lama" if kind.name == "campaigns" else NEW
    corrected = send(sender, kind.file(named), kind.name).json()
    assert confirm(sender, corrected["id"]).status_code == 200, corrected
    assert kind.stands() == kind.after


def move(cast: Cast) -> Any:
    url = test_territory.url(cast.other_branch)
    return client_of(cast.andi).post(url, test_territory.asked(OLD))


def open_office(cast: Cast) -> Any:
    office = {"name": "Kacab Baru", "kind": "branch_office", "regions": [OLD]}
    return client_of(cast.andi).post("/api/v1/offices/", office)


def test_a_change_waits_for_a_region_that_is_being_moved_and_carries_it_along(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = meanwhile(monkeypatch, "outreach.offices.moving._steps", recode)

    assert move(cast).status_code == 201
    changed[0].result(30)

    assert cast.other_branch.territory.filter(region=NEW).exists()


@pytest.mark.parametrize("give", [move, open_office])
def test_a_region_that_goes_while_an_office_is_given_it_is_refused(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, give: Callable[[Cast], Any]
) -> None:
    given = meanwhile(monkeypatch, "outreach.region_changes.applying.lead_on", lambda: give(cast))

    recode()

    refused = given[0].result(30)
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (400, "does_not_exist")
    assert not OfficeTerritory.objects.filter(region=OLD).exists()
