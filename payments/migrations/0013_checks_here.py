"""Checks that lie here are found without reading the payments that are at the bank."""

from django.db import migrations, models

from batconnect.core.database.building import BuildIndex


class Migration(migrations.Migration):
    # Built beside what is in use; may be run again.
    atomic = False

    dependencies = [('payments', '0012_batch_rows_hold')]

    operations = [
        BuildIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('at_bank_id__isnull', True), ('is_opening', False), ('method', 'check'), ('returned', 0), ('status', 'posted')), fields=['company', 'currency', 'number_order'], name='payment_check_here'),
        ),
    ]
