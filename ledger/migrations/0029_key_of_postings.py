"""The index that the key of postings becomes, an entry's lines, each once; postings by id in one of a few pages (ADR 104)."""

import django.contrib.postgres.indexes
from django.db import migrations

from batconnect.core.database.building import BuildIndex


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('ledger', '0028_repaid_by_index')]

    operations = [
        migrations.RunSQL([
            'drop index concurrently if exists ledger_posting_key',
            'create unique index concurrently ledger_posting_key on ledger_postings (company_id, entry_id, line)',
        ]),
        BuildIndex(
            model_name='posting',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['company', 'id'], name='ledger_posting_id', pages_per_range=32),
        ),
    ]
