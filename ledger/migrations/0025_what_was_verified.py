"""What a verification read, and up to which seal (docs/domain.md#verification)."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('ledger', '0024_totals_from_before')]

    operations = [
        migrations.AddField(
            model_name='ledgerverification',
            name='scope',
            field=models.CharField(choices=[('whole', 'Everything'), ('new', 'What is new')], db_default='whole', default='whole', help_text='What it read.', max_length=5),
        ),
        migrations.AddField(
            model_name='ledgerverification',
            name='seal_digest',
            field=models.BinaryField(db_default=b'', default=b'', help_text='Of that seal, as it was then.', max_length=32),
        ),
        migrations.AddField(
            model_name='ledgerverification',
            name='sealed_upto',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='The last seal that it covers; 0: none was there.'),
        ),
        AddConstraintNotValid(
            model_name='ledgerverification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('scope', 'whole'), ('seal_digest__length', 0), ('sealed_upto', 0)), models.Q(('scope__in', ('whole', 'new')), ('seal_digest__length', 32), ('sealed_upto__gt', 0)), _connector='OR'), name='ledger_verification_upto_a_seal'),
        ),
    ]
