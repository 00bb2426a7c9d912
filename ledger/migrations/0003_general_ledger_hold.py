"""Postings are found by their items, and those from before name theirs."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

from batconnect.core.database.building import BuildIndex


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('ledger', '0002_general_ledger')]

    operations = [
        BuildIndex(
            model_name='posting',
            index=models.Index(condition=models.Q(('item_id__isnull', False)), fields=['company', 'item_id'], name='ledger_posting_item'),
        ),
        ValidateConstraint(model_name='posting', name='ledger_posting_names_its_item'),
    ]
