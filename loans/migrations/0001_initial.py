import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import batconnect.core.kernel.money
import django.db.models.deletion
import django.db.models.functions.datetime
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('directory', '0001_initial'),
        ('ledger', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DriverLoan',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(help_text='DLN-2026-001 or RPR-2026-001.', max_length=24)),
                ('number_order', models.BigIntegerField(help_text='Year and number as one figure: numbers sort as numbers.')),
                ('currency', models.CharField(max_length=3)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('start_week', models.DateField(help_text='The Sunday on which the first installment falls due.')),
                ('installment_count', models.PositiveSmallIntegerField()),
                ('status', models.CharField(choices=[('Open', 'Open'), ('Hold', 'Hold'), ('Closed', 'Closed'), ('Cancelled', 'Cancelled')], default='Open', max_length=10)),
                ('status_reason', models.CharField(blank=True, help_text='Why it is on hold or was cancelled.', max_length=500)),
                ('closed_at', models.DateTimeField(null=True)),
                ('notes', models.CharField(blank=True, max_length=500)),
                ('case_no', models.CharField(blank=True, max_length=20)),
                ('created_by_name', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('interest_rate', models.DecimalField(decimal_places=4, default=Decimal('0'), help_text='Percent a year, 0 to 100.', max_digits=7)),
                ('loan_date', models.DateField()),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('driver', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.driver')),
                ('lease', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.lease')),
                ('matrix', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.repaymentmatrix')),
            ],
            options={
                'db_table': 'driver_loans',
                'ordering': ('-number_order',),
            },
        ),
        migrations.CreateModel(
            name='LoanInstallment',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('installment_id', models.CharField(help_text='DLN-2026-001-01', max_length=30, verbose_name='installment')),
                ('week_start_date', models.DateField()),
                ('due_date', models.DateField()),
                ('principal', batconnect.core.kernel.money.MoneyField()),
                ('status', models.CharField(choices=[('Scheduled', 'Scheduled'), ('Posted', 'Posted'), ('Paid', 'Paid')], default='Scheduled', max_length=10)),
                ('is_suspended', models.BooleanField(default=False)),
                ('posted_on', models.DateField(null=True)),
                ('interest', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'))),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('loan', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='installments', to='loans.driverloan')),
            ],
            options={
                'db_table': 'loan_installments',
                'ordering': ('loan', 'number'),
            },
        ),
        migrations.AddIndex(
            model_name='driverloan',
            index=models.Index(fields=['company', 'number_order', 'id'], name='driver_loan_order'),
        ),
        migrations.AddIndex(
            model_name='driverloan',
            index=models.Index(fields=['company', 'customer', 'number_order'], name='driver_loan_customer'),
        ),
        migrations.AddIndex(
            model_name='driverloan',
            index=models.Index(fields=['company', 'lease', 'number_order'], name='driver_loan_lease'),
        ),
        migrations.AddIndex(
            model_name='driverloan',
            index=models.Index(fields=['company', 'status', 'number_order'], name='driver_loan_status'),
        ),
        migrations.AddIndex(
            model_name='driverloan',
            index=models.Index(fields=['company', 'start_week', 'id'], name='driver_loan_start_week'),
        ),
        migrations.AddIndex(
            model_name='driverloan',
            index=models.Index(fields=['company', 'amount', 'id'], name='driver_loan_amount'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='driver_loan_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='driver_loan_company'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='driver_loan_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=batconnect.core.database.constraints.SameCompany(field='driver', name='driver_loan_driver_key'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=batconnect.core.database.constraints.SameCompany(field='lease', name='driver_loan_lease_key'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=batconnect.core.database.constraints.SameCompany(field='matrix', name='driver_loan_matrix_key'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='driver_loan_number', opclasses=['uuid_ops', 'text_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='driver_loan_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=models.CheckConstraint(condition=models.Q(('start_week__week_day', 1)), name='driver_loan_start_week_sunday'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=models.CheckConstraint(condition=models.Q(('installment_count__gte', 1)), name='driver_loan_has_installments'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['Open', 'Hold', 'Closed', 'Cancelled'])), name='driver_loan_known_status'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('status', 'Closed')), models.Q(models.Q(('status', 'Closed'), _negated=True), ('closed_at__isnull', True)), _connector='OR'), name='driver_loan_closed_at'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what a document is never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, number, number_order, customer_id, driver_id, lease_id, currency, amount, start_week, matrix_id, installment_count, case_no, created_by_id, created_by_name, created_at, interest_rate, loan_date', name='driver_loan_fixed'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'documents are cancelled, never deleted' using errcode = 'restrict_violation';", event='before delete', name='driver_loan_kept', truncate=True),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (new.status <> 'Open')", body="raise exception 'a document begins Open, not %', new.status using errcode = 'check_violation';", event='before insert', name='driver_loan_begins_open'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.status <> new.status and (old.status::text, new.status::text) not in (('Open', 'Hold'), ('Hold', 'Open'), ('Open', 'Cancelled'), ('Hold', 'Cancelled'), ('Open', 'Closed'), ('Closed', 'Open')))", body="raise exception '% cannot move from % to %', old.number, old.status, new.status using errcode = 'check_violation';", event='before update of status', name='driver_loan_legal_move'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=batconnect.core.database.constraints.Trigger(after_table='referencing new table as added for each statement', body="if exists (select 1 from added d where (select i.number from loan_installments i where i.company_id = d.company_id and i.loan_id = d.id limit 1) is null) then raise exception 'a document comes with its schedule, in one statement' using errcode = 'check_violation'; end if; return null;", event='after insert', name='driver_loan_whole'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=models.CheckConstraint(condition=models.Q(('interest_rate__gte', 0), ('interest_rate__lte', 100)), name='driver_loan_rate_within'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=models.CheckConstraint(condition=models.Q(('start_week__gte', models.F('loan_date'))), name='driver_loan_starts_after_loan_date'),
        ),
        migrations.AddIndex(
            model_name='loaninstallment',
            index=models.Index(condition=models.Q(('is_suspended', False), ('status', 'Scheduled')), fields=['company', 'due_date', 'id'], name='loan_installment_due'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='loan_installment_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='loan_installment_company'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=batconnect.core.database.constraints.SameCompany(field='loan', name='loan_installment_loan_key'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=models.UniqueConstraint(fields=('company', 'loan', 'number'), name='loan_installment_place'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=models.UniqueConstraint(fields=('company', 'installment_id'), name='loan_installment_number'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=models.CheckConstraint(condition=models.Q(('principal__gt', 0)), name='loan_installment_principal_positive'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=models.CheckConstraint(condition=models.Q(('week_start_date__week_day', 1)), name='loan_installment_week_is_a_week'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('posted_on__isnull', True), ('status', 'Scheduled')), models.Q(('is_suspended', False), ('posted_on__isnull', False), ('status__in', ['Posted', 'Paid'])), _connector='OR'), name='loan_installment_status_fits'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table='referencing new table as added for each statement', body="select string_agg(s.loan_id::text, ', ') into wrong from ( select company_id, loan_id, sum(principal) as total, count(*) as rows, min(number) as first, max(number) as last from added group by company_id, loan_id) s left join driver_loans d on d.company_id = s.company_id and d.id = s.loan_id where s.total is distinct from d.amount or s.rows is distinct from d.installment_count or s.first <> 1 or s.last <> s.rows; if wrong is not null then raise exception 'the schedule of % does not make up its amount, or was not inserted whole', wrong using errcode = 'check_violation'; end if; return null;", declare='wrong text;', event='after insert', name='loan_installment_whole'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what an installment is never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, loan_id, number, installment_id, week_start_date, principal', name='loan_installment_fixed'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.status <> 'Scheduled')", body="raise exception 'a posted installment never changes' using errcode = 'restrict_violation';", event='before update of due_date, interest', name='loan_installment_posted_fixed'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (new.status <> 'Scheduled')", body="raise exception 'an installment begins Scheduled' using errcode = 'check_violation';", event='before insert', name='loan_installment_begins_scheduled'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.status <> new.status and (old.status::text, new.status::text) not in (('Scheduled', 'Posted'), ('Posted', 'Paid'), ('Paid', 'Posted')))", body="raise exception '% cannot move from % to %', old.installment_id, old.status, new.status using errcode = 'check_violation';", event='before update of status', name='loan_installment_legal_move'),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'installments are never deleted' using errcode = 'restrict_violation';", event='before delete', name='loan_installment_kept', truncate=True),
        ),
        migrations.AddConstraint(
            model_name='loaninstallment',
            constraint=models.CheckConstraint(condition=models.Q(('interest__gte', 0)), name='loan_installment_interest_not_negative'),
        ),
    ]
