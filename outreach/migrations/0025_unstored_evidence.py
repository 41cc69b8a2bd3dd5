from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("outreach", "0024_detecting")]

    operations = [migrations.RemoveField("matchpair", "evidence")]
