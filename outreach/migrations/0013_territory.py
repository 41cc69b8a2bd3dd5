import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What offices looked after before this was dated they have always had, as far as anybody can tell:
# since 2014-01-01, on which BPJS Ketenagakerjaan began.
COPY = """
    INSERT INTO outreach_officeterritory (office_id, region_id, first_day)
    SELECT office_id, region_id, '2014-01-01' FROM outreach_office_regions
"""
COPY_BACK = """
    INSERT INTO outreach_office_regions (office_id, region_id)
    SELECT DISTINCT office_id, region_id FROM outreach_officeterritory
    WHERE first_day <= current_date AND (last_day IS NULL OR last_day >= current_date)
"""


class Migration(migrations.Migration):
    dependencies = [("outreach", "0012_notes")]

    operations = [
        migrations.CreateModel(
            name="TerritoryChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("regions", models.JSONField()),
                ("first_day", models.DateField()),
                ("reason", models.CharField(max_length=500)),
                ("report", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField()),
                ("actor", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("office", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="outreach.office")),
            ],
        ),
        migrations.CreateModel(
            name="OfficeTerritory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_day", models.DateField()),
                ("last_day", models.DateField(null=True)),
                ("office", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="territory", to="outreach.office")),
                ("region", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="territory", to="outreach.region")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("office", "region", "first_day"), name="outreach_territory_once"),
                    models.CheckConstraint(condition=models.Q(("last_day__isnull", True), ("last_day__gte", models.F("first_day")), _connector="OR"), name="outreach_territory_days"),
                ],
            },
        ),
        migrations.RunSQL([COPY, "SET CONSTRAINTS ALL IMMEDIATE"], COPY_BACK),
        migrations.RemoveField("office", "regions"),
    ]
