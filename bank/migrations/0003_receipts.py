"""Unidentified receipts become parts of lines, with what each is; payers' accounts become rules, and the columns of
statements move."""

from uuid import UUID

from django.db import migrations, transaction

AT_ONCE = 2_000
# A receipt has the same id as a part; what it is has the receipt's id too. Both in one transaction.
PARTS = """
insert into bank_line_parts (id, company_id, part_no, batch_id, row_no, direction, amount, currency, method, payment_date,
  reference_number, end_to_end_id, payer_name, payer_account, text, named, mark, return_code, explained, status, version,
  created_at)
select r.id, r.company_id, 1, r.batch_id, r.row_no, 'in', r.amount, r.currency, r.method, r.payment_date,
  r.reference_number, '', r.payer_name, r.payer_account, r.text, '[]', '', '',
  case when r.status in ('matched', 'explained') then r.amount else 0.00 end,
  case when r.status in ('matched', 'explained') then 'explained' else r.status end, 1, r.created_at
from unidentified_receipts r
where r.company_id = %(company)s::uuid and r.id > %(after)s::uuid
  and not exists (select from bank_line_parts p where p.company_id = r.company_id and p.id = r.id)
order by r.id limit %(rows)s
returning id
"""
EXPLANATIONS = """
insert into bank_explanations (id, company_id, part_id, operation_id, kind, amount, currency, customer_id, payment_id,
  account_code, source_type, source_id, entry_id, decided_by, because, note, made_by, created_at, status, undone_by,
  undo_reason)
select r.id, r.company_id, r.id, coalesce(e.operation_id, r.id),
  case when r.status = 'matched' then 'payment' when r.explained_type = 'ledger.processor_deposit' then 'processor'
    else 'vendor_refund' end,
  r.amount, r.currency, p.customer_id, r.payment_id, '', r.explained_type, coalesce(r.explained_id::text, ''), e.id,
  'person', '[]', '', r.matched_by, r.matched_at, 'live', '', ''
from unidentified_receipts r
left join payments p on p.company_id = r.company_id and p.id = r.payment_id
left join lateral (
  select id, operation_id from ledger_entries where company_id = r.company_id and reverses_id is null
    and source_type = case when r.status = 'matched' then 'payments.receipt_match' else r.explained_type end
    and source_id = coalesce(r.payment_id, r.explained_id)::text
  order by id limit 1
) e on true
where r.company_id = %(company)s::uuid and r.id = any(%(parts)s::uuid[]) and r.status in ('matched', 'explained')
"""
LYING = """
update payments p set at_bank_id = r.id from unidentified_receipts r
where r.company_id = %(company)s::uuid and r.id = any(%(parts)s::uuid[]) and r.status = 'matched'
  and p.company_id = r.company_id and p.id = r.payment_id and p.status = 'posted' and p.at_bank_id is null
"""
RULES = """
insert into bank_match_rules (id, company_id, "on", pattern, direction, customer_id, account_code, is_active, is_learned,
  hits, misses, note, created_by, created_at, version)
select gen_random_uuid(), a.company_id, 'account', a.account, 'in', a.customer_id, '', true, true, 1, 0, '', '',
  a.created_at, 1
from payer_accounts a where a.company_id = %(company)s::uuid and a.account <> ''
on conflict do nothing
"""
MAPPINGS = """
insert into bank_statement_mappings (id, company_id, name, amount_column, debit_column, credit_column, direction_column,
  date_column, value_date_column, reference_column, payer_name_column, payer_account_column, text_column,
  currency_column, balance_column, decimal_sign, date_form, encoding, separator, created_at)
select m.id, m.company_id, m.name, m.amount_column, '', '', '', m.date_column, '', m.reference_column,
  m.payer_name_column, m.payer_account_column, m.text_column, m.currency_column, '', '.', 'mdy', '', '', m.created_at
from statement_mappings m where m.company_id = %(company)s::uuid
on conflict do nothing
"""


def move(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("select id from companies order by id")
        companies = [company for (company,) in cursor.fetchall()]
    for company in companies:
        after = UUID(int=0)
        while after is not None:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                # The owner of the tables is held to one company as well.
                cursor.execute("select set_config('app.current_company_id', %s, true)", [str(company)])
                if after == UUID(int=0):
                    cursor.execute(RULES, {"company": company})
                    cursor.execute(MAPPINGS, {"company": company})
                cursor.execute(PARTS, {"company": company, "after": after, "rows": AT_ONCE})
                parts = [key for (key,) in cursor.fetchall()]
                cursor.execute(EXPLANATIONS, {"company": company, "parts": parts})
                cursor.execute(LYING, {"company": company, "parts": parts})
                after = max(parts, default=None)


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('bank', '0002_intake'), ('payments', '0008_at_the_bank')]

    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
