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

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('core', '__first__'),
        ('directory', '0001_initial'),
        ('ledger', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('interim', 'Interim payment'), ('other', 'Payment')], max_length=10)),
                ('number', models.CharField(help_text='INTPAY-2026-00012 or PAY-2026-001.', max_length=24)),
                ('number_order', models.BigIntegerField(help_text='Year and number as one figure: numbers sort as numbers.')),
                ('currency', models.CharField(max_length=3)),
                ('amount', batconnect.core.money.MoneyField()),
                ('unallocated', batconnect.core.money.MoneyField()),
                ('refunded', batconnect.core.money.MoneyField(default=Decimal('0.00'))),
                ('method', models.CharField(max_length=24)),
                ('payment_date', models.DateField()),
                ('reference_number', models.CharField(blank=True, max_length=60)),
                ('notes', models.CharField(blank=True, max_length=500)),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('posted', 'Posted'), ('voided', 'Voided')], default='posted', max_length=10)),
                ('case_no', models.CharField(blank=True, max_length=20)),
                ('cashier', models.CharField(help_text='Who took it, as the receipt prints the name.', max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('voided_at', models.DateTimeField(null=True)),
                ('void_reason', models.CharField(blank=True, max_length=500)),
                ('version', models.PositiveIntegerField(default=1)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('driver', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.driver')),
                ('lease', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.lease')),
            ],
            options={
                'db_table': 'payments',
                'indexes': [models.Index(fields=['company', 'kind', 'payment_date', 'number_order'], name='payment_kind_date'), models.Index(fields=['company', 'customer', 'payment_date'], name='payment_customer'), models.Index(condition=models.Q(('lease__isnull', False)), fields=['company', 'lease'], name='payment_lease'), models.Index(fields=['company', 'number_order'], name='payment_number_order')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='payment_company'), batconnect.core.constraints.SameCompany(field='customer', name='payment_customer_key'), batconnect.core.constraints.SameCompany(field='driver', name='payment_driver_key'), batconnect.core.constraints.SameCompany(field='lease', name='payment_lease_key'), batconnect.core.constraints.ReferencedFrom(column='payment_id', name='ledger_posting_payment_key', table='ledger_postings'), models.UniqueConstraint(fields=('company', 'number'), name='payment_number'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_amount_positive'), models.CheckConstraint(condition=models.Q(('unallocated__gte', 0), ('unallocated__lte', models.F('amount'))), name='payment_unallocated_within'), models.CheckConstraint(condition=models.Q(('refunded__gte', 0), ('refunded__lte', django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('unallocated')))), name='payment_refunded_within'), models.CheckConstraint(condition=models.Q(('status', 'posted'), models.Q(('refunded', 0), ('unallocated', 0)), _connector='OR'), name='payment_only_posted_has_cash'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'voided'), ('voided_at__isnull', False)), models.Q(models.Q(('status', 'voided'), _negated=True), ('voided_at__isnull', True)), _connector='OR'), name='payment_voided_has_instant'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'interim'), _negated=True), models.Q(('driver__isnull', False), ('lease__isnull', False)), _connector='OR'), name='payment_interim_names_driver_and_lease')],
            },
        ),
        migrations.CreateModel(
            name='Allocation',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('operation_id', models.UUIDField(help_text='What was applied together, and can be undone together.')),
                ('line', models.PositiveSmallIntegerField(help_text='Its place among the allocations of its operation.')),
                ('amount', batconnect.core.money.MoneyField()),
                ('discount_amount', batconnect.core.money.MoneyField(default=Decimal('0.00'))),
                ('discount_percent', models.DecimalField(decimal_places=4, default=Decimal('0'), max_digits=7)),
                ('discount_reason', models.CharField(blank=True, max_length=20)),
                ('refunded_amount', batconnect.core.money.MoneyField(default=Decimal('0.00'))),
                ('refunded_discount', batconnect.core.money.MoneyField(default=Decimal('0.00'))),
                ('status', models.CharField(choices=[('active', 'Active'), ('partially_refunded', 'Partially refunded'), ('refunded', 'Refunded'), ('voided', 'Voided')], default='active', max_length=20)),
                ('allocation_date', models.DateField()),
                ('strategy', models.CharField(help_text="`chosen`, `excess_to_lease`, or the strategy's name.", max_length=30)),
                ('decision', models.JSONField(default=dict, help_text='The rank and the values that decided it.')),
                ('outstanding_after', batconnect.core.money.MoneyField(help_text='What the obligation still owed just after this line.')),
                ('notes', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('voided_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('obligation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.obligation')),
                ('payment', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='payments.payment')),
            ],
            options={
                'db_table': 'payment_allocations',
                'indexes': [models.Index(fields=['company', 'payment'], name='payment_allocation_payment'), models.Index(fields=['company', 'obligation'], name='payment_allocation_obligation')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='payment_allocation_company'), batconnect.core.constraints.SameCompany(field='payment', name='payment_allocation_payment_key'), batconnect.core.constraints.SameCompany(field='obligation', name='payment_allocation_obligation_key'), models.UniqueConstraint(fields=('company', 'operation_id', 'line'), name='payment_allocation_line'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_allocation_amount_positive'), models.CheckConstraint(condition=models.Q(('discount_amount__gte', 0), ('discount_amount__lt', models.F('amount'))), name='payment_allocation_discount_within'), models.CheckConstraint(condition=models.Q(('refunded_amount__gte', 0), ('refunded_amount__lte', django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('discount_amount')))), name='payment_allocation_refund_within'), models.CheckConstraint(condition=models.Q(('refunded_discount__gte', 0), ('refunded_discount__lte', models.F('discount_amount'))), name='payment_allocation_discount_share_within'), models.CheckConstraint(condition=models.Q(models.Q(('refunded_amount', 0), ('status', 'active')), models.Q(('refunded_amount__gt', 0), ('status', 'partially_refunded')), models.Q(('refunded_amount', django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('discount_amount'))), ('status', 'refunded')), models.Q(('status', 'voided'), ('voided_at__isnull', False)), _connector='OR'), name='payment_allocation_status_fits')],
            },
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='payment_company_id'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='payment_allocation_company_id'),
        ),
    ]
