"""Jobs of the offline protocol."""

from django.utils import timezone
from procrastinate.contrib.django import app

from sync import forgetting, hints, uploads
from sync.models import HintFilter


@app.periodic(cron="20 17 * * *")
@app.task(queueing_lock="sync.build_hints")
def build_hints(timestamp: int) -> None:
    """Ask for every office's duplicate hints to be made anew, at 0:20 in Jakarta."""
    del timestamp
    for office in HintFilter.objects.filter(is_on=True).values_list("pk", flat=True):
        build_office_hints.defer(office_id=office)


@app.task(lock="sync.build_office_hints")
def build_office_hints(office_id: int) -> None:
    """Make one office's hints anew: one that fails stops no other, and one runs at a time."""
    hints.build(office_id, timezone.now())


@app.periodic(cron="17 20 * * *")
@app.task(queueing_lock="sync.forget")
def forget(timestamp: int) -> None:
    """Delete codes, log-ins and counts that nobody can use any more."""
    del timestamp
    forgetting.forget(timezone.now())


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="sync.sweep_uploads")
def sweep_uploads(timestamp: int) -> None:
    """Forget the uploads that expired, with their bytes."""
    del timestamp
    uploads.sweep(timezone.now())
