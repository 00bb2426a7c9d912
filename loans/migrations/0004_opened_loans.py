"""Loans that ran when the books were opened."""

import batconnect.core.database.constraints
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('loans', '0003_corrections_hold'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='driverloan',
            name='driver_loan_fixed',
        ),
        migrations.AddField(
            model_name='driverloan',
            name='is_opening',
            field=models.BooleanField(default=False, editable=False, help_text='It ran when the books were opened: it had been handed over before.'),
        ),
        migrations.AddConstraint(
            model_name='driverloan',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what a document is never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, number, number_order, customer_id, driver_id, lease_id, currency, start_week, matrix_id, case_no, created_by_id, created_by_name, created_at, interest_rate, interest_reason, loan_date, is_opening', name='driver_loan_fixed'),
        ),
        AddConstraintNotValid(
            model_name='driverloan',
            constraint=models.CheckConstraint(condition=models.Q(('is_opening', False), ('handed_over__isnull', True), _connector='OR'), name='driver_loan_opened_was_given'),
        ),
    ]
