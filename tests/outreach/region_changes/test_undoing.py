"""Changes of regions undone: everything is as it was."""

from datetime import date
from uuid import uuid5

import pytest
from django.core.management.base import CommandError

from outreach.models import (
    Region,
    Registration,
    Standing,
    VillageOfficials,
)
from outreach.standings.rebuilding import refresh
from tests.cast import Cast
from tests.outreach.places.reattributing.three_villages import (
    NAMESPACE,
    A,
    B,
    C,
    assert_equal_to_a_recount,
    send,
    state,
    worker,
)
from tests.outreach.region_changes.changing import (
    NEW,
    change,
    figures,
    homes,
    undo,
)
from tests.records import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "asked",
    [
        ("--recode", A, "--into", NEW),
        ("--merge", A, B, "--into", B),
        ("--merge", A, B, "--into", NEW, "--name", "Pasar Rejo"),
        ("--split", A, "--into", f"{NEW}=0.5", "99.01.01.2011=0.5", "--name", "x", "y",
         "--shares-source", "camat"),
        ("--split", A, "--into", A, NEW, "--name", "Pasar Lama", "y"),
        ("--rename", A, "--name", "Pasar Baru"),
    ],
)  # fmt: skip
def test_an_undo_gives_back_what_was(workers: None, cast: Cast, asked: tuple[str, ...]) -> None:
    cast.market.villages.add(cast.villages[0])
    before, values = state(), {code: figures(code) for code in (A, B)}
    made = change(*asked)
    undo(made)

    after = state()
    for one in (before, after):
        for row in one["registrations"]:
            row["flags"].pop("village_recoded", None)
        # The list keeps a code that was used, with nobody in it.
        one["standings"] = [
            row[:1] + row[3:] for row in one["standings"] if row[0] not in {NEW, "99.01.01.2011"}
        ]
        one["villages"] = [row for row in one["villages"] if any(row[2:])]
    assert after == before
    assert {code: figures(code) for code in (A, B)} == values
    assert Region.objects.get(pk=A).name == "Pasar Lama"
    assert [*cast.market.villages.values_list("pk", flat=True)] == [A]
    assert_equal_to_a_recount()
    with pytest.raises(CommandError, match="was undone already"):
        undo(made)


def test_counts_of_officials_go_along_and_come_back(workers: None) -> None:
    for code in (A, B):
        VillageOfficials.objects.create(
            village_id=code, as_of=date(2026, 10, 1), officials=20, members=10, source="Kecamatan",
            loaded_at=NOW,
        )  # fmt: skip
    refresh(NOW, [A, B])
    made = change("--merge", A, B, "--into", NEW, "--name=Gabungan")
    counted = Standing.objects.get(pk=NEW).officials
    assert counted and (counted.officials, counted.members) == (40, 20)

    undo(made)
    assert Standing.objects.get(pk=A).officials == VillageOfficials.objects.get(village=A)
    assert not VillageOfficials.objects.filter(village=NEW).exists()


@pytest.mark.parametrize(
    ("asked", "moved"),
    [
        (("--recode", A, "--into", NEW), [NEW, NEW, NEW, B, C]),
        (("--merge", A, B, "--into", NEW, "--name=Gabungan"), [NEW, NEW, NEW, NEW, C]),
    ],
)
def test_what_was_undone_can_be_done_right_with_the_same_code(
    workers: None, cast: Cast, asked: tuple[str, ...], moved: list[str]
) -> None:
    undo(change(*asked))
    again = change(*asked)
    assert homes() == moved
    send(cast, worker(9, cast.market, 0.5, home=NEW))
    assert Registration.objects.get(pk=uuid5(NAMESPACE, "9")).domicile_village_id == NEW
    assert_equal_to_a_recount()

    undo(again)
    assert homes()[:5] == [A, A, A, B, C]
    assert_equal_to_a_recount()


def test_what_was_declared_by_the_new_code_comes_back_with_an_undo(
    workers: None, cast: Cast
) -> None:
    made = change("--recode", A, "--into", NEW)
    send(cast, worker(9, cast.market, 0.5, home=NEW))
    undo(made)
    assert Registration.objects.get(pk=uuid5(NAMESPACE, "9")).domicile_village_id == A
    assert_equal_to_a_recount()


def test_a_change_upon_a_change_and_only_the_last_is_undone(workers: None) -> None:
    first = change("--recode", A, "--into", NEW)
    second = change("--merge", NEW, B, "--into", B)
    assert homes() == [B, B, B, B, C]
    with pytest.raises(CommandError, match=rf"change {second and second.pk} came after it"):
        undo(first)
    undo(second)
    undo(first)
    assert homes() == [A, A, A, B, C]
