"""What somebody typed into a page's form, as text that can be stored."""

from collections.abc import Mapping

from django.http import HttpRequest

LONGEST_TEXT = 80
SHORTEST_REASON, LONGEST_REASON = 3, 500


def sought(given: Mapping[str, str], name: str = "q") -> str:
    """The text that a list is searched for."""
    return given.get(name, "").replace("\0", "")[:LONGEST_TEXT].strip()


def typed_reason(request: HttpRequest) -> str:
    """The reason in a form, empty where there is none."""
    return request.POST.get("reason", "").replace("\0", "").strip()[:LONGEST_REASON]


def reason_of(request: HttpRequest) -> str | None:
    """The reason in a form; None where it is too short to say anything."""
    reason = typed_reason(request)
    return reason if len(reason) >= SHORTEST_REASON else None
