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


def page_or_first(
    rows: QuerySet[Any],
    cursor: str | None,
    by: str,
    size: int = PAGE_SIZE,
    *,
    lowest_first: bool = False,
) -> Shown:
    """The page of a cursor, in the order of `by`; the first for one that makes no sense."""
    limit = {"limit": size}
    if cursor:
        try:
            page = page_of(rows, limit | {"cursor": cursor}, by, lowest_first=lowest_first)
            return Shown(*page, is_first=False)
        except APIException:
            pass
    return Shown(*page_of(rows, limit, by, lowest_first=lowest_first), is_first=True)
