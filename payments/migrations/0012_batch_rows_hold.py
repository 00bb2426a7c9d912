"""Rows of batches are found by the row that they correct, and those from before keep the rules."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

from batconnect.core.database.building import BuildIndex


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('payments', '0011_batch_rows')]

    operations = [
        BuildIndex(
            model_name='paymentbatchrow',
            index=models.Index(condition=models.Q(('origin__isnull', False)), fields=['company', 'origin', 'origin_row'], name='payment_batch_row_origin'),
        ),
        ValidateConstraint(model_name='paymentbatchrow', name='payment_batch_row_origin_key'),
        ValidateConstraint(model_name='paymentbatchrow', name='payment_batch_row_repaired_by_somebody'),
        ValidateConstraint(model_name='paymentbatchrow', name='payment_batch_row_origin_whole'),
    ]
