"""Recodes, mergers and new names: everything follows, and is told before."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid5

import pytest
from django.core.management import call_command

from outreach.models import (
    Office,
    OfficeTerritory,
    Region,
    RegionAlias,
    RegionChange,
    Registration,
    Standing,
)
from tests.cast import Cast, client_of, led
from tests.outreach.places.reattributing.three_villages import (
    NAMESPACE,
    A,
    B,
    C,
    assert_equal_to_a_recount,
    flags_of_id,
    send,
    state,
    worker,
)
from tests.outreach.region_changes.changing import (
    DAY,
    NEW,
    change,
    figures,
    homes,
    measure,
    people,
    tallied,
    undo,
)

pytestmark = pytest.mark.django_db


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
