"""Where something is wrong in what was sent."""

import re

import msgspec


def explained(error: msgspec.ValidationError) -> tuple[list[str], str]:
    """The steps to what msgspec refuses, of its `… - at `$.location[0].lat``, and its words."""
    detail, _at, path = str(error).partition(" - at `$")
    return re.findall(r"[^.\[\]`]+", path), detail
