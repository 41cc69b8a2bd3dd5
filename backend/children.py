"""Child processes: started without losing a signal, and not outliving their parent."""

import contextlib
import ctypes
import signal
import sys
from collections.abc import Callable, Iterator

PR_SET_PDEATHSIG = 1
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back SIGTERM and SIGINT while a child is started and noted.

    A handler that raises between fork and exec raises where Python drops exceptions, or before
    anybody knows the child. The child itself needs `undisturbed_no_more`.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def undisturbed_no_more() -> None:
    """A preexec_fn: let the signals through, to what they do by default and not to our handlers."""
    for sign in STOP_SIGNALS:
        signal.signal(sign, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)


def die_with_parent(sign: signal.Signals) -> Callable[[], None]:
    """A preexec_fn as above that also has the kernel send `sign` when the parent dies, where
    there is such a thing (Linux)."""
    if sys.platform != "linux":
        return undisturbed_no_more
    # Looked up before the fork: loading a library after it is not safe.
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, int(sign), 0, 0, 0)
        undisturbed_no_more()

    return ask
