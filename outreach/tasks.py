"""Jobs of the domain."""

from django.utils import timezone
from procrastinate.contrib.django import app

from outreach import rebuilding


@app.periodic(cron="1 * * * *")
@app.task(queueing_lock="outreach.refresh_standings")
def refresh_standings(timestamp: int) -> None:
    """Open the month when it begins, and take in what was loaded or arrived late meanwhile."""
    del timestamp
    rebuilding.refresh(timezone.now())
