"""What nobody can use any more is deleted, and nothing else."""

from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt
from django.utils import timezone
from procrastinate.contrib.django import app

from backend import tasks as backend_tasks
from outreach.models import BrowserSession
from sync import guessing, tasks
from sync.devices import create, enrol
from sync.forgetting import forget
from sync.models import EnrolmentCode, TokenFamily, WrongCodes
from sync.tokens import refresh, sign_in
from tests.cast import Cast


def test_log_ins_go_when_their_newest_token_has_expired(cast: Cast) -> None:
    now = timezone.now()
    idle = sign_in(cast.siti, cast.tablet, now)["refresh"]
    busy = sign_in(cast.siti, None, now)["refresh"]
    refresh(busy, now + timedelta(days=20))

    assert forget(now + timedelta(days=30))["families"] == 0
    assert forget(now + timedelta(days=32))["families"] == 1
    assert TokenFamily.objects.get().device is None
    assert forget(now + timedelta(days=52))["families"] == 1
    del idle


def test_codes_go_when_they_cannot_be_used_and_their_tablets_stay(cast: Cast) -> None:
    now = timezone.now()
    _, _, used = create(cast.siti, "used", cast.rina, now)
    create(cast.siti, "never used", cast.rina, now)
    enrol(used, "", "", now)

    assert forget(now + timedelta(hours=25))["codes"] == 0
    assert forget(now + timedelta(hours=49))["codes"] == 2
    assert not EnrolmentCode.objects.exists()
    assert cast.siti.devices.count() == 3


def test_counts_of_wrong_codes_go(cast: Cast) -> None:
    now = timezone.now()
    guessing.note_wrong("203.0.113.9", now)

    assert forget(now + guessing.WINDOW)["counts"] == 0
    forget(now + guessing.WINDOW + timedelta(seconds=1))
    assert not WrongCodes.objects.exists()


def test_sessions_and_wrong_passwords_go(cast: Cast) -> None:
    now = timezone.now()
    for number, expires in enumerate((now, now + timedelta(hours=2))):
        BrowserSession.objects.create(session_key=str(number), session_data="", expire_date=expires)
    AccessAttempt.objects.create(username="rina", failures_since_start=3)

    backend_tasks.forget(now + timedelta(hours=1))
    assert BrowserSession.objects.get().session_key == "1"
    assert AccessAttempt.objects.exists()
    backend_tasks.forget(now + timedelta(hours=25))
    assert not BrowserSession.objects.exists()
    assert not AccessAttempt.objects.exists()


def test_the_jobs_run_every_day(cast: Cast) -> None:
    registered: Any = app.periodic_registry.periodic_tasks
    daily = {task.task.name: task.cron for task in registered.values()}
    for task in (tasks.forget, backend_tasks.forget_sign_ins):
        minute, hour, *rest = daily[task.name].split()
        assert minute.isdigit() and hour.isdigit() and rest == ["*", "*", "*"]
        task(timestamp=0)
