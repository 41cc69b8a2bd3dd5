"""The parent's signals, and what it says about where it listens."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend import supervising
from backend.home import PROJECT
from backend.supervising import Stopped, listening, supervise

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what the warning is about
STARTER = """
import os, signal, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "backend.settings"
from backend import supervising

signal.signal(signal.SIGTERM, supervising.stop_on_signal)
moment = {sys.argv[1]: lambda: os.kill(parent, signal.SIGTERM)}
parent = os.getpid()
os.register_at_fork(**moment)
child = supervising.Child("version")
try:
    child.start()
except supervising.Stopped:
    supervising.stop([child])
    print("stopped", child.process is not None)
"""


@pytest.mark.parametrize("moment", ["before", "after_in_parent", "after_in_child"])
def test_a_signal_during_a_fork_stops_us_and_we_know_the_child(moment: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", STARTER, moment],
        cwd=PROJECT,
        env={**os.environ, "JEMPUT_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "ignored" not in ended.stderr and "Traceback" not in ended.stderr
    assert "stopped True" in ended.stdout


@pytest.mark.parametrize(
    ("host", "proxies", "warned"), [("", 0, 1), ("", 1, 0), ("127.0.0.1", 0, 0)]
)
def test_a_stop_that_got_lost_is_found_and_an_open_door_is_told(
    host: str, proxies: int, warned: int, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    monkeypatch.setattr(supervising.asked, "to_stop", True)
    settings.PROXIES = proxies
    said: list[str] = []
    with listening(host or EVERYWHERE, 0) as listener, pytest.raises(Stopped):
        supervise(listener, None, lambda: said.append("Ready"), said.append)
    assert ["Warning: " in line for line in said] == [True] * warned


@pytest.mark.parametrize(("to_stop", "raised"), [(True, Stopped), (False, ImportError)])
def test_what_a_stop_breaks_is_a_stop(
    *, to_stop: bool, raised: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising.asked, "to_stop", to_stop)
    with pytest.raises(raised), listening("127.0.0.1", 0):
        raise ImportError
