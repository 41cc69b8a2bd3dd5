"""Jobs of the offline protocol."""

from django.utils import timezone
from procrastinate.contrib.django import app

from sync import forgetting


@app.periodic(cron="17 20 * * *")
@app.task(queueing_lock="sync.forget")
def forget(timestamp: int) -> None:
    """Delete codes, log-ins and counts that nobody can use any more."""
    del timestamp
    forgetting.forget(timezone.now())
