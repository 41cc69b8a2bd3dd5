from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

from outreach.models.name_words import NameWords


class Migration(migrations.Migration):
    dependencies = [("outreach", "0039_kader_messages")]

    operations = [
        migrations.AddIndex(
            "person", models.Index(fields=["created_at", "id"], name="outreach_person_newest")
        ),
        migrations.RemoveIndex("registration", "outreach_registration_queue"),
        migrations.AddIndex(
            "registration",
            models.Index(
                fields=["campaign", "status"],
                include=["id", "decided_campaign", "local_day", "received_at"],
                name="outreach_registration_queue",
            ),
        ),
        migrations.AddIndex(
            "registration",
            GinIndex(NameWords("full_name"), name="outreach_registration_named"),
        ),
    ]
