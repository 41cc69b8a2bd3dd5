"""Instants and spans as people in an office read them."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def moment(at: datetime | None) -> str | SafeString:
    """An instant in the page's zone, which is said: 21 Nov 2026 18:31 WIB."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    text = date_format(local, "j M Y H:i T")
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), text)


@register.filter
def ago(at: datetime | None) -> str | SafeString:
    """How long ago an instant was, in one unit, with the instant itself as its tip."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    now = timezone.now()
    recent = (now - at).total_seconds() < 60
    text = _("just now") if recent else _("%(span)s ago") % {"span": timesince(at, now, depth=1)}
    tip = date_format(local, "j M Y H:i T")
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), tip, text)


@register.simple_tag
def clock_words(skew_s: float) -> SafeString:
    """How far a tablet's clock is from the server's, in whole seconds, and which way."""
    seconds = round(abs(skew_s))
    if not seconds:
        return format_html("{}", _("right to the second"))
    way = _("ahead of the server") if skew_s > 0 else _("behind the server")
    return format_html(
        '{} {} <small class="beside">{}</small>', number_format(seconds), _("s"), way
    )
