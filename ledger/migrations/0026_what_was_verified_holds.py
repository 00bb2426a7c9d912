"""Verifications from before name no seal, and the rule holds for them too."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('ledger', '0025_what_was_verified')]

    operations = [
        ValidateConstraint(model_name='ledgerverification', name='ledger_verification_upto_a_seal'),
    ]
