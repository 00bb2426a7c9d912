"""The check of 0004 holds for the rows that were there."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [('loans', '0004_opened_loans')]

    operations = [ValidateConstraint(model_name='driverloan', name='driver_loan_opened_was_given')]
