"""A payment is presented again once, and what returns say holds for payments from before."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

from batconnect.core.database.building import BuildUnique


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('payments', '0004_returns')]

    operations = [
        BuildUnique(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('represents__isnull', False), models.Q(('status', 'voided'), _negated=True)), fields=('company', 'represents'), name='payment_presented_again_once'),
        ),
        ValidateConstraint(model_name='payment', name='payment_represents_key'),
        ValidateConstraint(model_name='payment', name='payment_returned_within'),
        ValidateConstraint(model_name='payment', name='payment_returned_in_full'),
        ValidateConstraint(model_name='payment', name='payment_only_posted_has_cash'),
    ]
