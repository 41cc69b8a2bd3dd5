"""The bar at the top of the console."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django import template
from django.http import HttpRequest
from django.urls import reverse

from outreach.pages.staff import MOST_SECTIONS, SECTIONS, Section

register = template.Library()

OF_SECTION = {"held": "queue"}
"""Where pages have an address of their own."""


class Entry(NamedTuple):
    """A section as a link, and whether the page is of it."""

    section: Section
    address: str
    is_here: bool


class Bar(NamedTuple):
    """The sections of a role in their order; what is `folded` opens on request."""

    shown: list[Entry]
    folded: list[Entry]

    @property
    def here(self) -> Entry | None:
        """The folded section that the page is of."""
        return next((one for one in self.folded if one.is_here), None)


@register.simple_tag(takes_context=True)
def main_menu(context: Mapping[str, Any]) -> Bar:
    """What the user's role may open: everything beside each other if it is not too much for that.

    A page about a fault may know of no user and no request.
    """
    request: HttpRequest | None = context.get("request")
    role = getattr(context.get("user"), "role", None)
    here = _part(request.path) if request else None
    entries = []
    for section in SECTIONS:
        if role in section.roles:
            address = reverse(section.page)
            entries.append(Entry(section, address, _part(address) == here))
    if len(entries) <= MOST_SECTIONS:
        return Bar(entries, [])
    return Bar(
        [one for one in entries if one.section.daily],
        [one for one in entries if not one.section.daily],
    )


def _part(path: str) -> str:
    part = path.strip("/").partition("/")[0]
    return OF_SECTION.get(part, part)
