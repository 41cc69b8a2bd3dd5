"""What a form asked for, kept for the page that it leads to.

A page that answers to a form cannot be come back to: the browser would have to send the form again.
What holds numbers of people must not stand in an address, so it is kept with the session, sealed,
and the address has a key to it. It is gone when one signs out.
"""

from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
from django.http import HttpRequest

from outreach.pages.typed import read_id
from outreach.sealing import readable_json, seal

LASTS = timedelta(hours=1)
MOST_KEPT = 5
_PLACE = "kept"


def keep(request: HttpRequest, what: str, content: dict[str, Any], now: datetime) -> str:
    """The key to `content`, which JSON can hold; the oldest of MOST_KEPT gives way."""
    key = uuid4()
    sealed = seal(msgspec.json.encode(content).decode(), key)
    kept = {name: one for name, one in _kept(request).items() if _is_fresh(one, LASTS, now)}
    kept[str(key)] = {"what": what, "at": now.isoformat(), "sealed": b64encode(sealed).decode()}
    request.session[_PLACE] = dict(list(kept.items())[-MOST_KEPT:])
    return str(key)


def kept(
    request: HttpRequest,
    what: str,
    key: str,
    now: datetime,
    *,
    once_within: timedelta | None = None,
) -> Any:
    """What was kept under a key; None if it is gone. Of `once_within` it is gone by being read."""
    known = read_id(key)
    one = _kept(request).get(str(known))
    if known is None or one is None or one["what"] != what:
        return None
    if once_within:
        request.session[_PLACE] = {n: other for n, other in _kept(request).items() if other != one}
    if not _is_fresh(one, once_within or LASTS, now):
        return None
    return readable_json(b64decode(one["sealed"]), known)


def _kept(request: HttpRequest) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = request.session.get(_PLACE, {})
    return found


def _is_fresh(one: dict[str, str], lasts: timedelta, now: datetime) -> bool:
    return timedelta() <= now - datetime.fromisoformat(one["at"]) <= lasts
