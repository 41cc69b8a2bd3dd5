from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outreach", "0003_places")]

    operations = [
        migrations.AddField(
            model_name="boundarychange",
            name="outlined_at",
            field=models.DateTimeField(null=True),
        ),
    ]
