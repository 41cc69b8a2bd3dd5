"""Offices and the people who work with the system."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from outreach.models.constraints import ChoiceField


class Office(models.Model):
    """A regional office (kanwil) or a branch (kacab); what it looks after is OfficeTerritory."""

    class Kind(models.TextChoices):
        REGIONAL = "regional_office"
        BRANCH = "branch_office"

    name = models.CharField(max_length=120, unique=True)
    kind = ChoiceField(choices=Kind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="branches"
    )

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """Someone who signs in: one role, one office."""

    class Role(models.TextChoices):
        KADER = "kader"
        COORDINATOR = "coordinator"
        SUPERVISOR = "supervisor"
        OFFICER = "officer"
        ADMINISTRATOR = "administrator"

    first_name = None  # type: ignore[assignment]  # one name field: mononyms are common
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField(max_length=120)
    phone = models.CharField(max_length=16, blank=True)
    role = ChoiceField(choices=Role)
    office = models.ForeignKey(Office, models.PROTECT, null=True, blank=True, related_name="staff")
    is_demo = models.BooleanField(default=False)

    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name", "role"]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role="administrator") | Q(office__isnull=False),
                name="outreach_user_has_office",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name
