"""Where the project lives on this machine: the checkout and the data folder."""

import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

SYSTEM_FOLDER = Path("/var/lib/jemput-bola")


def make_private(folder: Path) -> None:
    """A folder for its owner alone, unless it is there already. Raises OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def data_folder() -> Path:
    """JEMPUT_HOME; by default a system folder for root and the user's data directory for others."""
    if given := os.environ.get("JEMPUT_HOME"):
        return Path(given).expanduser().absolute()
    if os.geteuid() == 0:
        return SYSTEM_FOLDER
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "jemput-bola"
    shared = os.environ.get("XDG_DATA_HOME")
    return (Path(shared) if shared else Path.home() / ".local" / "share") / "jemput-bola"
