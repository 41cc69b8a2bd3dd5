import django.contrib.postgres.fields
import django.db.models.deletion
import outreach.models.constraints
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outreach', '0022_denominator_revisions'),
    ]

    operations = [
        migrations.AlterField(
            model_name='boundarychange',
            name='kind',
            field=outreach.models.constraints.ChoiceField(choices=[('load', 'Load'), ('switch', 'Switch'), ('undo', 'Undo'), ('list', 'List')], max_length=20),
        ),
        migrations.RunSQL(
            """
            ALTER TABLE outreach_boundarychange DROP CONSTRAINT outreach_boundarychange_kind_check;
            ALTER TABLE outreach_boundarychange ADD CONSTRAINT outreach_boundarychange_kind_check
            CHECK (kind IN ('load', 'switch', 'undo', 'list'))
            """,
            """
            DELETE FROM outreach_boundarychange WHERE kind = 'list';
            ALTER TABLE outreach_boundarychange DROP CONSTRAINT outreach_boundarychange_kind_check;
            ALTER TABLE outreach_boundarychange ADD CONSTRAINT outreach_boundarychange_kind_check
            CHECK (kind IN ('load', 'switch', 'undo'))
            """,
        ),
        migrations.CreateModel(
            name='RegionChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', outreach.models.constraints.ChoiceField(choices=[('recode', 'Recode'), ('merge', 'Merge'), ('split', 'Split'), ('rename', 'Rename')], max_length=20)),
                ('effective_day', models.DateField()),
                ('from_codes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=13), size=None)),
                ('to_codes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=13), size=None)),
                ('names', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), size=None)),
                ('shares', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), null=True, size=None)),
                ('shares_source', models.CharField(max_length=200)),
                ('source', models.CharField(max_length=200)),
                ('reason', models.CharField(max_length=500)),
                ('report', models.JSONField(default=dict)),
                ('before', models.JSONField(default=dict)),
                ('applied_at', models.DateTimeField()),
                ('followed_at', models.DateTimeField(null=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_reason', models.CharField(max_length=500)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('undone_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ChangedDenominator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_made', models.BooleanField()),
                ('denominator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outreach.denominator')),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='denominators', to='outreach.regionchange')),
            ],
        ),
        migrations.CreateModel(
            name='VillageChoice',
            fields=[
                ('registration', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='village_choice', serialize=False, to='outreach.registration')),
                ('code', models.CharField(max_length=13)),
                ('was_proposed', models.BooleanField()),
                ('reason', models.CharField(max_length=500)),
                ('decided_at', models.DateTimeField()),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='choices', to='outreach.regionchange')),
                ('village', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outreach.region')),
            ],
        ),
        migrations.AddConstraint(
            model_name='regionchange',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'split'), ('to_codes__len', 1), _connector='OR'), name='outreach_regionchange_one'),
        ),
    ]
