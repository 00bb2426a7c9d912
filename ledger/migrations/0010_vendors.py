"""Vendors and their bills, taxes held, security deposits, processors' deposits, and the opening of the books."""

import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import batconnect.core.kernel.money
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_books'),
        ('directory', '0001_initial'),
        ('ledger', '0009_payouts_returned'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OpeningBatch',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('cut_over_on', models.DateField(help_text='The first day of the first week to be settled, unless given.')),
                ('status', models.CharField(choices=[('draft', 'In preparation'), ('locked', 'Locked')], default='draft', max_length=10)),
                ('version', models.PositiveIntegerField(default=1, help_text='Goes on with each change of the lines.')),
                ('prepared_by', models.CharField(max_length=150)),
                ('prepared_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('locked_by', models.CharField(blank=True, max_length=150)),
                ('locked_at', models.DateTimeField(null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('preparer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'opening batches',
                'db_table': 'opening_batches',
            },
        ),
        migrations.CreateModel(
            name='OpeningLine',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('place', models.PositiveIntegerField(help_text='The line of the file.')),
                ('kind', models.CharField(max_length=24)),
                ('account', models.CharField(help_text='What it opens.', max_length=60)),
                ('amount', batconnect.core.kernel.money.MoneyField(help_text='A debit is positive, a credit negative.')),
                ('name', models.CharField(blank=True, max_length=120)),
                ('values', models.JSONField(default=dict, help_text='The cells that its kind reads.')),
                ('batch', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='ledger.openingbatch')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'opening_lines',
                'ordering': ('place',),
            },
        ),
        migrations.CreateModel(
            name='ProcessorDeposit',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('processor', models.CharField(max_length=60)),
                ('currency', models.CharField(max_length=3)),
                ('gross', batconnect.core.kernel.money.MoneyField()),
                ('fee', batconnect.core.kernel.money.MoneyField()),
                ('net', batconnect.core.kernel.money.MoneyField()),
                ('deposited_on', models.DateField()),
                ('report', models.CharField(blank=True, help_text="The processor's report of the fee.", max_length=60)),
                ('receipt_id', models.UUIDField()),
                ('status', models.CharField(choices=[('posted', 'Posted'), ('voided', 'Voided')], default='posted', max_length=10)),
                ('created_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'processor_deposits',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='Remittance',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('account', models.CharField(max_length=60)),
                ('payee', models.CharField(max_length=120)),
                ('currency', models.CharField(max_length=3)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('period', models.CharField(blank=True, help_text='What it is for: Q3 2026.', max_length=60)),
                ('paid_on', models.DateField()),
                ('method', models.CharField(max_length=24)),
                ('reference', models.CharField(blank=True, max_length=60)),
                ('status', models.CharField(choices=[('paid', 'Paid'), ('voided', 'Voided')], default='paid', max_length=10)),
                ('created_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'remittances',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='SecurityDeposit',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('currency', models.CharField(max_length=3)),
                ('held', batconnect.core.kernel.money.MoneyField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('lease', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.lease')),
            ],
            options={
                'db_table': 'security_deposits',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='DepositMove',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('taken', 'Taken'), ('used', 'Used'), ('returned', 'Returned'), ('opening', 'Opening')], max_length=10)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('payment_id', models.UUIDField(help_text='The payment that it was taken from.', null=True)),
                ('is_voided', models.BooleanField(default=False)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('made_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('entry', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry')),
                ('obligation', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.obligation')),
                ('deposit', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='ledger.securitydeposit')),
            ],
            options={
                'db_table': 'security_deposit_moves',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='TaxAuthority',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=20, validators=[django.core.validators.RegexValidator('^[a-z0-9][a-z0-9_-]{0,19}$', 'Use 1 to 20 small letters, digits, hyphens and underscores.')])),
                ('name', models.CharField(max_length=60)),
                ('is_active', models.BooleanField(default=True)),
                ('created_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'verbose_name_plural': 'tax authorities',
                'db_table': 'tax_authorities',
                'ordering': ('code',),
            },
        ),
        migrations.CreateModel(
            name='Vendor',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=120)),
                ('kind', models.CharField(choices=[('agency', 'Agency'), ('workshop', 'Workshop'), ('insurer', 'Insurer'), ('other', 'Other')], default='other', max_length=10)),
                ('currency', models.CharField(max_length=3)),
                ('is_active', models.BooleanField(default=True)),
                ('created_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'vendors',
                'ordering': ('number',),
            },
        ),
        migrations.CreateModel(
            name='VendorBill',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(help_text="The vendor's own number.", max_length=60)),
                ('currency', models.CharField(max_length=3)),
                ('issue_date', models.DateField()),
                ('due_date', models.DateField()),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('open', batconnect.core.kernel.money.MoneyField()),
                ('status', models.CharField(choices=[('open', 'Open'), ('paid', 'Paid'), ('voided', 'Voided')], default='open', max_length=10)),
                ('description', models.CharField(blank=True, max_length=200)),
                ('is_opening', models.BooleanField(default=False)),
                ('created_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('vendor', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.vendor')),
            ],
            options={
                'db_table': 'vendor_bills',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='VendorBillLine',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('place', models.PositiveSmallIntegerField()),
                ('category', models.CharField(blank=True, choices=[('TAXES', 'Taxes'), ('EZPASS', 'EZPass'), ('LEASE', 'Lease'), ('PVB', 'PVB'), ('TLC', 'TLC'), ('REPAIRS', 'Repairs'), ('LOANS', 'Loans'), ('MISC', 'Misc'), ('INVOICE', 'Invoice'), ('PREMIUM', 'Premium')], max_length=10)),
                ('account', models.CharField(help_text='What it debits.', max_length=60)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('description', models.CharField(blank=True, max_length=200)),
                ('bill', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='ledger.vendorbill')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'vendor_bill_lines',
                'ordering': ('bill', 'place'),
            },
        ),
        migrations.CreateModel(
            name='VendorCredit',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('prepaid', 'Prepaid'), ('credit_note', 'Credit note')], max_length=12)),
                ('number', models.CharField(blank=True, help_text="The vendor's number of the credit note.", max_length=60)),
                ('currency', models.CharField(max_length=3)),
                ('day', models.DateField()),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('left', batconnect.core.kernel.money.MoneyField()),
                ('status', models.CharField(choices=[('open', 'Open'), ('used', 'Used'), ('voided', 'Voided')], default='open', max_length=10)),
                ('created_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('vendor', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.vendor')),
            ],
            options={
                'db_table': 'vendor_credits',
                'ordering': ('-id',),
            },
        ),
        migrations.AddConstraint(
            model_name='openingbatch',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='opening_batch_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='openingbatch',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='opening_batch_company'),
        ),
        migrations.AddConstraint(
            model_name='openingbatch',
            constraint=models.UniqueConstraint(fields=('company',), name='opening_batch_one'),
        ),
        migrations.AddConstraint(
            model_name='openingbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('locked_at__isnull', True), ('locked_by', ''), ('status', 'draft')), models.Q(('locked_at__isnull', False), ('status', 'locked'), models.Q(('locked_by', ''), _negated=True)), _connector='OR'), name='opening_batch_locked_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='openingbatch',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.status = 'locked')", body="raise exception 'the opening is locked' using errcode = 'restrict_violation';", event='before update', name='opening_batch_fixed'),
        ),
        migrations.AddConstraint(
            model_name='openingbatch',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'the opening is kept' using errcode = 'restrict_violation';", event='before delete', name='opening_batch_kept', truncate=True),
        ),
        migrations.AddConstraint(
            model_name='openingline',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='opening_line_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='openingline',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='opening_line_company'),
        ),
        migrations.AddConstraint(
            model_name='openingline',
            constraint=batconnect.core.database.constraints.SameCompany(field='batch', name='opening_line_batch_key'),
        ),
        migrations.AddConstraint(
            model_name='openingline',
            constraint=models.UniqueConstraint(fields=('company', 'batch', 'place'), name='opening_line_place'),
        ),
        migrations.AddConstraint(
            model_name='openingline',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='opening_line_not_zero'),
        ),
        migrations.AddConstraint(
            model_name='openingline',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="if exists (select 1 from opening_batches b where b.company_id = coalesce(new.company_id, old.company_id) and b.id = coalesce(new.batch_id, old.batch_id) and b.status = 'locked') then raise exception 'the opening is locked' using errcode = 'restrict_violation'; end if; return coalesce(new, old);", event='before insert or update or delete', name='opening_line_open'),
        ),
        migrations.AddIndex(
            model_name='processordeposit',
            index=models.Index(fields=['company', 'deposited_on', 'id'], name='processor_deposit_day'),
        ),
        migrations.AddConstraint(
            model_name='processordeposit',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='processor_deposit_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='processordeposit',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='processor_deposit_company'),
        ),
        migrations.AddConstraint(
            model_name='processordeposit',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'posted')), fields=('company', 'receipt_id'), name='processor_deposit_receipt'),
        ),
        migrations.AddConstraint(
            model_name='processordeposit',
            constraint=models.CheckConstraint(condition=models.Q(('fee__gte', 0), ('gross', django.db.models.expressions.CombinedExpression(models.F('net'), '+', models.F('fee'))), ('gross__gt', 0), ('net__gt', 0)), name='processor_deposit_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='processordeposit',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, processor, currency, gross, fee, net, deposited_on, report, receipt_id, created_by, created_at', name='processor_deposit_fixed'),
        ),
        migrations.AddConstraint(
            model_name='processordeposit',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'it is voided or closed, never deleted' using errcode = 'restrict_violation';", event='before delete', name='processor_deposit_kept', truncate=True),
        ),
        migrations.AddIndex(
            model_name='remittance',
            index=models.Index(fields=['company', 'account', 'id'], name='remittance_account'),
        ),
        migrations.AddIndex(
            model_name='remittance',
            index=models.Index(fields=['company', 'paid_on', 'id'], name='remittance_paid_on'),
        ),
        migrations.AddConstraint(
            model_name='remittance',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='remittance_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='remittance',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='remittance_company'),
        ),
        migrations.AddConstraint(
            model_name='remittance',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='remittance_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='remittance',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, account, payee, currency, amount, period, paid_on, method, reference, created_by, created_at', name='remittance_fixed'),
        ),
        migrations.AddConstraint(
            model_name='remittance',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'it is voided or closed, never deleted' using errcode = 'restrict_violation';", event='before delete', name='remittance_kept', truncate=True),
        ),
        migrations.AddIndex(
            model_name='securitydeposit',
            index=models.Index(fields=['company', 'customer', 'id'], name='security_deposit_customer'),
        ),
        migrations.AddConstraint(
            model_name='securitydeposit',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='security_deposit_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='securitydeposit',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='security_deposit_company'),
        ),
        migrations.AddConstraint(
            model_name='securitydeposit',
            constraint=batconnect.core.database.constraints.SameCompany(field='lease', name='security_deposit_lease_key'),
        ),
        migrations.AddConstraint(
            model_name='securitydeposit',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='security_deposit_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='securitydeposit',
            constraint=models.UniqueConstraint(fields=('company', 'lease', 'customer', 'currency'), name='security_deposit_once'),
        ),
        migrations.AddConstraint(
            model_name='securitydeposit',
            constraint=models.CheckConstraint(condition=models.Q(('held__gte', 0)), name='security_deposit_never_below_zero'),
        ),
        migrations.AddConstraint(
            model_name='securitydeposit',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, lease_id, customer_id, currency, created_at', name='security_deposit_fixed'),
        ),
        migrations.AddConstraint(
            model_name='securitydeposit',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'it is voided or closed, never deleted' using errcode = 'restrict_violation';", event='before delete', name='security_deposit_kept', truncate=True),
        ),
        migrations.AddIndex(
            model_name='depositmove',
            index=models.Index(fields=['company', 'deposit', 'id'], name='security_deposit_move_deposit'),
        ),
        migrations.AddConstraint(
            model_name='depositmove',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='security_deposit_move_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='depositmove',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='security_deposit_move_company'),
        ),
        migrations.AddConstraint(
            model_name='depositmove',
            constraint=batconnect.core.database.constraints.SameCompany(field='deposit', name='security_deposit_move_deposit_key'),
        ),
        migrations.AddConstraint(
            model_name='depositmove',
            constraint=batconnect.core.database.constraints.SameCompany(field='obligation', name='security_deposit_move_obligation_key'),
        ),
        migrations.AddConstraint(
            model_name='depositmove',
            constraint=batconnect.core.database.constraints.SameCompany(field='entry', name='security_deposit_move_entry_key'),
        ),
        migrations.AddConstraint(
            model_name='depositmove',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='security_deposit_move_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='depositmove',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'used'), ('obligation__isnull', False)), models.Q(models.Q(('kind', 'used'), _negated=True), ('obligation__isnull', True)), _connector='OR'), name='security_deposit_move_used_for_one'),
        ),
        migrations.AddConstraint(
            model_name='depositmove',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'taken'), ('payment_id__isnull', False)), models.Q(models.Q(('kind', 'taken'), _negated=True), ('payment_id__isnull', True)), _connector='OR'), name='security_deposit_move_taken_from_one'),
        ),
        migrations.AddConstraint(
            model_name='depositmove',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, deposit_id, kind, amount, payment_id, obligation_id, entry_id, reason, made_by, created_at', name='security_deposit_move_fixed'),
        ),
        migrations.AddConstraint(
            model_name='depositmove',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'it is voided or closed, never deleted' using errcode = 'restrict_violation';", event='before delete', name='security_deposit_move_kept', truncate=True),
        ),
        migrations.AddConstraint(
            model_name='taxauthority',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='tax_authority_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='taxauthority',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='tax_authority_company'),
        ),
        migrations.AddConstraint(
            model_name='taxauthority',
            constraint=models.UniqueConstraint(fields=('company', 'code'), name='tax_authority_code'),
        ),
        migrations.AddConstraint(
            model_name='taxauthority',
            constraint=models.CheckConstraint(condition=models.Q(('code', 'other'), _negated=True), name='tax_authority_is_not_other'),
        ),
        migrations.AddConstraint(
            model_name='taxauthority',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, code, created_by, created_at', name='tax_authority_fixed'),
        ),
        migrations.AddConstraint(
            model_name='taxauthority',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'it is voided or closed, never deleted' using errcode = 'restrict_violation';", event='before delete', name='tax_authority_kept', truncate=True),
        ),
        migrations.AddConstraint(
            model_name='vendor',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='vendor_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='vendor',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='vendor_company'),
        ),
        migrations.AddConstraint(
            model_name='vendor',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='vendor_number', opclasses=['uuid_ops', 'text_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='vendor',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, number, currency, created_by, created_at', name='vendor_fixed'),
        ),
        migrations.AddConstraint(
            model_name='vendor',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'it is voided, never deleted' using errcode = 'restrict_violation';", event='before delete', name='vendor_kept', truncate=True),
        ),
        migrations.AddIndex(
            model_name='vendorbill',
            index=models.Index(fields=['company', 'vendor', 'issue_date', 'id'], name='vendor_bill_vendor'),
        ),
        migrations.AddIndex(
            model_name='vendorbill',
            index=models.Index(fields=['company', 'issue_date', 'id'], name='vendor_bill_issued'),
        ),
        migrations.AddIndex(
            model_name='vendorbill',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['company', 'due_date', 'id'], name='vendor_bill_due'),
        ),
        migrations.AddConstraint(
            model_name='vendorbill',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='vendor_bill_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='vendorbill',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='vendor_bill_company'),
        ),
        migrations.AddConstraint(
            model_name='vendorbill',
            constraint=batconnect.core.database.constraints.SameCompany(field='vendor', name='vendor_bill_vendor_key'),
        ),
        migrations.AddConstraint(
            model_name='vendorbill',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'voided'), _negated=True), fields=('company', 'vendor', 'number'), name='vendor_bill_number'),
        ),
        migrations.AddConstraint(
            model_name='vendorbill',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='vendor_bill_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='vendorbill',
            constraint=models.CheckConstraint(condition=models.Q(('open__gte', 0), ('open__lte', models.F('amount'))), name='vendor_bill_open_within'),
        ),
        migrations.AddConstraint(
            model_name='vendorbill',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('open__gt', 0), ('status', 'open')), models.Q(('open', 0), ('status__in', ['paid', 'voided'])), _connector='OR'), name='vendor_bill_status_fits'),
        ),
        migrations.AddConstraint(
            model_name='vendorbill',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, vendor_id, number, currency, issue_date, due_date, amount, description, is_opening, created_by, created_at', name='vendor_bill_fixed'),
        ),
        migrations.AddConstraint(
            model_name='vendorbill',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'it is voided, never deleted' using errcode = 'restrict_violation';", event='before delete', name='vendor_bill_kept', truncate=True),
        ),
        migrations.AddConstraint(
            model_name='vendorbillline',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='vendor_bill_line_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='vendorbillline',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='vendor_bill_line_company'),
        ),
        migrations.AddConstraint(
            model_name='vendorbillline',
            constraint=batconnect.core.database.constraints.SameCompany(field='bill', name='vendor_bill_line_bill_key'),
        ),
        migrations.AddConstraint(
            model_name='vendorbillline',
            constraint=models.UniqueConstraint(fields=('company', 'bill', 'place'), name='vendor_bill_line_place'),
        ),
        migrations.AddConstraint(
            model_name='vendorbillline',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='vendor_bill_line_amount_positive'),
        ),
        migrations.AddIndex(
            model_name='vendorcredit',
            index=models.Index(fields=['company', 'vendor', 'id'], name='vendor_credit_vendor'),
        ),
        migrations.AddConstraint(
            model_name='vendorcredit',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='vendor_credit_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='vendorcredit',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='vendor_credit_company'),
        ),
        migrations.AddConstraint(
            model_name='vendorcredit',
            constraint=batconnect.core.database.constraints.SameCompany(field='vendor', name='vendor_credit_vendor_key'),
        ),
        migrations.AddConstraint(
            model_name='vendorcredit',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('status', 'voided'), _negated=True), models.Q(('number', ''), _negated=True)), fields=('company', 'vendor', 'number'), name='vendor_credit_number'),
        ),
        migrations.AddConstraint(
            model_name='vendorcredit',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='vendor_credit_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='vendorcredit',
            constraint=models.CheckConstraint(condition=models.Q(('left__gte', 0), ('left__lte', models.F('amount'))), name='vendor_credit_left_within'),
        ),
        migrations.AddConstraint(
            model_name='vendorcredit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('left__gt', 0), ('status', 'open')), models.Q(('left', 0), ('status__in', ['used', 'voided'])), _connector='OR'), name='vendor_credit_status_fits'),
        ),
        migrations.AddConstraint(
            model_name='vendorcredit',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, vendor_id, kind, number, currency, day, amount, created_by, created_at', name='vendor_credit_fixed'),
        ),
        migrations.AddConstraint(
            model_name='vendorcredit',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'it is voided, never deleted' using errcode = 'restrict_violation';", event='before delete', name='vendor_credit_kept', truncate=True),
        ),
    ]
