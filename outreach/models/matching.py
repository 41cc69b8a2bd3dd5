"""Who is who: what was found out about pairs of registrations, and what people said of them.

Verdicts are input; everything else here follows from registrations, model and verdicts, and
`rematch` makes it anew.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from outreach.models.decisions import Decision
from outreach.models.registrations import Registration


class MatchRecord(models.Model):
    """What a registration says about who the worker is: outreach.dedup's facts, packed and sealed.

    `keys` are the rows of MatchKey it has. `blank` says what leads nowhere because too many
    registrations share it (outreach.matching.keys.Blank bits). `arrived_at` is
    when the registration was stored first, by the database's clock; edits do not change it. `model`
    is the version it was last compared by, "" when it has to be compared anew.
    """

    registration = models.OneToOneField(
        Registration, models.PROTECT, primary_key=True, related_name="match"
    )
    facts = models.BinaryField()
    keys = ArrayField(models.BigIntegerField())
    blank = models.SmallIntegerField(default=0)
    model = models.CharField(max_length=20)
    arrived_at = models.DateTimeField()


class MatchKey(models.Model):
    """A keyed hash of something that registrations of one person have in common.

    `sketch` is the registration's (outreach.dedup.sketching), under a mask that its id gives: it is
    looked at before anything is read of the registration, so it stands in the index. No foreign
    key: there are twenty rows a registration, and registrations are never deleted.
    """

    pk = models.CompositePrimaryKey("key", "registration")
    key = models.BigIntegerField()
    registration = models.UUIDField(db_column="registration_id")
    sketch = models.BigIntegerField()


class CrowdedKey(models.Model):
    """A key with too many holders to tell anything; `swept` once its holders were matched anew."""

    key = models.BigIntegerField(primary_key=True)
    swept = models.BooleanField(default=False)


class MatchPair(models.Model):
    """Two registrations that may be one person, or share a NIK; `left` has the smaller id.

    `score` is in log odds and `vetoes` are outreach.dedup.deciding.Veto bits, both by `model`.
    `is_same`: joined as far as these two alone can tell. `is_open`: waits for a person's answer,
    and is the best pair of two people; `settles` ranks those. `same_nik`: they share a NIK that not
    too many share. `proposed` is the score by another model that judges otherwise: nothing follows
    from it until somebody answers. What speaks for and against is worked out when somebody looks
    (outreach.matching.grounds).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    left = models.ForeignKey(Registration, models.PROTECT, db_index=False, related_name="+")
    right = models.ForeignKey(Registration, models.PROTECT, db_index=False, related_name="+")
    score = models.FloatField()
    vetoes = models.IntegerField()
    model = models.CharField(max_length=20)
    is_same = models.BooleanField()
    same_nik = models.BooleanField()
    is_open = models.BooleanField()
    proposed = models.FloatField(null=True)
    settles = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["left", "right"], name="outreach_matchpair_once"),
            models.CheckConstraint(
                condition=Q(left__lt=F("right")), name="outreach_matchpair_in_order"
            ),
        ]
        indexes = [
            models.Index(fields=["right"], name="outreach_matchpair_right"),
            models.Index(
                F("settles").desc(),
                "id",
                name="outreach_matchpair_open",
                condition=Q(is_open=True),
            ),
        ]


class PairVerdict(models.Model):
    """What a coordinator said of two registrations; the newest that is not undone holds."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="verdicts")
    left = models.ForeignKey(Registration, models.PROTECT, db_index=False, related_name="+")
    right = models.ForeignKey(Registration, models.PROTECT, db_index=False, related_name="+")
    is_same = models.BooleanField()
    is_undone = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "left", "right"], name="outreach_pairverdict_once"
            ),
            models.CheckConstraint(
                condition=Q(left__lt=F("right")), name="outreach_pairverdict_in_order"
            ),
        ]
        indexes = [
            models.Index(fields=["left"], name="outreach_pairverdict_left"),
            models.Index(fields=["right"], name="outreach_pairverdict_right"),
        ]
