import batconnect.core.constraints
import batconnect.core.ids
import batconnect.core.money
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_initial'),
        ('core', '__first__'),
        ('directory', '0001_initial'),
        ('ledger', '0003_first_matrices'),
    ]

    operations = [
        migrations.CreateModel(
            name='Dtr',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(help_text='DTR-2026-000001.', max_length=24)),
                ('number_order', models.BigIntegerField(help_text='Year and number as one figure: numbers sort as numbers.')),
                ('week', models.DateField(help_text='The Sunday that begins the week.')),
                ('settled_on', models.DateField(help_text='The Sunday after it: what is due until then is in it.')),
                ('is_former', models.BooleanField(default=False)),
                ('currency', models.CharField(max_length=3)),
                ('gross', batconnect.core.money.MoneyField()),
                ('prior_balance', batconnect.core.money.MoneyField()),
                ('charges', batconnect.core.money.MoneyField()),
                ('interim_payments', batconnect.core.money.MoneyField()),
                ('adjustments', batconnect.core.money.MoneyField()),
                ('owed', batconnect.core.money.MoneyField()),
                ('recovered', batconnect.core.money.MoneyField()),
                ('net', batconnect.core.money.MoneyField()),
                ('due_to_driver', batconnect.core.money.MoneyField()),
                ('carried_forward', batconnect.core.money.MoneyField()),
                ('unallocated_cash', batconnect.core.money.MoneyField(default=Decimal('0.00'))),
                ('status', models.CharField(choices=[('Finalized', 'Finalized'), ('Paid', 'Paid')], default='Finalized', max_length=10)),
                ('paid_on', models.DateField(null=True)),
                ('paid_at', models.DateTimeField(null=True)),
                ('paid_by', models.CharField(blank=True, max_length=150)),
                ('payment_method', models.CharField(blank=True, choices=[('ach', 'ACH'), ('check', 'Check')], max_length=10)),
                ('payment_reference', models.CharField(blank=True, max_length=60)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('driver', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.driver')),
                ('lease', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.lease')),
                ('previous', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.dtr')),
            ],
            options={
                'verbose_name': 'DTR',
                'verbose_name_plural': 'DTRs',
                'db_table': 'dtrs',
                'indexes': [models.Index(fields=['company', 'week', 'number_order'], name='dtr_week'), models.Index(fields=['company', 'number_order'], name='dtr_number_order'), models.Index(fields=['company', 'driver', 'week'], name='dtr_driver'), models.Index(fields=['company', 'customer'], name='dtr_customer')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='dtr_company'), batconnect.core.constraints.SameCompany(field='lease', name='dtr_lease_key'), batconnect.core.constraints.SameCompany(field='driver', name='dtr_driver_key'), batconnect.core.constraints.SameCompany(field='customer', name='dtr_customer_key'), batconnect.core.constraints.SameCompany(field='previous', name='dtr_previous_key'), models.UniqueConstraint(fields=('company', 'number'), name='dtr_number'), models.UniqueConstraint(condition=models.Q(('is_former', False)), fields=('company', 'week', 'lease'), name='dtr_once_per_lease_and_week'), models.UniqueConstraint(fields=('company', 'lease', 'customer', 'week'), name='dtr_once_per_driver_and_week'), models.UniqueConstraint(fields=('company', 'previous'), name='dtr_followed_once'), models.CheckConstraint(condition=models.Q(('settled_on__gt', models.F('week')), ('settled_on__week_day', 1), ('week__week_day', 1)), name='dtr_week_sunday'), models.CheckConstraint(condition=models.Q(('gross__gte', 0), ('owed', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('prior_balance'), '+', models.F('charges')), '-', models.F('interim_payments')), '-', models.F('adjustments'))), ('owed__gte', 0), ('prior_balance__gte', 0), ('unallocated_cash__gte', 0)), name='dtr_owed_adds_up'), models.CheckConstraint(condition=models.Q(('carried_forward', django.db.models.expressions.CombinedExpression(models.F('owed'), '-', models.F('recovered'))), ('carried_forward__gte', 0), ('due_to_driver__gte', 0), ('net', django.db.models.expressions.CombinedExpression(models.F('gross'), '-', models.F('owed'))), ('recovered', django.db.models.expressions.CombinedExpression(models.F('gross'), '-', models.F('due_to_driver'))), models.Q(('due_to_driver', 0), ('carried_forward', 0), _connector='OR')), name='dtr_net_adds_up'), models.CheckConstraint(condition=models.Q(models.Q(('paid_at__isnull', True), ('paid_on__isnull', True), ('payment_method', ''), ('status', 'Finalized')), models.Q(('due_to_driver__gt', 0), ('paid_at__isnull', False), ('paid_on__isnull', False), ('payment_method__in', ['ach', 'check']), ('status', 'Paid')), _connector='OR'), name='dtr_paid_says_how'), batconnect.core.constraints.Trigger(after_table='for each row', body="raise exception 'a DTR never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, number, number_order, week, settled_on, lease_id, driver_id, customer_id, is_former, currency, gross, prior_balance, charges, interim_payments, adjustments, owed, recovered, net, due_to_driver, carried_forward, unallocated_cash, previous_id', name='dtr_fixed'), batconnect.core.constraints.Trigger(after_table="for each row when (old.status = 'Paid')", body="raise exception '% is paid already', old.number using errcode = 'restrict_violation';", event='before update of status, paid_on, paid_at, payment_method, payment_reference', name='dtr_paid_once'), batconnect.core.constraints.Trigger(after_table='for each statement', body="raise exception 'DTRs are never deleted' using errcode = 'restrict_violation';", event='before delete or truncate', name='dtr_kept')],
            },
        ),
        migrations.CreateModel(
            name='DtrExport',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('week', models.DateField()),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('completed', 'Completed'), ('failed', 'Failed')], default='pending', max_length=10)),
                ('total', models.PositiveIntegerField()),
                ('done', models.PositiveIntegerField(default=0)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(null=True)),
                ('holder', models.UUIDField(null=True)),
                ('size', models.PositiveBigIntegerField(default=0)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('requested_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('completed_at', models.DateTimeField(null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('requested_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'DTR export',
                'db_table': 'dtr_exports',
                'indexes': [models.Index(fields=['company', 'status', 'id'], name='dtr_export_status')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='dtr_export_company'), models.CheckConstraint(condition=models.Q(('done__lte', models.F('total'))), name='dtr_export_done_within')],
            },
        ),
        migrations.CreateModel(
            name='DtrLine',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('charge', 'Charge'), ('interim_payment', 'Interim payment'), ('adjustment', 'Adjustment'), ('recovered', 'Recovered from earnings'), ('earnings', 'Earnings')], max_length=20)),
                ('category', models.CharField(blank=True, choices=[('TAXES', 'Taxes'), ('EZPASS', 'EZPass'), ('LEASE', 'Lease'), ('PVB', 'PVB'), ('TLC', 'TLC'), ('REPAIRS', 'Repairs'), ('LOANS', 'Loans'), ('MISC', 'Misc'), ('INVOICE', 'Invoice'), ('PREMIUM', 'Premium')], max_length=10)),
                ('amount', batconnect.core.money.MoneyField()),
                ('is_delayed', models.BooleanField(default=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('dtr', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='ledger.dtr')),
                ('entry', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry')),
                ('obligation', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.obligation')),
            ],
            options={
                'verbose_name': 'DTR line',
                'db_table': 'dtr_lines',
                'indexes': [models.Index(fields=['company', 'dtr'], name='dtr_line_dtr')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='dtr_line_company'), batconnect.core.constraints.SameCompany(field='dtr', name='dtr_line_dtr_key'), batconnect.core.constraints.SameCompany(field='entry', name='dtr_line_entry_key'), batconnect.core.constraints.SameCompany(field='obligation', name='dtr_line_obligation_key'), batconnect.core.constraints.AppendOnly(name='dtr_line_append_only'), models.UniqueConstraint(fields=('company', 'entry'), name='dtr_line_entry_once'), models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='dtr_line_not_zero'), models.CheckConstraint(condition=models.Q(models.Q(('category', ''), ('kind', 'earnings'), ('obligation__isnull', True)), models.Q(models.Q(('kind', 'earnings'), _negated=True), models.Q(('category', ''), _negated=True), ('obligation__isnull', False)), _connector='OR'), name='dtr_line_names_obligation'), models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['charge', 'recovered', 'earnings']), _negated=True), ('amount__gt', 0), _connector='OR'), name='dtr_line_sign')],
            },
        ),
        migrations.CreateModel(
            name='LeaseEarning',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('week', models.DateField(help_text='The Sunday that begins the week.')),
                ('currency', models.CharField(max_length=3)),
                ('gross', batconnect.core.money.MoneyField()),
                ('status', models.CharField(choices=[('credited', 'Credited'), ('voided', 'Voided')], default='credited', max_length=10)),
                ('imported_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('driver', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.driver')),
                ('dtr', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='earnings', to='ledger.dtr')),
                ('entry', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry')),
                ('lease', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.lease')),
            ],
            options={
                'db_table': 'lease_earnings',
                'indexes': [models.Index(condition=models.Q(('dtr__isnull', True), ('status', 'credited')), fields=['company', 'lease', 'customer'], name='lease_earning_waiting'), models.Index(fields=['company', 'week', 'lease'], name='lease_earning_week'), models.Index(fields=['company', 'dtr'], name='lease_earning_dtr')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='lease_earning_company'), batconnect.core.constraints.SameCompany(field='driver', name='lease_earning_driver_key'), batconnect.core.constraints.SameCompany(field='customer', name='lease_earning_customer_key'), batconnect.core.constraints.SameCompany(field='lease', name='lease_earning_lease_key'), batconnect.core.constraints.SameCompany(field='entry', name='lease_earning_entry_key'), batconnect.core.constraints.SameCompany(field='dtr', name='lease_earning_dtr_key'), models.UniqueConstraint(condition=models.Q(('status', 'credited')), fields=('company', 'lease', 'week', 'driver'), name='lease_earning_once'), models.CheckConstraint(condition=models.Q(('gross__gt', 0)), name='lease_earning_gross_positive'), models.CheckConstraint(condition=models.Q(('week__week_day', 1)), name='lease_earning_week_sunday'), models.CheckConstraint(condition=models.Q(('status', 'credited'), ('dtr__isnull', True), _connector='OR'), name='lease_earning_voided_has_no_dtr'), batconnect.core.constraints.Trigger(after_table='for each row', body="raise exception 'what was earned never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, driver_id, customer_id, lease_id, week, currency, gross, entry_id', name='lease_earning_fixed'), batconnect.core.constraints.Trigger(after_table='for each row when (old.dtr_id is not null)', body="raise exception 'these earnings are in a DTR already' using errcode = 'restrict_violation';", event='before update of dtr_id, status', name='lease_earning_taken_once'), batconnect.core.constraints.Trigger(after_table='for each statement', body="raise exception 'earnings are voided, never deleted' using errcode = 'restrict_violation';", event='before delete or truncate', name='lease_earning_kept')],
            },
        ),
        migrations.CreateModel(
            name='WeeklyRun',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('week', models.DateField(help_text='The Sunday that begins the week; it is settled on the next one.')),
                ('job', models.CharField(help_text='`lease_fees`, `repairs`, `loans`, `dtr`: in this order.', max_length=30)),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('completed', 'Completed'), ('failed', 'Failed')], default='pending', max_length=10)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('holder', models.UUIDField(editable=False, null=True)),
                ('lease_until', models.DateTimeField(editable=False, null=True)),
                ('figures', models.JSONField(default=dict, help_text='What the job did.')),
                ('error', models.CharField(blank=True, help_text='Why the last attempt stopped.', max_length=500)),
                ('started_at', models.DateTimeField(null=True)),
                ('completed_at', models.DateTimeField(null=True)),
                ('actor', models.CharField(blank=True, max_length=150)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'weekly_runs',
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='weekly_run_company'), models.UniqueConstraint(fields=('company', 'week', 'job'), name='weekly_run_once'), models.CheckConstraint(condition=models.Q(('week__week_day', 1)), name='weekly_run_week_sunday'), models.CheckConstraint(condition=models.Q(models.Q(('completed_at__isnull', False), ('status', 'completed')), models.Q(models.Q(('status', 'completed'), _negated=True), ('completed_at__isnull', True)), _connector='OR'), name='weekly_run_completed_at'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'running'), _negated=True), models.Q(('holder__isnull', False), ('lease_until__isnull', False)), _connector='OR'), name='weekly_run_running_is_held')],
            },
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='dtr_company_id'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='lease_earning_company_id'),
        ),
    ]
