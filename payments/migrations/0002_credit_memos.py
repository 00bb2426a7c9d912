"""Credit memos, and that an allocation is of a payment or of a memo."""

import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import batconnect.core.kernel.money
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from decimal import Decimal
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from batconnect.core.database.building import AddKeyNotValid


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_books'),
        ('directory', '0001_initial'),
        ('ledger', '0008_credit_memos_hold'),
        ('payments', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CreditMemoLine',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('place', models.PositiveSmallIntegerField()),
                ('account', models.CharField(help_text='The code of the account that is debited.', max_length=60)),
                ('item_id', models.UUIDField(help_text='The item of an account that is made up of items.', null=True)),
                ('rate', models.DecimalField(decimal_places=4, max_digits=7, null=True, verbose_name='rate, percent')),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('voided', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'))),
            ],
            options={
                'db_table': 'credit_memo_lines',
            },
        ),
        migrations.CreateModel(
            name='CreditRefund',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('reason', models.CharField(max_length=500)),
                ('refunded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'db_table': 'credit_memo_refunds',
            },
        ),
        migrations.AlterField(
            model_name='allocation',
            name='payment',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='payments.payment'),
        ),
        migrations.CreateModel(
            name='CreditMemo',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(help_text='CRM-2026-001.', max_length=24)),
                ('number_order', models.BigIntegerField(help_text='Year and number as one figure: numbers sort as numbers.')),
                ('currency', models.CharField(max_length=3)),
                ('category', models.CharField(blank=True, choices=[('TAXES', 'Taxes'), ('EZPASS', 'EZPass'), ('LEASE', 'Lease'), ('PVB', 'PVB'), ('TLC', 'TLC'), ('REPAIRS', 'Repairs'), ('LOANS', 'Loans'), ('MISC', 'Misc'), ('INVOICE', 'Invoice'), ('PREMIUM', 'Premium')], max_length=10)),
                ('amount', batconnect.core.kernel.money.MoneyField(help_text='What the debt is lowered by.')),
                ('discount_amount', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'), help_text='The part of it that early-payment discounts had paid.')),
                ('paid_part', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'), help_text='The part of it that the item did not owe any more when it was issued.')),
                ('applied', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'))),
                ('refunded', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'))),
                ('paid_out', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'), help_text='What DTRs paid to the driver.')),
                ('voided', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'))),
                ('left', batconnect.core.kernel.money.MoneyField()),
                ('reserved', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'), help_text='The part of `left` that refunds waiting for approval hold.')),
                ('status', models.CharField(choices=[('open', 'Open'), ('used', 'Used'), ('voided', 'Voided')], default='open', max_length=10)),
                ('issued_on', models.DateField()),
                ('reason', models.CharField(max_length=500)),
                ('case_no', models.CharField(blank=True, max_length=20)),
                ('issued_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('voided_at', models.DateTimeField(null=True)),
                ('void_reason', models.CharField(blank=True, max_length=500)),
                ('version', models.PositiveIntegerField(default=1)),
                ('approval', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.approval')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('entry', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry')),
                ('lease', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.lease')),
                ('obligation', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.obligation')),
            ],
            options={
                'db_table': 'credit_memos',
            },
        ),
        migrations.AddField(
            model_name='allocation',
            name='memo',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='payments.creditmemo'),
        ),
        AddKeyNotValid(
            model_name='allocation',
            constraint=batconnect.core.database.constraints.SameCompany(field='memo', name='payment_allocation_memo_key'),
        ),
        AddConstraintNotValid(
            model_name='allocation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('memo__isnull', True), ('payment__isnull', False)), models.Q(('discount_amount', 0), ('memo__isnull', False), ('payment__isnull', True), ('refunded_amount', 0)), _connector='OR'), name='payment_allocation_one_source'),
        ),
        migrations.AddField(
            model_name='creditmemoline',
            name='company',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company'),
        ),
        migrations.AddField(
            model_name='creditmemoline',
            name='invoice_line',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.invoiceline'),
        ),
        migrations.AddField(
            model_name='creditmemoline',
            name='memo',
            field=batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='payments.creditmemo'),
        ),
        migrations.AddField(
            model_name='creditmemoline',
            name='tax',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.invoicetax'),
        ),
        migrations.AddField(
            model_name='creditrefund',
            name='approval',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.approval'),
        ),
        migrations.AddField(
            model_name='creditrefund',
            name='company',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company'),
        ),
        migrations.AddField(
            model_name='creditrefund',
            name='entry',
            field=batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry'),
        ),
        migrations.AddField(
            model_name='creditrefund',
            name='memo',
            field=batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.creditmemo'),
        ),
        migrations.AddField(
            model_name='creditrefund',
            name='refunded_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='creditmemo',
            index=models.Index(fields=['company', 'number_order'], name='credit_memo_number_order'),
        ),
        migrations.AddIndex(
            model_name='creditmemo',
            index=models.Index(fields=['company', 'issued_on', 'number_order'], name='credit_memo_issued'),
        ),
        migrations.AddIndex(
            model_name='creditmemo',
            index=models.Index(fields=['company', 'customer', 'issued_on', 'number_order'], name='credit_memo_customer'),
        ),
        migrations.AddIndex(
            model_name='creditmemo',
            index=models.Index(condition=models.Q(('obligation__isnull', False)), fields=['company', 'obligation'], name='credit_memo_obligation'),
        ),
        migrations.AddIndex(
            model_name='creditmemo',
            index=models.Index(condition=models.Q(('lease__isnull', False), ('status', 'open')), fields=['company', 'lease', 'customer'], name='credit_memo_open_lease'),
        ),
        migrations.AddIndex(
            model_name='creditmemo',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['company', 'currency', 'left'], name='credit_memo_open'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='credit_memo_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='credit_memo_company'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='credit_memo_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=batconnect.core.database.constraints.SameCompany(field='lease', name='credit_memo_lease_key'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=batconnect.core.database.constraints.SameCompany(field='obligation', name='credit_memo_obligation_key'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=batconnect.core.database.constraints.SameCompany(field='approval', name='credit_memo_approval_key'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=batconnect.core.database.constraints.SameCompany(field='entry', name='credit_memo_entry_key'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='credit_memo_number', opclasses=['uuid_ops', 'text_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=models.UniqueConstraint(fields=('company', 'entry'), name='credit_memo_entry'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=models.UniqueConstraint(condition=models.Q(('approval__isnull', False)), fields=('company', 'approval'), name='credit_memo_approved_once'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('discount_amount__gte', 0), ('discount_amount__lt', models.F('amount'))), name='credit_memo_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=models.CheckConstraint(condition=models.Q(('paid_part__gte', models.F('discount_amount')), ('paid_part__lte', models.F('amount'))), name='credit_memo_paid_part_within'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=models.CheckConstraint(condition=models.Q(('applied__gte', 0), ('left', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('discount_amount')), '-', models.F('applied')), '-', models.F('refunded')), '-', models.F('paid_out')), '-', models.F('voided'))), ('left__gte', 0), ('paid_out__gte', 0), ('refunded__gte', 0), ('voided__gte', 0)), name='credit_memo_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=models.CheckConstraint(condition=models.Q(('reserved__gte', 0), ('reserved__lte', models.F('left'))), name='credit_memo_reserved_within'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('left__gt', 0), ('status', 'open')), models.Q(('left', 0), ('status', 'used'), ('voided__lt', django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('discount_amount')))), models.Q(('status', 'voided'), ('voided', django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('discount_amount')))), _connector='OR'), name='credit_memo_status_fits'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('voided', 0), ('voided_at__isnull', True)), models.Q(('voided__gt', 0), ('voided_at__isnull', False)), _connector='OR'), name='credit_memo_voided_has_instant'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was credited never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, number, number_order, customer_id, lease_id, currency, obligation_id, category, amount, discount_amount, paid_part, issued_on, reason, approval_id, entry_id, created_by_id, issued_by, created_at', name='credit_memo_fixed'),
        ),
        migrations.AddConstraint(
            model_name='creditmemo',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'credit memos are voided, never deleted' using errcode = 'restrict_violation';", event='before delete', name='credit_memo_kept', truncate=True),
        ),
        migrations.AddConstraint(
            model_name='creditmemoline',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='credit_memo_line_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='creditmemoline',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='credit_memo_line_company'),
        ),
        migrations.AddConstraint(
            model_name='creditmemoline',
            constraint=batconnect.core.database.constraints.SameCompany(field='memo', name='credit_memo_line_memo_key'),
        ),
        migrations.AddConstraint(
            model_name='creditmemoline',
            constraint=batconnect.core.database.constraints.SameCompany(field='invoice_line', name='credit_memo_line_invoice_line_key'),
        ),
        migrations.AddConstraint(
            model_name='creditmemoline',
            constraint=batconnect.core.database.constraints.SameCompany(field='tax', name='credit_memo_line_tax_key'),
        ),
        migrations.AddConstraint(
            model_name='creditmemoline',
            constraint=models.UniqueConstraint(fields=('company', 'memo', 'place'), name='credit_memo_line_place'),
        ),
        migrations.AddConstraint(
            model_name='creditmemoline',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('voided__gte', 0), ('voided__lte', models.F('amount'))), name='credit_memo_line_within'),
        ),
        migrations.AddIndex(
            model_name='creditrefund',
            index=models.Index(fields=['company', 'memo'], name='credit_memo_refund_memo'),
        ),
        migrations.AddConstraint(
            model_name='creditrefund',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='credit_memo_refund_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='creditrefund',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='credit_memo_refund_company'),
        ),
        migrations.AddConstraint(
            model_name='creditrefund',
            constraint=batconnect.core.database.constraints.SameCompany(field='memo', name='credit_memo_refund_memo_key'),
        ),
        migrations.AddConstraint(
            model_name='creditrefund',
            constraint=batconnect.core.database.constraints.SameCompany(field='approval', name='credit_memo_refund_approval_key'),
        ),
        migrations.AddConstraint(
            model_name='creditrefund',
            constraint=batconnect.core.database.constraints.SameCompany(field='entry', name='credit_memo_refund_entry_key'),
        ),
        migrations.AddConstraint(
            model_name='creditrefund',
            constraint=batconnect.core.database.constraints.AppendOnly(name='credit_memo_refund_append_only'),
        ),
        migrations.AddConstraint(
            model_name='creditrefund',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='credit_memo_refund_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='creditrefund',
            constraint=models.UniqueConstraint(condition=models.Q(('approval__isnull', False)), fields=('company', 'approval'), name='credit_memo_refund_approved_once'),
        ),
    ]
