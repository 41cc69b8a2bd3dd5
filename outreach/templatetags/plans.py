"""Fields of the form of a plan, each with its label and with what is wrong with it."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from outreach.pages.plan_form import PlanForm

register = template.Library()


@register.simple_tag
def entry(form: PlanForm, name: str, label: str, kind: str = "text", **more: Any) -> SafeString:
    """An input; `more` are further attributes."""
    return _labelled(
        form,
        name,
        label,
        format_html(
            '<input id="{}" name="{}" type="{}" value="{}"{}{}>',
            name,
            name,
            kind,
            form.value(name),
            _said(form, name),
            _attributes(more),
        ),
    )


@register.simple_tag
def lines(form: PlanForm, name: str, label: str, rows: int, **more: Any) -> SafeString:
    """A text of several lines."""
    box = format_html(
        '<textarea id="{}" name="{}" rows="{}"{}{}>{}</textarea>',
        name,
        name,
        rows,
        _said(form, name),
        _attributes(more),
        form.value(name),
    )
    return _labelled(form, name, label, box)


@register.simple_tag
def wrong_with(form: PlanForm, name: str) -> SafeString:
    """What is wrong with a field or a group."""
    return format_html_join(
        "",
        '<small class="fault" id="{}-fault">{}</small>',
        [(name, " ".join(form.errors[name]))] if form.errors.get(name) else [],
    )


@register.filter
def zone_name(zone: str) -> str:
    """A zone as people call it, and by a place that has it: WIB (Jakarta)."""
    abbreviation = timezone.now().astimezone(ZoneInfo(zone)).tzname()
    return f"{abbreviation} ({zone.partition('/')[2]})"


@register.filter
def holds(form: PlanForm, name_and_value: str) -> bool:
    """Whether a choice is made: `type=market_drive`."""
    name, _, value = name_and_value.partition("=")
    return form.has(name, value)


def _labelled(form: PlanForm, name: str, label: str, control: SafeString) -> SafeString:
    return format_html(
        '<div class="entry"><label for="{}">{}</label>{}{}</div>',
        name,
        label,
        control,
        wrong_with(form, name),
    )


def _said(form: PlanForm, name: str) -> SafeString:
    if not form.errors.get(name):
        return SafeString()
    return format_html(' aria-invalid="true" aria-describedby="{}-fault"', name)


def _attributes(more: dict[str, Any]) -> SafeString:
    return format_html_join("", ' {}="{}"', more.items())


@register.filter
def written(fields: Mapping[str, Sequence[str]], name: str) -> str:
    """What is in a field."""
    return next(iter(fields.get(name, ())), "")
