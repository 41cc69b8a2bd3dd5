from django.db import migrations

from outreach.changes import LOCK


class Migration(migrations.Migration):
    """Tablets that have listed everything before are told of the rules of contributions as well."""

    dependencies = [("outreach", "0033_consent_photos")]

    operations = [
        migrations.RunSQL(
            f"""
            SELECT pg_advisory_xact_lock({LOCK});
            INSERT INTO outreach_change (kind, object_id, op)
            SELECT 'contribution_rules', 'current', 'upsert'
            WHERE EXISTS (SELECT FROM outreach_contributionload);
            """,
            migrations.RunSQL.noop,
        ),
    ]
