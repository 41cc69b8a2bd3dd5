"""Registrations follow villages that get known, or other codes."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid5

import pytest
from django.core.management import call_command
from django.utils import timezone

from outreach import reviewing
from outreach.models import (
    Campaign,
    Decision,
    Region,
    RegionAlias,
    Registration,
    Standing,
)
from outreach.months import later
from outreach.reattribution.reattributing import follow_the_list
from outreach.standings.months import current_period
from outreach.standings.rankings import village_standings
from outreach.standings.rebuilding import rebuild, refresh, refresh_listed
from tests.cast import Cast, client_of
from tests.outreach.places.reattributing.three_villages import (
    MUARA,
    NAMESPACE,
    A,
    B,
    C,
    Sets,
    assert_equal_to_a_recount,
    flags_of,
    send,
    state,
    worker,
)
from tests.outreach.standings.people import derived
from tests.records import NOW
from tests.tablet import tablet_of

pytestmark = pytest.mark.django_db


def test_an_old_code_counts_for_its_successor_and_says_so(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    alias("99.01.01.1900", A)
    alias("99.01.01.1901", A, confidence="low")
    send(
        cast,
        worker(1, home_visits, 0.5, home="99.01.01.1900"),
        worker(2, home_visits, 0.5, home="99.01.01.1901"),
        worker(3, home_visits, 1.5, home="99.01.01.1900"),
    )
    first, second, third = (
        Registration.objects.get(pk=uuid5(NAMESPACE, str(n))) for n in range(1, 4)
    )
    assert (first.domicile_code, first.domicile_village_id) == ("99.01.01.1900", A)
    assert (first.status, flags_of(first)) == (
        "flagged",
        {"village_recoded": {"code": "99.01.01.1900", "village": A}},
    )
    assert (second.domicile_village_id, [*flags_of(second)]) == (None, ["village_unknown"])
    assert (third.status, flags_of(third)["village_contradicted"]["declared"]) == ("conflict", A)


def test_unknown_villages_are_resolved_once_they_are_known(
    cast: Cast, sets: Sets, home_visits: Campaign
) -> None:
    new, old, never = "99.01.01.2009", "99.01.01.1900", "99.01.01.1999"
    send(
        cast,
        worker(1, home_visits, 0.5, home=new),
        worker(2, home_visits, 1.5, home=old),
        worker(3, cast.market, 0.5, home=never),
        worker(4, cast.market, 0.5, home=new),
    )
    decided = uuid5(NAMESPACE, "4")
    reviewing.decide(Decision.Kind.VERIFY, [decided], cast.rina, "seen", NOW)
    assert follow_the_list().looked_at == 0
    district = Region.objects.get(code="99.01.01")
    Region.objects.create(
        code=new, level=4, kind="desa", name="New", parent=district, time_zone="Asia/Jakarta"
    )
    refresh(NOW, [new])
    alias(old, A)

    found = follow_the_list()

    assert dict(found.resolved) == {(new, new): 2, (old, A): 1}
    rows = [Registration.objects.get(pk=uuid5(NAMESPACE, str(n))) for n in range(1, 5)]
    assert [row.domicile_village_id for row in rows] == [new, A, None, new]
    assert [row.status for row in rows] == ["submitted", "conflict", "flagged", "verified"]
    assert set(flags_of(rows[1])) == {"village_recoded", "village_contradicted"}
    assert "village_unknown" in flags_of(rows[3])
    assert {row[0]: row[2:4] for row in derived()["villages"] if row[2] or row[3]} == {
        new: (1, 1),
        A: (1, 0),
    }
    assert_equal_to_a_recount()
    assert follow_the_list().looked_at == 0


def test_registrations_of_a_village_that_is_gone_follow_to_its_successor(
    cast: Cast, sets: Sets
) -> None:
    send(cast, worker(1, cast.market, 0.5, home=A, work_village=A))
    alias(A, B)

    assert dict(follow_the_list().resolved) == {(A, B): 1}

    send(cast, worker(2, cast.market, 0.5, home=A))
    for row in Registration.objects.all():
        assert row.domicile_village_id == B
        assert "village_recoded" in flags_of(row)
    assert Registration.objects.filter(work_village=B).count() == 1
    refresh_listed(NOW)
    assert_equal_to_a_recount()
    assert follow_the_list().looked_at == 0


def test_an_unknown_village_of_work_is_resolved_once_it_is_known(cast: Cast, sets: Sets) -> None:
    old, never = "99.01.01.1900", "99.01.01.1999"
    send(
        cast,
        worker(1, cast.market, 0.5, work_village=old),
        worker(2, cast.market, 0.5, work_village=never),
    )
    assert follow_the_list().looked_at == 0
    alias(old, A)

    assert follow_the_list().changed == 1

    works = dict(Registration.objects.values_list("pk", "work_village_id"))
    assert works == {uuid5(NAMESPACE, "1"): A, uuid5(NAMESPACE, "2"): None}
    assert_equal_to_a_recount()


def test_a_load_of_older_codes_lets_registrations_follow(
    cast: Cast, sets: Sets, home_visits: Campaign, tmp_path: Path, capsys: Any
) -> None:
    tablet = tablet_of(cast.siti)
    old = "99.01.01.1900"
    sent = worker(1, home_visits, 0.5, home=old)
    first = tablet.result(sent)
    assert [flag["code"] for flag in first["flags"]] == ["village_unknown"]
    file, report = tmp_path / "recodes.csv", tmp_path / "report.json"
    file.write_text(f"old_code,new_code\n{old},{A}\n")

    call_command("load_region_aliases", str(file), f"--report={report}")

    told = capsys.readouterr().out
    assert (
        f"registrations moved to the village of today: 1 ({old} → {A}: 1;"
        " village_recoded raised: 1; village_unknown taken back: 1)\n" in told
    )
    assert json.loads(report.read_text())["registrations"]["resolved"] == [[old, A, 1]]
    row = Registration.objects.get()
    assert (row.domicile_code, row.domicile_village_id) == (old, A)
    assert flags_of(row) == {"village_recoded": {"code": old, "village": A}}
    assert_equal_to_a_recount()
    before = state()
    again = tablet.result(sent)
    assert (again["outcome"], again["replayed"]) == (first["outcome"], True)
    assert [flag["code"] for flag in again["flags"]] == ["village_recoded"]
    assert state() == before
    call_command("load_region_aliases", str(file), f"--report={report}")
    assert "moved" not in capsys.readouterr().out
    assert "registrations" not in json.loads(report.read_text())
    assert state() == before


def test_a_village_that_is_gone_keeps_no_standing(
    cast: Cast, sets: Sets, tmp_path: Path, capsys: Any
) -> None:
    send(
        cast,
        worker(1, cast.market, 0.5, home=A),
        worker(2, cast.market, 0.5, home=C),
        worker(3, cast.market, 0.5, home=B, work_village=C),
    )
    reviewing.decide(Decision.Kind.VERIFY, [uuid5(NAMESPACE, "1")], cast.rina, "seen", NOW)
    recodes, history, report = (tmp_path / name for name in ("new.csv", "old.csv", "report.json"))
    recodes.write_text(f"old_code,new_code,confidence\n{A},{B},high\n{C},{B},low\n")
    history.write_text(
        f"code,level,last_vintage\n{A},4,2020\n{C},4,2020\n{B},4,2025\n{MUARA},4,2025\n"
    )

    call_command("load_region_aliases", str(recodes), str(history), f"--report={report}")

    told = capsys.readouterr().out
    assert f"registrations moved to the village of today: 1 ({A} → {B}: 1)\n" in told
    assert (
        "registrations that stay in a village that is gone, for want of a sure successor: 2"
        f" ({C} Tanjung Baru: 2)\n" in told
    )
    assert json.loads(report.read_text())["left_behind"] == {C: 2}
    month = current_period(timezone.now())
    for period in (month, later(month, -1)):
        assert sorted(row.code for row in village_standings("99.01", period).rows) == [B, C]
    assert not Standing.objects.filter(village=A).exists()
    rina = client_of(cast.rina)
    assert rina.get(f"/api/v1/standings/{A}/").status_code == 404
    rina.force_login(cast.rina)
    page = rina.get(f"/standings/{A}/")
    assert (page.status_code, page["Location"]) == (302, f"/standings/{B}/")
    rebuild(timezone.now())
    assert not Standing.objects.filter(village=A).exists()

    history.write_text(f"code,level,last_vintage\n{A},4,2025\n{C},4,2020\n")
    call_command("load_region_aliases", str(history))
    assert Standing.objects.filter(village=A).exists()


def test_a_load_of_regions_lets_registrations_follow(
    cast: Cast, sets: Sets, home_visits: Campaign, tmp_path: Path, capsys: Any
) -> None:
    new = "99.01.01.2009"
    send(cast, worker(1, home_visits, 0.5, home=new), worker(2, home_visits, 1.5, home=new))
    file, report = tmp_path / "regions.csv", tmp_path / "report.json"
    file.write_text(f"kode,nama\n{new},Baru\n")

    call_command("load_regions", str(file), "--system=kemendagri", f"--report={report}")

    assert f"village of today: 2 ({new} → {new}: 2; village_unknown taken back: 2)" in (
        capsys.readouterr().out
    )
    assert json.loads(report.read_text())["registrations"]["looked_at"] == 2
    assert {*Registration.objects.values_list("domicile_village_id", "status")} == {
        (new, "submitted")
    }
    assert {row[0]: row[2] for row in derived()["villages"] if row[2]} == {new: 2}
    assert_equal_to_a_recount()


def alias(code: str, region: str, confidence: str = "high") -> None:
    RegionAlias.objects.create(
        system="kemendagri",
        code=code,
        level=4,
        name="Old",
        region_id=region,
        basis="test",
        confidence=confidence,
        source="test",
    )
