"""Narrower indexes of entries and obligations (ADR 104)."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from batconnect.core.database.building import BuildIndex


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('ledger', '0030_key_of_postings_holds')]

    operations = [
        BuildIndex(
            model_name='entry',
            index=models.Index(fields=['company', 'customer'], name='ledger_entry_of_customer'),
        ),
        RemoveIndexConcurrently(model_name='entry', name='ledger_entry_customer'),
        BuildIndex(
            model_name='entry',
            index=models.Index(fields=['company', 'posted_at'], name='ledger_entry_posted_at'),
        ),
        RemoveIndexConcurrently(model_name='entry', name='ledger_entry_posted'),
        BuildIndex(
            model_name='obligation',
            index=models.Index(fields=['company', 'source_type'], name='ledger_obligation_source_type'),
        ),
        RemoveIndexConcurrently(model_name='obligation', name='ledger_obligation_source'),
    ]
