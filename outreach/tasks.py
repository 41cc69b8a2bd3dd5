"""Jobs of the domain."""

from django.utils import timezone
from procrastinate.contrib.django import app

from outreach import changes, reattributing
from outreach.matching import sweeping
from outreach.photos import developing, erasing, following
from outreach.places.showing import outlines
from outreach.standings import freezing, rebuilding


@app.periodic(cron="1 * * * *")
@app.task(queueing_lock="outreach.refresh_standings")
def refresh_standings(timestamp: int) -> None:
    """Open the month when it begins, and take in what was loaded or arrived late meanwhile."""
    del timestamp
    rebuilding.refresh(timezone.now())


@app.periodic(cron="10 17 * * *")  # 00:10 WIB
@app.task(lock="outreach.freeze_standings", queueing_lock="outreach.freeze_standings")
def freeze_standings(timestamp: int) -> None:
    """Freeze the months that are due, and revise those for which something came late."""
    del timestamp
    freezing.freeze(timezone.now())


@app.periodic(cron="*/5 * * * *")
@app.task(lock="outreach.draw_outlines")
def draw_outlines(timestamp: int) -> None:
    """Draw what changed: asked for with each change, and regularly for what was interrupted."""
    del timestamp
    outlines.refresh_pending_outlines()


@app.periodic(cron="3-59/10 * * * *")
@app.task(lock="outreach.place_anew")
def place_anew(timestamp: int) -> None:
    """Place what boundaries have changed for: asked for with each change, and regularly for what
    was interrupted, and for villages that have come onto the list.
    """
    del timestamp
    reattributing.reattribute(timezone.now())
    reattributing.follow_the_list()


@app.periodic(cron="4-59/10 * * * *")
@app.task(lock="outreach.rematch")
def rematch(timestamp: int) -> None:
    """Settle what pushes could not: keys that became crowded, records that were never matched."""
    del timestamp
    sweeping.sweep(timezone.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="outreach.develop_photos")
def develop_photos(timestamp: int) -> None:
    """Develop the photos that arrived: asked for with each, and regularly for what was left."""
    del timestamp
    while developing.develop(timezone.now()):
        pass


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="outreach.follow_changes_for_photos")
def follow_changes_for_photos(timestamp: int) -> None:
    """Look for photos that are used again, and for those that came before their records."""
    del timestamp
    while following.follow(timezone.now()):
        pass


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="outreach.erase_photos")
def erase_photos(timestamp: int) -> None:
    """Erase photos that are not to be kept any longer."""
    del timestamp
    erasing.erase_due(timezone.now())


@app.periodic(cron="27 2 * * *")
@app.task(lock="outreach.compact_changes")
def compact_changes(timestamp: int) -> None:
    """Keep the change log from growing with every change of the same thing."""
    del timestamp
    changes.compact()
