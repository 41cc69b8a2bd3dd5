from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("outreach", "0019_residents")]

    operations = [migrations.RemoveField("matchpair", "evidence")]
