import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

PROTECT = django.db.models.deletion.PROTECT
CASCADE = django.db.models.deletion.CASCADE


class Migration(migrations.Migration):
    dependencies = [("outreach", "0038_lead_follow_up_on")]

    operations = [
        migrations.CreateModel(
            "KaderMessage",
            [
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "campaign",
                    models.ForeignKey(
                        "outreach.campaign", CASCADE, null=True, related_name="messages"
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        "outreach.office", PROTECT, null=True, related_name="messages"
                    ),
                ),
                ("text", models.CharField(max_length=500)),
                (
                    "author",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL, PROTECT, db_index=False, related_name="+"
                    ),
                ),
                ("sent_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL,
                        PROTECT,
                        null=True,
                        db_index=False,
                        related_name="+",
                    ),
                ),
            ],
            {
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(campaign__isnull=True) ^ Q(office__isnull=True),
                        name="outreach_kadermessage_one_audience",
                    ),
                    models.CheckConstraint(
                        condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                        | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                        name="outreach_kadermessage_withdrawn",
                    ),
                ],
            },
        ),
    ]
