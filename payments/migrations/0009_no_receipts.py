"""Receipts, payers' accounts and columns of statements are the bank's; rows of its statements have outcomes of their own."""

import django.db.models.expressions
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bank', '0003_receipts'),
        ('core', '0004_bank_settings'),
        ('directory', '0003_first_rates'),
        ('payments', '0008_at_the_bank'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='paymentbatch',
            name='payment_batch_counts_within',
        ),
        migrations.RemoveConstraint(
            model_name='paymentbatchrow',
            name='payment_batch_row_held_for_a_payment',
        ),
        migrations.AddField(
            model_name='paymentbatch',
            name='known_rows',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='Lines of a bank that bring nothing new: booked before, or known.'),
        ),
        migrations.AddField(
            model_name='paymentbatch',
            name='money_out_rows',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='Lines of a bank by which money went out.'),
        ),
        migrations.AlterField(
            model_name='paymentbatchrow',
            name='status',
            field=models.CharField(choices=[('pending', 'Pending'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('unmatched', 'Unmatched'), ('cancelled', 'Cancelled'), ('held', 'Held'), ('known', 'Known'), ('money_out', 'Money out')], default='pending', max_length=10),
        ),
        AddConstraintNotValid(
            model_name='paymentbatch',
            constraint=models.CheckConstraint(condition=models.Q(('total_rows__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('succeeded_rows'), '+', models.F('failed_rows')), '+', models.F('unmatched_rows')), '+', models.F('cancelled_rows')), '+', models.F('held_rows')), '+', models.F('known_rows')), '+', models.F('money_out_rows')))), name='payment_batch_counts_within'),
        ),
        AddConstraintNotValid(
            model_name='paymentbatchrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'held'), _negated=True), models.Q(('customer__isnull', False), ('decided_at__isnull', True), ('repeats__isnull', False)), models.Q(('customer__isnull', True), ('payment__isnull', True), ('repeats__isnull', True)), _connector='OR'), name='payment_batch_row_held_for_a_payment'),
        ),
        migrations.DeleteModel(
            name='PayerAccount',
        ),
        migrations.DeleteModel(
            name='StatementMapping',
        ),
        migrations.DeleteModel(
            name='UnidentifiedReceipt',
        ),
    ]
