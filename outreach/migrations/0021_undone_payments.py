
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outreach', '0020_withdrawn_rules'),
    ]

    operations = [
        migrations.AddField(
            model_name='payment',
            name='undone_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='payment',
            name='undone_reason',
            field=models.CharField(max_length=500, null=True),
        ),
    ]
