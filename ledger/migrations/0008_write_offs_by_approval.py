"""Write-offs above the limit become requests like any other; what was asked and decided is kept under its id."""

from django.db import migrations, transaction

ASK = """
insert into approvals (id, company_id, kind, status, subject_type, subject_id, title, customer_id, amount, currency,
  parameters, holds, reason, requested_by_id, requested_at, decision_reason, outcome)
select r.id, r.company_id, 'write_off', 'pending_approval', 'ledger.obligation', o.id::text,
  'Write-off of ' || to_char(r.amount, 'FM999,999,990.00') || ' ' || o.currency || ' of ' || o.reference_id,
  o.customer_id, r.amount, o.currency, jsonb_build_object('obligation_id', o.id, 'amount', r.amount::text),
  o.id::text, r.reason, r.requested_by_id, r.requested_at, '', '{}'
from ledger_write_off_requests r
join ledger_obligations o on o.company_id = r.company_id and o.id = r.obligation_id
where r.status = %s
"""
DECIDE = """
update approvals a set status = r.status, decided_by_id = r.decided_by_id, decided_at = r.decided_at,
  decision_reason = r.decision_reason
from ledger_write_off_requests r where r.id = a.id and r.status <> 'pending_approval'
"""
# What was written off of late counts against the limit from the first day on.
COUNT = """
insert into limited_deeds (id, company_id, kind, subject_id, customer_id, amount, currency, day, approval_id)
select gen_random_uuid(), e.company_id, 'write_off', p.obligation_id::text, e.customer_id, -p.amount, e.currency,
  e.effective_on, a.id
from ledger_entries e
join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id and p.obligation_id is not null
left join approvals a on a.company_id = e.company_id and a.id::text = e.source_id
where e.source_type = 'ledger.write_off' and e.event = 'written_off' and e.effective_on > current_date - 32
  and e.customer_id is not null
"""


def move(apps, schema_editor):
    from batconnect.core.tenancy import clear_company, set_company

    with transaction.atomic(), schema_editor.connection.cursor() as cursor:
        for company_id in list(apps.get_model("core", "Company").objects.values_list("id", flat=True)):
            set_company(company_id, metadata={"job": "migrate"})
            # One request at a time may wait for an obligation: the decided ones first.
            for status in ("approved", "rejected"):
                cursor.execute(
                    "select id from ledger_write_off_requests where status = %s order by id", [status]
                )
                for (key,) in cursor.fetchall():
                    cursor.execute(ASK + " and r.id = %s", [status, key])
                    cursor.execute(DECIDE + " and r.id = %s", [key])
            cursor.execute(ASK, ["pending_approval"])
            cursor.execute(COUNT)
        clear_company()
        cursor.execute("set constraints all immediate")


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0006_approvals"),
        ("directory", "0004_customers_of_approvals"),
        ("ledger", "0007_postings_carry_currency_and_subledger"),
    ]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.DeleteModel(name="WriteOffRequest"),
    ]
