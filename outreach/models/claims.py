"""Who is at work on what waits for somebody."""

from django.db import models

from outreach.models.people import User


class Claim(models.Model):
    """Somebody decides about a case just now; nothing of it counts after `until`.

    `subject` is the id of a registration, of a question about who is who, or of a held record as it
    was sent.
    """

    subject = models.UUIDField(primary_key=True)
    by = models.ForeignKey(User, models.CASCADE, db_index=False, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
