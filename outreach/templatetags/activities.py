"""Words for the pages about campaigns."""

from django import template
from django.utils.translation import gettext_lazy

register = template.Library()

TYPES = {
    "market_drive": gettext_lazy("market drive"),
    "mobile_car": gettext_lazy("service car"),
    "trade_center_drive": gettext_lazy("trade centre drive"),
    "kader_penggerak": gettext_lazy("kader in their neighbourhood"),
    "awareness_session": gettext_lazy("awareness session"),
    "aware_village": gettext_lazy("aware village drive"),
    "service_counter": gettext_lazy("service counter"),
    "agency_drive": gettext_lazy("drive with a local agency"),
    "monev": gettext_lazy("monitoring meeting"),
    "benefit_handover": gettext_lazy("handing over a benefit"),
}


@register.filter
def activity_name(kind: str) -> str:
    """What a campaign of this type is called in the field."""
    return str(TYPES[kind])
