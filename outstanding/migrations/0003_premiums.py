"""What of a policy's premiums was passed on to the insurer, or became commission."""

import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import batconnect.core.kernel.money
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_books'),
        ('ledger', '0010_vendors'),
        ('outstanding', '0002_cancellations'),
    ]

    operations = [
        migrations.CreateModel(
            name='PremiumMove',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('remitted', 'Remitted'), ('commission', 'Commission')], max_length=10)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('is_voided', models.BooleanField(default=False)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('made_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('entry', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry')),
                ('renewal_case', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='premium_moves', to='outstanding.renewalcase')),
            ],
            options={
                'db_table': 'premium_moves',
                'ordering': ('-id',),
                'indexes': [models.Index(fields=['company', 'renewal_case', 'id'], name='premium_move_case')],
                'constraints': [batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='premium_move_primary_key'), batconnect.core.database.constraints.CompanyIsolation(name='premium_move_company'), batconnect.core.database.constraints.SameCompany(field='renewal_case', name='premium_move_renewal_case_key'), batconnect.core.database.constraints.SameCompany(field='entry', name='premium_move_entry_key'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='premium_move_amount_positive'), batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was passed on never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, renewal_case_id, kind, amount, entry_id, note, made_by, created_at', name='premium_move_fixed'), batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'it is voided, never deleted' using errcode = 'restrict_violation';", event='before delete', name='premium_move_kept', truncate=True)],
            },
        ),
    ]
