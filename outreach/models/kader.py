"""What is known of a kader beside the account, from a day to a day; and the account's log."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from outreach.models.constraints import ChoiceField
from outreach.models.people import Office, User
from outreach.models.places import Region
from outreach.models.registrations import Registration


def days_in_order(first: str, last: str, name: str) -> models.CheckConstraint:
    """The last day, if any, is not before the first."""
    return models.CheckConstraint(
        condition=Q(**{f"{last}__isnull": True}) | Q(**{f"{last}__gte": F(first)}), name=name
    )


class Noted(models.Model):
    """Who noted it, and when."""

    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    noted_at = models.DateTimeField()

    class Meta:
        abstract = True


class AssignmentLetter(Noted):
    """A letter by which an office or an agency sends a kader out, valid on these days."""

    kader = models.ForeignKey(User, models.PROTECT, related_name="letters")
    number = models.CharField(max_length=80)
    issued_on = models.DateField()
    valid_from = models.DateField()
    valid_to = models.DateField()
    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    agency = models.CharField(max_length=160)
    signed_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            days_in_order("valid_from", "valid_to", "outreach_assignmentletter_days"),
            models.UniqueConstraint(
                fields=["kader", "number"], name="outreach_assignmentletter_once"
            ),
        ]


class Training(Noted):
    """A course a kader went to."""

    class Result(models.TextChoices):
        PASSED = "passed"
        FAILED = "failed"
        ATTENDED = "attended"

    kader = models.ForeignKey(User, models.PROTECT, related_name="trainings")
    course = models.CharField(max_length=160)
    held_on = models.DateField()
    result = ChoiceField(choices=Result)
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            days_in_order("held_on", "valid_to", "outreach_training_days"),
            models.UniqueConstraint(
                fields=["kader", "course", "held_on"], name="outreach_training_once"
            ),
        ]


class Agency(Noted):
    """Whose kader somebody is."""

    class Kind(models.TextChoices):
        PERISAI_AGENT = "perisai_agent"
        PKK = "pkk"
        NGO = "ngo"
        VILLAGE = "village"
        OTHER = "other"

    kader = models.ForeignKey(User, models.PROTECT, related_name="agencies")
    kind = ChoiceField(choices=Kind)
    name = models.CharField(max_length=160)
    first_day = models.DateField()
    last_day = models.DateField(null=True)

    class Meta:
        constraints = [days_in_order("first_day", "last_day", "outreach_agency_days")]


class KaderVillage(Noted):
    """A village that a kader works in."""

    kader = models.ForeignKey(User, models.PROTECT, related_name="own_villages")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField(null=True)

    class Meta:
        constraints = [
            days_in_order("first_day", "last_day", "outreach_kadervillage_days"),
            models.UniqueConstraint(
                fields=["kader", "village", "first_day"], name="outreach_kadervillage_once"
            ),
        ]


class CommunityRole(Noted):
    """What a kader is to the neighbours; several at a time are common."""

    class Role(models.TextChoices):
        PKK = "pkk"
        RT_HEAD = "rt_head"
        RW_HEAD = "rw_head"
        NEIGHBOURHOOD_HEAD = "neighbourhood_head"
        VILLAGE_OFFICIAL = "village_official"
        OTHER = "other"

    kader = models.ForeignKey(User, models.PROTECT, related_name="community_roles")
    role = ChoiceField(choices=Role)
    village = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+")
    detail = models.CharField(max_length=120)
    first_day = models.DateField()
    last_day = models.DateField(null=True)

    class Meta:
        constraints = [days_in_order("first_day", "last_day", "outreach_communityrole_days")]


class AccountChange(models.Model):
    """A change of somebody's account: by whom, why, and each field as it was and is."""

    user = models.ForeignKey(User, models.PROTECT, related_name="account_changes")
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    fields = models.JSONField()
    reason = models.CharField(max_length=500)
    made_at = models.DateTimeField()


class StatementQuestion(models.Model):
    """A kader's question about a line of the own credit statement, and the coordinator's answer.

    The id is made by the kader's client.
    """

    id = models.UUIDField(primary_key=True)
    kader = models.ForeignKey(User, models.PROTECT, related_name="questions")
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="questions")
    text = models.CharField(max_length=500)
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=500)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_by__isnull=True, answered_at__isnull=True, answer="")
                | Q(answered_by__isnull=False, answered_at__isnull=False),
                name="outreach_statementquestion_answered",
            ),
        ]
