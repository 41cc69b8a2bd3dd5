import django.contrib.postgres.fields
import django.db.models.deletion
import outreach.models.constraints
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outreach', '0008_contents'),
        ('sync', '0002_hints'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HeldDisclosure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fields', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
                ('reason', models.CharField(max_length=500)),
                ('shown_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='heldrecord',
            name='campaign',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outreach.campaign'),
        ),
        migrations.AddField(
            model_name='heldrecord',
            name='clock_skew_s',
            field=models.FloatField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='heldrecord',
            name='device',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sync.device'),
        ),
        migrations.AddField(
            model_name='heldrecord',
            name='registration',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outreach.registration'),
        ),
        migrations.CreateModel(
            name='HeldDecision',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('kind', outreach.models.constraints.ChoiceField(choices=[('release', 'Release'), ('dismiss', 'Dismiss'), ('reopen', 'Reopen')], max_length=20)),
                ('reason', models.CharField(max_length=500)),
                ('decided_at', models.DateTimeField()),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('held', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='sync.heldrecord')),
            ],
        ),
        migrations.AddField(
            model_name='heldrecord',
            name='decision',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sync.helddecision'),
        ),
        migrations.AddIndex(
            model_name='heldrecord',
            index=models.Index(fields=['state', 'received_at', 'id'], name='sync_heldrecord_queue'),
        ),
        migrations.AddField(
            model_name='helddisclosure',
            name='held',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disclosures', to='sync.heldrecord'),
        ),
        migrations.AddField(
            model_name='helddisclosure',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
    ]
