"""What becomes of a verified registration: handed off, answered, paid, and a membership."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from outreach.models.constraints import ChoiceField, within
from outreach.models.imports import Import
from outreach.models.people import Office, User
from outreach.models.registrations import Registration


def _sayers() -> "ArrayField[list[uuid.UUID], list[uuid.UUID]]":
    return ArrayField(models.UUIDField(), default=list, db_default=[])


class HandOff(models.Model):
    """Verified registrations of an office that went to BPJS together, in one file."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    office = models.ForeignKey(Office, models.PROTECT, related_name="hand_offs")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    row_count = models.PositiveIntegerField()
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    taken_back_reason = models.CharField(max_length=500)


class HandOffRow(models.Model):
    """A registration in a hand-off, as the person it was then, and what BPJS answered.

    Of a registration's rows at most one `is_current`: not taken back, and not refused. `said_by`
    are the imports, and the held results that somebody applied, which say that it was answered, and
    `code_said_by` those that name the payment code: what nobody says any more goes.
    """

    class Answer(models.TextChoices):
        NONE = "none"
        ACCEPTED = "accepted"
        REFUSED = "refused"

    hand_off = models.ForeignKey(HandOff, models.PROTECT, db_index=False, related_name="rows")
    number = models.PositiveIntegerField()
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="hand_off_rows")
    person = models.UUIDField()
    is_current = models.BooleanField(default=True)
    answer = ChoiceField(choices=Answer, default=Answer.NONE)
    payment_code = models.CharField(max_length=30, null=True)
    refusal = models.CharField(max_length=500, null=True)
    answered_at = models.DateTimeField(null=True)
    said_by = _sayers()
    code_said_by = _sayers()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hand_off", "number"], name="outreach_handoffrow_once"),
            models.UniqueConstraint(
                fields=["registration"],
                condition=Q(is_current=True),
                name="outreach_handoffrow_current",
            ),
        ]
        indexes = [GinIndex(fields=["said_by"], name="outreach_handoffrow_said_by")]


class Payment(models.Model):
    """Months of contribution that BPJS confirmed as paid: `months` from `first_month` (its first
    day) on, paid on a day. The same months can be in several; whoever pays twice has paid once.

    One that was undone does not count; if it was undone with a whole file (`undone_with`), it may
    come again. `payer` is null where nobody said who paid. `said_by` as in HandOffRow.
    """

    registration = models.ForeignKey(
        Registration, models.PROTECT, db_index=False, related_name="payments"
    )
    first_month = models.DateField()
    months = models.PositiveSmallIntegerField()
    paid_on = models.DateField()
    payer = ChoiceField(choices=Registration.Payer, null=True)
    confirmed_at = models.DateTimeField()
    source = models.ForeignKey(Import, models.PROTECT, null=True, related_name="payments")
    source_row = models.PositiveIntegerField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_reason = models.CharField(max_length=500, null=True)
    undone_with = models.ForeignKey(Import, models.PROTECT, null=True, related_name="+")
    said_by = _sayers()

    class Meta:
        constraints = [
            within("months", 1, 12),
            models.CheckConstraint(
                condition=Q(first_month__day=1), name="outreach_payment_first_of_month"
            ),
            models.UniqueConstraint(
                fields=["registration", "first_month", "months", "paid_on"],
                condition=Q(undone_at=None),
                name="outreach_payment_counts_once",
            ),
        ]
        indexes = [models.Index(fields=["registration"], name="outreach_payment_registration")]


class Membership(models.Model):
    """What follows from a registration's payments, and the number BPJS gave: its KPJ.

    `active_from` and `paid_until` are the first and the last paid month, by their first days;
    `lapsed_at` is when the third unpaid month was over, if it is. All but the KPJ is made anew from
    payments and decisions by outreach.membership.standing. The KPJ is sealed with the
    registration's id.
    """

    registration = models.OneToOneField(
        Registration, models.PROTECT, primary_key=True, related_name="membership"
    )
    kpj = models.BinaryField(null=True)
    kpj_index = models.BinaryField(null=True, db_index=True)
    kpj_said_by = _sayers()
    active_from = models.DateField(null=True)
    paid_until = models.DateField(null=True)
    lapsed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # Who lapses next, and who is about to.
            models.Index(
                fields=["paid_until"],
                condition=Q(withdrawn_at__isnull=True),
                name="outreach_membership_until",
            ),
        ]


class HeldResult(models.Model):
    """A row of a result file that somebody has to look at before it counts.

    `content` is the row as read, sealed with this id; `digest` a keyed hash by which the same row
    of another file is known. `reasons` are codes that outreach.membership.words has words for. One
    whose file was undone says nothing any more.
    """

    class State(models.TextChoices):
        OPEN = "open"
        APPLIED = "applied"
        DISMISSED = "dismissed"
        UNDONE = "undone"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    registration = models.ForeignKey(
        Registration, models.PROTECT, db_index=False, related_name="held_results"
    )
    source = models.ForeignKey(Import, models.PROTECT, related_name="held_results")
    source_row = models.PositiveIntegerField()
    reasons = ArrayField(models.CharField(max_length=30))
    content = models.BinaryField()
    digest = models.BinaryField()
    state = ChoiceField(choices=State, default=State.OPEN)
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500)
    kpj_left_out = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["registration", "digest"],
                condition=~Q(state="undone"),
                name="outreach_heldresult_said_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["made_at", "id"],
                condition=Q(state="open"),
                name="outreach_heldresult_open",
            ),
        ]
