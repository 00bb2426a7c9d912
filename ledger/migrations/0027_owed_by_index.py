"""What is owed is summed from an index alone (docs/scale.md)."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from batconnect.core.database.building import BuildIndex


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('ledger', '0026_what_was_verified_holds')]

    operations = [
        BuildIndex(
            model_name='obligation',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['company', 'due_date', 'id'], include=['customer', 'currency', 'category', 'outstanding'], name='ledger_obligation_owed'),
        ),
        RemoveIndexConcurrently(model_name='obligation', name='ledger_obligation_open'),
    ]
