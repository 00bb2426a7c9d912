"""What a DTR earned never changes, and gives its gross."""

import batconnect.core.database.constraints
import django.db.models.expressions
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('ledger', '0005_what_was_earned')]

    operations = [
        migrations.RemoveConstraint(
            model_name='dtr',
            name='dtr_fixed',
        ),
        AddConstraintNotValid(
            model_name='dtr',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('earned__gte', 0), ('gross', models.F('earned'))), models.Q(('earned__lt', 0), ('gross', 0)), _connector='OR'), ('netted_in__gte', 0), ('netted_out__gte', 0), ('netted_out__lte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('gross'), '-', models.F('recovered')), '-', models.F('protected'))), ('protected__gte', 0), ('recovered__gte', 0), ('recovered__lte', django.db.models.expressions.CombinedExpression(models.F('gross'), '-', models.F('protected')))), name='dtr_earned_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'a DTR never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, number, number_order, week, settled_on, lease_id, driver_id, customer_id, is_former, currency, gross, prior_balance, charges, interim_payments, credits, adjustments, owed, earned, protected, recovered, credits_paid, netted_in, netted_out, net, due_to_driver, carried_forward, unallocated_cash, previous_id', name='dtr_fixed'),
        ),
    ]
