"""Formulas end where the next one begins, and the last one not at all."""

from django.db import migrations

FOLLOW = """
UPDATE outreach_formula AS one SET effective_until = next_one.first - 1
FROM (
    SELECT version, lead(effective_from) OVER (ORDER BY effective_from) AS first
    FROM outreach_formula WHERE NOT is_draft
) AS next_one
WHERE next_one.version = one.version
    AND one.effective_until IS DISTINCT FROM next_one.first - 1
"""


class Migration(migrations.Migration):
    dependencies = [("outreach", "0026_flag_remarks")]
    operations = [migrations.RunSQL(FOLLOW, migrations.RunSQL.noop)]
