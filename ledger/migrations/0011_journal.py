"""Numbers of entries, manual entries, journals that were exported, and the company's own numbers of accounts.

The unique index of `ledger_accounts` is built with the table locked: no account has a number of the company's own yet.
"""

import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import batconnect.core.kernel.money
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_books'),
        ('ledger', '0010_vendors'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EntryNumber',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('year', models.PositiveSmallIntegerField(help_text="Of `posted_at`, in the company's time.")),
                ('number', models.PositiveIntegerField()),
                ('numbered_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'db_table': 'entry_numbers',
            },
        ),
        migrations.CreateModel(
            name='JournalExport',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('first', models.DateField()),
                ('last', models.DateField()),
                ('part', models.PositiveSmallIntegerField(help_text='1, and 2 … for what was booked into the period later.')),
                ('numbers', models.JSONField(default=dict, help_text='The last number of each year: {"2026": 812}.')),
                ('entries', models.PositiveIntegerField()),
                ('postings', models.PositiveIntegerField()),
                ('totals', models.JSONField(default=list, help_text='Debits and credits by currency, as text.')),
                ('left_out', models.PositiveIntegerField(help_text='Entries of the period without a number by then.')),
                ('digests', models.JSONField(default=dict, help_text='SHA-256 of each file.')),
                ('made_by', models.CharField(max_length=150)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'db_table': 'journal_exports',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='ManualEntry',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=24)),
                ('number_order', models.BigIntegerField()),
                ('effective_on', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('amount', batconnect.core.kernel.money.MoneyField(help_text='What its debits come to.')),
                ('reason', models.CharField(max_length=500)),
                ('reverse_on', models.DateField(blank=True, help_text='The day on which it is taken back.', null=True)),
                ('is_voided', models.BooleanField(default=False)),
                ('entered_on', models.DateField(help_text="The company's day of entering it: what the limit counts by.")),
                ('entered_by', models.CharField(max_length=150)),
                ('approved_by', models.CharField(blank=True, help_text="The second person's name.", max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'verbose_name_plural': 'manual entries',
                'db_table': 'manual_entries',
                'ordering': ('-number_order',),
            },
        ),
        migrations.AddField(
            model_name='account',
            name='own_name',
            field=models.CharField(blank=True, default='', help_text="The company's own name of the account.", max_length=100),
        ),
        migrations.AddField(
            model_name='account',
            name='own_number',
            field=models.CharField(blank=True, default='', help_text="The company's own number of the account.", max_length=20),
        ),
        migrations.AddField(
            model_name='entry',
            name='approval_id',
            field=models.UUIDField(help_text="The request of a second person's that it carries out (`approvals`).", null=True),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(condition=models.Q(('own_number', ''), _negated=True), fields=('company', 'currency', 'own_number'), name='ledger_account_own_number'),
        ),
        migrations.AddField(
            model_name='entrynumber',
            name='company',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company'),
        ),
        migrations.AddField(
            model_name='entrynumber',
            name='entry',
            field=batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='numbered', to='ledger.entry'),
        ),
        migrations.AddField(
            model_name='journalexport',
            name='company',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company'),
        ),
        migrations.AddField(
            model_name='manualentry',
            name='company',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company'),
        ),
        migrations.AddField(
            model_name='manualentry',
            name='created_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='manualentry',
            name='entry',
            field=batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry'),
        ),
        migrations.AddField(
            model_name='manualentry',
            name='reversal',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry'),
        ),
        migrations.AddConstraint(
            model_name='entrynumber',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='entry_number_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='entrynumber',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='entry_number_company'),
        ),
        migrations.AddConstraint(
            model_name='entrynumber',
            constraint=batconnect.core.database.constraints.SameCompany(field='entry', name='entry_number_entry_key'),
        ),
        migrations.AddConstraint(
            model_name='entrynumber',
            constraint=models.UniqueConstraint(fields=('company', 'year', 'number'), name='entry_number_once'),
        ),
        migrations.AddConstraint(
            model_name='entrynumber',
            constraint=models.UniqueConstraint(fields=('company', 'entry'), name='entry_number_entry'),
        ),
        migrations.AddConstraint(
            model_name='entrynumber',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='entry_number_from_one'),
        ),
        migrations.AddConstraint(
            model_name='entrynumber',
            constraint=batconnect.core.database.constraints.AppendOnly(name='entry_number_append_only'),
        ),
        migrations.AddConstraint(
            model_name='entrynumber',
            constraint=batconnect.core.database.constraints.Trigger(after_table='referencing new table as added for each statement', body="if exists (select 1 from (select company_id, year, min(number) as first, max(number) as last, count(*) as numbers from added group by company_id, year) a where last - first + 1 <> numbers or first > 1 and (select n.number from entry_numbers n where n.company_id = a.company_id and n.year = a.year and n.number = a.first - 1) is null) then raise exception 'numbers of entries follow one another without a gap' using errcode = 'check_violation'; end if; return null;", by_index=True, event='after insert', name='entry_number_gapless'),
        ),
        migrations.AddConstraint(
            model_name='journalexport',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='journal_export_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='journalexport',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='journal_export_company'),
        ),
        migrations.AddConstraint(
            model_name='journalexport',
            constraint=models.UniqueConstraint(fields=('company', 'first', 'last', 'part'), name='journal_export_part'),
        ),
        migrations.AddConstraint(
            model_name='journalexport',
            constraint=models.CheckConstraint(condition=models.Q(('last__gte', models.F('first'))), name='journal_export_period'),
        ),
        migrations.AddConstraint(
            model_name='journalexport',
            constraint=models.CheckConstraint(condition=models.Q(('part__gte', 1)), name='journal_export_from_one'),
        ),
        migrations.AddConstraint(
            model_name='journalexport',
            constraint=batconnect.core.database.constraints.AppendOnly(name='journal_export_append_only'),
        ),
        migrations.AddIndex(
            model_name='manualentry',
            index=models.Index(fields=['company', 'entered_on'], name='manual_entry_entered_on'),
        ),
        migrations.AddIndex(
            model_name='manualentry',
            index=models.Index(fields=['company', 'number_order'], name='manual_entry_order'),
        ),
        migrations.AddIndex(
            model_name='manualentry',
            index=models.Index(condition=models.Q(('reversal__isnull', True), ('reverse_on__isnull', False)), fields=['company', 'reverse_on'], name='manual_entry_to_reverse'),
        ),
        migrations.AddConstraint(
            model_name='manualentry',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='manual_entry_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='manualentry',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='manual_entry_company'),
        ),
        migrations.AddConstraint(
            model_name='manualentry',
            constraint=batconnect.core.database.constraints.SameCompany(field='entry', name='manual_entry_entry_key'),
        ),
        migrations.AddConstraint(
            model_name='manualentry',
            constraint=batconnect.core.database.constraints.SameCompany(field='reversal', name='manual_entry_reversal_key'),
        ),
        migrations.AddConstraint(
            model_name='manualentry',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='manual_entry_number'),
        ),
        migrations.AddConstraint(
            model_name='manualentry',
            constraint=models.UniqueConstraint(fields=('company', 'entry'), name='manual_entry_entry'),
        ),
        migrations.AddConstraint(
            model_name='manualentry',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='manual_entry_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='manualentry',
            constraint=models.CheckConstraint(condition=models.Q(('reverse_on__isnull', True), ('reverse_on__gt', models.F('effective_on')), _connector='OR'), name='manual_entry_reversed_later'),
        ),
        migrations.AddConstraint(
            model_name='manualentry',
            constraint=models.CheckConstraint(condition=models.Q(('is_voided', False), ('reversal__isnull', False), _connector='OR'), name='manual_entry_voided_by_entry'),
        ),
        migrations.AddConstraint(
            model_name='manualentry',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, number, number_order, effective_on, currency, amount, reason, entry_id, reverse_on, entered_on, created_by_id, entered_by, approved_by, created_at', name='manual_entry_fixed'),
        ),
        migrations.AddConstraint(
            model_name='manualentry',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'entries are reversed, never deleted' using errcode = 'restrict_violation';", event='before delete', name='manual_entry_kept', truncate=True),
        ),
    ]
