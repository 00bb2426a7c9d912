"""Receipts that are not a customer's payment, what is held of payments as deposits, and those of the opening."""

import batconnect.core.kernel.money
import django.db.models.expressions
from decimal import Decimal
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_books'),
        ('directory', '0001_initial'),
        ('payments', '0005_returns_hold'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='unidentifiedreceipt',
            name='unidentified_receipt_matched',
        ),
        migrations.AddField(
            model_name='payment',
            name='deposited',
            field=batconnect.core.kernel.money.MoneyField(db_default=Decimal('0.00'), default=Decimal('0.00'), help_text='What was taken of it as security deposits.'),
        ),
        migrations.AddField(
            model_name='payment',
            name='is_opening',
            field=models.BooleanField(db_default=False, default=False, help_text='It came before the books were opened.'),
        ),
        migrations.AddField(
            model_name='unidentifiedreceipt',
            name='explained_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='unidentifiedreceipt',
            name='explained_type',
            field=models.CharField(blank=True, db_default='', default='', help_text="What it is, when it is not a customer's payment: the source of the entry that says so.", max_length=40),
        ),
        migrations.AlterField(
            model_name='unidentifiedreceipt',
            name='status',
            field=models.CharField(choices=[('open', 'Open'), ('matched', 'Matched'), ('explained', 'Explained'), ('voided', 'Voided')], default='open', max_length=10),
        ),
        AddConstraintNotValid(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('deposited__gte', 0), ('deposited__lte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('unallocated')), '-', models.F('refunded'))), models.Q(('status', 'posted'), ('deposited', 0), _connector='OR')), name='payment_deposited_within'),
        ),
        AddConstraintNotValid(
            model_name='unidentifiedreceipt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('explained_id__isnull', True), ('matched_at__isnull', False), ('payment__isnull', False), ('status', 'matched')), models.Q(('explained_id__isnull', False), ('matched_at__isnull', False), ('payment__isnull', True), ('status', 'explained'), models.Q(('explained_type', ''), _negated=True)), models.Q(models.Q(('status__in', ['matched', 'explained']), _negated=True), ('explained_id__isnull', True), ('matched_at__isnull', True), ('payment__isnull', True)), _connector='OR'), name='unidentified_receipt_resolved'),
        ),
    ]
