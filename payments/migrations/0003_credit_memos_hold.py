"""Allocations are found by their memos, and those from before are of a payment."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

from batconnect.core.database.building import BuildIndex


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('payments', '0002_credit_memos')]

    operations = [
        BuildIndex(
            model_name='allocation',
            index=models.Index(condition=models.Q(('memo__isnull', False)), fields=['company', 'memo'], name='payment_allocation_memo'),
        ),
        ValidateConstraint(model_name='allocation', name='payment_allocation_memo_key'),
        ValidateConstraint(model_name='allocation', name='payment_allocation_one_source'),
    ]
