"""What batches count, and what their held rows are held for, holds for those from before."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('payments', '0009_no_receipts')]

    operations = [
        ValidateConstraint(model_name='paymentbatch', name='payment_batch_counts_within'),
        ValidateConstraint(model_name='paymentbatchrow', name='payment_batch_row_held_for_a_payment'),
    ]
