"""Payouts that came back: how many of each DTR, and that it is due again only then."""

import batconnect.core.database.constraints
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_books'),
        ('directory', '0001_initial'),
        ('ledger', '0008_credit_memos_hold'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='dtr',
            name='dtr_paid_once',
        ),
        migrations.AddField(
            model_name='dtr',
            name='returned_payouts',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='How many payouts came back; the next one is the attempt after them.'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.status = 'Paid' and (new.status <> 'Finalized' or new.returned_payouts <> old.returned_payouts + 1))", body="raise exception '% is paid already', old.number using errcode = 'restrict_violation';", event='before update of status, paid_on, paid_at, payment_method, payment_reference', name='dtr_paid_once'),
        ),
        migrations.AddConstraint(
            model_name='dtr',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (new.returned_payouts <> old.returned_payouts + case when old.status = 'Paid' and new.status = 'Finalized' then 1 else 0 end)", body="raise exception 'no payout of % came back', old.number using errcode = 'restrict_violation';", event='before update of returned_payouts', name='dtr_returns_counted'),
        ),
    ]
