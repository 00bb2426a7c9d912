import batconnect.core.constraints
import batconnect.core.ids
import batconnect.core.money
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('core', '__first__'),
        ('directory', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('currency', models.CharField(max_length=3)),
                ('code', models.CharField(help_text='`cash:ach`, `receivable:LEASE`, `unallocated_cash`, …', max_length=60)),
                ('name', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('asset', 'Asset'), ('liability', 'Liability'), ('income', 'Income'), ('contra', 'Contra'), ('equity', 'Equity')], max_length=10)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'ledger_accounts',
                'ordering': ('currency', 'code'),
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='ledger_account_company'), models.UniqueConstraint(fields=('company', 'currency', 'code'), name='ledger_account_code')],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('currency', models.CharField(max_length=3)),
                ('effective_on', models.DateField()),
                ('posted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('event', models.CharField(help_text='`payment_received`, `allocation_applied`, …', max_length=40)),
                ('source_type', models.CharField(max_length=40)),
                ('source_id', models.CharField(max_length=60)),
                ('is_full_reversal', models.BooleanField(default=False)),
                ('case_no', models.CharField(blank=True, max_length=20)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('operation_id', models.UUIDField(null=True)),
                ('actor', models.CharField(max_length=150)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('lease', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.lease')),
                ('reverses', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry')),
            ],
            options={
                'verbose_name_plural': 'entries',
                'db_table': 'ledger_entries',
                'indexes': [models.Index(fields=['company', 'customer', 'id'], name='ledger_entry_customer'), models.Index(condition=models.Q(('lease__isnull', False)), fields=['company', 'lease', 'id'], name='ledger_entry_lease'), models.Index(fields=['company', 'effective_on', 'id'], name='ledger_entry_effective')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='ledger_entry_company'), batconnect.core.constraints.SameCompany(field='customer', name='ledger_entry_customer_key'), batconnect.core.constraints.SameCompany(field='lease', name='ledger_entry_lease_key'), batconnect.core.constraints.SameCompany(field='reverses', name='ledger_entry_reverses_key'), batconnect.core.constraints.AppendOnly(name='ledger_entry_append_only'), batconnect.core.constraints.Trigger(after_table='referencing new table as added for each statement', body="if exists (select 1 from added e where (select p.line from ledger_postings p where p.company_id = e.company_id and p.entry_id = e.id limit 1) is null) then raise exception 'an entry comes with its postings, in one statement' using errcode = 'check_violation'; end if; return null;", by_index=True, event='after insert', name='ledger_entry_whole'), models.UniqueConstraint(fields=('company', 'source_type', 'source_id', 'event'), name='ledger_entry_source_once'), models.UniqueConstraint(condition=models.Q(('is_full_reversal', True)), fields=('company', 'reverses'), name='ledger_entry_reversed_once'), models.CheckConstraint(condition=models.Q(('is_full_reversal', False), ('reverses__isnull', False), _connector='OR'), name='ledger_entry_reversal_names_one')],
            },
        ),
        migrations.CreateModel(
            name='Obligation',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('currency', models.CharField(max_length=3)),
                ('category', models.CharField(choices=[('TAXES', 'Taxes'), ('EZPASS', 'EZPass'), ('LEASE', 'Lease'), ('PVB', 'PVB'), ('TLC', 'TLC'), ('REPAIRS', 'Repairs'), ('LOANS', 'Loans'), ('MISC', 'Misc'), ('INVOICE', 'Invoice'), ('PREMIUM', 'Premium')], max_length=10)),
                ('reference_id', models.CharField(max_length=60)),
                ('description', models.CharField(max_length=200)),
                ('original', batconnect.core.money.MoneyField()),
                ('outstanding', batconnect.core.money.MoneyField()),
                ('written_off', batconnect.core.money.MoneyField(default=Decimal('0.00'))),
                ('issue_date', models.DateField()),
                ('due_date', models.DateField()),
                ('status', models.CharField(choices=[('open', 'Open'), ('settled', 'Settled'), ('voided', 'Voided')], default='open', max_length=10)),
                ('is_opening', models.BooleanField(default=False)),
                ('source_type', models.CharField(help_text='Whose it is (`ledger.charge`, `loans.installment`): see ledger.sources.', max_length=40)),
                ('source_id', models.CharField(max_length=60)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('lease', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.lease')),
            ],
            options={
                'db_table': 'ledger_obligations',
                'indexes': [models.Index(fields=['company', 'customer', 'status', 'due_date'], name='ledger_obligation_customer'), models.Index(fields=['company', 'lease', 'status', 'due_date'], name='ledger_obligation_lease'), models.Index(fields=['company', 'due_date', 'id'], name='ledger_obligation_due'), models.Index(fields=['company', 'issue_date', 'id'], name='ledger_obligation_issued'), models.Index(fields=['company', 'category', 'due_date', 'id'], name='ledger_obligation_category'), models.Index(fields=['company', 'source_type', 'source_id'], name='ledger_obligation_source')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='ledger_obligation_company'), batconnect.core.constraints.SameCompany(field='customer', name='ledger_obligation_customer_key'), batconnect.core.constraints.SameCompany(field='lease', name='ledger_obligation_lease_key'), models.UniqueConstraint(fields=('company', 'category', 'reference_id'), name='ledger_obligation_reference'), models.CheckConstraint(condition=models.Q(('original__gt', 0)), name='ledger_obligation_original_positive'), models.CheckConstraint(condition=models.Q(('outstanding__gte', 0), ('outstanding__lte', models.F('original'))), name='ledger_obligation_outstanding_within'), models.CheckConstraint(condition=models.Q(('written_off__gte', 0), ('written_off__lte', django.db.models.expressions.CombinedExpression(models.F('original'), '-', models.F('outstanding')))), name='ledger_obligation_written_off_within'), models.CheckConstraint(condition=models.Q(models.Q(('outstanding__gt', 0), ('status', 'open')), models.Q(('outstanding', 0), ('status', 'settled')), models.Q(('outstanding', 0), ('status', 'voided'), ('written_off', 0)), _connector='OR'), name='ledger_obligation_status_fits'), batconnect.core.constraints.Trigger(after_table='for each row', body="raise exception 'what an obligation is never changes' using errcode = 'restrict_violation';", event='before update of company_id, customer_id, lease_id, currency, category, reference_id, original, issue_date, due_date, source_type, source_id', name='ledger_obligation_fixed'), batconnect.core.constraints.Trigger(after_table='for each statement', body="raise exception 'obligations are voided, never deleted' using errcode = 'restrict_violation';", event='before delete or truncate', name='ledger_obligation_kept')],
            },
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('line', models.PositiveSmallIntegerField()),
                ('amount', batconnect.core.money.MoneyField()),
                ('payment_id', models.UUIDField(null=True)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('entry', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='ledger.entry')),
                ('obligation', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='ledger.obligation')),
            ],
            options={
                'db_table': 'ledger_postings',
                'indexes': [models.Index(condition=models.Q(('obligation__isnull', False)), fields=['company', 'obligation'], name='ledger_posting_obligation'), models.Index(condition=models.Q(('payment_id__isnull', False)), fields=['company', 'payment_id'], name='ledger_posting_payment'), models.Index(fields=['company', 'account', 'entry'], name='ledger_posting_account')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='ledger_posting_company'), batconnect.core.constraints.SameCompany(field='entry', name='ledger_posting_entry_key'), batconnect.core.constraints.SameCompany(field='account', name='ledger_posting_account_key'), batconnect.core.constraints.SameCompany(field='obligation', name='ledger_posting_obligation_key'), batconnect.core.constraints.AppendOnly(name='ledger_posting_append_only'), batconnect.core.constraints.Trigger(after_table='referencing new table as added for each statement', body="select string_agg(entry_id::text, ', ') into wrong from ( select entry_id from added group by company_id, entry_id having sum(amount) <> 0 or count(*) < 2 or count(*) > 200 or min(line) <> 1 or max(line) <> count(*)) unbalanced; if wrong is not null then raise exception 'postings of entry % do not sum to zero, or were not inserted together', wrong using errcode = 'check_violation'; end if; select string_agg(distinct p.entry_id::text, ', ') into wrong from added p where (select e.currency from ledger_entries e where e.company_id = p.company_id and e.id = p.entry_id) is distinct from (select a.currency from ledger_accounts a where a.company_id = p.company_id and a.id = p.account_id and case when p.obligation_id is null then a.code not like 'receivable:%' else a.code = (select 'receivable:' || o.category from ledger_obligations o where o.company_id = p.company_id and o.id = p.obligation_id and o.currency = a.currency) end and (a.code <> 'unallocated_cash' or p.payment_id is not null)); if wrong is not null then raise exception 'a posting of entry % meets another currency, or an account that is not its own', wrong using errcode = 'check_violation'; end if; return null;", by_index=True, declare='wrong text;', event='after insert', name='ledger_posting_balanced'), models.UniqueConstraint(fields=('company', 'entry', 'line'), name='ledger_posting_line'), models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='ledger_posting_not_zero')],
            },
        ),
        migrations.CreateModel(
            name='WriteOffRequest',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('amount', batconnect.core.money.MoneyField()),
                ('reason', models.CharField(max_length=500)),
                ('status', models.CharField(choices=[('pending_approval', 'Pending approval'), ('approved', 'Approved'), ('rejected', 'Rejected')], default='pending_approval', max_length=20)),
                ('requested_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision_reason', models.CharField(blank=True, max_length=500)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('decided_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('obligation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.obligation')),
                ('requested_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'ledger_write_off_requests',
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='write_off_request_company'), batconnect.core.constraints.SameCompany(field='obligation', name='write_off_request_obligation_key'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='write_off_request_amount_positive'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('status', 'pending_approval')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('status__in', ['approved', 'rejected']), models.Q(('decided_by', models.F('requested_by')), _negated=True)), _connector='OR'), name='write_off_request_second_person'), models.UniqueConstraint(condition=models.Q(('status', 'pending_approval')), fields=('company', 'obligation'), name='write_off_request_one_pending')],
            },
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='ledger_entry_company_id'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='ledger_obligation_company_id'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='ledger_account_company_id'),
        ),
    ]
