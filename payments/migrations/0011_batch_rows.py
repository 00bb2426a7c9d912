"""Rows of batches that are repaired in place, or corrected by the row of a later file."""

import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.money
import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from batconnect.core.database.building import AddKeyNotValid


class Migration(migrations.Migration):

    dependencies = [('payments', '0010_no_receipts_hold')]

    operations = [
        migrations.AddField(
            model_name='paymentbatchrow',
            name='cells',
            field=models.JSONField(help_text='Its cells by column name, once it was repaired.', null=True),
        ),
        migrations.AddField(
            model_name='paymentbatchrow',
            name='file_amount',
            field=batconnect.core.kernel.money.MoneyField(help_text='What the file said, once it was repaired.', null=True),
        ),
        migrations.AddField(
            model_name='paymentbatchrow',
            name='file_currency',
            field=models.CharField(blank=True, db_default='', default='', max_length=3),
        ),
        migrations.AddField(
            model_name='paymentbatchrow',
            name='origin',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.paymentbatch'),
        ),
        migrations.AddField(
            model_name='paymentbatchrow',
            name='origin_row',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='paymentbatchrow',
            name='repaired_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='paymentbatchrow',
            name='repaired_by',
            field=models.CharField(blank=True, db_default='', default='', max_length=150),
        ),
        migrations.AddField(
            model_name='paymentbatchrow',
            name='repairs',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        AddKeyNotValid(
            model_name='paymentbatchrow',
            constraint=batconnect.core.database.constraints.SameCompany(field='origin', name='payment_batch_row_origin_key'),
        ),
        AddConstraintNotValid(
            model_name='paymentbatchrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cells__isnull', True), ('repaired_at__isnull', True), ('repaired_by', ''), ('repairs', 0)), models.Q(('cells__isnull', False), ('repaired_at__isnull', False), ('repairs__gt', 0), models.Q(('repaired_by', ''), _negated=True)), _connector='OR'), name='payment_batch_row_repaired_by_somebody'),
        ),
        AddConstraintNotValid(
            model_name='paymentbatchrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('origin__isnull', True), ('origin_row__isnull', True)), models.Q(('origin__isnull', False), ('origin_row__isnull', False), models.Q(('origin', models.F('batch')), _negated=True)), _connector='OR'), name='payment_batch_row_origin_whole'),
        ),
    ]
