"""A DTR for each driver of a lease, with credits, signed earnings, a protected share and netting; adjustments of earnings.

The unique indexes of `lease_earnings` are built with the table locked: it has a row for each lease, driver and week.
What a DTR earned is filled by the next migration; until then `dtr_fixed` is the first migration's, which lets it.
"""

import batconnect.core.database.constraints
import batconnect.core.kernel.money
import django.db.models.expressions
from decimal import Decimal
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_books'),
        ('directory', '0003_first_rates'),
        ('ledger', '0003_general_ledger_hold'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='dtr',
            name='dtr_once_per_lease_and_week',
        ),
        migrations.RemoveConstraint(
            model_name='dtr',
            name='dtr_owed_adds_up',
        ),
        migrations.RemoveConstraint(
            model_name='dtr',
            name='dtr_net_adds_up',
        ),
        migrations.RemoveConstraint(
            model_name='dtrline',
            name='dtr_line_names_obligation',
        ),
        migrations.RemoveConstraint(
            model_name='dtrline',
            name='dtr_line_sign',
        ),
        migrations.RemoveConstraint(
            model_name='leaseearning',
            name='lease_earning_once',
        ),
        migrations.RemoveConstraint(
            model_name='leaseearning',
            name='lease_earning_gross_positive',
        ),
        migrations.RemoveConstraint(
            model_name='leaseearning',
            name='lease_earning_fixed',
        ),
        migrations.AddField(
            model_name='dtr',
            name='credits',
            field=batconnect.core.kernel.money.MoneyField(default=Decimal('0.00')),
        ),
        migrations.AddField(
            model_name='dtr',
            name='credits_paid',
            field=batconnect.core.kernel.money.MoneyField(default=Decimal('0.00')),
        ),
        migrations.AddField(
            model_name='dtr',
            name='earned',
            field=batconnect.core.kernel.money.MoneyField(default=Decimal('0.00')),
        ),
        migrations.AddField(
            model_name='dtr',
            name='netted_in',
            field=batconnect.core.kernel.money.MoneyField(default=Decimal('0.00')),
        ),
        migrations.AddField(
            model_name='dtr',
            name='netted_out',
            field=batconnect.core.kernel.money.MoneyField(default=Decimal('0.00')),
        ),
        migrations.AddField(
            model_name='dtr',
            name='protected',
            field=batconnect.core.kernel.money.MoneyField(default=Decimal('0.00')),
        ),
        migrations.AddField(
            model_name='leaseearning',
            name='kind',
            field=models.CharField(choices=[('gross', 'Gross'), ('adjustment', 'Adjustment')], default='gross', max_length=10),
        ),
        migrations.AddField(
            model_name='leaseearning',
            name='reference',
            field=models.CharField(blank=True, default='', max_length=60),
        ),
        migrations.AlterField(
            model_name='dtrline',
            name='kind',
            field=models.CharField(choices=[('charge', 'Charge'), ('interim_payment', 'Interim payment'), ('credit', 'Credit'), ('adjustment', 'Adjustment'), ('recovered', 'Recovered from earnings'), ('netted_in', 'Recovered from another lease'), ('earnings', 'Earnings'), ('credit_paid', 'Credit paid out')], max_length=20),
        ),
        AddConstraintNotValid(
            model_name='dtr',
            constraint=models.CheckConstraint(condition=models.Q(('gross__gte', 0), ('owed', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('prior_balance'), '+', models.F('charges')), '-', models.F('interim_payments')), '-', models.F('credits')), '-', models.F('adjustments'))), ('owed__gte', 0), ('prior_balance__gte', 0), ('unallocated_cash__gte', 0)), name='dtr_owed_adds_up'),
        ),
        AddConstraintNotValid(
            model_name='dtr',
            constraint=models.CheckConstraint(condition=models.Q(('carried_forward', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('owed'), '-', models.F('recovered')), '-', models.F('netted_in'))), ('carried_forward__gte', 0), ('due_to_driver', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('gross'), '-', models.F('recovered')), '+', models.F('credits_paid')), '-', models.F('netted_out'))), ('due_to_driver__gte', 0), ('net', django.db.models.expressions.CombinedExpression(models.F('due_to_driver'), '-', models.F('carried_forward')))), name='dtr_net_adds_up'),
        ),
        AddConstraintNotValid(
            model_name='dtr',
            constraint=models.CheckConstraint(condition=models.Q(('credits_paid', 0), models.Q(('carried_forward', 0), ('credits_paid__gt', 0)), _connector='OR'), name='dtr_credits_paid_when_nothing_owed'),
        ),
        AddConstraintNotValid(
            model_name='dtrline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('category', ''), ('kind__in', ['earnings', 'credit_paid']), ('obligation__isnull', True)), models.Q(models.Q(('kind__in', ['earnings', 'credit_paid']), _negated=True), models.Q(('category', ''), _negated=True), ('obligation__isnull', False)), _connector='OR'), name='dtr_line_names_obligation'),
        ),
        AddConstraintNotValid(
            model_name='dtrline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['charge', 'recovered', 'netted_in', 'credit_paid']), _negated=True), ('amount__gt', 0), _connector='OR'), name='dtr_line_sign'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'gross'), ('status', 'credited')), fields=('company', 'lease', 'week', 'driver'), name='lease_earning_once'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'adjustment'), ('status', 'credited')), fields=('company', 'reference'), name='lease_earning_reference'),
        ),
        AddConstraintNotValid(
            model_name='leaseearning',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('gross__gt', 0), ('kind', 'gross'), ('reference', '')), models.Q(('kind', 'adjustment'), models.Q(('gross', 0), _negated=True), models.Q(('reference', ''), _negated=True)), _connector='OR'), name='lease_earning_kind_fits'),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was earned never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, driver_id, customer_id, lease_id, week, currency, kind, reference, gross, entry_id', name='lease_earning_fixed'),
        ),
    ]
