"""Database constraints that several tables share."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CheckConstraint, Q


class ChoiceField(models.CharField):  # type: ignore[type-arg]
    """A CharField whose choices the database holds too, whoever writes the row.

    A migration that alters them has to bring them to the database by SQL: Django does not.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_length", 20)
        super().__init__(*args, **options)

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        quote = connection.ops.quote_name
        values = ", ".join(f"'{value}'" for value, _ in self.flatchoices)
        return f"{quote(self.column or self.name)} IN ({values})"


def within(field: str, low: float, high: float) -> CheckConstraint:
    """The column lies between low and high, both included, or is null."""
    return CheckConstraint(
        condition=Q(**{f"{field}__range": (low, high)}) | Q(**{f"{field}__isnull": True}),
        name=f"%(app_label)s_%(class)s_{field}_range",
    )
