"""Cash that is left is summed by customer from an index alone (docs/scale.md)."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from batconnect.core.database.building import BuildIndex


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('payments', '0019_by_date')]

    operations = [
        BuildIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('unallocated__gt', 0)), fields=['company', 'currency', 'unallocated'], include=['id', 'customer'], name='payment_cash_left'),
        ),
        RemoveIndexConcurrently(model_name='payment', name='payment_with_cash'),
    ]
