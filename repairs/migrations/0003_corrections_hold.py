"""The checks of 0002 hold for the rows that were there."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [('repairs', '0002_corrections')]

    operations = [
        ValidateConstraint(model_name='repairinstallment', name='repair_installment_status_fits'),
        ValidateConstraint(model_name='repairinvoice', name='repair_invoice_adjusted_not_negative'),
    ]
