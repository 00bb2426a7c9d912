import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import batconnect.core.kernel.money
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('directory', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('currency', models.CharField(max_length=3)),
                ('code', models.CharField(help_text='`cash:ach`, `receivable:LEASE`, `unallocated_cash`, …', max_length=60)),
                ('name', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('asset', 'Asset'), ('liability', 'Liability'), ('income', 'Income'), ('contra', 'Contra'), ('equity', 'Equity')], max_length=10)),
                ('subledger', models.GeneratedField(db_persist=True, expression=models.Case(models.When(code='unallocated_cash', then=models.Value('payments')), models.When(code__startswith='receivable:', then=django.db.models.functions.text.Substr('code', 12)), default=models.Value('')), help_text="Which single items make up the account: a category's obligations, payments, or none.", output_field=models.CharField(max_length=60))),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'ledger_accounts',
                'ordering': ('currency', 'code'),
            },
        ),
        migrations.CreateModel(
            name='Dtr',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(help_text='DTR-2026-000001.', max_length=24)),
                ('number_order', models.BigIntegerField(help_text='Year and number as one figure: numbers sort as numbers.')),
                ('week', models.DateField(help_text='The Sunday that begins the week.')),
                ('settled_on', models.DateField(help_text='The Sunday after it: what is due until then is in it.')),
                ('is_former', models.BooleanField(default=False)),
                ('currency', models.CharField(max_length=3)),
                ('gross', batconnect.core.kernel.money.MoneyField()),
                ('prior_balance', batconnect.core.kernel.money.MoneyField()),
                ('charges', batconnect.core.kernel.money.MoneyField()),
                ('interim_payments', batconnect.core.kernel.money.MoneyField()),
                ('adjustments', batconnect.core.kernel.money.MoneyField()),
                ('owed', batconnect.core.kernel.money.MoneyField()),
                ('recovered', batconnect.core.kernel.money.MoneyField()),
                ('net', batconnect.core.kernel.money.MoneyField()),
                ('due_to_driver', batconnect.core.kernel.money.MoneyField()),
                ('carried_forward', batconnect.core.kernel.money.MoneyField()),
                ('unallocated_cash', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'))),
                ('status', models.CharField(choices=[('Finalized', 'Finalized'), ('Paid', 'Paid')], default='Finalized', max_length=10)),
                ('paid_on', models.DateField(null=True)),
                ('paid_at', models.DateTimeField(null=True)),
                ('paid_by', models.CharField(blank=True, max_length=150)),
                ('payment_method', models.CharField(blank=True, choices=[('ach', 'ACH'), ('check', 'Check')], max_length=10)),
                ('payment_reference', models.CharField(blank=True, max_length=60)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('driver', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.driver')),
                ('lease', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.lease')),
                ('previous', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.dtr')),
            ],
            options={
                'verbose_name': 'DTR',
                'verbose_name_plural': 'DTRs',
                'db_table': 'dtrs',
            },
        ),
        migrations.CreateModel(
            name='DtrExport',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('week', models.DateField()),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('completed', 'Completed'), ('failed', 'Failed')], default='pending', max_length=10)),
                ('total', models.PositiveIntegerField()),
                ('done', models.PositiveIntegerField(default=0)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
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
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('currency', models.CharField(max_length=3)),
                ('effective_on', models.DateField()),
                ('posted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('event', models.CharField(help_text='`payment_received`, `allocation_applied`, …', max_length=40)),
                ('source_type', models.CharField(max_length=40)),
                ('source_id', models.CharField(max_length=60)),
                ('is_full_reversal', models.BooleanField(default=False)),
                ('line_count', models.PositiveSmallIntegerField(help_text='How many postings it has; each posting repeats the count.')),
                ('case_no', models.CharField(blank=True, max_length=20)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('operation_id', models.UUIDField(null=True)),
                ('actor', models.CharField(max_length=150)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('lease', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.lease')),
                ('reverses', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry')),
            ],
            options={
                'verbose_name_plural': 'entries',
                'db_table': 'ledger_entries',
            },
        ),
        migrations.CreateModel(
            name='LeaseEarning',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('week', models.DateField(help_text='The Sunday that begins the week.')),
                ('currency', models.CharField(max_length=3)),
                ('gross', batconnect.core.kernel.money.MoneyField()),
                ('status', models.CharField(choices=[('credited', 'Credited'), ('voided', 'Voided')], default='credited', max_length=10)),
                ('imported_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('driver', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.driver')),
                ('dtr', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='earnings', to='ledger.dtr')),
                ('entry', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry')),
                ('lease', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.lease')),
            ],
            options={
                'db_table': 'lease_earnings',
            },
        ),
        migrations.CreateModel(
            name='LedgerVerification',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField()),
                ('checks', models.PositiveSmallIntegerField(help_text='How many checks ran.')),
                ('differences', models.PositiveIntegerField()),
                ('findings', models.JSONField(default=list)),
                ('actor', models.CharField(help_text="The person's name, or the job's.", max_length=150)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'ledger_verifications',
            },
        ),
        migrations.CreateModel(
            name='Obligation',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('currency', models.CharField(max_length=3)),
                ('category', models.CharField(choices=[('TAXES', 'Taxes'), ('EZPASS', 'EZPass'), ('LEASE', 'Lease'), ('PVB', 'PVB'), ('TLC', 'TLC'), ('REPAIRS', 'Repairs'), ('LOANS', 'Loans'), ('MISC', 'Misc'), ('INVOICE', 'Invoice'), ('PREMIUM', 'Premium')], max_length=10)),
                ('reference_id', models.CharField(max_length=60)),
                ('description', models.CharField(max_length=200)),
                ('original', batconnect.core.kernel.money.MoneyField()),
                ('outstanding', batconnect.core.kernel.money.MoneyField()),
                ('written_off', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'))),
                ('issue_date', models.DateField()),
                ('due_date', models.DateField()),
                ('status', models.CharField(choices=[('open', 'Open'), ('settled', 'Settled'), ('voided', 'Voided')], default='open', max_length=10)),
                ('is_opening', models.BooleanField(default=False)),
                ('source_type', models.CharField(help_text='Whose it is (`ledger.charge`, `loans.installment`): see ledger.sources.', max_length=40)),
                ('source_id', models.CharField(max_length=60)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('lease', batconnect.core.database.keys.TenantKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.lease')),
            ],
            options={
                'db_table': 'ledger_obligations',
            },
        ),
        migrations.CreateModel(
            name='DtrLine',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('charge', 'Charge'), ('interim_payment', 'Interim payment'), ('adjustment', 'Adjustment'), ('recovered', 'Recovered from earnings'), ('earnings', 'Earnings')], max_length=20)),
                ('category', models.CharField(blank=True, choices=[('TAXES', 'Taxes'), ('EZPASS', 'EZPass'), ('LEASE', 'Lease'), ('PVB', 'PVB'), ('TLC', 'TLC'), ('REPAIRS', 'Repairs'), ('LOANS', 'Loans'), ('MISC', 'Misc'), ('INVOICE', 'Invoice'), ('PREMIUM', 'Premium')], max_length=10)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('is_delayed', models.BooleanField(default=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('dtr', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='ledger.dtr')),
                ('entry', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry')),
                ('obligation', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.obligation')),
            ],
            options={
                'verbose_name': 'DTR line',
                'db_table': 'dtr_lines',
            },
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('line', models.PositiveSmallIntegerField()),
                ('line_count', models.PositiveSmallIntegerField(help_text="Its entry's.")),
                ('currency', models.CharField(max_length=3)),
                ('subledger', models.CharField(blank=True, max_length=60)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('payment_id', models.UUIDField(null=True)),
                ('account', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('entry', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='ledger.entry')),
                ('obligation', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='ledger.obligation')),
            ],
            options={
                'db_table': 'ledger_postings',
            },
        ),
        migrations.CreateModel(
            name='RepaymentMatrix',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(editable=False)),
                ('effective_from', models.DateField(help_text='The first day whose new schedules follow it.')),
                ('actor', models.CharField(editable=False, max_length=150, verbose_name='made by')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'repayment matrices',
                'db_table': 'repayment_matrices',
                'ordering': ('-version',),
            },
        ),
        migrations.CreateModel(
            name='RepaymentBand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('above', batconnect.core.kernel.money.MoneyField()),
                ('up_to', batconnect.core.kernel.money.MoneyField(blank=True, help_text='Empty for the last band: no upper end.', null=True)),
                ('weekly_principal', batconnect.core.kernel.money.MoneyField(blank=True, help_text='Empty: all at once.', null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('matrix', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='bands', to='ledger.repaymentmatrix')),
            ],
            options={
                'db_table': 'repayment_bands',
                'ordering': ('matrix', 'position'),
            },
        ),
        migrations.CreateModel(
            name='WeeklyRun',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('week', models.DateField(help_text='The Sunday that begins the week; it is settled on the next one.')),
                ('job', models.CharField(help_text='`lease_fees`, `repairs`, `loans`, `dtr`: in this order.', max_length=30)),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('completed', 'Completed'), ('failed', 'Failed')], default='pending', max_length=10)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('figures', models.JSONField(default=dict, help_text='What the job did.')),
                ('error', models.CharField(blank=True, help_text='Why the last attempt stopped.', max_length=500)),
                ('started_at', models.DateTimeField(null=True)),
                ('completed_at', models.DateTimeField(null=True)),
                ('actor', models.CharField(blank=True, max_length=150)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'weekly_runs',
            },
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='ledger_account_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='ledger_account_company'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(fields=('company', 'currency', 'code'), name='ledger_account_code'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what an account is never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, currency, code', name='ledger_account_fixed'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'accounts are never deleted' using errcode = 'restrict_violation';", event='before delete', name='ledger_account_kept', truncate=True),
        ),
        migrations.AddIndex(
            model_name='dtr',
            index=models.Index(fields=['company', 'week', 'number_order'], name='dtr_week'),
        ),
        migrations.AddIndex(
            model_name='dtr',
            index=models.Index(fields=['company', 'number_order'], name='dtr_number_order'),
        ),
        migrations.AddIndex(
            model_name='dtr',
            index=models.Index(fields=['company', 'driver', 'week'], name='dtr_driver'),
        ),
        migrations.AddIndex(
            model_name='dtr',
            index=models.Index(fields=['company', 'customer'], name='dtr_customer'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='dtr_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='dtr_company'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=batconnect.core.database.constraints.SameCompany(field='lease', name='dtr_lease_key'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=batconnect.core.database.constraints.SameCompany(field='driver', name='dtr_driver_key'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='dtr_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=batconnect.core.database.constraints.SameCompany(field='previous', name='dtr_previous_key'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='dtr_number', opclasses=['uuid_ops', 'text_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=models.UniqueConstraint(condition=models.Q(('is_former', False)), fields=('company', 'week', 'lease'), name='dtr_once_per_lease_and_week'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=models.UniqueConstraint(fields=('company', 'lease', 'customer', 'week'), name='dtr_once_per_driver_and_week'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=models.UniqueConstraint(fields=('company', 'previous'), name='dtr_followed_once'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=models.CheckConstraint(condition=models.Q(('settled_on__gt', models.F('week')), ('settled_on__week_day', 1), ('week__week_day', 1)), name='dtr_week_sunday'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=models.CheckConstraint(condition=models.Q(('gross__gte', 0), ('owed', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('prior_balance'), '+', models.F('charges')), '-', models.F('interim_payments')), '-', models.F('adjustments'))), ('owed__gte', 0), ('prior_balance__gte', 0), ('unallocated_cash__gte', 0)), name='dtr_owed_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=models.CheckConstraint(condition=models.Q(('carried_forward', django.db.models.expressions.CombinedExpression(models.F('owed'), '-', models.F('recovered'))), ('carried_forward__gte', 0), ('due_to_driver__gte', 0), ('net', django.db.models.expressions.CombinedExpression(models.F('gross'), '-', models.F('owed'))), ('recovered', django.db.models.expressions.CombinedExpression(models.F('gross'), '-', models.F('due_to_driver'))), models.Q(('due_to_driver', 0), ('carried_forward', 0), _connector='OR')), name='dtr_net_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('paid_at__isnull', True), ('paid_on__isnull', True), ('payment_method', ''), ('status', 'Finalized')), models.Q(('due_to_driver__gt', 0), ('paid_at__isnull', False), ('paid_on__isnull', False), ('payment_method__in', ['ach', 'check']), ('status', 'Paid')), _connector='OR'), name='dtr_paid_says_how'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'a DTR never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, number, number_order, week, settled_on, lease_id, driver_id, customer_id, is_former, currency, gross, prior_balance, charges, interim_payments, adjustments, owed, recovered, net, due_to_driver, carried_forward, unallocated_cash, previous_id', name='dtr_fixed'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.status = 'Paid')", body="raise exception '% is paid already', old.number using errcode = 'restrict_violation';", event='before update of status, paid_on, paid_at, payment_method, payment_reference', name='dtr_paid_once'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'DTRs are never deleted' using errcode = 'restrict_violation';", event='before delete', name='dtr_kept', truncate=True),
        ),
        migrations.AddIndex(
            model_name='dtrexport',
            index=models.Index(fields=['company', 'status', 'id'], name='dtr_export_status'),
        ),
        migrations.AddConstraint(
            model_name='dtrexport',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='dtr_export_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='dtrexport',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='dtr_export_company'),
        ),
        migrations.AddConstraint(
            model_name='dtrexport',
            constraint=models.CheckConstraint(condition=models.Q(('done__lte', models.F('total'))), name='dtr_export_done_within'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['company', 'customer', 'id'], name='ledger_entry_customer'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('lease__isnull', False)), fields=['company', 'lease', 'id'], name='ledger_entry_lease'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['company', 'effective_on', 'id'], name='ledger_entry_effective'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='ledger_entry_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='ledger_entry_company'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='ledger_entry_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=batconnect.core.database.constraints.SameCompany(field='lease', name='ledger_entry_lease_key'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=batconnect.core.database.constraints.SameCompany(field='reverses', name='ledger_entry_reverses_key'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(fields=('company', 'id', 'line_count'), name='ledger_entry_line_count'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('line_count__range', (2, 200))), name='ledger_entry_lines'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=batconnect.core.database.constraints.AppendOnly(name='ledger_entry_append_only'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=batconnect.core.database.constraints.Trigger(after_table='referencing new table as added for each statement', body="if exists (select 1 from added e where (select p.line from ledger_postings p where p.company_id = e.company_id and p.entry_id = e.id limit 1) is null) then raise exception 'an entry comes with its postings, in one statement' using errcode = 'check_violation'; end if; return null;", by_index=True, event='after insert', name='ledger_entry_whole'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(fields=('company', 'source_type', 'source_id', 'event'), name='ledger_entry_source_once'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(condition=models.Q(('is_full_reversal', True)), fields=('company', 'reverses'), name='ledger_entry_reversed_once'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('is_full_reversal', False), ('reverses__isnull', False), _connector='OR'), name='ledger_entry_reversal_names_one'),
        ),
        migrations.AddIndex(
            model_name='leaseearning',
            index=models.Index(condition=models.Q(('dtr__isnull', True), ('status', 'credited')), fields=['company', 'lease', 'customer'], name='lease_earning_waiting'),
        ),
        migrations.AddIndex(
            model_name='leaseearning',
            index=models.Index(fields=['company', 'week', 'lease'], name='lease_earning_week'),
        ),
        migrations.AddIndex(
            model_name='leaseearning',
            index=models.Index(fields=['company', 'dtr'], name='lease_earning_dtr'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='lease_earning_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='lease_earning_company'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=batconnect.core.database.constraints.SameCompany(field='driver', name='lease_earning_driver_key'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='lease_earning_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=batconnect.core.database.constraints.SameCompany(field='lease', name='lease_earning_lease_key'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=batconnect.core.database.constraints.SameCompany(field='entry', name='lease_earning_entry_key'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=batconnect.core.database.constraints.SameCompany(field='dtr', name='lease_earning_dtr_key'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'credited')), fields=('company', 'lease', 'week', 'driver'), name='lease_earning_once'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=models.CheckConstraint(condition=models.Q(('gross__gt', 0)), name='lease_earning_gross_positive'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=models.CheckConstraint(condition=models.Q(('week__week_day', 1)), name='lease_earning_week_sunday'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'credited'), ('dtr__isnull', True), _connector='OR'), name='lease_earning_voided_has_no_dtr'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was earned never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, driver_id, customer_id, lease_id, week, currency, gross, entry_id', name='lease_earning_fixed'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row when (old.dtr_id is not null)', body="raise exception 'these earnings are in a DTR already' using errcode = 'restrict_violation';", event='before update of dtr_id, status', name='lease_earning_taken_once'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'earnings are voided, never deleted' using errcode = 'restrict_violation';", event='before delete', name='lease_earning_kept', truncate=True),
        ),
        migrations.AddConstraint(
            model_name='ledgerverification',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='ledger_verification_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='ledgerverification',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='ledger_verification_company'),
        ),
        migrations.AddConstraint(
            model_name='ledgerverification',
            constraint=batconnect.core.database.constraints.AppendOnly(name='ledger_verification_append_only'),
        ),
        migrations.AddIndex(
            model_name='obligation',
            index=models.Index(fields=['company', 'customer', 'status', 'due_date'], name='ledger_obligation_customer'),
        ),
        migrations.AddIndex(
            model_name='obligation',
            index=models.Index(fields=['company', 'lease', 'status', 'due_date'], name='ledger_obligation_lease'),
        ),
        migrations.AddIndex(
            model_name='obligation',
            index=models.Index(fields=['company', 'due_date', 'id'], name='ledger_obligation_due'),
        ),
        migrations.AddIndex(
            model_name='obligation',
            index=models.Index(fields=['company', 'issue_date', 'id'], name='ledger_obligation_issued'),
        ),
        migrations.AddIndex(
            model_name='obligation',
            index=models.Index(fields=['company', 'category', 'due_date', 'id'], name='ledger_obligation_category'),
        ),
        migrations.AddIndex(
            model_name='obligation',
            index=models.Index(fields=['company', 'source_type', 'source_id'], name='ledger_obligation_source'),
        ),
        migrations.AddIndex(
            model_name='obligation',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['company', 'due_date', 'id'], name='ledger_obligation_open'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='ledger_obligation_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='ledger_obligation_company'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='ledger_obligation_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=batconnect.core.database.constraints.SameCompany(field='lease', name='ledger_obligation_lease_key'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=models.UniqueConstraint(fields=('company', 'category', 'reference_id'), name='ledger_obligation_reference'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=models.CheckConstraint(condition=models.Q(('original__gt', 0)), name='ledger_obligation_original_positive'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=models.CheckConstraint(condition=models.Q(('outstanding__gte', 0), ('outstanding__lte', models.F('original'))), name='ledger_obligation_outstanding_within'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=models.CheckConstraint(condition=models.Q(('written_off__gte', 0), ('written_off__lte', django.db.models.expressions.CombinedExpression(models.F('original'), '-', models.F('outstanding')))), name='ledger_obligation_written_off_within'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outstanding__gt', 0), ('status', 'open')), models.Q(('outstanding', 0), ('status', 'settled')), models.Q(('outstanding', 0), ('status', 'voided'), ('written_off', 0)), _connector='OR'), name='ledger_obligation_status_fits'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what an obligation is never changes' using errcode = 'restrict_violation';", event='before update of company_id, customer_id, lease_id, currency, category, reference_id, original, issue_date, due_date, source_type, source_id', name='ledger_obligation_fixed'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'obligations are voided, never deleted' using errcode = 'restrict_violation';", event='before delete', name='ledger_obligation_kept', truncate=True),
        ),
        migrations.AddIndex(
            model_name='dtrline',
            index=models.Index(fields=['company', 'dtr'], name='dtr_line_dtr'),
        ),
        migrations.AddConstraint(
            model_name='dtrline',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='dtr_line_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='dtrline',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='dtr_line_company'),
        ),
        migrations.AddConstraint(
            model_name='dtrline',
            constraint=batconnect.core.database.constraints.SameCompany(field='dtr', name='dtr_line_dtr_key'),
        ),
        migrations.AddConstraint(
            model_name='dtrline',
            constraint=batconnect.core.database.constraints.SameCompany(field='entry', name='dtr_line_entry_key'),
        ),
        migrations.AddConstraint(
            model_name='dtrline',
            constraint=batconnect.core.database.constraints.SameCompany(field='obligation', name='dtr_line_obligation_key'),
        ),
        migrations.AddConstraint(
            model_name='dtrline',
            constraint=batconnect.core.database.constraints.AppendOnly(name='dtr_line_append_only'),
        ),
        migrations.AddConstraint(
            model_name='dtrline',
            constraint=models.UniqueConstraint(fields=('company', 'entry'), name='dtr_line_entry_once'),
        ),
        migrations.AddConstraint(
            model_name='dtrline',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='dtr_line_not_zero'),
        ),
        migrations.AddConstraint(
            model_name='dtrline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('category', ''), ('kind', 'earnings'), ('obligation__isnull', True)), models.Q(models.Q(('kind', 'earnings'), _negated=True), models.Q(('category', ''), _negated=True), ('obligation__isnull', False)), _connector='OR'), name='dtr_line_names_obligation'),
        ),
        migrations.AddConstraint(
            model_name='dtrline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['charge', 'recovered', 'earnings']), _negated=True), ('amount__gt', 0), _connector='OR'), name='dtr_line_sign'),
        ),
        migrations.AddIndex(
            model_name='posting',
            index=models.Index(condition=models.Q(('obligation__isnull', False)), fields=['company', 'obligation'], name='ledger_posting_obligation'),
        ),
        migrations.AddIndex(
            model_name='posting',
            index=models.Index(condition=models.Q(('payment_id__isnull', False)), fields=['company', 'payment_id'], name='ledger_posting_payment'),
        ),
        migrations.AddIndex(
            model_name='posting',
            index=models.Index(fields=['company', 'account', 'entry'], name='ledger_posting_account'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='ledger_posting_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='ledger_posting_company'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=batconnect.core.database.constraints.SameCompany(field='obligation', name='ledger_posting_obligation_key'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=batconnect.core.database.constraints.AppendOnly(name='ledger_posting_append_only'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=batconnect.core.database.constraints.Trigger(after_table='referencing new table as added for each statement', body="if exists (select entry_id from (select company_id, entry_id, sum(amount) as total, count(*) as lines, min(line) as first, max(line_count) as counted, min(currency) as currency, max(currency) as other from added group by company_id, entry_id) p where total <> 0 or first <> 1 or lines <> counted or currency <> other or (select e.currency from ledger_entries e where e.company_id = p.company_id and e.id = p.entry_id) is distinct from currency) then raise exception 'postings of entry % do not sum to zero in its currency, or were not inserted with it', (select string_agg(entry_id::text, ', ') from (select entry_id from (select company_id, entry_id, sum(amount) as total, count(*) as lines, min(line) as first, max(line_count) as counted, min(currency) as currency, max(currency) as other from added group by company_id, entry_id) p where total <> 0 or first <> 1 or lines <> counted or currency <> other or (select e.currency from ledger_entries e where e.company_id = p.company_id and e.id = p.entry_id) is distinct from currency limit 5) found) using errcode = 'check_violation'; end if; if exists (select 1 from (select distinct company_id, account_id, currency, subledger from added) p where (select a.currency || ' ' || a.subledger from ledger_accounts a where a.company_id = p.company_id and a.id = p.account_id) is distinct from p.currency || ' ' || p.subledger) then raise exception 'a posting has the currency and subledger of its account, which is of its company' using errcode = 'foreign_key_violation'; end if; if exists (select 1 from added p where p.obligation_id is not null and (select o.currency || ' ' || o.category from ledger_obligations o where o.company_id = p.company_id and o.id = p.obligation_id) is distinct from p.currency || ' ' || p.subledger) then raise exception 'a posting on a receivable has the currency and category of its obligation' using errcode = 'check_violation'; end if; return null;", by_index=True, event='after insert', name='ledger_posting_balanced'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('obligation__isnull', True), ('subledger', '')), models.Q(('obligation__isnull', True), ('payment_id__isnull', False), ('subledger', 'payments')), models.Q(models.Q(('subledger__in', ('', 'payments')), _negated=True), ('obligation__isnull', False)), _connector='OR'), name='ledger_posting_names_its_item'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=batconnect.core.database.constraints.SameCompany(carries='line_count', field='entry', name='ledger_posting_entry_key'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.CheckConstraint(condition=models.Q(('line__gte', 1), ('line__lte', models.F('line_count'))), name='ledger_posting_line_counted'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.UniqueConstraint(fields=('company', 'entry', 'line'), name='ledger_posting_line'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='ledger_posting_not_zero'),
        ),
        migrations.AddConstraint(
            model_name='repaymentmatrix',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='repayment_matrix_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='repaymentmatrix',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='repayment_matrix_company'),
        ),
        migrations.AddConstraint(
            model_name='repaymentmatrix',
            constraint=batconnect.core.database.constraints.AppendOnly(name='repayment_matrix_append_only'),
        ),
        migrations.AddConstraint(
            model_name='repaymentmatrix',
            constraint=models.UniqueConstraint(fields=('company', 'version'), name='repayment_matrix_version'),
        ),
        migrations.AddConstraint(
            model_name='repaymentmatrix',
            constraint=models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='repayment_matrix_version_positive'),
        ),
        migrations.AddConstraint(
            model_name='repaymentband',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='repayment_band_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='repaymentband',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='repayment_band_company'),
        ),
        migrations.AddConstraint(
            model_name='repaymentband',
            constraint=batconnect.core.database.constraints.SameCompany(field='matrix', name='repayment_band_matrix_key'),
        ),
        migrations.AddConstraint(
            model_name='repaymentband',
            constraint=batconnect.core.database.constraints.AppendOnly(name='repayment_band_append_only'),
        ),
        migrations.AddConstraint(
            model_name='repaymentband',
            constraint=batconnect.core.database.constraints.Trigger(after_table='referencing new table as added for each statement', body="select string_agg(distinct matrix_id::text, ', ') into wrong from ( select matrix_id, position, above, up_to, lag(up_to) over w as ended, row_number() over w as place, count(*) over m as bands from added window w as (partition by company_id, matrix_id order by position), m as (partition by company_id, matrix_id)) b where position <> place or (position = 1 and above <> 0) or (position > 1 and above is distinct from ended) or (up_to is null) <> (position = bands); if wrong is not null then raise exception 'the bands of matrix % leave a gap, overlap or end', wrong using errcode = 'check_violation'; end if; return null;", declare='wrong text;', event='after insert', name='repayment_band_fits'),
        ),
        migrations.AddConstraint(
            model_name='repaymentband',
            constraint=models.UniqueConstraint(fields=('company', 'matrix', 'position'), name='repayment_band_position'),
        ),
        migrations.AddConstraint(
            model_name='repaymentband',
            constraint=models.CheckConstraint(condition=models.Q(('above__gte', 0), models.Q(('up_to__isnull', True), ('up_to__gt', models.F('above')), _connector='OR')), name='repayment_band_is_a_range'),
        ),
        migrations.AddConstraint(
            model_name='repaymentband',
            constraint=models.CheckConstraint(condition=models.Q(('weekly_principal__isnull', True), ('weekly_principal__gt', 0), _connector='OR'), name='repayment_band_repays'),
        ),
        migrations.AddConstraint(
            model_name='weeklyrun',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='weekly_run_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='weeklyrun',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='weekly_run_company'),
        ),
        migrations.AddConstraint(
            model_name='weeklyrun',
            constraint=models.UniqueConstraint(fields=('company', 'week', 'job'), name='weekly_run_once'),
        ),
        migrations.AddConstraint(
            model_name='weeklyrun',
            constraint=models.CheckConstraint(condition=models.Q(('week__week_day', 1)), name='weekly_run_week_sunday'),
        ),
        migrations.AddConstraint(
            model_name='weeklyrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('completed_at__isnull', False), ('status', 'completed')), models.Q(models.Q(('status', 'completed'), _negated=True), ('completed_at__isnull', True)), _connector='OR'), name='weekly_run_completed_at'),
        ),
    ]
