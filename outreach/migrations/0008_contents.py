import django.db.models.deletion
from django.db import migrations, models

import outreach.models.constraints


class Migration(migrations.Migration):

    dependencies = [
        ('outreach', '0007_founders'),
    ]

    operations = [
        migrations.AddField(
            model_name='disclosure',
            name='revision',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outreach.revision'),
        ),
        migrations.AddField(
            model_name='revision',
            name='was_held',
            field=models.BooleanField(default=False),
            preserve_default=False,
        ),
        # Of what was kept before, nobody wrote down how the tablet's clock stood.
        migrations.AddField(
            model_name='revision',
            name='clock_skew_s',
            field=models.FloatField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='revision',
            name='enrolled',
            field=models.BooleanField(default=True),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='decision',
            name='kind',
            field=outreach.models.constraints.ChoiceField(choices=[('verify', 'Verify'), ('reject', 'Reject'), ('request_correction', 'Request Correction'), ('reassign', 'Reassign'), ('undo', 'Undo'), ('same_person', 'Same Person'), ('different_people', 'Different People'), ('merge', 'Merge'), ('split', 'Split'), ('restore', 'Restore'), ('release', 'Release')], max_length=20),
        ),
        # Altering a ChoiceField's choices leaves the database's own constraint as it was.
        migrations.RunSQL(
            """
            ALTER TABLE outreach_decision DROP CONSTRAINT outreach_decision_kind_check;
            ALTER TABLE outreach_decision ADD CONSTRAINT outreach_decision_kind_check
            CHECK (kind IN ('verify', 'reject', 'request_correction', 'reassign', 'undo',
            'same_person', 'different_people', 'merge', 'split', 'restore', 'release'));
            """,
            migrations.RunSQL.noop,
        ),
    ]
