"""Receipts are found by what explains them, and those from before are resolved."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

from batconnect.core.database.building import BuildIndex


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('payments', '0006_explained')]

    operations = [
        BuildIndex(
            model_name='unidentifiedreceipt',
            index=models.Index(condition=models.Q(('explained_id__isnull', False)), fields=['company', 'explained_id'], name='unidentified_receipt_explained'),
        ),
        ValidateConstraint(model_name='payment', name='payment_deposited_within'),
        ValidateConstraint(model_name='unidentifiedreceipt', name='unidentified_receipt_resolved'),
    ]
