from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("outreach", "0010_sketches")]

    operations = [migrations.RemoveField("matchpair", "evidence")]
