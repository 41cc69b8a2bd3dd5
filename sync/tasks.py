"""Jobs of the protocol."""

from django.utils import timezone
from procrastinate.contrib.django import app

from sync import uploads


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="sync.sweep_uploads")
def sweep_uploads(timestamp: int) -> None:
    """Forget the uploads that expired, with their bytes."""
    del timestamp
    uploads.sweep(timezone.now())
