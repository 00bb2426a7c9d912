"""Kinds of accounts, the items of postings, bank accounts, drawers and what is paid out of them."""

import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import batconnect.core.kernel.money
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_books'),
        ('directory', '0001_initial'),
        ('ledger', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BankAccount',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=20, validators=[django.core.validators.RegexValidator('^[a-z0-9][a-z0-9_-]{0,19}$', 'Use 1 to 20 small letters, digits, hyphens and underscores.')])),
                ('name', models.CharField(max_length=60)),
                ('currency', models.CharField(max_length=3)),
                ('is_active', models.BooleanField(default=True)),
                ('created_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('bank_name', models.CharField(blank=True, max_length=80)),
                ('last_digits', models.CharField(blank=True, help_text='The last four characters of its number.', max_length=4, validators=[django.core.validators.RegexValidator('^[0-9A-Z]{1,4}$')])),
                ('is_default', models.BooleanField(default=False, help_text='Used in its currency where none is named.')),
            ],
            options={
                'db_table': 'bank_accounts',
                'ordering': ('currency', 'code'),
            },
        ),
        migrations.CreateModel(
            name='Disbursement',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('payout', 'Payout to a driver'), ('refund', 'Refund'), ('loan', 'Loan handed over'), ('vendor_payment', 'Payment of a vendor'), ('remittance', 'Remittance'), ('deposit_return', 'Security deposit returned'), ('payment_return', 'Payment taken back by the bank')], max_length=20)),
                ('source_type', models.CharField(help_text='Of the entry that posted it.', max_length=40)),
                ('source_id', models.CharField(max_length=60)),
                ('currency', models.CharField(max_length=3)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('method', models.CharField(max_length=24)),
                ('reference', models.CharField(blank=True, max_length=60)),
                ('payee', models.CharField(blank=True, max_length=120)),
                ('paid_on', models.DateField()),
                ('status', models.CharField(choices=[('in_transit', 'In transit'), ('cleared', 'Cleared'), ('paid', 'Paid in cash'), ('stopped', 'Stopped')], max_length=10)),
                ('cleared_on', models.DateField(null=True)),
                ('stopped_on', models.DateField(null=True)),
                ('stop_reason', models.CharField(blank=True, max_length=500)),
                ('made_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'db_table': 'disbursements',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='Drawer',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=20, validators=[django.core.validators.RegexValidator('^[a-z0-9][a-z0-9_-]{0,19}$', 'Use 1 to 20 small letters, digits, hyphens and underscores.')])),
                ('name', models.CharField(max_length=60)),
                ('currency', models.CharField(max_length=3)),
                ('is_active', models.BooleanField(default=True)),
                ('created_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'db_table': 'drawers',
                'ordering': ('currency', 'code'),
            },
        ),
        migrations.RemoveConstraint(
            model_name='posting',
            name='ledger_posting_names_its_item',
        ),
        migrations.AddField(
            model_name='posting',
            name='item_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AlterField(
            model_name='account',
            name='kind',
            field=models.CharField(choices=[('asset', 'Asset'), ('liability', 'Liability'), ('equity', 'Equity'), ('income', 'Income'), ('contra_income', 'Contra income'), ('expense', 'Expense'), ('contra_expense', 'Contra expense')], max_length=20),
        ),
        # PostgreSQL makes a generated column anew rather than changing its expression.
        migrations.RemoveField(model_name='account', name='subledger'),
        migrations.AddField(
            model_name='account',
            name='subledger',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(code='unallocated_cash', then=models.Value('payments')), models.When(code='customer_credits', then=models.Value('credits')), models.When(code='vendors_payable', then=models.Value('bills')), models.When(code__startswith='payments_in_transit:', then=models.Value('disbursements')), models.When(code__startswith='deposits_in_transit:', then=models.Value('returned')), models.When(code__startswith='receivable:', then=django.db.models.functions.text.Substr('code', 12)), default=models.Value('')), help_text="Which single items make up the account: a category's obligations, payments, credits, …, or none.", output_field=models.CharField(max_length=60)),
        ),
        AddConstraintNotValid(
            model_name='posting',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('item_id__isnull', True), ('obligation__isnull', True), ('subledger', '')), models.Q(('obligation__isnull', True), ('payment_id__isnull', False), ('subledger', 'payments')), models.Q(('item_id__isnull', False), ('obligation__isnull', True), ('subledger__in', ('credits', 'bills', 'disbursements', 'returned'))), models.Q(models.Q(('subledger__in', ('', 'payments', 'credits', 'bills', 'disbursements', 'returned')), _negated=True), ('obligation__isnull', False)), _connector='OR'), name='ledger_posting_names_its_item'),
        ),
        migrations.AddField(
            model_name='bankaccount',
            name='company',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company'),
        ),
        migrations.AddField(
            model_name='disbursement',
            name='bank_account',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.bankaccount'),
        ),
        migrations.AddField(
            model_name='disbursement',
            name='company',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company'),
        ),
        migrations.AddField(
            model_name='disbursement',
            name='customer',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer'),
        ),
        migrations.AddField(
            model_name='disbursement',
            name='entry',
            field=batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry'),
        ),
        migrations.AddField(
            model_name='disbursement',
            name='stop_entry',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry'),
        ),
        migrations.AddField(
            model_name='drawer',
            name='company',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company'),
        ),
        migrations.AddField(
            model_name='drawer',
            name='holder',
            field=models.ForeignKey(blank=True, db_index=False, help_text='Whose drawer it is.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='disbursement',
            name='drawer',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.drawer'),
        ),
        migrations.AddConstraint(
            model_name='bankaccount',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='bank_account_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='bankaccount',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='bank_account_company'),
        ),
        migrations.AddConstraint(
            model_name='bankaccount',
            constraint=models.UniqueConstraint(fields=('company', 'code'), name='bank_account_code'),
        ),
        migrations.AddConstraint(
            model_name='bankaccount',
            constraint=models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('company', 'currency'), name='bank_account_default'),
        ),
        migrations.AddConstraint(
            model_name='bankaccount',
            constraint=models.CheckConstraint(condition=models.Q(('is_default', False), ('is_active', True), _connector='OR'), name='bank_account_default_is_active'),
        ),
        migrations.AddConstraint(
            model_name='bankaccount',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'its code and currency name its accounts' using errcode = 'restrict_violation';", event='before update of id, company_id, code, currency, created_by, created_at', name='bank_account_fixed'),
        ),
        migrations.AddConstraint(
            model_name='bankaccount',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'its accounts stay: it is closed, not deleted' using errcode = 'restrict_violation';", event='before delete', name='bank_account_kept', truncate=True),
        ),
        migrations.AddConstraint(
            model_name='drawer',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='drawer_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='drawer',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='drawer_company'),
        ),
        migrations.AddConstraint(
            model_name='drawer',
            constraint=models.UniqueConstraint(fields=('company', 'code'), name='drawer_code'),
        ),
        migrations.AddConstraint(
            model_name='drawer',
            constraint=models.UniqueConstraint(condition=models.Q(('holder__isnull', False), ('is_active', True)), fields=('company', 'holder', 'currency'), name='drawer_one_per_holder'),
        ),
        migrations.AddConstraint(
            model_name='drawer',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'its code and currency name its accounts' using errcode = 'restrict_violation';", event='before update of id, company_id, code, currency, created_by, created_at', name='drawer_fixed'),
        ),
        migrations.AddConstraint(
            model_name='drawer',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'its accounts stay: it is closed, not deleted' using errcode = 'restrict_violation';", event='before delete', name='drawer_kept', truncate=True),
        ),
        migrations.AddIndex(
            model_name='disbursement',
            index=models.Index(fields=['company', 'source_type', 'source_id'], name='disbursement_source'),
        ),
        migrations.AddIndex(
            model_name='disbursement',
            index=models.Index(condition=models.Q(('status', 'in_transit')), fields=['company', 'bank_account', 'paid_on'], name='disbursement_in_transit'),
        ),
        migrations.AddIndex(
            model_name='disbursement',
            index=models.Index(fields=['company', 'paid_on', 'id'], name='disbursement_paid_on'),
        ),
        migrations.AddIndex(
            model_name='disbursement',
            index=models.Index(fields=['company', 'customer', 'id'], name='disbursement_customer'),
        ),
        migrations.AddConstraint(
            model_name='disbursement',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='disbursement_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='disbursement',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='disbursement_company'),
        ),
        migrations.AddConstraint(
            model_name='disbursement',
            constraint=batconnect.core.database.constraints.SameCompany(field='entry', name='disbursement_entry_key'),
        ),
        migrations.AddConstraint(
            model_name='disbursement',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='disbursement_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='disbursement',
            constraint=batconnect.core.database.constraints.SameCompany(field='bank_account', name='disbursement_bank_account_key'),
        ),
        migrations.AddConstraint(
            model_name='disbursement',
            constraint=batconnect.core.database.constraints.SameCompany(field='drawer', name='disbursement_drawer_key'),
        ),
        migrations.AddConstraint(
            model_name='disbursement',
            constraint=batconnect.core.database.constraints.SameCompany(field='stop_entry', name='disbursement_stop_entry_key'),
        ),
        migrations.AddConstraint(
            model_name='disbursement',
            constraint=models.UniqueConstraint(fields=('company', 'entry'), name='disbursement_entry'),
        ),
        migrations.AddConstraint(
            model_name='disbursement',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='disbursement_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='disbursement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('bank_account__isnull', True), ('status', 'paid')), models.Q(('bank_account__isnull', False), ('drawer__isnull', True), ('status__in', ['in_transit', 'cleared', 'stopped'])), _connector='OR'), name='disbursement_from_one_place'),
        ),
        migrations.AddConstraint(
            model_name='disbursement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cleared_on__isnull', False), ('status', 'cleared')), models.Q(models.Q(('status__in', ['cleared', 'stopped']), _negated=True), ('cleared_on__isnull', True)), ('status', 'stopped'), _connector='OR'), name='disbursement_cleared_on'),
        ),
        migrations.AddConstraint(
            model_name='disbursement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'stopped'), ('stop_entry__isnull', False), ('stopped_on__isnull', False)), models.Q(models.Q(('status', 'stopped'), _negated=True), ('stop_entry__isnull', True), ('stopped_on__isnull', True)), _connector='OR'), name='disbursement_stopped_by_entry'),
        ),
        migrations.AddConstraint(
            model_name='disbursement',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was paid never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, kind, source_type, source_id, entry_id, customer_id, currency, amount, bank_account_id, drawer_id, method, reference, payee, paid_on, made_by, created_at', name='disbursement_fixed'),
        ),
        migrations.AddConstraint(
            model_name='disbursement',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'its accounts stay: it is closed, not deleted' using errcode = 'restrict_violation';", event='before delete', name='disbursement_kept', truncate=True),
        ),
    ]
