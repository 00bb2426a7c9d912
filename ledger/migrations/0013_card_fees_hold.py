"""What earnings of each kind are holds for those from before."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('ledger', '0012_card_fees')]

    operations = [
        ValidateConstraint(model_name='leaseearning', name='lease_earning_kind_fits'),
    ]
