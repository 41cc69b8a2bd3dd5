"""The job over the change log: flags raised, kept in line and taken back; any order, any number."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach import changes
from outreach.detecting import following, recounting
from outreach.flags import DETECTED, month_flag_text
from outreach.models import (
    Campaign,
    DetectorRule,
    Flag,
    IncentiveRule,
    LookedAt,
    MonthFinding,
    PastFlag,
    Person,
    Registration,
    Watched,
)
from tests.cast import Cast, client_of, edited, pushed
from tests.records import CAPTURED, strangers
from tests.threads import at_once

KM = 1 / 111.2


def work() -> None:
    """What the job does, until there is nothing to do."""
    while following.follow(timezone.now()):
        pass


def flags(code: str) -> dict[Any, dict[str, Any]]:
    return dict(Flag.objects.filter(code=code).values_list("registration", "evidence"))


def all_found() -> tuple[Any, Any]:
    found = Flag.objects.filter(code__in=DETECTED).order_by("registration", "code")
    months = MonthFinding.objects.filter(taken_back_at=None).order_by("kader", "month", "code")
    return (
        list(found.values_list("registration", "code", "evidence")),
        list(months.values_list("kader", "month", "code", "evidence")),
    )


def at(minute: float, km: float = 0) -> dict[str, Any]:
    """So many minutes after two hours ago, so far from the market."""
    when = (CAPTURED + timedelta(minutes=minute)).isoformat()
    return {
        "captured_at": when,
        "location": {"lat": 3.59 + km * KM, "lon": 98.67, "accuracy_m": 10.0},
        "location_missing_reason": None,
    }


def taken(cast: Cast, number: int, *, minute: float = 0, km: float = 0, **more: Any) -> Any:
    """A stranger's record."""
    return pushed(cast, None, **(strangers(40)[number] | at(minute, km) | more))


def test_travel_is_flagged_told_and_taken_back_after_an_edit(cast: Cast) -> None:
    here = taken(cast, 0)
    work()
    assert flags("impossible_travel") == {}
    there = taken(cast, 1, minute=10, km=60)
    Flag.objects.exclude(code__in=DETECTED).delete()
    Registration.objects.update(status="submitted")
    work()
    assert flags("impossible_travel").keys() == {here.pk, there.pk}
    assert set(Registration.objects.values_list("status", flat=True)) == {"flagged"}
    told = client_of(cast.rina).get(f"/api/v1/registrations/{here.pk}/").json()
    [flag] = [one for one in told["flags"] if one["code"] == "impossible_travel"]
    assert "60,0 km" in flag["detail"] and "1 Jan 2014" in flag["detail"]

    edited(cast, there, **at(10, 1))
    assert flags("impossible_travel").keys() == {here.pk, there.pk}, "until it is looked at"
    work()
    assert flags("impossible_travel") == {}
    assert Registration.objects.get(pk=here.pk).status == "submitted"
    first = PastFlag.objects.get(registration=here)
    edited(cast, Registration.objects.get(pk=there.pk), **at(10, 61))
    work()
    assert Flag.objects.get(registration=here, code="impossible_travel").raised_at == (
        first.raised_at
    )


def test_a_flag_holds_nothing_up_and_takes_no_credit(cast: Cast) -> None:
    here, there = taken(cast, 0), taken(cast, 1, minute=10, km=60)
    credited = dict(Person.objects.values_list("pk", "credited"))
    work()
    assert dict(Person.objects.values_list("pk", "credited")) == credited
    for one in (here, there):
        url = f"/api/v1/registrations/{one.pk}/verify/"
        assert client_of(cast.rina).post(url, {"reason": "visited"}).status_code == 200
    work()
    assert set(Registration.objects.values_list("status", flat=True)) == {"verified"}
    assert len(flags("impossible_travel")) == 2


def test_a_phone_on_four_households_until_one_is_rejected(cast: Cast) -> None:
    own = [
        taken(cast, n, minute=10 * n, phone="+6281200000001", full_name=f"Orang{n}")
        for n in range(4)
    ]
    other = taken(cast, 8, minute=60)
    work()
    assert flags("shared_phone").keys() == {one.pk for one in own}
    edited(cast, own[0], **at(0), phone="+6281299999999")
    work()
    assert flags("shared_phone") == {}
    edited(cast, Registration.objects.get(pk=own[0].pk), **at(0), phone="+6281200000001")
    work()
    assert len(flags("shared_phone")) == 4
    url = f"/api/v1/registrations/{own[1].pk}/reject/"
    assert client_of(cast.rina).post(url, {"reason": "no such person"}).status_code == 200
    work()
    assert flags("shared_phone") == {} and other.pk not in flags("shared_phone")


def test_a_campaign_that_changes_has_its_captures_looked_at_again(cast: Cast) -> None:
    for number in range(8):
        taken(cast, number, minute=number)
    work()
    assert flags("burst") == {}, "a market is fast"
    Campaign.objects.filter(pk=cast.market.pk).update(type="kader_penggerak")
    changes.settle()
    changes.log_campaign(cast.market.pk, [cast.siti.pk], [])
    work()
    assert len(flags("burst")) == 8


def test_statements_do_not_grow_with_the_changes(cast: Cast) -> None:
    counted = []
    for numbers in (range(2), range(2, 20)):
        for number in numbers:
            taken(cast, number, minute=number, km=50 * (number % 2))
        with CaptureQueriesContext(connection) as count:
            following.follow(timezone.now())
        counted.append(len(count))
        work()
    assert counted[0] == counted[1]


@pytest.fixture
def half_done(cast: Cast) -> Cast:
    """Somebody stopped in the middle of the work."""
    for number in range(4):
        taken(cast, number, minute=number, km=50 * (number % 2))
    return cast


