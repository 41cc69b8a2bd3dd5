"""Jobs about jobs, sessions and sign-ins."""

from datetime import datetime, timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from outreach.models import BrowserSession

ATTEMPTS_KEPT_FOR = timedelta(days=1)
"""Wrong passwords count for AXES_COOLOFF_TIME; the rest is for whoever looks into an attack."""


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="backend.take_up_abandoned", pass_context=True)
async def take_up_abandoned(context: JobContext, timestamp: int) -> None:
    """Put the jobs of workers that died in the middle of them back into their queue.

    One that waits there already, asked for since, does that work too.
    """
    del timestamp
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs():
        try:
            await jobs.retry_job(job)
        except UniqueViolation:
            await jobs.finish_job(job, Status.ABORTED, delete_job=False)


@app.periodic(cron="7 20 * * *")
@app.task(queueing_lock="backend.forget_sign_ins")
def forget_sign_ins(timestamp: int) -> None:
    """Delete expired sessions and wrong passwords of the past."""
    del timestamp
    forget(timezone.now())


def forget(now: datetime) -> None:
    """Delete sessions that expired and wrong passwords that count for nothing any more."""
    BrowserSession.objects.filter(expire_date__lt=now).delete()
    kept_for = max(ATTEMPTS_KEPT_FOR, settings.AXES_COOLOFF_TIME)
    AccessAttempt.objects.filter(attempt_time__lt=now - kept_for).delete()
