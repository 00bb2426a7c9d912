"""What is still to be repaid is read from an index alone (docs/scale.md)."""

from django.db import migrations, models

from batconnect.core.database.building import BuildIndex


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('ledger', '0027_owed_by_index')]

    operations = [
        BuildIndex(
            model_name='obligation',
            index=models.Index(condition=models.Q(('category__in', ['LOANS', 'REPAIRS']), ('status', 'open')), fields=['company', 'category', 'reference_id'], include=['id', 'source_type', 'currency', 'customer', 'original', 'outstanding'], name='ledger_obligation_repaid'),
        ),
    ]
