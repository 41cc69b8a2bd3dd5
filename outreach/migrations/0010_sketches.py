from django.db import migrations, models

PRIMARY_KEY = """
    ALTER TABLE outreach_matchkey DROP CONSTRAINT outreach_matchkey_pkey,
        ADD PRIMARY KEY (key, registration_id)
"""


class Migration(migrations.Migration):
    dependencies = [("outreach", "0009_photos")]

    operations = [
        # Keys follow from registrations. The next sweep writes them anew, each with a sketch.
        migrations.RunSQL(
            """
            TRUNCATE outreach_matchkey;
            UPDATE outreach_matchrecord SET keys = '{}', model = '';
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AddField("matchkey", "sketch", models.BigIntegerField(default=0), False),
        migrations.RunSQL(f"{PRIMARY_KEY} INCLUDE (sketch)", PRIMARY_KEY),
    ]
