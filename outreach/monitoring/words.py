"""What figures of a report, and components of the formula, are called."""

from django.utils.translation import gettext_lazy

COMPONENT_NAMES = {
    "coverage": gettext_lazy("coverage"),
    "gap_closed": gettext_lazy("gap closed"),
    "retention": gettext_lazy("retention"),
    "officials": gettext_lazy("village officials"),
}
FIGURES = {
    "workers": gettext_lazy("working people"),
    "registered": gettext_lazy("registered"),
    "verified": gettext_lazy("verified"),
    "provisional": gettext_lazy("provisional"),
    "active": gettext_lazy("active"),
    "coverage": gettext_lazy("coverage"),
    "active_coverage": gettext_lazy("active coverage"),
    "leads": gettext_lazy("leads"),
    "change": gettext_lazy("change"),
}
