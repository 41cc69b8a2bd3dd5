from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("outreach", "0021_undone_payments")]

    operations = [migrations.RemoveField("matchpair", "evidence")]
