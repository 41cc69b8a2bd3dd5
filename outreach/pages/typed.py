"""What came with a page's address or form, as far as it can be read and stored."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from rest_framework.serializers import Serializer

LONGEST_TEXT = 80
SHORTEST_REASON, LONGEST_REASON = 3, 500


def readable(
    form: type[Serializer[Any]], parameters: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """What a form reads of an address, and the names of the parameters that make no sense to it."""
    known = form().fields
    given = {name: text for name, text in parameters.items() if text and name in known}
    first = form(data=given)
    first.is_valid()
    unread = [name for name in first.errors if name in given]
    rest = form(data={name: text for name, text in given.items() if name not in unread})
    rest.is_valid(raise_exception=True)
    return dict(rest.validated_data), unread


def sought(given: Mapping[str, str], name: str = "q") -> str:
    """The text that a list is searched for."""
    return given.get(name, "").replace("\0", "")[:LONGEST_TEXT].strip()


def read_id(text: str) -> UUID | None:
    """The id in a form or an address; None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def typed_reason(request: HttpRequest, name: str = "reason") -> str:
    """The reason or note in a form, empty where there is none."""
    return request.POST.get(name, "").replace("\0", "").strip()[:LONGEST_REASON]


def reason_of(request: HttpRequest) -> str | None:
    """The reason in a form; None where it is too short to say anything."""
    reason = typed_reason(request)
    return reason if len(reason) >= SHORTEST_REASON else None
