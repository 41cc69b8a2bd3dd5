from datetime import UTC, datetime

from procrastinate.contrib.django import app

from outreach.models import Standing
from outreach.standings.months import current_period
from outreach.tasks import freeze_standings, refresh_standings


def test_every_hour_the_standings_are_opened_for_the_month(places: None) -> None:
    periodic = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert periodic[refresh_standings.name] == "1 * * * *"
    refresh_standings(timestamp=0)
    assert {kept.period for kept in Standing.objects.all()} == {current_period(datetime.now(UTC))}


def test_every_day_just_after_midnight_in_the_west_months_are_frozen(places: None) -> None:
    periodic = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert periodic[freeze_standings.name] == "10 17 * * *"
    freeze_standings(timestamp=0)
    assert {kept.period for kept in Standing.objects.all()} == {current_period(datetime.now(UTC))}
