"""Words for the pages about held records."""

from collections.abc import Mapping

from django import template

from outreach.record_problems import problem_text
from outreach.templatetags.cases import FIELDS

register = template.Library()


@register.filter
def problem_field(found: Mapping[str, str]) -> str:
    """Which field a problem is at, as people call it; the whole record for none."""
    name = found["pointer"].split("/")[1] if found["pointer"] else ""
    return str(FIELDS.get(name, name)) or problem_text(found["code"], found["pointer"])


@register.filter
def problem_words(found: Mapping[str, str]) -> str:
    return problem_text(found["code"], found["pointer"])
