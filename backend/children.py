"""Child processes that do not outlive their parent."""

import ctypes
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def die_with_parent(sign: signal.Signals) -> Callable[[], None] | None:
    """A preexec_fn that has the kernel send `sign` when the parent dies, where there is such a
    thing (Linux)."""
    if sys.platform != "linux":
        return None
    # Looked up before the fork: loading a library after it is not safe.
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, int(sign), 0, 0, 0)

    return ask
