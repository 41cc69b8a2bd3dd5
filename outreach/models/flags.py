"""Doubts about registrations."""

from django.db import models

from outreach.models.registrations import Registration


class Flag(models.Model):
    """A doubt about a registration, with its evidence; `outreach.flags` has the words for it."""

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="flags")
    code = models.CharField(max_length=40)
    evidence = models.JSONField()
    raised_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["registration", "code"], name="outreach_flag_once"),
        ]
        indexes = [models.Index(fields=["code"], name="outreach_flag_code")]


class PastFlag(models.Model):
    """A doubt that other boundaries, or another list of villages, took back.

    Kept so that a doubt that comes back is as old as it is.
    """

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="past_flags")
    code = models.CharField(max_length=40)
    evidence = models.JSONField()
    raised_at = models.DateTimeField()
    taken_back_at = models.DateTimeField()
