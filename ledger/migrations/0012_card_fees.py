"""Card fees that drivers bear: earnings of a kind of their own.

The unique index of `lease_earnings` is built with the table locked: it has the references alone.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_books'),
        ('directory', '0003_first_rates'),
        ('ledger', '0011_journal'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='leaseearning',
            name='lease_earning_reference',
        ),
        migrations.RemoveConstraint(
            model_name='leaseearning',
            name='lease_earning_kind_fits',
        ),
        migrations.AlterField(
            model_name='leaseearning',
            name='kind',
            field=models.CharField(choices=[('gross', 'Gross'), ('adjustment', 'Adjustment'), ('card_fee', 'Card fee')], default='gross', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='leaseearning',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'credited'), models.Q(('kind', 'gross'), _negated=True)), fields=('company', 'reference'), name='lease_earning_reference'),
        ),
        AddConstraintNotValid(
            model_name='leaseearning',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('gross__gt', 0), ('kind', 'gross'), ('reference', '')), models.Q(('kind', 'adjustment'), models.Q(('gross', 0), _negated=True), models.Q(('reference', ''), _negated=True)), models.Q(('gross__lt', 0), ('kind', 'card_fee'), models.Q(('reference', ''), _negated=True)), _connector='OR'), name='lease_earning_kind_fits'),
        ),
    ]
