from datetime import date

from django.db import migrations

FORMULA = {
    "weights": {"coverage": 0.50, "gap_closed": 0.20, "retention": 0.20, "officials": 0.10},
    "z": 1.28,
    "smallest_denominator": 30,
    "effective_from": date(2026, 1, 1),
    "source": "No official weights are published: this project's own proposal, version 1.",
}


def add(apps, schema_editor):
    apps.get_model("outreach", "Formula").objects.get_or_create(version="2026-1", defaults=FORMULA)


class Migration(migrations.Migration):
    dependencies = [("outreach", "0001_initial")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
