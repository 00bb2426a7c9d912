"""Indexes by which lists are ordered (docs/adr/0083-saved-views-and-orders.md)."""

from django.db import migrations, models

from batconnect.core.database.building import BuildIndex


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('ledger', '0021_payout_orders')]

    operations = [
        BuildIndex(
            model_name='dtr',
            index=models.Index(fields=['company', 'due_to_driver', 'id'], name='dtr_due_to_driver'),
        ),
        BuildIndex(
            model_name='dtr',
            index=models.Index(fields=['company', 'carried_forward', 'id'], name='dtr_carried_forward'),
        ),
        BuildIndex(
            model_name='obligation',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['company', 'outstanding', 'id'], name='ledger_obligation_debt'),
        ),
        BuildIndex(
            model_name='obligation',
            index=models.Index(fields=['company', 'original', 'id'], name='ledger_obligation_original'),
        ),
    ]
