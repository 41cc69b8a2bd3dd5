"""What offices write to their kader."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from outreach.models.campaigns import Campaign
from outreach.models.people import Office, User


class KaderMessage(models.Model):
    """A short message to the team of a campaign, or to the kader of an office and its branches.

    Shown until `ends_at`, or until it was withdrawn. The id is made by the form.
    """

    id = models.UUIDField(primary_key=True)
    campaign = models.ForeignKey(Campaign, models.CASCADE, null=True, related_name="messages")
    office = models.ForeignKey(Office, models.PROTECT, null=True, related_name="messages")
    text = models.CharField(max_length=500)
    author = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
    sent_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, null=True, db_index=False, related_name="+"
    )

    @property
    def last_minute(self) -> datetime:
        """The last minute in which it is shown: it ends as a day begins."""
        return self.ends_at - timedelta(minutes=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(campaign__isnull=True) ^ Q(office__isnull=True),
                name="outreach_kadermessage_one_audience",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="outreach_kadermessage_withdrawn",
            ),
        ]
