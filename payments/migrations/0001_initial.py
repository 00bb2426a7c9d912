import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import batconnect.core.kernel.money
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import uuid
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
            name='GatewayEndpoint',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('gateway', models.CharField(choices=[('sandbox', 'Sandbox'), ('webhook', 'HTTPS gateway')], max_length=10)),
                ('url', models.CharField(blank=True, help_text='https://…, on a host of GATEWAY_HOSTS.', max_length=200)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'gateway_endpoints',
                'ordering': ('gateway',),
            },
        ),
        migrations.CreateModel(
            name='GatewayCharge',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('subject_type', models.CharField(help_text='Who asked: see gateways.purposes.', max_length=60)),
                ('subject_id', models.CharField(max_length=60)),
                ('reference', models.CharField(max_length=60)),
                ('method', models.CharField(max_length=24)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('currency', models.CharField(max_length=3)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Sent'), ('settled', 'Settled'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='waiting', max_length=10)),
                ('settled_amount', batconnect.core.kernel.money.MoneyField(null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('gateway_reference', models.CharField(blank=True, max_length=100)),
                ('sendings', models.PositiveSmallIntegerField(default=0)),
                ('questions', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('finished_at', models.DateTimeField(null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('endpoint', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.gatewayendpoint')),
            ],
            options={
                'db_table': 'gateway_charges',
            },
        ),
        migrations.CreateModel(
            name='GatewayEvent',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('event_id', models.CharField(max_length=100)),
                ('kind', models.CharField(max_length=40)),
                ('reference', models.CharField(max_length=60)),
                ('occurred_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('payload', models.JSONField(default=dict)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('endpoint', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.gatewayendpoint')),
            ],
            options={
                'db_table': 'gateway_events',
            },
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(help_text='INV-2026-001 unless given.', max_length=60)),
                ('issue_date', models.DateField()),
                ('due_date', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('early_payment_discount_percent', models.DecimalField(decimal_places=4, max_digits=6, null=True)),
                ('early_payment_discount_days', models.PositiveSmallIntegerField(null=True)),
                ('net_total', batconnect.core.kernel.money.MoneyField()),
                ('tax_total', batconnect.core.kernel.money.MoneyField()),
                ('total', batconnect.core.kernel.money.MoneyField()),
                ('notes', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('obligation', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='ledger.obligation')),
            ],
            options={
                'db_table': 'invoices',
            },
        ),
        migrations.CreateModel(
            name='InvoiceLine',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('line', models.PositiveSmallIntegerField()),
                ('description', models.CharField(max_length=200)),
                ('quantity', models.DecimalField(decimal_places=4, max_digits=13)),
                ('unit_price', models.DecimalField(decimal_places=4, max_digits=13)),
                ('net', batconnect.core.kernel.money.MoneyField()),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('invoice', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='payments.invoice')),
            ],
            options={
                'db_table': 'invoice_lines',
            },
        ),
        migrations.CreateModel(
            name='InvoiceTax',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('place', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=60)),
                ('rate', models.DecimalField(decimal_places=4, max_digits=7, verbose_name='rate, percent')),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('line', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='taxes', to='payments.invoiceline')),
            ],
            options={
                'db_table': 'invoice_taxes',
            },
        ),
        migrations.CreateModel(
            name='PayerAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(max_length=60)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
            ],
            options={
                'db_table': 'payer_accounts',
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('interim', 'Interim payment'), ('other', 'Payment')], max_length=10)),
                ('number', models.CharField(help_text='INTPAY-2026-00012 or PAY-2026-001.', max_length=24)),
                ('number_order', models.BigIntegerField(help_text='Year and number as one figure: numbers sort as numbers.')),
                ('currency', models.CharField(max_length=3)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('unallocated', batconnect.core.kernel.money.MoneyField()),
                ('refunded', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'))),
                ('reserved', batconnect.core.kernel.money.MoneyField(db_default=Decimal('0.00'), default=Decimal('0.00'), help_text='The part of `unallocated` that refunds waiting for approval hold.')),
                ('method', models.CharField(max_length=24)),
                ('payment_date', models.DateField()),
                ('reference_number', models.CharField(blank=True, max_length=60)),
                ('notes', models.CharField(blank=True, max_length=500)),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('posted', 'Posted'), ('voided', 'Voided')], default='posted', max_length=10)),
                ('case_no', models.CharField(blank=True, max_length=20)),
                ('cashier', models.CharField(help_text='Who took it, by the name that the receipt prints.', max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('voided_at', models.DateTimeField(null=True)),
                ('void_reason', models.CharField(blank=True, max_length=500)),
                ('duplicate_acknowledged_at', models.DateTimeField(help_text='When somebody said that it is not a duplicate of `duplicate_of`.', null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('driver', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.driver')),
                ('duplicate_of', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.payment')),
                ('lease', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.lease')),
            ],
            options={
                'db_table': 'payments',
            },
        ),
        migrations.CreateModel(
            name='Allocation',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('operation_id', models.UUIDField(help_text='What was applied together, and can be undone together.')),
                ('line', models.PositiveSmallIntegerField(help_text='Its place among the allocations of its operation.')),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('discount_amount', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'))),
                ('discount_percent', models.DecimalField(decimal_places=4, default=Decimal('0'), max_digits=7)),
                ('discount_reason', models.CharField(blank=True, max_length=20)),
                ('refunded_amount', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'))),
                ('refunded_discount', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'))),
                ('status', models.CharField(choices=[('active', 'Active'), ('partially_refunded', 'Partially refunded'), ('refunded', 'Refunded'), ('voided', 'Voided')], default='active', max_length=20)),
                ('allocation_date', models.DateField()),
                ('strategy', models.CharField(help_text="`chosen`, `excess_to_lease`, or the strategy's name.", max_length=30)),
                ('decision', models.JSONField(default=dict, help_text='The rank and the values that decided it.')),
                ('outstanding_after', batconnect.core.kernel.money.MoneyField(help_text='What the obligation still owed just after this line.')),
                ('notes', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('voided_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('obligation', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.obligation')),
                ('payment', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='payments.payment')),
            ],
            options={
                'db_table': 'payment_allocations',
            },
        ),
        migrations.CreateModel(
            name='PaymentBatch',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(help_text='BATCH-20260131-001', max_length=30)),
                ('operation_id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, help_text='Undoes the whole batch as a unit.')),
                ('source_type', models.CharField(choices=[('csv_import', 'CSV import'), ('manual', 'Manual entries'), ('bank_feed', 'Bank feed')], max_length=12)),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('processing', 'Processing'), ('completed', 'Completed'), ('completed_with_errors', 'Completed with errors'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='pending', max_length=22)),
                ('file_name', models.CharField(blank=True, max_length=200)),
                ('checksum', models.CharField(help_text='SHA-256 of the file, or of the entries.', max_length=64)),
                ('is_forced', models.BooleanField(default=False, help_text='Taken although the same file had been taken before.')),
                ('notes', models.CharField(blank=True, max_length=500)),
                ('layout', models.JSONField(default=dict, help_text="How a row's raw text is read: columns, delimiter, …")),
                ('warnings', models.JSONField(default=list)),
                ('totals', models.JSONField(default=list, help_text='Rows and amount per currency, as the file has them.')),
                ('total_rows', models.PositiveIntegerField()),
                ('succeeded_rows', models.PositiveIntegerField(default=0)),
                ('failed_rows', models.PositiveIntegerField(default=0)),
                ('unmatched_rows', models.PositiveIntegerField(default=0)),
                ('cancelled_rows', models.PositiveIntegerField(default=0)),
                ('held_rows', models.PositiveIntegerField(default=0, help_text='Likely repeats, until somebody decides.')),
                ('created_by_name', models.CharField(max_length=150)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'payment batches',
                'db_table': 'payment_batches',
            },
        ),
        migrations.CreateModel(
            name='PaymentBatchRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_no', models.PositiveIntegerField()),
                ('raw', models.TextField()),
                ('amount', batconnect.core.kernel.money.MoneyField(null=True)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('same_as_row', models.PositiveIntegerField(help_text='The earlier row that says the very same.', null=True)),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('unmatched', 'Unmatched'), ('cancelled', 'Cancelled'), ('held', 'Held')], default='pending', max_length=10)),
                ('error_code', models.CharField(blank=True, max_length=40)),
                ('error_field', models.CharField(blank=True, max_length=40)),
                ('error_message', models.CharField(blank=True, max_length=500)),
                ('error_hint', models.CharField(blank=True, max_length=300)),
                ('further_errors', models.JSONField(default=list, help_text='What else is wrong: field, code, message, hint.')),
                ('decided_by', models.CharField(blank=True, max_length=150)),
                ('decided_at', models.DateTimeField(null=True)),
                ('batch', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='payments.paymentbatch')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('payment', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.payment')),
                ('repeats', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.payment')),
            ],
            options={
                'db_table': 'payment_batch_rows',
            },
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('discount_amount', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'))),
                ('reason', models.CharField(max_length=500)),
                ('refunded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('allocation', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.allocation')),
                ('approval', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.approval')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('payment', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.payment')),
                ('refunded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'payment_refunds',
            },
        ),
        migrations.CreateModel(
            name='StatementMapping',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60)),
                ('amount_column', models.CharField(max_length=60)),
                ('date_column', models.CharField(max_length=60)),
                ('reference_column', models.CharField(blank=True, max_length=60)),
                ('payer_name_column', models.CharField(blank=True, max_length=60)),
                ('payer_account_column', models.CharField(blank=True, max_length=60)),
                ('text_column', models.CharField(blank=True, max_length=60)),
                ('currency_column', models.CharField(blank=True, max_length=60)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'statement_mappings',
                'ordering': ('name',),
            },
        ),
        migrations.CreateModel(
            name='UnidentifiedReceipt',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('row_no', models.PositiveIntegerField()),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('currency', models.CharField(max_length=3)),
                ('method', models.CharField(max_length=24)),
                ('payment_date', models.DateField()),
                ('reference_number', models.CharField(blank=True, max_length=60)),
                ('payer_name', models.CharField(blank=True, max_length=200)),
                ('payer_account', models.CharField(blank=True, max_length=60)),
                ('text', models.CharField(blank=True, max_length=500)),
                ('status', models.CharField(choices=[('open', 'Open'), ('matched', 'Matched'), ('voided', 'Voided')], default='open', max_length=10)),
                ('matched_by', models.CharField(blank=True, max_length=150)),
                ('matched_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('batch', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='payments.paymentbatch')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('payment', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.payment')),
            ],
            options={
                'db_table': 'unidentified_receipts',
            },
        ),
        migrations.AddIndex(
            model_name='gatewayendpoint',
            index=models.Index(fields=['id'], name='gateway_endpoint_address'),
        ),
        migrations.AddConstraint(
            model_name='gatewayendpoint',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='gateway_endpoint_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='gatewayendpoint',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='gateway_endpoint_company', or_named_by='app.gateway_endpoint_id'),
        ),
        migrations.AddConstraint(
            model_name='gatewayendpoint',
            constraint=models.UniqueConstraint(fields=('company', 'gateway'), name='gateway_endpoint_once'),
        ),
        migrations.AddConstraint(
            model_name='gatewayendpoint',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('gateway', 'sandbox'), ('url', '')), models.Q(('gateway', 'webhook'), ('url__startswith', 'https://')), _connector='OR'), name='gateway_endpoint_url'),
        ),
        migrations.AddIndex(
            model_name='gatewaycharge',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'sent'])), fields=['company', 'state', 'due_at'], name='gateway_charge_due'),
        ),
        migrations.AddConstraint(
            model_name='gatewaycharge',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='gateway_charge_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='gatewaycharge',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='gateway_charge_company'),
        ),
        migrations.AddConstraint(
            model_name='gatewaycharge',
            constraint=batconnect.core.database.constraints.SameCompany(field='endpoint', name='gateway_charge_endpoint_key'),
        ),
        migrations.AddConstraint(
            model_name='gatewaycharge',
            constraint=models.UniqueConstraint(fields=('company', 'subject_type', 'subject_id'), name='gateway_charge_subject'),
        ),
        migrations.AddConstraint(
            model_name='gatewaycharge',
            constraint=models.UniqueConstraint(fields=('company', 'endpoint', 'reference'), name='gateway_charge_reference'),
        ),
        migrations.AddConstraint(
            model_name='gatewaycharge',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='gateway_charge_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='gatewaycharge',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('state__in', ['waiting', 'sent'])), models.Q(('finished_at__isnull', False), ('state__in', ['settled', 'failed', 'cancelled'])), _connector='OR'), name='gateway_charge_finished_at'),
        ),
        migrations.AddConstraint(
            model_name='gatewaycharge',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_amount__gt', 0), ('settled_amount__isnull', False), ('state', 'settled')), models.Q(models.Q(('state', 'settled'), _negated=True), ('settled_amount__isnull', True)), _connector='OR'), name='gateway_charge_settled_amount'),
        ),
        migrations.AddIndex(
            model_name='gatewayevent',
            index=models.Index(fields=['company', 'reference'], name='gateway_event_reference'),
        ),
        migrations.AddConstraint(
            model_name='gatewayevent',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='gateway_event_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='gatewayevent',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='gateway_event_company'),
        ),
        migrations.AddConstraint(
            model_name='gatewayevent',
            constraint=batconnect.core.database.constraints.SameCompany(field='endpoint', name='gateway_event_endpoint_key'),
        ),
        migrations.AddConstraint(
            model_name='gatewayevent',
            constraint=batconnect.core.database.constraints.AppendOnly(name='gateway_event_append_only'),
        ),
        migrations.AddConstraint(
            model_name='gatewayevent',
            constraint=models.UniqueConstraint(fields=('company', 'endpoint', 'event_id'), name='gateway_event_once'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['company', 'customer', 'issue_date', 'id'], name='invoice_customer'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['company', 'issue_date', 'id'], name='invoice_issued'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='invoice_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='invoice_company'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='invoice_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=batconnect.core.database.constraints.SameCompany(field='obligation', name='invoice_obligation_key'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=batconnect.core.database.constraints.AppendOnly(name='invoice_append_only'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='invoice_number'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="insert into search_keys (company_id, kind, target, what, key) select new.company_id, 'invoice', new.id::text, keys.what, keys.key from (select * from (values ('invoice', upper(translate(new.number, 'áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõøÓÒÔÖÕØúùûüÚÙÛÜñÑçÇ -_./\\,;:#()&''\t', 'aaaaaaAAAAAAeeeeEEEEiiiiIIIIooooooOOOOOOuuuuUUUUnNcC')))) v(what, key)) keys where keys.key <> '' on conflict do nothing; return null;", event='after insert', name='invoice_search_keys'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('company', 'obligation'), name='invoice_obligation'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('total__gt', 0)), name='invoice_total_positive'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('net_total__gte', 0), ('tax_total__gte', 0), ('total', django.db.models.expressions.CombinedExpression(models.F('net_total'), '+', models.F('tax_total')))), name='invoice_total_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('due_date__gte', models.F('issue_date'))), name='invoice_due_after_issue'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('early_payment_discount_days__isnull', True), ('early_payment_discount_percent__isnull', True)), models.Q(('early_payment_discount_days__gt', 0), ('early_payment_discount_days__isnull', False), ('early_payment_discount_days__lte', models.Func(models.F('due_date'), models.F('issue_date'), arg_joiner=' - ', output_field=models.IntegerField(), template='(%(expressions)s)')), ('early_payment_discount_percent__gt', 0), ('early_payment_discount_percent__isnull', False), ('early_payment_discount_percent__lt', 100)), _connector='OR'), name='invoice_discount_terms_fit'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='invoice_line_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='invoice_line_company'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=batconnect.core.database.constraints.SameCompany(field='invoice', name='invoice_line_invoice_key'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=batconnect.core.database.constraints.AppendOnly(name='invoice_line_append_only'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.UniqueConstraint(fields=('company', 'invoice', 'line'), name='invoice_line_place'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.CheckConstraint(condition=models.Q(('net__gte', 0), ('quantity__gt', 0), ('unit_price__gte', 0)), name='invoice_line_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='invoicetax',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='invoice_tax_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='invoicetax',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='invoice_tax_company'),
        ),
        migrations.AddConstraint(
            model_name='invoicetax',
            constraint=batconnect.core.database.constraints.SameCompany(field='line', name='invoice_tax_line_key'),
        ),
        migrations.AddConstraint(
            model_name='invoicetax',
            constraint=batconnect.core.database.constraints.AppendOnly(name='invoice_tax_append_only'),
        ),
        migrations.AddConstraint(
            model_name='invoicetax',
            constraint=models.UniqueConstraint(fields=('company', 'line', 'place'), name='invoice_tax_place'),
        ),
        migrations.AddConstraint(
            model_name='invoicetax',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('rate__gte', 0), ('rate__lte', 100)), name='invoice_tax_within'),
        ),
        migrations.AddConstraint(
            model_name='payeraccount',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payer_account_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='payeraccount',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payer_account_company'),
        ),
        migrations.AddConstraint(
            model_name='payeraccount',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='payer_account_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='payeraccount',
            constraint=models.UniqueConstraint(fields=('company', 'account'), name='payer_account_once'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['company', 'kind', 'payment_date', 'number_order'], name='payment_kind_date'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['company', 'customer', 'payment_date', 'number_order'], name='payment_customer'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('lease__isnull', False)), fields=['company', 'lease', 'payment_date', 'number_order'], name='payment_lease'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['company', 'number_order'], name='payment_number_order'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('unallocated__gt', 0)), fields=['company', 'currency', 'unallocated'], name='payment_with_cash'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payment_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payment_company'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='payment_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=batconnect.core.database.constraints.SameCompany(field='driver', name='payment_driver_key'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=batconnect.core.database.constraints.SameCompany(field='lease', name='payment_lease_key'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=batconnect.core.database.constraints.SameCompany(field='duplicate_of', name='payment_duplicate_of_key'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=batconnect.core.database.constraints.ReferencedFrom(column='payment_id', name='ledger_posting_payment_key', table='ledger_postings'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='payment_number', opclasses=['uuid_ops', 'text_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('unallocated__gte', 0), ('unallocated__lte', models.F('amount'))), name='payment_unallocated_within'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('refunded__gte', 0), ('refunded__lte', django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('unallocated')))), name='payment_refunded_within'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('reserved__gte', 0), ('reserved__lte', models.F('unallocated'))), name='payment_reserved_within'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'posted'), models.Q(('refunded', 0), ('unallocated', 0)), _connector='OR'), name='payment_only_posted_has_cash'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'voided'), ('voided_at__isnull', False)), models.Q(models.Q(('status', 'voided'), _negated=True), ('voided_at__isnull', True)), _connector='OR'), name='payment_voided_has_instant'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'interim'), _negated=True), models.Q(('driver__isnull', False), ('lease__isnull', False)), _connector='OR'), name='payment_interim_names_driver_and_lease'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('duplicate_acknowledged_at__isnull', True), ('duplicate_of__isnull', False), _connector='OR'), name='payment_acknowledged_names_twin'),
        ),
        migrations.AddIndex(
            model_name='allocation',
            index=models.Index(fields=['company', 'payment'], name='payment_allocation_payment'),
        ),
        migrations.AddIndex(
            model_name='allocation',
            index=models.Index(fields=['company', 'obligation'], name='payment_allocation_obligation'),
        ),
        migrations.AddIndex(
            model_name='allocation',
            index=models.Index(fields=['company', 'amount'], name='payment_allocation_amount'),
        ),
        migrations.AddIndex(
            model_name='allocation',
            index=models.Index(condition=models.Q(('status', 'active'), _negated=True), fields=['company', 'status'], name='payment_allocation_undone'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payment_allocation_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payment_allocation_company'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=batconnect.core.database.constraints.SameCompany(field='payment', name='payment_allocation_payment_key'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=batconnect.core.database.constraints.SameCompany(field='obligation', name='payment_allocation_obligation_key'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.UniqueConstraint(fields=('company', 'operation_id', 'line'), name='payment_allocation_line'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_allocation_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.CheckConstraint(condition=models.Q(('discount_amount__gte', 0), ('discount_amount__lt', models.F('amount'))), name='payment_allocation_discount_within'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.CheckConstraint(condition=models.Q(('refunded_amount__gte', 0), ('refunded_amount__lte', django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('discount_amount')))), name='payment_allocation_refund_within'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.CheckConstraint(condition=models.Q(('refunded_discount__gte', 0), ('refunded_discount__lte', models.F('discount_amount'))), name='payment_allocation_discount_share_within'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('refunded_amount', 0), ('status', 'active')), models.Q(('refunded_amount__gt', 0), ('status', 'partially_refunded')), models.Q(('refunded_amount', django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('discount_amount'))), ('status', 'refunded')), models.Q(('status', 'voided'), ('voided_at__isnull', False)), _connector='OR'), name='payment_allocation_status_fits'),
        ),
        migrations.AddIndex(
            model_name='paymentbatch',
            index=models.Index(fields=['company', 'created_at', 'id'], name='payment_batch_created'),
        ),
        migrations.AddIndex(
            model_name='paymentbatch',
            index=models.Index(condition=models.Q(('status__in', ['pending', 'processing'])), fields=['company', 'created_at'], name='payment_batch_waiting'),
        ),
        migrations.AddIndex(
            model_name='paymentbatch',
            index=models.Index(condition=models.Q(('held_rows__gt', 0)), fields=['company', 'created_at'], name='payment_batch_held'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatch',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payment_batch_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatch',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payment_batch_company'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatch',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='payment_batch_number', opclasses=['uuid_ops', 'text_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='paymentbatch',
            constraint=models.UniqueConstraint(fields=('company', 'operation_id'), name='payment_batch_operation'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatch',
            constraint=models.UniqueConstraint(condition=models.Q(('is_forced', False)), fields=('company', 'checksum'), name='payment_batch_file_once'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatch',
            constraint=models.CheckConstraint(condition=models.Q(('total_rows__gt', 0), ('total_rows__lte', 10000)), name='payment_batch_size'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatch',
            constraint=models.CheckConstraint(condition=models.Q(('total_rows__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('succeeded_rows'), '+', models.F('failed_rows')), '+', models.F('unmatched_rows')), '+', models.F('cancelled_rows')), '+', models.F('held_rows')))), name='payment_batch_counts_within'),
        ),
        migrations.AddIndex(
            model_name='paymentbatchrow',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['company', 'batch', 'customer', 'row_no'], name='payment_batch_row_pending'),
        ),
        migrations.AddIndex(
            model_name='paymentbatchrow',
            index=models.Index(condition=models.Q(('status', 'failed')), fields=['company', 'batch', 'row_no'], name='payment_batch_row_failed'),
        ),
        migrations.AddIndex(
            model_name='paymentbatchrow',
            index=models.Index(condition=models.Q(('repeats__isnull', False)), fields=['company', 'batch', 'repeats'], name='payment_batch_row_repeats'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatchrow',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payment_batch_row_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatchrow',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payment_batch_row_company'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatchrow',
            constraint=batconnect.core.database.constraints.SameCompany(field='batch', name='payment_batch_row_batch_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatchrow',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='payment_batch_row_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatchrow',
            constraint=batconnect.core.database.constraints.SameCompany(field='payment', name='payment_batch_row_payment_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatchrow',
            constraint=batconnect.core.database.constraints.SameCompany(field='repeats', name='payment_batch_row_repeats_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatchrow',
            constraint=models.UniqueConstraint(fields=('company', 'batch', 'row_no'), name='payment_batch_row_once'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatchrow',
            constraint=models.UniqueConstraint(condition=models.Q(('payment__isnull', False)), fields=('company', 'payment'), name='payment_batch_row_payment'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatchrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('payment__isnull', False), ('status', 'succeeded')), models.Q(models.Q(('status', 'succeeded'), _negated=True), ('payment__isnull', True)), _connector='OR'), name='payment_batch_row_paid'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatchrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'failed'), _negated=True), models.Q(('error_code', ''), _negated=True), _connector='OR'), name='payment_batch_row_says_why'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatchrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'held'), _negated=True), models.Q(('customer__isnull', False), ('decided_at__isnull', True), ('repeats__isnull', False)), _connector='OR'), name='payment_batch_row_held_for_a_payment'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatchrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by', '')), models.Q(('decided_at__isnull', False), ('repeats__isnull', False), models.Q(('decided_by', ''), _negated=True)), _connector='OR'), name='payment_batch_row_decided_by_somebody'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(fields=['company', 'payment'], name='payment_refund_payment'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payment_refund_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payment_refund_company'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=batconnect.core.database.constraints.SameCompany(field='payment', name='payment_refund_payment_key'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=batconnect.core.database.constraints.SameCompany(field='allocation', name='payment_refund_allocation_key'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=batconnect.core.database.constraints.SameCompany(field='approval', name='payment_refund_approval_key'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_refund_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('discount_amount', 0), models.Q(('allocation__isnull', False), ('discount_amount__gt', 0)), _connector='OR'), name='payment_refund_discount_of_allocation'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.UniqueConstraint(condition=models.Q(('approval__isnull', False)), fields=('company', 'approval'), name='payment_refund_approved_once'),
        ),
        migrations.AddConstraint(
            model_name='statementmapping',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='statement_mapping_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='statementmapping',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='statement_mapping_company'),
        ),
        migrations.AddConstraint(
            model_name='statementmapping',
            constraint=models.UniqueConstraint(fields=('company', 'name'), name='statement_mapping_name'),
        ),
        migrations.AddIndex(
            model_name='unidentifiedreceipt',
            index=models.Index(fields=['company', 'status', 'id'], name='unidentified_receipt_status'),
        ),
        migrations.AddIndex(
            model_name='unidentifiedreceipt',
            index=models.Index(condition=models.Q(('payment__isnull', False)), fields=['company', 'payment'], name='unidentified_receipt_payment'),
        ),
        migrations.AddConstraint(
            model_name='unidentifiedreceipt',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='unidentified_receipt_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='unidentifiedreceipt',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='unidentified_receipt_company'),
        ),
        migrations.AddConstraint(
            model_name='unidentifiedreceipt',
            constraint=batconnect.core.database.constraints.SameCompany(field='batch', name='unidentified_receipt_batch_key'),
        ),
        migrations.AddConstraint(
            model_name='unidentifiedreceipt',
            constraint=batconnect.core.database.constraints.SameCompany(field='payment', name='unidentified_receipt_payment_key'),
        ),
        migrations.AddConstraint(
            model_name='unidentifiedreceipt',
            constraint=models.UniqueConstraint(fields=('company', 'batch', 'row_no'), name='unidentified_receipt_row'),
        ),
        migrations.AddConstraint(
            model_name='unidentifiedreceipt',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='unidentified_receipt_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='unidentifiedreceipt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('matched_at__isnull', False), ('payment__isnull', False), ('status', 'matched')), models.Q(models.Q(('status', 'matched'), _negated=True), ('matched_at__isnull', True), ('payment__isnull', True)), _connector='OR'), name='unidentified_receipt_matched'),
        ),
    ]
