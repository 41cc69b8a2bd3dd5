import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django import app

from backend.tasks import take_up_abandoned


def run_worker() -> None:
    worker_connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]  # Django's
    with app.replace_connector(worker_connector):

        async def work() -> None:
            async with app.open_async():
                await app.run_worker_async(
                    queues=["default"],
                    wait=False,
                    listen_notify=False,
                    install_signal_handlers=False,
                )

        async_to_sync(work)()


@pytest.mark.django_db(transaction=True)
def test_a_dead_workers_job_is_queued_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, priority, attempts)"
            " VALUES ('elsewhere', 'left in the middle', 'doing', 0, 0) RETURNING id"
        )
        (abandoned,) = cursor.fetchone()
    app.configure_task(take_up_abandoned.name).defer(timestamp=0)
    run_worker()
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", [abandoned])
        assert cursor.fetchone() == ("todo",)


@pytest.mark.django_db(transaction=True)
def test_a_dead_workers_job_that_was_asked_for_again_ends_and_stops_no_other() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs"
            " (queue_name, task_name, status, priority, attempts, queueing_lock) VALUES"
            " ('elsewhere', 'one', 'doing', 0, 0, 'one'),"
            " ('elsewhere', 'one', 'todo', 0, 0, 'one'),"
            " ('elsewhere', 'two', 'doing', 0, 0, NULL) RETURNING id"
        )
        ids = [one for (one,) in cursor.fetchall()]
    app.configure_task(take_up_abandoned.name).defer(timestamp=0)
    run_worker()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status FROM procrastinate_jobs WHERE id = ANY(%s) ORDER BY id", [ids]
        )
        assert [status for (status,) in cursor.fetchall()] == ["aborted", "todo", "todo"]
