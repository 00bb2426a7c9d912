"""Payments that came back, in full or in part, and those that are presented again."""

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
        ('ledger', '0009_payouts_returned'),
        ('payments', '0003_credit_memos_hold'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PaymentReturn',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('undone', batconnect.core.kernel.money.MoneyField()),
                ('charged', batconnect.core.kernel.money.MoneyField(default=Decimal('0.00'))),
                ('reason_code', models.CharField(help_text="The bank's: R01, NSF, …", max_length=20)),
                ('notes', models.CharField(blank=True, max_length=400)),
                ('returned_on', models.DateField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'db_table': 'payment_returns',
                'ordering': ('id',),
            },
        ),
        migrations.RemoveConstraint(
            model_name='payment',
            name='payment_only_posted_has_cash',
        ),
        migrations.AddField(
            model_name='payment',
            name='represents',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.payment'),
        ),
        migrations.AddField(
            model_name='payment',
            name='returned',
            field=batconnect.core.kernel.money.MoneyField(db_default=Decimal('0.00'), default=Decimal('0.00'), help_text='What was undone of it because the bank took it back.'),
        ),
        migrations.AlterField(
            model_name='payment',
            name='status',
            field=models.CharField(choices=[('pending', 'Pending'), ('posted', 'Posted'), ('voided', 'Voided'), ('returned', 'Returned')], default='posted', max_length=10),
        ),
        AddKeyNotValid(
            model_name='payment',
            constraint=batconnect.core.database.constraints.SameCompany(field='represents', name='payment_represents_key'),
        ),
        AddConstraintNotValid(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('returned__gte', 0), ('returned__lte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('unallocated')), '-', models.F('refunded')))), name='payment_returned_within'),
        ),
        AddConstraintNotValid(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'returned'), _negated=True), models.Q(('reserved', 0), ('returned', django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('refunded'))), ('unallocated', 0)), _connector='OR'), name='payment_returned_in_full'),
        ),
        AddConstraintNotValid(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['posted', 'returned']), models.Q(('refunded', 0), ('returned', 0), ('unallocated', 0)), _connector='OR'), name='payment_only_posted_has_cash'),
        ),
        migrations.AddField(
            model_name='paymentreturn',
            name='approval',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.approval'),
        ),
        migrations.AddField(
            model_name='paymentreturn',
            name='company',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company'),
        ),
        migrations.AddField(
            model_name='paymentreturn',
            name='disbursement',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.disbursement'),
        ),
        migrations.AddField(
            model_name='paymentreturn',
            name='fee',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.obligation'),
        ),
        migrations.AddField(
            model_name='paymentreturn',
            name='obligation',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.obligation'),
        ),
        migrations.AddField(
            model_name='paymentreturn',
            name='payment',
            field=batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='returns', to='payments.payment'),
        ),
        migrations.AddField(
            model_name='paymentreturn',
            name='returned_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='paymentreturn',
            index=models.Index(fields=['company', 'payment'], name='payment_return_payment'),
        ),
        migrations.AddConstraint(
            model_name='paymentreturn',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payment_return_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentreturn',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payment_return_company'),
        ),
        migrations.AddConstraint(
            model_name='paymentreturn',
            constraint=batconnect.core.database.constraints.SameCompany(field='payment', name='payment_return_payment_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentreturn',
            constraint=batconnect.core.database.constraints.SameCompany(field='obligation', name='payment_return_obligation_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentreturn',
            constraint=batconnect.core.database.constraints.SameCompany(field='fee', name='payment_return_fee_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentreturn',
            constraint=batconnect.core.database.constraints.SameCompany(field='disbursement', name='payment_return_disbursement_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentreturn',
            constraint=batconnect.core.database.constraints.SameCompany(field='approval', name='payment_return_approval_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentreturn',
            constraint=batconnect.core.database.constraints.AppendOnly(name='payment_return_append_only'),
        ),
        migrations.AddConstraint(
            model_name='paymentreturn',
            constraint=models.CheckConstraint(condition=models.Q(('amount', django.db.models.expressions.CombinedExpression(models.F('undone'), '+', models.F('charged'))), ('amount__gt', 0), ('charged__gte', 0), ('undone__gte', 0)), name='payment_return_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='paymentreturn',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('charged', 0), ('obligation__isnull', True)), models.Q(('charged__gt', 0), ('obligation__isnull', False)), _connector='OR'), name='payment_return_charges_by_obligation'),
        ),
        migrations.AddConstraint(
            model_name='paymentreturn',
            constraint=models.UniqueConstraint(condition=models.Q(('approval__isnull', False)), fields=('company', 'approval'), name='payment_return_approved_once'),
        ),
    ]
