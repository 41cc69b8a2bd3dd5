"""The part of a file that a player asks for (RFC 9110, Range): one at a time."""

import re

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


def part_of(asked: str, size: int) -> range | None:
    """The bytes that a `Range` header asks for of `size`; empty where there are none such.

    None where everything is to be sent: nothing is asked for, several parts, or nonsense.
    """
    found = _RANGE.fullmatch(asked.strip())
    first, last = found.groups() if found else ("", "")
    if not first and not last:
        return None
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(size, int(last) + 1) if last else size)
