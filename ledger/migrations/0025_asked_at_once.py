"""What is asked of postings is asked in one statement."""

import batconnect.core.database.constraints
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0024_totals_from_before'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='posting',
            name='ledger_posting_balanced',
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=batconnect.core.database.constraints.Trigger(after_table='referencing new table as added for each statement', body="if exists (select entry_id from (select company_id, entry_id, sum(amount) as total, count(*) as lines, min(line) as first, max(line_count) as counted, min(currency) as currency, max(currency) as other from added group by company_id, entry_id) p where total <> 0 or first <> 1 or lines <> counted or currency <> other or (select e.currency from ledger_entries e where e.company_id = p.company_id and e.id = p.entry_id) is distinct from currency) or exists (select 1 from (select distinct company_id, account_id, currency, subledger from added) p where (select a.currency || ' ' || a.subledger from ledger_accounts a where a.company_id = p.company_id and a.id = p.account_id) is distinct from p.currency || ' ' || p.subledger) or exists (select 1 from added p where p.obligation_id is not null and (select o.currency || ' ' || o.category from ledger_obligations o where o.company_id = p.company_id and o.id = p.obligation_id) is distinct from p.currency || ' ' || p.subledger) then if exists (select entry_id from (select company_id, entry_id, sum(amount) as total, count(*) as lines, min(line) as first, max(line_count) as counted, min(currency) as currency, max(currency) as other from added group by company_id, entry_id) p where total <> 0 or first <> 1 or lines <> counted or currency <> other or (select e.currency from ledger_entries e where e.company_id = p.company_id and e.id = p.entry_id) is distinct from currency) then raise exception 'postings of entry % do not sum to zero in its currency, or were not inserted with it', (select string_agg(entry_id::text, ', ') from (select entry_id from (select company_id, entry_id, sum(amount) as total, count(*) as lines, min(line) as first, max(line_count) as counted, min(currency) as currency, max(currency) as other from added group by company_id, entry_id) p where total <> 0 or first <> 1 or lines <> counted or currency <> other or (select e.currency from ledger_entries e where e.company_id = p.company_id and e.id = p.entry_id) is distinct from currency limit 5) found) using errcode = 'check_violation'; end if; if exists (select 1 from (select distinct company_id, account_id, currency, subledger from added) p where (select a.currency || ' ' || a.subledger from ledger_accounts a where a.company_id = p.company_id and a.id = p.account_id) is distinct from p.currency || ' ' || p.subledger) then raise exception 'a posting has the currency and subledger of its account, which is of its company' using errcode = 'foreign_key_violation'; end if; raise exception 'a posting on a receivable has the currency and category of its obligation' using errcode = 'check_violation'; end if; return null;", by_index=True, event='after insert', name='ledger_posting_balanced'),
        ),
    ]
