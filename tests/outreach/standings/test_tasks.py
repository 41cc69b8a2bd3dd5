from datetime import UTC, datetime

from procrastinate.contrib.django import app

from outreach.models import Standing
from outreach.standings.recounting import current_period
from outreach.tasks import refresh_standings


def test_every_hour_the_standings_are_opened_for_the_month(places: None) -> None:
    periodic = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert periodic[refresh_standings.name] == "1 * * * *"
    refresh_standings(timestamp=0)
    assert {kept.period for kept in Standing.objects.all()} == {current_period(datetime.now(UTC))}
