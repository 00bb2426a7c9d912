"""Indexes by which lists are ordered (docs/adr/0083-saved-views-and-orders.md)."""

from django.db import migrations, models

from batconnect.core.database.building import BuildIndex


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('payments', '0017_found_by_amount')]

    operations = [
        BuildIndex(
            model_name='invoice',
            index=models.Index(fields=['company', 'total', 'id'], name='invoice_total'),
        ),
    ]
