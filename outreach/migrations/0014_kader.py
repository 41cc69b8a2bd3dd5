import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
import outreach.models.constraints
from django.conf import settings
from django.db import migrations, models


# Tallies by campaign and kader get a month: they are made anew from the people they count.
RECOUNT = """
    INSERT INTO outreach_campaigntally (campaign_id, kader_id, month, provisional, verified)
    SELECT campaign_id, kader_id, month, count(*) FILTER (WHERE state = 'provisional'),
        count(*) FILTER (WHERE state = 'verified')
    FROM outreach_person AS person
    JOIN outreach_registration AS registration ON registration.id = credited_id
    WHERE state <> 'none' GROUP BY campaign_id, kader_id, month
"""
# What the field works with; an office that knows better adds a rule of its own from a day on.
FIRST_RULE = """
    INSERT INTO outreach_incentiverule (threshold, period, first_day, source, made_at)
    VALUES (25, 'month', '2014-01-01', 'field practice: 25 a month', now())
"""


class Migration(migrations.Migration):

    dependencies = [
        ('outreach', '0013_territory'),
    ]

    operations = [
        migrations.RunSQL('DELETE FROM outreach_campaigntally', migrations.RunSQL.noop),
        migrations.CreateModel(
            name='AccountChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fields', models.JSONField()),
                ('reason', models.CharField(max_length=500)),
                ('made_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Agency',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('noted_at', models.DateTimeField()),
                ('kind', outreach.models.constraints.ChoiceField(choices=[('perisai_agent', 'Perisai Agent'), ('pkk', 'Pkk'), ('ngo', 'Ngo'), ('village', 'Village'), ('other', 'Other')], max_length=20)),
                ('name', models.CharField(max_length=160)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='AssignmentLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('noted_at', models.DateTimeField()),
                ('number', models.CharField(max_length=80)),
                ('issued_on', models.DateField()),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField()),
                ('agency', models.CharField(max_length=160)),
                ('signed_by', models.CharField(max_length=120)),
            ],
        ),
        migrations.CreateModel(
            name='CommunityRole',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('noted_at', models.DateTimeField()),
                ('role', outreach.models.constraints.ChoiceField(choices=[('pkk', 'Pkk'), ('rt_head', 'Rt Head'), ('rw_head', 'Rw Head'), ('neighbourhood_head', 'Neighbourhood Head'), ('village_official', 'Village Official'), ('other', 'Other')], max_length=20)),
                ('detail', models.CharField(max_length=120)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='IncentiveRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('threshold', models.PositiveIntegerField()),
                ('period', outreach.models.constraints.ChoiceField(choices=[('month', 'Month')], default='month', max_length=20)),
                ('first_day', models.DateField(unique=True)),
                ('last_day', models.DateField(null=True)),
                ('source', models.CharField(max_length=200)),
                ('made_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='KaderVillage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('noted_at', models.DateTimeField()),
                ('first_day', models.DateField()),
                ('last_day', models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='OfficeTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('segment', outreach.models.constraints.ChoiceField(choices=[('BPU', 'Bpu'), ('PU', 'Pu'), ('JAKON', 'Jakon'), ('PMI', 'Pmi')], max_length=20)),
                ('activity', outreach.models.constraints.ChoiceField(choices=[('', 'all'), ('market_drive', 'Market Drive'), ('mobile_car', 'Mobile Car'), ('trade_center_drive', 'Trade Center Drive'), ('kader_penggerak', 'Kader Penggerak'), ('awareness_session', 'Awareness Session'), ('aware_village', 'Aware Village'), ('service_counter', 'Service Counter'), ('agency_drive', 'Agency Drive'), ('monev', 'Monev'), ('benefit_handover', 'Benefit Handover')], default='', max_length=20)),
                ('year', models.PositiveSmallIntegerField()),
                ('version', models.PositiveIntegerField()),
                ('effective_from', models.DateField()),
                ('months', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), size=12)),
                ('profile', models.CharField(max_length=80)),
                ('source', models.CharField(max_length=200)),
                ('set_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='StatementQuestion',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('text', models.CharField(max_length=500)),
                ('asked_at', models.DateTimeField()),
                ('answer', models.CharField(max_length=500)),
                ('answered_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Training',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('noted_at', models.DateTimeField()),
                ('course', models.CharField(max_length=160)),
                ('held_on', models.DateField()),
                ('result', outreach.models.constraints.ChoiceField(choices=[('passed', 'Passed'), ('failed', 'Failed'), ('attended', 'Attended')], max_length=20)),
                ('valid_to', models.DateField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='campaigntally',
            name='outreach_campaigntally_once',
        ),
        migrations.AddField(
            model_name='campaigntally',
            name='month',
            field=models.DateField(default=datetime.date(2014, 1, 1)),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name='campaigntally',
            constraint=models.UniqueConstraint(fields=('campaign', 'kader', 'month'), name='outreach_campaigntally_once'),
        ),
        migrations.AddField(
            model_name='accountchange',
            name='actor',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='accountchange',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='account_changes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='agency',
            name='kader',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='agencies', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='agency',
            name='noted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='assignmentletter',
            name='kader',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letters', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='assignmentletter',
            name='noted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='assignmentletter',
            name='office',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outreach.office'),
        ),
        migrations.AddField(
            model_name='communityrole',
            name='kader',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='community_roles', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='communityrole',
            name='noted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='communityrole',
            name='village',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outreach.region'),
        ),
        migrations.AddField(
            model_name='incentiverule',
            name='made_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='kadervillage',
            name='kader',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='own_villages', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='kadervillage',
            name='noted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='kadervillage',
            name='village',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outreach.region'),
        ),
        migrations.AddField(
            model_name='officetarget',
            name='office',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='targets', to='outreach.office'),
        ),
        migrations.AddField(
            model_name='officetarget',
            name='set_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='statementquestion',
            name='answered_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='statementquestion',
            name='kader',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='statementquestion',
            name='registration',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='outreach.registration'),
        ),
        migrations.AddField(
            model_name='training',
            name='kader',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trainings', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='training',
            name='noted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='agency',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__isnull', True), ('last_day__gte', models.F('first_day')), _connector='OR'), name='outreach_agency_days'),
        ),
        migrations.AddConstraint(
            model_name='assignmentletter',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='outreach_assignmentletter_days'),
        ),
        migrations.AddConstraint(
            model_name='assignmentletter',
            constraint=models.UniqueConstraint(fields=('kader', 'number'), name='outreach_assignmentletter_once'),
        ),
        migrations.AddConstraint(
            model_name='communityrole',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__isnull', True), ('last_day__gte', models.F('first_day')), _connector='OR'), name='outreach_communityrole_days'),
        ),
        migrations.AddConstraint(
            model_name='incentiverule',
            constraint=models.CheckConstraint(condition=models.Q(('threshold__gte', 1)), name='outreach_incentiverule_threshold'),
        ),
        migrations.AddConstraint(
            model_name='incentiverule',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__isnull', True), ('last_day__gte', models.F('first_day')), _connector='OR'), name='outreach_incentiverule_days'),
        ),
        migrations.AddConstraint(
            model_name='kadervillage',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__isnull', True), ('last_day__gte', models.F('first_day')), _connector='OR'), name='outreach_kadervillage_days'),
        ),
        migrations.AddConstraint(
            model_name='kadervillage',
            constraint=models.UniqueConstraint(fields=('kader', 'village', 'first_day'), name='outreach_kadervillage_once'),
        ),
        migrations.AddConstraint(
            model_name='officetarget',
            constraint=models.CheckConstraint(condition=models.Q(('year__range', (2014, 2200)), ('year__isnull', True), _connector='OR'), name='outreach_officetarget_year_range'),
        ),
        migrations.AddConstraint(
            model_name='officetarget',
            constraint=models.CheckConstraint(condition=models.Q(('months__len', 12)), name='outreach_officetarget_twelve_months'),
        ),
        migrations.AddConstraint(
            model_name='officetarget',
            constraint=models.UniqueConstraint(fields=('office', 'year', 'segment', 'activity', 'version'), name='outreach_officetarget_version'),
        ),
        migrations.AddConstraint(
            model_name='officetarget',
            constraint=models.UniqueConstraint(fields=('office', 'year', 'segment', 'activity', 'effective_from'), name='outreach_officetarget_from'),
        ),
        migrations.AddConstraint(
            model_name='statementquestion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at__isnull', True), ('answered_by__isnull', True)), models.Q(('answered_at__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='outreach_statementquestion_answered'),
        ),
        migrations.AddConstraint(
            model_name='training',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('held_on')), _connector='OR'), name='outreach_training_days'),
        ),
        migrations.AddConstraint(
            model_name='training',
            constraint=models.UniqueConstraint(fields=('kader', 'course', 'held_on'), name='outreach_training_once'),
        ),
        migrations.RunSQL([RECOUNT, FIRST_RULE, 'SET CONSTRAINTS ALL IMMEDIATE'], migrations.RunSQL.noop),
    ]
