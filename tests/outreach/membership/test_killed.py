"""A worker killed in the middle of applying a result file."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from backend.tasks import take_up_abandoned
from outreach import bulk
from outreach.imports import confirming
from outreach.membership import keeping
from outreach.models import HandOffRow, Import, Membership, Payment
from tests.cast import Cast
from tests.outreach.imports.sending import confirm
from tests.outreach.membership.stories import handed_off, paid, preview, refused, status_of
from tests.records import NOW
from tests.threads import same_database

WORKER = """
import django
django.setup()
from django.db import connection
connection.settings_dict |= {database!r}
from procrastinate.contrib.django import app
from outreach.imports import arriving
from outreach.membership import results
arriving.AT_ONCE = 2
record, chunks = results.record, []
def told(*arguments):
    found = record(*arguments)
    chunks.append(found)
    if {pauses} and len(chunks) == 2:
        print("in the middle", flush=True)
        input()
    return found
results.record = told
connector = app.connector.get_worker_connector()
with app.replace_connector(connector) as working:
    working.periodic_registry.periodic_tasks.clear()
    working.run_worker(wait=False)
"""


@contextmanager
def worker(*, pauses: bool) -> Iterator[subprocess.Popen[str]]:
    """A worker that ends when no job waits; or stops between two chunks of a file's rows."""
    code = WORKER.format(database=same_database(), pauses=pauses)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


@pytest.mark.django_db(transaction=True)
def test_a_file_whose_worker_was_killed_counts_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    *payers, last = registrations = handed_off(cast, 6)
    rows = [paid(one, kpj=f"1234567890{place}") for place, one in enumerate(payers)]
    shown = preview(cast, *rows, refused(last))
    monkeypatch.setattr("outreach.api.imports.MOST_CONFIRMED_AT_ONCE", 1)
    assert confirm(cast.dewi, shown["id"]).json()["state"] == "confirming"

    with worker(pauses=True) as process:
        assert process.stdout and process.stdout.readline() == "in the middle\n"
        process.kill()
        process.wait(30)
    assert Import.objects.get().state == "confirming"
    assert not Payment.objects.exists() and not Membership.objects.exists()
    assert {status_of(one) for one in registrations} == {"handed_off"}
    assert set(HandOffRow.objects.values_list("answer", flat=True)) == {"none"}

    # Who is dead is known by its silence.
    bulk.run("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
    app.configure_task(take_up_abandoned.name).defer(timestamp=0)
    with worker(pauses=False) as process:
        assert process.wait(120) == 0

    done = Import.objects.get()
    assert (done.state, done.report) == (
        "confirmed",
        {"answered": 5, "paid": 5, "refused": 1, "held": 0, "unchanged": 0},
    )
    assert sorted(Payment.objects.values_list("registration", flat=True)) == sorted(
        one.pk for one in payers
    )
    assert Membership.objects.exclude(kpj_index=None).count() == 5
    assert [status_of(one) for one in registrations] == ["active"] * 5 + ["needs_correction"]
    assert keeping.rebuild(NOW) == (0, 0)
    assert not ProcrastinateJob.objects.filter(status__in=["todo", "doing"]).exists()
    assert confirming.left_unapplied(NOW + timedelta(days=1)) == []
    assert confirm(cast.dewi, shown["id"]).json()["report"] == done.report
