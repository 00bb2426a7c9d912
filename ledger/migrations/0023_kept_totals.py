"""Totals of accounts by day, beside the postings; an entry is written down as new with its postings."""

import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0008_bulk_operations'),
        ('directory', '0006_parts_of_rows'),
        ('ledger', '0022_orders_of_lists'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DayTotal',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('effective_on', models.DateField()),
                ('posted_on', models.DateField(help_text='Of `posted_at`, in UTC.')),
                ('is_closing', models.BooleanField(help_text='Of entries that close a year.')),
                ('debit', models.DecimalField(decimal_places=2, max_digits=18)),
                ('credit', models.DecimalField(decimal_places=2, max_digits=18)),
                ('postings', models.PositiveIntegerField()),
            ],
            options={
                'db_table': 'ledger_day_totals',
            },
        ),
        migrations.CreateModel(
            name='NewEntry',
            fields=[
                ('id', models.UUIDField(editable=False, help_text="The entry's.", primary_key=True, serialize=False)),
            ],
            options={
                'db_table': 'ledger_new_entries',
            },
        ),
        migrations.AddField(
            model_name='daytotal',
            name='account',
            field=batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account'),
        ),
        migrations.AddField(
            model_name='daytotal',
            name='company',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company'),
        ),
        migrations.AddField(
            model_name='newentry',
            name='company',
            field=models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company'),
        ),
        migrations.AddConstraint(
            model_name='daytotal',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='ledger_day_total_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='daytotal',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='ledger_day_total_company'),
        ),
        migrations.AddConstraint(
            model_name='daytotal',
            constraint=batconnect.core.database.constraints.SameCompany(field='account', name='ledger_day_total_account_key'),
        ),
        migrations.AddConstraint(
            model_name='daytotal',
            constraint=models.UniqueConstraint(fields=('company', 'account', 'effective_on', 'posted_on', 'is_closing'), name='ledger_day_total_once'),
        ),
        migrations.AddConstraint(
            model_name='daytotal',
            constraint=models.CheckConstraint(condition=models.Q(('debit__gte', 0), ('credit__gte', 0), ('postings__gte', 1)), name='ledger_day_total_sums'),
        ),
        migrations.AddConstraint(
            model_name='newentry',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='ledger_new_entry_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='newentry',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='ledger_new_entry_company'),
        ),
        migrations.RemoveConstraint(
            model_name='entry',
            name='ledger_entry_whole',
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=batconnect.core.database.constraints.Trigger(after_table='referencing new table as added for each statement', body="if exists (select 1 from added e where (select p.line from ledger_postings p where p.company_id = e.company_id and p.entry_id = e.id limit 1) is null) then raise exception 'an entry comes with its postings, in one statement' using errcode = 'check_violation'; end if; insert into ledger_new_entries (company_id, id) select e.company_id, e.id from added e; return null;", by_index=True, event='after insert', name='ledger_entry_whole'),
        ),
    ]
