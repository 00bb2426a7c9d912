import batconnect.core.constraints
import batconnect.core.ids
import batconnect.core.money
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_initial'),
        ('core', '__first__'),
        ('directory', '0001_initial'),
        ('ledger', '0001_initial'),
        ('payments', '0002_list_indexes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(help_text='INV-2026-001 unless given.', max_length=60)),
                ('issue_date', models.DateField()),
                ('due_date', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('early_payment_discount_percent', models.DecimalField(decimal_places=4, max_digits=6, null=True)),
                ('early_payment_discount_days', models.PositiveSmallIntegerField(null=True)),
                ('net_total', batconnect.core.money.MoneyField()),
                ('tax_total', batconnect.core.money.MoneyField()),
                ('total', batconnect.core.money.MoneyField()),
                ('notes', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('obligation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='ledger.obligation')),
            ],
            options={
                'db_table': 'invoices',
                'indexes': [models.Index(fields=['company', 'customer', 'issue_date', 'id'], name='invoice_customer'), models.Index(fields=['company', 'issue_date', 'id'], name='invoice_issued')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='invoice_company'), batconnect.core.constraints.SameCompany(field='customer', name='invoice_customer_key'), batconnect.core.constraints.SameCompany(field='obligation', name='invoice_obligation_key'), batconnect.core.constraints.AppendOnly(name='invoice_append_only'), models.UniqueConstraint(fields=('company', 'number'), name='invoice_number'), models.UniqueConstraint(fields=('company', 'obligation'), name='invoice_obligation'), models.CheckConstraint(condition=models.Q(('total__gt', 0)), name='invoice_total_positive'), models.CheckConstraint(condition=models.Q(('net_total__gte', 0), ('tax_total__gte', 0), ('total', django.db.models.expressions.CombinedExpression(models.F('net_total'), '+', models.F('tax_total')))), name='invoice_total_adds_up'), models.CheckConstraint(condition=models.Q(('due_date__gte', models.F('issue_date'))), name='invoice_due_after_issue'), models.CheckConstraint(condition=models.Q(models.Q(('early_payment_discount_days__isnull', True), ('early_payment_discount_percent__isnull', True)), models.Q(('early_payment_discount_days__gt', 0), ('early_payment_discount_days__isnull', False), ('early_payment_discount_days__lte', models.Func(models.F('due_date'), models.F('issue_date'), arg_joiner=' - ', output_field=models.IntegerField(), template='(%(expressions)s)')), ('early_payment_discount_percent__gt', 0), ('early_payment_discount_percent__isnull', False), ('early_payment_discount_percent__lt', 100)), _connector='OR'), name='invoice_discount_terms_fit')],
            },
        ),
        migrations.CreateModel(
            name='InvoiceLine',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('line', models.PositiveSmallIntegerField()),
                ('description', models.CharField(max_length=200)),
                ('quantity', models.DecimalField(decimal_places=4, max_digits=13)),
                ('unit_price', models.DecimalField(decimal_places=4, max_digits=13)),
                ('net', batconnect.core.money.MoneyField()),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('invoice', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='payments.invoice')),
            ],
            options={
                'db_table': 'invoice_lines',
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='invoice_line_company'), batconnect.core.constraints.SameCompany(field='invoice', name='invoice_line_invoice_key'), batconnect.core.constraints.AppendOnly(name='invoice_line_append_only'), models.UniqueConstraint(fields=('company', 'invoice', 'line'), name='invoice_line_place'), models.CheckConstraint(condition=models.Q(('net__gte', 0), ('quantity__gt', 0), ('unit_price__gte', 0)), name='invoice_line_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='InvoiceTax',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('place', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=60)),
                ('rate', models.DecimalField(decimal_places=4, max_digits=7, verbose_name='rate, percent')),
                ('amount', batconnect.core.money.MoneyField()),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('line', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='taxes', to='payments.invoiceline')),
            ],
            options={
                'db_table': 'invoice_taxes',
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='invoice_tax_company'), batconnect.core.constraints.SameCompany(field='line', name='invoice_tax_line_key'), batconnect.core.constraints.AppendOnly(name='invoice_tax_append_only'), models.UniqueConstraint(fields=('company', 'line', 'place'), name='invoice_tax_place'), models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('rate__gte', 0), ('rate__lte', 100)), name='invoice_tax_within')],
            },
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='invoice_company_id'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='invoice_line_company_id'),
        ),
    ]
