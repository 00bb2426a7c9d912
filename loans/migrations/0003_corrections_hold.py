"""The checks of 0002 hold for the rows that were there."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [('loans', '0002_corrections')]

    operations = [
        ValidateConstraint(model_name='driverloan', name='driver_loan_adjusted_not_negative'),
        ValidateConstraint(model_name='driverloan', name='driver_loan_cancelled_not_given'),
        ValidateConstraint(model_name='loaninstallment', name='loan_installment_status_fits'),
        ValidateConstraint(model_name='loaninstallment', name='loan_installment_prepaid_is_principal'),
    ]
