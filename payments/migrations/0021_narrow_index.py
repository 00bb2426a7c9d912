"""Payments of a lease by a narrower index (ADR 104)."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from batconnect.core.database.building import BuildIndex


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('payments', '0020_cash_by_index')]

    operations = [
        BuildIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('lease__isnull', False)), fields=['company', 'lease'], name='payment_of_lease'),
        ),
        RemoveIndexConcurrently(model_name='payment', name='payment_lease'),
    ]
