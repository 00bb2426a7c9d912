"""Documents are adjusted and prepaid: rows are withdrawn and others take their place; loans are handed over."""

import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.money
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_books'),
        ('directory', '0001_initial'),
        ('ledger', '0002_general_ledger'),
        ('loans', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='driverloan',
            name='driver_loan_fixed',
        ),
        migrations.RemoveConstraint(
            model_name='loaninstallment',
            name='loan_installment_status_fits',
        ),
        migrations.RemoveConstraint(
            model_name='loaninstallment',
            name='loan_installment_whole',
        ),
        migrations.RemoveConstraint(
            model_name='loaninstallment',
            name='loan_installment_legal_move',
        ),
        migrations.AddField(
            model_name='driverloan',
            name='adjusted',
            field=batconnect.core.kernel.money.MoneyField(db_default=Decimal('0.00'), default=Decimal('0.00'), help_text='By how much the amount was lowered.'),
        ),
        migrations.AddField(
            model_name='driverloan',
            name='adjustments',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name='driverloan',
            name='handed_over',
            field=batconnect.core.database.keys.TenantKey(help_text='What was given for it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.disbursement'),
        ),
        migrations.AddField(
            model_name='driverloan',
            name='interest_reason',
            field=models.CharField(blank=True, help_text="Why the rate was above the company's highest.", max_length=500),
        ),
        migrations.AddField(
            model_name='loaninstallment',
            name='prepaid_on',
            field=models.DateField(help_text='When principal was prepaid; empty for a row of the schedule.', null=True),
        ),
        migrations.AlterField(
            model_name='loaninstallment',
            name='status',
            field=models.CharField(choices=[('Scheduled', 'Scheduled'), ('Posted', 'Posted'), ('Paid', 'Paid'), ('Withdrawn', 'Withdrawn')], default='Scheduled', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=batconnect.core.database.constraints.SameCompany(field='handed_over', name='driver_loan_handed_over_key'),
        ),
        AddConstraintNotValid(
            model_name='driverloan',
            constraint=models.CheckConstraint(condition=models.Q(('adjusted__gte', 0)), name='driver_loan_adjusted_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row when ((old.amount, old.adjusted, old.adjustments) is distinct from (new.amount, new.adjusted, new.adjustments) and not (new.amount < old.amount and new.amount + new.adjusted = old.amount + old.adjusted and new.adjustments = old.adjustments + 1))', body="raise exception 'an amount never changes, but is lowered by an adjustment' using errcode = 'restrict_violation';", event='before update of amount, adjusted, adjustments', name='driver_loan_amount_lowered'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row when (old.amount <> new.amount or old.installment_count <> new.installment_count)', body="select string_agg(c.id::text, ', ') into wrong from (select distinct w.company_id, w.id from (select new.company_id as company_id, new.id as id) w) c left join driver_loans d on d.company_id = c.company_id and d.id = c.id cross join lateral (select sum(i.principal) filter (where i.status <> 'Withdrawn') as total, count(*) filter (where i.status <> 'Withdrawn') as rows, count(*) as numbered, min(i.number) as first, max(i.number) as last from loan_installments i where i.company_id = c.company_id and i.loan_id = c.id) s where s.total is distinct from d.amount or s.rows is distinct from d.installment_count::bigint or s.first <> 1 or s.last <> s.numbered; if wrong is not null then raise exception 'the schedule of % does not make up its amount, or was not written whole', wrong using errcode = 'check_violation'; end if; return null;", by_index=True, declare='wrong text;', event='after update of amount, installment_count', name='driver_loan_stays_whole'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what a document is never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, number, number_order, customer_id, driver_id, lease_id, currency, start_week, matrix_id, case_no, created_by_id, created_by_name, created_at, interest_rate, interest_reason, loan_date', name='driver_loan_fixed'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=models.UniqueConstraint(condition=models.Q(('handed_over__isnull', False)), fields=('company', 'handed_over'), name='driver_loan_handed_over_once'),
        ),
        AddConstraintNotValid(
            model_name='driverloan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'Cancelled'), _negated=True), ('handed_over__isnull', True), _connector='OR'), name='driver_loan_cancelled_not_given'),
        ),
        AddConstraintNotValid(
            model_name='loaninstallment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('posted_on__isnull', True), ('status', 'Scheduled')), models.Q(('is_suspended', False), ('posted_on__isnull', False), ('status__in', ['Posted', 'Paid'])), models.Q(('is_suspended', False), ('status', 'Withdrawn')), _connector='OR'), name='loan_installment_status_fits'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table='referencing new table as added for each statement', body="select string_agg(c.id::text, ', ') into wrong from (select distinct w.company_id, w.id from (select company_id, loan_id as id from added) w) c left join driver_loans d on d.company_id = c.company_id and d.id = c.id cross join lateral (select sum(i.principal) filter (where i.status <> 'Withdrawn') as total, count(*) filter (where i.status <> 'Withdrawn') as rows, count(*) as numbered, min(i.number) as first, max(i.number) as last from loan_installments i where i.company_id = c.company_id and i.loan_id = c.id) s where s.total is distinct from d.amount or s.rows is distinct from d.installment_count::bigint or s.first <> 1 or s.last <> s.numbered; if wrong is not null then raise exception 'the schedule of % does not make up its amount, or was not written whole', wrong using errcode = 'check_violation'; end if; return null;", by_index=True, declare='wrong text;', event='after insert', name='loan_installment_whole'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.status <> 'Withdrawn' and new.status = 'Withdrawn')", body="select string_agg(c.id::text, ', ') into wrong from (select distinct w.company_id, w.id from (select new.company_id as company_id, new.loan_id as id) w) c left join driver_loans d on d.company_id = c.company_id and d.id = c.id cross join lateral (select sum(i.principal) filter (where i.status <> 'Withdrawn') as total, count(*) filter (where i.status <> 'Withdrawn') as rows, count(*) as numbered, min(i.number) as first, max(i.number) as last from loan_installments i where i.company_id = c.company_id and i.loan_id = c.id) s where s.total is distinct from d.amount or s.rows is distinct from d.installment_count::bigint or s.first <> 1 or s.last <> s.numbered; if wrong is not null then raise exception 'the schedule of % does not make up its amount, or was not written whole', wrong using errcode = 'check_violation'; end if; return null;", by_index=True, declare='wrong text;', event='after update of status', name='loan_installment_withdrawn'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.status <> new.status and (old.status::text, new.status::text) not in (('Scheduled', 'Posted'), ('Posted', 'Paid'), ('Paid', 'Posted'), ('Scheduled', 'Withdrawn'), ('Posted', 'Withdrawn')))", body="raise exception '% cannot move from % to %', old.installment_id, old.status, new.status using errcode = 'check_violation';", event='before update of status', name='loan_installment_legal_move'),
        ),
        AddConstraintNotValid(
            model_name='loaninstallment',
            constraint=models.CheckConstraint(condition=models.Q(('prepaid_on__isnull', True), models.Q(('interest', 0), ('prepaid_on', models.F('due_date'))), _connector='OR'), name='loan_installment_prepaid_is_principal'),
        ),
    ]
