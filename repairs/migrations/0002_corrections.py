"""Documents are adjusted and prepaid: rows are withdrawn and others take their place."""

import batconnect.core.database.constraints
import batconnect.core.kernel.money
from decimal import Decimal
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_books'),
        ('directory', '0001_initial'),
        ('ledger', '0002_general_ledger'),
        ('repairs', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='repairinstallment',
            name='repair_installment_status_fits',
        ),
        migrations.RemoveConstraint(
            model_name='repairinstallment',
            name='repair_installment_whole',
        ),
        migrations.RemoveConstraint(
            model_name='repairinstallment',
            name='repair_installment_legal_move',
        ),
        migrations.RemoveConstraint(
            model_name='repairinvoice',
            name='repair_invoice_fixed',
        ),
        migrations.AddField(
            model_name='repairinvoice',
            name='adjusted',
            field=batconnect.core.kernel.money.MoneyField(db_default=Decimal('0.00'), default=Decimal('0.00'), help_text='By how much the amount was lowered.'),
        ),
        migrations.AddField(
            model_name='repairinvoice',
            name='adjustments',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AlterField(
            model_name='repairinstallment',
            name='status',
            field=models.CharField(choices=[('Scheduled', 'Scheduled'), ('Posted', 'Posted'), ('Paid', 'Paid'), ('Withdrawn', 'Withdrawn')], default='Scheduled', max_length=10),
        ),
        AddConstraintNotValid(
            model_name='repairinstallment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('posted_on__isnull', True), ('status', 'Scheduled')), models.Q(('is_suspended', False), ('posted_on__isnull', False), ('status__in', ['Posted', 'Paid'])), models.Q(('is_suspended', False), ('status', 'Withdrawn')), _connector='OR'), name='repair_installment_status_fits'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table='referencing new table as added for each statement', body="select string_agg(c.id::text, ', ') into wrong from (select distinct w.company_id, w.id from (select company_id, repair_id as id from added) w) c left join repair_invoices d on d.company_id = c.company_id and d.id = c.id cross join lateral (select sum(i.principal) filter (where i.status <> 'Withdrawn') as total, count(*) filter (where i.status <> 'Withdrawn') as rows, count(*) as numbered, min(i.number) as first, max(i.number) as last from repair_installments i where i.company_id = c.company_id and i.repair_id = c.id) s where s.total is distinct from d.amount or s.rows is distinct from d.installment_count::bigint or s.first <> 1 or s.last <> s.numbered; if wrong is not null then raise exception 'the schedule of % does not make up its amount, or was not written whole', wrong using errcode = 'check_violation'; end if; return null;", by_index=True, declare='wrong text;', event='after insert', name='repair_installment_whole'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.status <> 'Withdrawn' and new.status = 'Withdrawn')", body="select string_agg(c.id::text, ', ') into wrong from (select distinct w.company_id, w.id from (select new.company_id as company_id, new.repair_id as id) w) c left join repair_invoices d on d.company_id = c.company_id and d.id = c.id cross join lateral (select sum(i.principal) filter (where i.status <> 'Withdrawn') as total, count(*) filter (where i.status <> 'Withdrawn') as rows, count(*) as numbered, min(i.number) as first, max(i.number) as last from repair_installments i where i.company_id = c.company_id and i.repair_id = c.id) s where s.total is distinct from d.amount or s.rows is distinct from d.installment_count::bigint or s.first <> 1 or s.last <> s.numbered; if wrong is not null then raise exception 'the schedule of % does not make up its amount, or was not written whole', wrong using errcode = 'check_violation'; end if; return null;", by_index=True, declare='wrong text;', event='after update of status', name='repair_installment_withdrawn'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.status <> new.status and (old.status::text, new.status::text) not in (('Scheduled', 'Posted'), ('Posted', 'Paid'), ('Paid', 'Posted'), ('Scheduled', 'Withdrawn'), ('Posted', 'Withdrawn')))", body="raise exception '% cannot move from % to %', old.installment_id, old.status, new.status using errcode = 'check_violation';", event='before update of status', name='repair_installment_legal_move'),
        ),
        AddConstraintNotValid(
            model_name='repairinvoice',
            constraint=models.CheckConstraint(condition=models.Q(('adjusted__gte', 0)), name='repair_invoice_adjusted_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row when ((old.amount, old.adjusted, old.adjustments) is distinct from (new.amount, new.adjusted, new.adjustments) and not (new.amount < old.amount and new.amount + new.adjusted = old.amount + old.adjusted and new.adjustments = old.adjustments + 1))', body="raise exception 'an amount never changes, but is lowered by an adjustment' using errcode = 'restrict_violation';", event='before update of amount, adjusted, adjustments', name='repair_invoice_amount_lowered'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row when (old.amount <> new.amount or old.installment_count <> new.installment_count)', body="select string_agg(c.id::text, ', ') into wrong from (select distinct w.company_id, w.id from (select new.company_id as company_id, new.id as id) w) c left join repair_invoices d on d.company_id = c.company_id and d.id = c.id cross join lateral (select sum(i.principal) filter (where i.status <> 'Withdrawn') as total, count(*) filter (where i.status <> 'Withdrawn') as rows, count(*) as numbered, min(i.number) as first, max(i.number) as last from repair_installments i where i.company_id = c.company_id and i.repair_id = c.id) s where s.total is distinct from d.amount or s.rows is distinct from d.installment_count::bigint or s.first <> 1 or s.last <> s.numbered; if wrong is not null then raise exception 'the schedule of % does not make up its amount, or was not written whole', wrong using errcode = 'check_violation'; end if; return null;", by_index=True, declare='wrong text;', event='after update of amount, installment_count', name='repair_invoice_stays_whole'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what a document is never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, number, number_order, customer_id, driver_id, lease_id, currency, start_week, matrix_id, case_no, created_by_id, created_by_name, created_at, vehicle_id, invoice_number, invoice_date, workshop_type', name='repair_invoice_fixed'),
        ),
    ]
