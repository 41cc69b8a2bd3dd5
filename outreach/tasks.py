"""Jobs of the domain."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from procrastinate.contrib.django import app

from outreach import changes
from outreach.detecting import following as detecting
from outreach.detecting import recounting
from outreach.imports import arriving, confirming
from outreach.imports import erasing as import_erasing
from outreach.imports import undoing as import_undoing
from outreach.leads import erasing as leads_erasing
from outreach.matching import sweeping
from outreach.membership import keeping
from outreach.photos import developing, erasing, following
from outreach.places.showing import outlines
from outreach.reattribution import reattributing
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


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="outreach.detect")
def detect(timestamp: int) -> None:
    """Look for what may be fraud in what changed and all that hangs on it."""
    del timestamp
    while detecting.follow(timezone.now()):
        pass


@app.periodic(cron="32 18 * * *")
@app.task(queueing_lock="outreach.recount_thresholds")
def recount_thresholds(timestamp: int) -> None:
    """Hold the months that are over against the incentive threshold."""
    del timestamp
    recounting.recount(timezone.now())


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="outreach.erase_photos")
def erase_photos(timestamp: int) -> None:
    """Erase photos that are not to be kept any longer."""
    del timestamp
    erasing.erase_due(timezone.now())


@app.periodic(cron="47 19 * * *")
@app.task(queueing_lock="outreach.erase_leads")
def erase_leads(timestamp: int) -> None:
    """Erase who leads are whose time is up."""
    del timestamp
    leads_erasing.erase_due(timezone.now())


@app.periodic(cron="27 2 * * *")
@app.task(lock="outreach.compact_changes")
def compact_changes(timestamp: int) -> None:
    """Keep the change log from growing with every change of the same thing."""
    del timestamp
    changes.compact()


@contextmanager
def _giving_up(give_up: Callable[[UUID], None], import_id: UUID) -> Iterator[None]:
    """Tell whoever waits for an import that we failed on it, and fail; where it was the database
    that was not there, it is only taken up again."""
    try:
        yield
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        give_up(import_id)
        raise


@app.task(lock="outreach.imports")
def read_import(import_id: str) -> None:
    """Read a file that is too large to be read while somebody waits."""
    with _giving_up(arriving.give_up, UUID(import_id)):
        arriving.read_import(UUID(import_id), timezone.now())


@app.task(lock="outreach.imports")
def confirm_import(import_id: str) -> None:
    """Apply a file of more rows than somebody would wait for."""
    with _giving_up(confirming.give_up, UUID(import_id)):
        confirming.confirm(UUID(import_id), timezone.now())


@app.task(lock="outreach.imports")
def undo_import(import_id: str) -> None:
    """Undo a file of more rows than somebody would wait for."""
    with _giving_up(import_undoing.give_up, UUID(import_id)):
        import_undoing.undo(UUID(import_id), timezone.now())


@app.periodic(cron="12 * * * *")
@app.task(queueing_lock="outreach.take_up_imports")
def take_up_imports(timestamp: int) -> None:
    """Take up files that were left in the middle, and erase the rows of those long done with."""
    del timestamp
    now = timezone.now()
    for import_id in arriving.left_unread(now):
        read_import.defer(import_id=str(import_id))
    for import_id in confirming.left_unapplied(now):
        confirm_import.defer(import_id=str(import_id))
    for import_id in import_undoing.left_in_the_middle(now):
        undo_import.defer(import_id=str(import_id))
    import_erasing.erase_due(now)


@app.periodic(cron="41 17 * * *")
@app.task(lock="outreach.lapse")
def lapse(timestamp: int) -> None:
    """Lapse memberships, after midnight in Jakarta; a payment brings one back when it comes in."""
    del timestamp
    keeping.lapse(timezone.now())