def test_what_was_interrupted_is_done_again(
    half_done: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("outreach.detecting.storing.store", stopped)
        with pytest.raises(KeyboardInterrupt):
            following.follow(timezone.now())
    assert not LookedAt.objects.exists() and not Watched.objects.exists()
    work()
    assert len(flags("impossible_travel")) == 4


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_find_the_same(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "CHANGES_AT_ONCE", 2)
    for number in range(6):
        taken(cast, number, minute=number, km=50 * (number % 2))
    at_once([work, work, work])
    found = all_found()
    assert len(found[0]) == 6
    recounted()
    assert all_found() == found


def recounted() -> None:
    """Everything found anew, by nothing but what is stored."""
    Flag.objects.filter(code__in=DETECTED).delete()
    MonthFinding.objects.all().delete()
    Watched.objects.all().delete()
    following.look_again()
    work()


STEPS = st.tuples(
    st.sampled_from(["push", "push", "push", "edit", "reject", "look"]),
    st.integers(0, 7),
    st.integers(-60, 90),
    st.sampled_from([0, 0, 1, 40, 90]),
    st.sampled_from(["+6281200000001", "+6281200000001", "+6281200000002"]),
)


@given(st.lists(STEPS, min_size=3, max_size=14))
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_findings_are_what_a_full_recount_finds(cast: Cast, steps: list[Any]) -> None:
    with transaction.atomic():
        _found_step_by_step_as_by_a_recount(cast, steps)
        transaction.set_rollback(True)


def _found_step_by_step_as_by_a_recount(cast: Cast, steps: list[Any]) -> None:
    DetectorRule.objects.filter(detector="burst").update(
        thresholds={"minutes": 10.0, "usual": {}, "otherwise": 2}
        | {"own_factor": 2.0, "own_days": 5, "hard": 4}
    )
    made: dict[int, Any] = {}
    for kind, number, minute, km, phone in steps:
        if kind == "look":
            following.follow(timezone.now())
        elif number not in made:
            made[number] = taken(cast, number, minute=minute, km=km, phone=phone)
        elif kind == "reject":
            url = f"/api/v1/registrations/{made[number].pk}/reject/"
            client_of(cast.rina).post(url, {"reason": "no such person"})
        else:
            stored = Registration.objects.get(pk=made[number].pk)
            edited_or_not(cast, stored, at(minute, km) | {"phone": phone})
    work()
    found = all_found()
    recounted()
    assert all_found() == found


def edited_or_not(cast: Cast, stored: Registration, content: dict[str, Any]) -> None:
    """Edited as long as it is undecided; a verdict either way."""
    if stored.status != "rejected":
        edited(cast, stored, **content)


def test_the_command_looks_at_everything_by_other_thresholds(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    taken(cast, 0)
    taken(cast, 1, minute=60, km=60)
    call_command("detect")
    assert "impossible_travel" not in capsys.readouterr().out
    travel = DetectorRule.objects.get(detector="travel")
    DetectorRule.objects.create(
        detector="travel",
        effective_from=date(2026, 1, 1),
        thresholds=travel.thresholds | {"ground_kmh": 30.0},
        source="walks",
    )
    call_command("detect", "--again")
    assert "impossible_travel: 2" in capsys.readouterr().out
    assert {one["rule"] for one in flags("impossible_travel").values()} == {"2026-01-01"}


MONTHS = [date(2026, number, 1) for number in range(1, 7)]
JULY = datetime(2026, 7, 3, tzinfo=UTC)


def months_of(cast: Cast, count: int) -> None:
    """So many verified people of Siti's in each of six months."""
    own = [taken(cast, number) for number in range(count * len(MONTHS))]
    for place, one in enumerate(own):
        Registration.objects.filter(pk=one.pk).update(local_day=MONTHS[place // count])
    Person.objects.update(state="verified")


def test_months_just_over_the_threshold_are_a_finding_about_the_kader(cast: Cast) -> None:
    IncentiveRule.objects.create(
        threshold=3, first_day=date(2025, 1, 1), source="a letter", made_at=JULY
    )
    months_of(cast, 3)
    recounting.recount(JULY)
    recounting.recount(JULY)
    finding = MonthFinding.objects.get()
    assert (finding.kader, finding.month, finding.code) == (
        cast.siti,
        date(2026, 6, 1),
        "threshold_bunching",
    )
    assert finding.evidence["over"] == finding.evidence["near"] == 6
    assert month_flag_text(finding.code, finding.evidence)
    Person.objects.update(state="provisional")
    recounting.recount(JULY + timedelta(days=1))
    finding.refresh_from_db()
    assert finding.taken_back_at is not None
    Person.objects.update(state="verified")
    recounting.recount(JULY + timedelta(days=2))
    finding.refresh_from_db()
    assert finding.taken_back_at is None and finding.raised_at == JULY


def test_a_heap_is_a_finding_about_the_month(cast: Cast) -> None:
    own = [taken(cast, number) for number in range(16)]
    Campaign.objects.filter(pk=cast.market.pk).update(type="kader_penggerak")
    for place, one in enumerate(own):
        day = date(2026, 3, 31) if place < 12 else date(2026, 3, 3 + place)
        Registration.objects.filter(pk=one.pk).update(local_day=day)
    work()
    finding = MonthFinding.objects.get()
    assert (finding.kader, finding.month, finding.code) == (
        cast.siti,
        date(2026, 3, 1),
        "month_end",
    )
    assert month_flag_text(finding.code, finding.evidence)
    Registration.objects.update(local_day=date(2026, 4, 2))
    recounted_from = [(one.pk, cast.siti.pk) for one in own]
    changes.settle()
    changes.log_registrations(recounted_from)
    work()
    finding.refresh_from_db()
    assert finding.taken_back_at is not None
