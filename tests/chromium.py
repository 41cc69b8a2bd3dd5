"""The browser that pages are looked at with."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "no Chromium on this machine: apt install chromium"


def found() -> str | None:
    """The path of a Chromium (run it with --no-sandbox as root), if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)
