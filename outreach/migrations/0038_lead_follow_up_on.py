from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outreach", "0037_flag_answers")]

    operations = [
        migrations.AddField("lead", "follow_up_on", models.DateField(null=True)),
    ]
