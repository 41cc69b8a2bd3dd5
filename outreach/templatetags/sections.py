"""The bar at the top of the console."""

from typing import Any

from django import template

from outreach.pages.staff import SECTIONS, Section

register = template.Library()


@register.filter
def sections(user: Any) -> list[Section]:
    """The sections that a user's role may open, in the order of the bar."""
    role = getattr(user, "role", None)
    return [section for section in SECTIONS if role in section.roles]
