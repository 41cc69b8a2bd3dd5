"""Standard output and error whose reader may go away, as `| head` does.

What is written afterwards goes nowhere: a listing ends quietly, and a load that tells what it does
is not broken off halfway.
"""

import io
import os
import sys
from pathlib import Path
from typing import Any, TextIO


def outlive_readers() -> None:
    """Let nothing fail because nobody reads it any more."""
    sys.stdout = _outliving(sys.stdout)
    sys.stderr = _outliving(sys.stderr)


class _Output(io.FileIO):
    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return len(data)


def _outliving(stream: TextIO | None) -> TextIO:
    if stream is None:
        # It was closed before we began.
        return Path(os.devnull).open("w", encoding="utf-8")
    return io.TextIOWrapper(
        io.BufferedWriter(_Output(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.isatty() or stream is sys.stderr,
    )
