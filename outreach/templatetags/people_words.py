"""Words for the pages about who works here."""

from django import template
from django.utils.translation import gettext_lazy

register = template.Library()

ROLES = {
    "kader": gettext_lazy("Kader"),
    "coordinator": gettext_lazy("Coordinator"),
    "supervisor": gettext_lazy("Supervisor"),
    "officer": gettext_lazy("Officer"),
    "administrator": gettext_lazy("Administrator"),
}


@register.filter
def role_name(role: str) -> str:
    return str(ROLES[role])
