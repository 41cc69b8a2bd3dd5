"""gunicorn, as we run it: threads in a few processes, behind a buffering proxy in production."""

import gc
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

# The number of a listening socket that the parent hands over.
LISTENER = "JEMPUT_LISTENER"
STOP_WITHIN_S = 10


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def load_config(self) -> None:
        for name, value in _options().items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        from backend.wsgi import application

        return application


def collect_numbers(home: Path, port: int) -> None:
    """Have the server's processes share their Prometheus numbers; before Django is set up."""
    folder = home / f"metrics-{port}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def run() -> None:
    """Serve until SIGTERM or SIGINT; ends in SystemExit."""
    Server().run()


def _options() -> dict[str, Any]:
    host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
    handed = os.environ.get(LISTENER)
    return {
        "bind": f"fd://{handed}" if handed else f"{host}:{settings.PORT}",
        "worker_class": "gthread",
        "workers": settings.WORKERS,
        "threads": settings.THREADS,
        "timeout": 60,
        "graceful_timeout": STOP_WITHIN_S,
        "keepalive": 30,
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108 - memory
        "loglevel": "warning",
        "proc_name": "jemput-bola",
        # It would be a socket in the home folder.
        "control_socket_disable": True,
        "post_worker_init": _calm_collector,
        "child_exit": _forget_numbers,
    }


def _calm_collector(worker: Worker) -> None:
    """A batch makes some ten thousand objects that reference counting frees by itself.

    Collecting as often as Python does by default costs a push a sixth of its CPU time.
    """
    del worker
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def _forget_numbers(arbiter: Arbiter, worker: Worker) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    del arbiter
    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # it has no types
