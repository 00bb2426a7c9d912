"""What credit memos say was wrong of an obligation."""

import batconnect.core.kernel.money
import django.db.models.expressions
from decimal import Decimal
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_books'),
        ('directory', '0001_initial'),
        ('ledger', '0006_earned_is_fixed'),
    ]

    operations = [
        migrations.AddField(
            model_name='obligation',
            name='credited',
            field=batconnect.core.kernel.money.MoneyField(db_default=Decimal('0.00'), default=Decimal('0.00'), help_text='What credit memos of it say was wrong, whether or not they are applied to it.'),
        ),
        AddConstraintNotValid(
            model_name='obligation',
            constraint=models.CheckConstraint(condition=models.Q(('credited__gte', 0), ('credited__lte', django.db.models.expressions.CombinedExpression(models.F('original'), '-', models.F('written_off')))), name='ledger_obligation_credited_within'),
        ),
        AddConstraintNotValid(
            model_name='obligation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'voided'), _negated=True), ('credited', 0), _connector='OR'), name='ledger_obligation_voided_not_credited'),
        ),
    ]
