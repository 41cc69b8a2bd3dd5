import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outreach', '0021_undone_payments'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='denominator',
            name='outreach_denominator_once',
        ),
        migrations.AddField(
            model_name='denominator',
            name='error_share',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='denominator',
            name='of_import',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='denominators', to='outreach.import'),
        ),
        migrations.AddField(
            model_name='denominator',
            name='replaced_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='denominator',
            name='revision',
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddConstraint(
            model_name='denominator',
            constraint=models.UniqueConstraint(fields=('region', 'year', 'segment', 'source', 'revision'), name='outreach_denominator_once'),
        ),
        migrations.AddConstraint(
            model_name='denominator',
            constraint=models.UniqueConstraint(condition=models.Q(('replaced_at__isnull', True)), fields=('region', 'year', 'segment', 'source'), name='outreach_denominator_current'),
        ),
    ]
