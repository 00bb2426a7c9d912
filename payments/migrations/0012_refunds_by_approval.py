"""Refunds above the limit become requests like any other; a refund is what was paid back, and nothing else."""

import batconnect.core.constraints
import django.db.models.deletion
from django.db import migrations, models, transaction

ASK = """
insert into approvals (id, company_id, kind, status, subject_type, subject_id, title, customer_id, amount, currency,
  parameters, holds, reason, requested_by_id, requested_at, decision_reason, outcome)
select r.id, r.company_id, 'refund', 'pending_approval', 'payments.payment', p.id::text,
  'Refund of ' || to_char(r.amount, 'FM999,999,990.00') || ' ' || p.currency || ' of ' || p.number, p.customer_id,
  r.amount, p.currency,
  jsonb_build_object('payment_id', p.id, 'allocation_id', r.allocation_id, 'amount', r.amount::text), '', r.reason,
  r.requested_by_id, r.requested_at, '', '{}'
from payment_refunds r join payments p on p.company_id = r.company_id and p.id = r.payment_id
where r.status <> 'posted'
"""
DECIDE = """
update approvals a set status = r.status, decided_by_id = r.decided_by_id, decided_at = r.decided_at,
  decision_reason = r.decision_reason,
  outcome = case r.status when 'approved' then jsonb_build_object('refund_id', r.id) else '{}'::jsonb end
from payment_refunds r where r.id = a.id and r.status in ('approved', 'rejected')
"""
NAME = "update payment_refunds set approval_id = id, requested_by_id = decided_by_id where status = 'approved'"
LEAVE = "delete from payment_refunds where status in ('pending_approval', 'rejected')"
# What was refunded of late counts against the limit from the first day on.
COUNT = """
insert into limited_deeds (id, company_id, kind, subject_id, customer_id, amount, currency, day, approval_id)
select gen_random_uuid(), r.company_id, 'refund', p.id::text, p.customer_id, r.amount, p.currency, e.effective_on,
  r.approval_id
from payment_refunds r
join payments p on p.company_id = r.company_id and p.id = r.payment_id
join ledger_entries e on e.company_id = r.company_id and e.source_type = 'payments.refund' and e.source_id = r.id::text
where e.effective_on > current_date - 32
"""


def move(apps, schema_editor):
    from batconnect.core.tenancy import clear_company, set_company

    with transaction.atomic(), schema_editor.connection.cursor() as cursor:
        for company_id in list(apps.get_model("core", "Company").objects.values_list("id", flat=True)):
            set_company(company_id, metadata={"job": "migrate"})
            for statement in (ASK, DECIDE, NAME, LEAVE, COUNT):
                cursor.execute(statement)
        clear_company()
        cursor.execute("set constraints all immediate")


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0006_approvals"),
        ("directory", "0004_customers_of_approvals"),
        ("payments", "0011_allocation_company_by_key"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="refund", name="payment_refund_discount_of_allocation"),
        migrations.RemoveConstraint(model_name="refund", name="payment_refund_second_person"),
        migrations.RemoveIndex(model_name="refund", name="payment_refund_pending"),
        migrations.AddField(
            model_name="refund",
            name="approval",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="core.approval",
            ),
        ),
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.RenameField(model_name="refund", old_name="requested_at", new_name="refunded_at"),
        migrations.RenameField(model_name="refund", old_name="requested_by", new_name="refunded_by"),
        migrations.RemoveField(model_name="refund", name="decided_by"),
        migrations.RemoveField(model_name="refund", name="decided_at"),
        migrations.RemoveField(model_name="refund", name="decision_reason"),
        migrations.RemoveField(model_name="refund", name="status"),
        migrations.AddConstraint(
            model_name="refund",
            constraint=batconnect.core.constraints.SameCompany(
                field="approval", name="payment_refund_approval_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("discount_amount", 0),
                    models.Q(("allocation__isnull", False), ("discount_amount__gt", 0)),
                    _connector="OR",
                ),
                name="payment_refund_discount_of_allocation",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.UniqueConstraint(
                condition=models.Q(("approval__isnull", False)),
                fields=("company", "approval"),
                name="payment_refund_approved_once",
            ),
        ),
    ]
