import django.contrib.postgres.fields
import django.db.models.deletion
import outreach.models.constraints
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outreach', '0010_sketches'),
    ]

    operations = [
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=40)),
                ('file_name', models.CharField(max_length=200)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveIntegerField()),
                ('state', outreach.models.constraints.ChoiceField(choices=[('reading', 'Reading'), ('refused', 'Refused'), ('ready', 'Ready'), ('confirming', 'Confirming'), ('confirmed', 'Confirmed')], max_length=20)),
                ('columns', models.JSONField(default=list)),
                ('refusal', models.JSONField(null=True)),
                ('row_count', models.PositiveIntegerField(default=0)),
                ('problem_count', models.PositiveIntegerField(default=0)),
                ('warning_count', models.PositiveIntegerField(default=0)),
                ('report', models.JSONField(null=True)),
                ('made_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('erased_at', models.DateTimeField(null=True)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('office', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outreach.office')),
            ],
        ),
        migrations.AlterField(
            model_name='decision',
            name='kind',
            field=outreach.models.constraints.ChoiceField(choices=[('verify', 'Verify'), ('reject', 'Reject'), ('request_correction', 'Request Correction'), ('reassign', 'Reassign'), ('undo', 'Undo'), ('same_person', 'Same Person'), ('different_people', 'Different People'), ('merge', 'Merge'), ('split', 'Split'), ('restore', 'Restore'), ('release', 'Release'), ('withdraw', 'Withdraw'), ('refuse', 'Refuse')], max_length=20),
        ),
        migrations.RunSQL(
            """
            ALTER TABLE outreach_decision DROP CONSTRAINT outreach_decision_kind_check;
            ALTER TABLE outreach_decision ADD CONSTRAINT outreach_decision_kind_check
            CHECK (kind IN ('verify', 'reject', 'request_correction', 'reassign', 'undo',
            'same_person', 'different_people', 'merge', 'split', 'restore', 'release',
            'withdraw', 'refuse'));
            """,
            migrations.RunSQL.noop,
        ),
        migrations.CreateModel(
            name='HandOff',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('made_at', models.DateTimeField()),
                ('row_count', models.PositiveIntegerField()),
                ('taken_back_at', models.DateTimeField(null=True)),
                ('taken_back_reason', models.CharField(max_length=500)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('office', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hand_offs', to='outreach.office')),
                ('taken_back_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ImportedFile',
            fields=[
                ('of_import', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='content', serialize=False, to='outreach.import')),
                ('content', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='HeldResult',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('source_row', models.PositiveIntegerField()),
                ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), size=None)),
                ('content', models.BinaryField()),
                ('digest', models.BinaryField()),
                ('state', outreach.models.constraints.ChoiceField(choices=[('open', 'Open'), ('applied', 'Applied'), ('dismissed', 'Dismissed')], default='open', max_length=20)),
                ('made_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(max_length=500)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('registration', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='held_results', to='outreach.registration')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='held_results', to='outreach.import')),
            ],
        ),
        migrations.CreateModel(
            name='ImportRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('content', models.BinaryField()),
                ('findings', models.JSONField(default=list)),
                ('worst', outreach.models.constraints.ChoiceField(choices=[('none', 'None'), ('warning', 'Warning'), ('problem', 'Problem')], max_length=20)),
                ('of_import', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='outreach.import')),
            ],
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('registration', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='membership', serialize=False, to='outreach.registration')),
                ('kpj', models.BinaryField(null=True)),
                ('kpj_index', models.BinaryField(db_index=True, null=True)),
                ('active_from', models.DateField(null=True)),
                ('paid_until', models.DateField(null=True)),
                ('lapsed_at', models.DateTimeField(null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('withdrawn_at__isnull', True)), fields=['paid_until'], name='outreach_membership_until')],
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_month', models.DateField()),
                ('months', models.PositiveSmallIntegerField()),
                ('paid_on', models.DateField()),
                ('confirmed_at', models.DateTimeField()),
                ('source_row', models.PositiveIntegerField(null=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('registration', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='outreach.registration')),
                ('source', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='outreach.import')),
            ],
        ),
        migrations.CreateModel(
            name='HandOffRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('person', models.UUIDField()),
                ('is_current', models.BooleanField(default=True)),
                ('answer', outreach.models.constraints.ChoiceField(choices=[('none', 'None'), ('accepted', 'Accepted'), ('refused', 'Refused')], default='none', max_length=20)),
                ('payment_code', models.CharField(max_length=30, null=True)),
                ('refusal', models.CharField(max_length=500, null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('hand_off', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='outreach.handoff')),
                ('registration', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hand_off_rows', to='outreach.registration')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('hand_off', 'number'), name='outreach_handoffrow_once'), models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('registration',), name='outreach_handoffrow_current')],
            },
        ),
        migrations.AddIndex(
            model_name='import',
            index=models.Index(condition=models.Q(('erased_at__isnull', True)), fields=['made_at'], name='outreach_import_unerased'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.UniqueConstraint(fields=('kind', 'office', 'sha256'), name='outreach_import_once', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='heldresult',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['made_at', 'id'], name='outreach_heldresult_open'),
        ),
        migrations.AddConstraint(
            model_name='heldresult',
            constraint=models.UniqueConstraint(fields=('registration', 'digest'), name='outreach_heldresult_once'),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(condition=models.Q(('worst', 'none'), _negated=True), fields=['of_import', 'worst', 'number'], name='outreach_importrow_found'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.UniqueConstraint(fields=('of_import', 'number'), name='outreach_importrow_once'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('months__range', (1, 12)), ('months__isnull', True), _connector='OR'), name='outreach_payment_months_range'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('first_month__day', 1)), name='outreach_payment_first_of_month'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('registration', 'first_month', 'months', 'paid_on'), name='outreach_payment_once'),
        ),
    ]
