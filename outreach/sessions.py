"""Who is signed in from which browser: Django's sessions with their owner beside them.

Of a browser its kind is kept, and of its address what says where roughly it is. An API token or an
enrolled tablet is no session: those are sync's.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address, ip_address
from typing import Any, NamedTuple

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest

from outreach.models import BrowserSession, User

USED_NOTED_EVERY = timedelta(minutes=10)
MOST_SHOWN = 50
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


class SessionStore(DatabaseStore):
    """settings.SESSION_ENGINE."""

    @classmethod
    def get_model_class(cls) -> type[BrowserSession]:
        return BrowserSession

    def create_model_instance(self, data: Mapping[str, Any]) -> BrowserSession:
        row: Any = super().create_model_instance(data)  # type: ignore[arg-type]  # of its own data
        row.user_id = data.get(SESSION_KEY)
        found: BrowserSession = row
        return found


class Seen(NamedTuple):
    """A session as its owner sees it; `mark` names it without being of use to a thief."""

    mark: str
    browser: str
    place: str
    began_at: datetime | None
    used_at: datetime | None
    is_current: bool


def begin(request: HttpRequest, now: datetime) -> None:
    """Note from where somebody has just signed in; it ends at a set time, in use or not."""
    request.session["browser"] = browser_of(request.headers.get("User-Agent", ""))
    request.session["place"] = place_of(get_client_ip_address(request))
    request.session["began_at"] = request.session["used_at"] = now.isoformat()
    request.session.set_expiry(now + timedelta(seconds=settings.SESSION_COOKIE_AGE))


def note_use(request: HttpRequest, now: datetime) -> None:
    """Note that a session is in use; no statement where that was noted shortly before."""
    used_at = _instant(request.session.get("used_at"))
    if used_at and now - used_at >= USED_NOTED_EVERY:
        request.session["used_at"] = now.isoformat()


def sessions_of(user: User, current: str | None, now: datetime) -> list[Seen]:
    """Where somebody is signed in, this browser first and then the last used."""
    rows = BrowserSession.objects.filter(user=user, expire_date__gt=now)
    seen = [_seen(row, current) for row in rows.order_by("-expire_date")[:MOST_SHOWN]]
    return sorted(
        seen, key=lambda one: (one.is_current, one.used_at.timestamp() if one.used_at else 0)
    )[::-1]


def end_one(user: User, mark: str, current: str | None) -> bool:
    """Sign another browser of somebody's out; whether there was one of this mark."""
    keys = _others(user, current)
    return _end([key for key in keys if mark_of(key) == mark])


def end_others(user: User, current: str | None) -> bool:
    """Sign out all browsers of somebody's but this one."""
    return _end(_others(user, current))


def _others(user: User, current: str | None) -> list[str]:
    rows = BrowserSession.objects.filter(user=user).exclude(pk=current or "")
    return list(rows.values_list("pk", flat=True))


def _end(keys: list[str]) -> bool:
    return bool(keys) and BrowserSession.objects.filter(pk__in=keys).delete()[0] > 0


def _seen(row: BrowserSession, current: str | None) -> Seen:
    data = row.get_decoded()
    return Seen(
        mark_of(row.pk),
        data.get("browser", ""),
        data.get("place", ""),
        _instant(data.get("began_at")),
        _instant(data.get("used_at")),
        row.pk == current,
    )


def mark_of(session_key: str) -> str:
    return sha256(session_key.encode()).hexdigest()[:16]


def browser_of(agent: str) -> str:
    """What a browser calls itself, as `Firefox, Windows`; nothing of one that is not known."""
    known = [
        next((name for sign, name in names if re.search(rf"\b{sign}\b", agent)), "")
        for names in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(filter(None, known))


def place_of(address: str | None) -> str:
    """An address without its last half: `103.28.x.x`, enough to know an office from elsewhere."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(found, IPv4Address):
        return ".".join(str(found).split(".")[:2]) + ".x.x"
    return ":".join(found.exploded.split(":")[:2]) + ":…"


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
