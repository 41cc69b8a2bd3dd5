"""Lists of the console a page at a time; an address that makes no sense shows the first."""

from typing import Any, NamedTuple

from django.db.models import QuerySet
from rest_framework.exceptions import APIException

from outreach.api.pages import PAGE_SIZE, page_of


class Shown(NamedTuple):
    """Some rows, the cursor of the page after them or None, and whether none are before them."""

    results: list[Any]
    next: str | None
    is_first: bool


def page_or_first(rows: QuerySet[Any], cursor: str, by: str, size: int = PAGE_SIZE) -> Shown:
    """The page of a cursor, the highest `by` first; the first for one that makes no sense."""
    limit = {"limit": size}
    try:
        return Shown(
            *page_of(rows, limit | {"cursor": cursor} if cursor else limit, by), not cursor
        )
    except APIException:
        return Shown(*page_of(rows, limit, by), is_first=True)
