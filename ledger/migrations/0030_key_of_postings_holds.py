"""Postings have their entry and line for the key; what triggers hold has no key beside; full pages (ADR 104)."""

import batconnect.core.database.constraints
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [('ledger', '0029_key_of_postings')]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    'alter table ledger_postings drop constraint ledger_postings_pkey, drop constraint ledger_posting_line,'
                    ' add constraint ledger_postings_pkey primary key using index ledger_posting_key',
                ),
            ],
            state_operations=[
                migrations.RemoveConstraint(model_name='posting', name='ledger_posting_primary_key'),
                migrations.AddConstraint(
                    model_name='posting',
                    constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'entry_id', 'line'), name='ledger_posting_primary_key'),
                ),
                migrations.RemoveConstraint(model_name='posting', name='ledger_posting_line'),
            ],
        ),
        migrations.RemoveConstraint(model_name='obligation', name='ledger_obligation_fixed'),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=batconnect.core.database.constraints.Trigger(body="raise exception 'what an obligation is never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, customer_id, lease_id, currency, category, reference_id, original, issue_date, due_date, source_type, source_id', name='ledger_obligation_fixed'),
        ),
        migrations.RemoveConstraint(model_name='posting', name='ledger_posting_obligation_key'),
        migrations.RemoveConstraint(model_name='entry', name='ledger_entry_whole'),
        migrations.AddConstraint(
            model_name='entry',
            constraint=batconnect.core.database.constraints.Trigger(after_table='referencing new table as added for each statement', body="with noted as (insert into ledger_new_entries (company_id, id) select e.company_id, e.id from added e) select not exists (select 1 from added e where (select p.line from ledger_postings p where p.company_id = e.company_id and p.entry_id = e.id limit 1) is null) into is_whole; if not is_whole then raise exception 'an entry comes with its postings, in one statement' using errcode = 'check_violation'; end if; return null;", by_index=True, declare='is_whole boolean;', event='after insert', name='ledger_entry_whole'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=batconnect.core.database.constraints.FullPages(indexes=('ledger_entries_pkey', 'ledger_entry_line_count', 'ledger_entry_source_once', 'ledger_entry_lease'), name='ledger_entry_full_pages'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=batconnect.core.database.constraints.FullPages(indexes=('ledger_postings_pkey', 'ledger_posting_account'), name='ledger_posting_full_pages'),
        ),
    ]
