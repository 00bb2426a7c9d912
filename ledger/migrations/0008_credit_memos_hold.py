"""What DTRs earned, and what credit memos say of obligations, holds for those from before."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('ledger', '0007_credit_memos')]

    operations = [
        ValidateConstraint(model_name='dtr', name='dtr_earned_adds_up'),
        ValidateConstraint(model_name='obligation', name='ledger_obligation_credited_within'),
        ValidateConstraint(model_name='obligation', name='ledger_obligation_voided_not_credited'),
    ]
