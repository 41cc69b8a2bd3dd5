"""Recodes, mergers and new names: everything follows, is told before, and can be undone."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid5

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from outreach import reviewing
from outreach.models import (
    Campaign,
    Decision,
    Office,
    OfficeTerritory,
    Region,
    RegionAlias,
    RegionChange,
    Registration,
    Standing,
    VillageOfficials,
)
from outreach.standings.rebuilding import refresh
from tests.cast import Cast, client_of, led
from tests.outreach.places.reattributing.three_villages import (
    NAMESPACE,
    A,
    B,
    C,
    Sets,
    assert_equal_to_a_recount,
    flags_of_id,
    send,
    state,
    worker,
)
from tests.outreach.region_changes.changing import (
    DAY,
    change,
    figures,
    measure,
    people,
    tallied,
    undo,
)
from tests.records import NOW

pytestmark = pytest.mark.django_db
NEW = "99.01.01.2010"


@pytest.fixture
def workers(cast: Cast, sets: Sets, home_visits: Campaign) -> None:
    """Three at home in A, one of them verified, and one in each of B and C."""
    send(
        cast,
        worker(1, home_visits, 0.5, home=A, work_village=A),
        worker(2, home_visits, 0.5, home=A),
        worker(3, cast.market, 1.5, home=A),
        worker(4, home_visits, 1.5, home=B),
        worker(5, home_visits, 2.5, home=C),
    )
    reviewing.decide(Decision.Kind.VERIFY, [uuid5(NAMESPACE, "1")], cast.rina, "seen", NOW)
    measure(A, 400)
    measure(B, 300)


def homes() -> list[str | None]:
    return [
        Registration.objects.get(pk=uuid5(NAMESPACE, str(n))).domicile_village_id
        for n in range(1, 6)
    ]


def test_a_dry_run_tells_and_changes_nothing(workers: None, tmp_path: Path, capsys: Any) -> None:
    before, report = state(), tmp_path / "report.json"
    change("--recode", A, "--into", NEW, f"--report={report}", apply=False)

    told = capsys.readouterr().out
    assert f"recode {A} → {NEW}" in told and "nothing was changed" in told
    [counted] = json.loads(report.read_text())["changes"]
    assert {name: counted[name] for name in ("registrations_by_home", "people_verified")} == {
        "registrations_by_home": 3,
        "people_verified": 1,
    }
    assert (counted["registrations_by_work"], counted["denominators"]) == (1, 1)
    assert state() == before and not RegionChange.objects.exists()
    assert not Region.objects.filter(pk=NEW).exists()


def test_everything_follows_a_recode(workers: None, cast: Cast) -> None:
    lead = led(cast, village=A)
    cast.market.villages.add(cast.villages[0])
    before = people("99.01")

    made = change("--recode", A, "--into", NEW)

    assert homes() == [NEW, NEW, NEW, B, C]
    first = Registration.objects.get(pk=uuid5(NAMESPACE, "1"))
    assert (first.domicile_code, first.work_village_id, first.event_village_id) == (A, NEW, NEW)
    assert people("99.01") == tallied("99.01") == before
    assert figures(NEW) == [(400, "official", 1)] and figures(A) == []
    lead.refresh_from_db()
    assert lead.village_id == NEW
    assert [*cast.market.villages.values_list("pk", flat=True)] == [NEW]
    assert Region.objects.get(pk=NEW).name == "Pasar Lama"
    rows = client_of(cast.rina).get("/api/v1/standings/", {"within": "99.01"}).json()["rows"]
    listed = {row["village"]["code"]: row["denominator"] for row in rows}
    assert set(listed) == {NEW, B, C} and listed[NEW]["value"] == 400
    assert_equal_to_a_recount()
    assert made and made.followed_at


def test_a_tablet_with_the_old_code_goes_on(workers: None, cast: Cast) -> None:
    change("--recode", A, "--into", NEW)
    [answer] = send(cast, worker(9, cast.market, 0.5, home=A))
    assert answer == {"outcome": "accepted", "village": NEW}
    row = Registration.objects.get(pk=uuid5(NAMESPACE, "9"))
    assert (row.domicile_village_id, row.domicile_code) == (NEW, A)
    assert "village_recoded" in flags_of_id(row.pk)


def test_a_merger_adds_up_and_makes_an_estimate(workers: None, cast: Cast) -> None:
    measure(A, 90, year=2024, source="BPS")
    before = people("99.01")
    made = change("--merge", A, B, "--into", NEW, "--name", "Pasar Rejo")

    assert homes() == [NEW, NEW, NEW, NEW, C]
    assert people("99.01") == tallied("99.01") == before
    assert figures(NEW) == [(700, "estimate", 1)]
    assert made and made.report["told"] == [
        f"working_population 2024 of BPS: none of {B}, so no sum"
    ]
    standing = Standing.objects.get(village=NEW)
    assert (standing.verified, standing.provisional) == (1, 3)
    assert not Standing.objects.filter(village__in=[A, B]).exists()
    assert Registration.objects.filter(event_village=NEW).count() == 4
    assert_equal_to_a_recount()


def test_a_village_takes_in_another_and_its_own_figure_holds_no_more(workers: None) -> None:
    change("--merge", A, B, "--into", B)

    assert homes() == [B, B, B, B, C]
    assert figures(B) == [(700, "estimate", 2)]
    assert_equal_to_a_recount()


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


def test_older_codes_lead_on(workers: None, cast: Cast) -> None:
    old = "99.01.01.1900"
    RegionAlias.objects.create(
        system="kemendagri", code=old, level=4, name="Lama", region_id=A, basis="test",
        confidence="high", source="test",
    )  # fmt: skip
    send(cast, worker(9, cast.market, 0.5, home=old))
    made = change("--recode", A, "--into", NEW)
    row = Registration.objects.get(pk=uuid5(NAMESPACE, "9"))
    assert row.domicile_village_id == NEW
    undo(made)
    row.refresh_from_db()
    assert row.domicile_village_id == A


def test_a_change_upon_a_change_and_only_the_last_is_undone(workers: None) -> None:
    first = change("--recode", A, "--into", NEW)
    second = change("--merge", NEW, B, "--into", B)
    assert homes() == [B, B, B, B, C]
    with pytest.raises(CommandError, match=rf"change {second and second.pk} came after it"):
        undo(first)
    undo(second)
    undo(first)
    assert homes() == [A, A, A, B, C]


def test_an_interrupted_change_is_gone_on_with(
    workers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("outreach.region_changes.applying.follow", broken)
        with pytest.raises(RuntimeError):
            change("--recode", A, "--into", NEW)
    assert homes() == [A, A, A, B, C]
    call_command("change_regions", "--follow")
    assert homes() == [NEW, NEW, NEW, B, C]
    assert RegionChange.objects.get().followed_at
    assert_equal_to_a_recount()


def test_a_change_made_before_is_told_and_changes_nothing(
    workers: None, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {
        "recode": ("--recode", A, "--into", NEW),
        "rename": ("--rename", NEW, "--name", "Nama Baru"),
    }
    made = {name: change(*words) for name, words in asked.items()}
    capsys.readouterr()
    for name, words in asked.items():
        change(*words)
        first = made[name]
        assert f"already applied as change {first and first.pk}: {name}" in capsys.readouterr().out
    assert RegionChange.objects.count() == 2
    undo(made["rename"])
    undo(made["recode"])
    change(*asked["recode"])
    assert RegionChange.objects.count() == 3


def test_offices_go_along_and_two_of_them_are_told(workers: None, cast: Cast) -> None:
    for office, code in ((cast.branch, A), (cast.other_branch, B)):
        OfficeTerritory.objects.create(office=office, region_id=code, first_day="2026-01-01")
    made = change("--recode", A, "--into", NEW)
    assert OfficeTerritory.objects.get(region=NEW).office == cast.branch
    assert made and made.report["told"] == []
    merged = change("--merge", NEW, B, "--into", "99.01.01.2011", "--name", "x")
    assert merged and "several offices have these villages" in merged.report["told"][0]
    assert not OfficeTerritory.objects.filter(region="99.01.01.2011").exists()
    assert cast.branch.kind == Office.Kind.BRANCH


def test_a_file_of_changes(workers: None, tmp_path: Path) -> None:
    file = tmp_path / "changes.csv"
    file.write_text(f"old_code,new_code,name\n{A},{NEW},\n{B},{C},Baru\n{C},{C},\n")
    change(str(file))
    assert homes() == [NEW, NEW, NEW, C, C]
    assert [(one.kind, one.to_codes) for one in RegionChange.objects.order_by("pk")] == [
        ("recode", [NEW]),
        ("merge", [C]),
    ]
    assert Region.objects.get(pk=C).name == "Baru"


def test_a_district_gets_another_code_before_its_villages(workers: None, tmp_path: Path) -> None:
    change("--recode", "99.01.01", "--into", "99.01.02")
    file = tmp_path / "villages.csv"
    file.write_text(
        "old_code,new_code\n" + "".join(f"{code},99.01.02.{code[-4:]}\n" for code in (A, B, C))
    )
    change(str(file))
    assert homes() == [f"99.01.02.{code[-4:]}" for code in (A, A, A, B, C)]
    assert Region.objects.get(pk="99.01.02").name == "Hulu Kota"
    assert_equal_to_a_recount()


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("--recode", A, "--into", B), "is there already: that is a merger"),
        (("--recode", "99.01.01.2999", "--into", NEW), "is not known: load the regions first"),
        (("--recode", A, "--into", "99.01.1"), "is not a region code"),
        (("--recode", A, "--into", "99.01.02"), "not of one level"),
        (("--recode", A, "--into", "99.09.01.2001"), "99.09.01, which .* is not known"),
        (("--recode", A, "--into", "99.01.01.9001"), "begins with none of 1, 2 and 3"),
        (("--merge", A, B, "--into", NEW), "is new and needs a name"),
        (("--merge", A, "--into", NEW), "a merger is of two villages or more"),
        (("--merge", A, B, "--into", C), "name it among the merged ones as well"),
        (("--split", A, "--into", NEW), "a split is of one village into two or more"),
        (("--split", A, "--into", NEW, B, "--name", "x", "y"), "is there already"),
        (
            ("--split", A, "--into", f"{NEW}=0.4", "99.01.01.2011=0.4", "--name", "x", "y"),
            "make up 1",
        ),
        (
            ("--split", A, "--into", f"{NEW}=0.4", "99.01.01.2011=0.6", "--name", "x", "y"),
            "say who says so",
        ),
        (("--split", A, "--into", f"{NEW}=nan", "99.01.01.2011=1", "--name", "x", "y"), "make up"),
        (("--split", A, "--into", f"{NEW}=x", "99.01.01.2011=1"), "is no share"),
        (("--rename", A, "--name", "Pasar Lama"), "called so already"),
        (("--rename", A, "--name", "=1+1"), "is no name"),
        (("--rename", A), "a new name is of one code"),
        (("--recode", A, "--merge", A, B, "--into", NEW), "give a file, or one of"),
        (("--recode", A), "say what it becomes"),
    ],
)
def test_what_cannot_be(workers: None, asked: tuple[str, ...], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        change(*asked)
    assert not RegionChange.objects.exists() and homes() == [A, A, A, B, C]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"code,name\n1,2\n", "no columns old_code and new_code"),
        (b"\xff\xfeo\x00", "is not UTF-8"),
        (b"old_code,new_code\n\x00,1\n", "is no text"),
        (f"old_code,new_code,kind\n{A},{NEW},moved\n".encode(), "'moved' is none of"),
        (f"old_code,new_code,share\n{A},{NEW},2\n{A},{C},x\n".encode(), "line 3: 'x' is no share"),
        (f"old_code,new_code\n{A},{NEW}\n{NEW},{C}\n".encode(), "apply that first"),
        (f"old_code,new_code\n{A},{NEW}\n,{C}\n".encode(), "line 3: '' in old_code is no region"),
        (f"old_code,new_code\n{A},\n".encode(), "line 2: '' in new_code is no region code"),
        (b"old_code,new_code\n" + b"1,2\n" * 10_001, "more than 10000 rows"),
        (b'old_code,new_code\n"1,2\n', "unexpected end of data"),
    ],
)
def test_a_bad_file(workers: None, tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "changes.csv"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=why):
        change(str(file))
    assert not RegionChange.objects.exists()


def test_a_day_to_come_is_only_told(workers: None, capsys: Any) -> None:
    with pytest.raises(CommandError, match="is still to come"):
        change("--recode", A, "--into", NEW, day="2199-01-01")
    change("--recode", A, "--into", NEW, day="2199-01-01", apply=False)
    assert "say --apply on that day" in capsys.readouterr().out


def test_changes_over_the_api(workers: None, cast: Cast) -> None:
    made = change("--merge", A, B, "--into", NEW, "--name", "Pasar Rejo")
    change("--rename", "99.02.01.1001", "--name", "Muara Baru")
    client = client_of(cast.agus)

    listed = client.get("/api/v1/region-changes/", {"region": "99.01"}).json()["results"]

    assert made and [one["id"] for one in listed] == [made.pk]
    assert listed[0]["successors"] == [{"code": NEW, "name": "Pasar Rejo", "share": None}]
    assert (listed[0]["effective_day"], listed[0]["from_codes"]) == (DAY, [A, B])
    assert listed[0]["touched"]["registrations_by_home"] == 4
    assert client.get(f"/api/v1/region-changes/{made.pk}/").json() == listed[0]
    assert client.get("/api/v1/region-changes/999999/").status_code == 404
    assert len(client.get("/api/v1/region-changes/", {"kind": "rename"}).json()["results"]) == 1
    for query in ({"region": "x"}, {"kind": "x"}, {"cursor": "x"}, {"limit": "0"}):
        assert client.get("/api/v1/region-changes/", query).status_code == 400
