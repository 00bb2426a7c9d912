"""How drivers are paid: their accounts, batches of payouts with their files, and what came back."""

import batconnect.core.database.constraints
import batconnect.core.database.encryption
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import batconnect.core.kernel.money
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0004_bank_settings'),
        ('directory', '0003_first_rates'),
        ('ledger', '0014_remittances_returned'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PayeeAccount',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('holder_name', models.CharField(help_text='As the account is called; a file has 22 characters.', max_length=120)),
                ('routing_number', models.CharField(max_length=9, validators=[django.core.validators.RegexValidator('^[0-9]{9}$', 'A routing number has nine digits.')])),
                ('account_number', batconnect.core.database.encryption.EncryptedTextField()),
                ('last_digits', models.CharField(max_length=4)),
                ('kind', models.CharField(choices=[('checking', 'Checking'), ('savings', 'Savings')], max_length=8)),
                ('origin', models.CharField(choices=[('person', 'A person'), ('bank', 'Notification of change')], default='person', max_length=6)),
                ('change_code', models.CharField(blank=True, help_text='C01 to C14, of a notification of change.', max_length=3)),
                ('status', models.CharField(choices=[('proposed', 'Proposed'), ('confirmed', 'Confirmed'), ('rejected', 'Turned down'), ('replaced', 'Replaced'), ('closed', 'Closed')], default='proposed', max_length=9)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('proposed_by', models.CharField(max_length=150)),
                ('proposed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('decided_by', models.CharField(blank=True, max_length=150)),
                ('decided_at', models.DateTimeField(null=True)),
                ('usable_on', models.DateField(help_text='The first day on which ACH may go to it.', null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('decider', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'payee_accounts',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='PayeeHold',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('origin', models.CharField(choices=[('person', 'A person'), ('return', 'A return')], default='person', max_length=6)),
                ('reason', models.CharField(max_length=500)),
                ('placed_by', models.CharField(max_length=150)),
                ('placed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('released_by', models.CharField(blank=True, max_length=150)),
                ('released_at', models.DateTimeField(null=True)),
                ('release_reason', models.CharField(blank=True, max_length=500)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
            ],
            options={
                'db_table': 'payee_holds',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='PayeeNotice',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(blank=True, help_text="The driver's address when it happened; empty: no mail.", max_length=254)),
                ('subject', models.CharField(max_length=120)),
                ('text', models.TextField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('mailed_at', models.DateTimeField(help_text='Sent, given up, or nowhere to send it to.', null=True)),
                ('is_sent', models.BooleanField(default=False)),
                ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
            ],
            options={
                'db_table': 'payee_notices',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='PayingAccount',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('destination', models.CharField(blank=True, max_length=9, verbose_name='immediate destination')),
                ('destination_name', models.CharField(blank=True, max_length=23)),
                ('origin', models.CharField(blank=True, max_length=10, verbose_name='immediate origin')),
                ('origin_name', models.CharField(blank=True, max_length=23)),
                ('company_name', models.CharField(blank=True, max_length=16)),
                ('company_identification', models.CharField(blank=True, max_length=10)),
                ('odfi', models.CharField(blank=True, max_length=8, verbose_name='ODFI')),
                ('sec_code', models.CharField(choices=[('PPD', 'PPD: accounts of persons'), ('CCD', 'CCD: accounts of companies')], default='PPD', max_length=3, verbose_name='SEC code')),
                ('entry_description', models.CharField(default='PAYOUT', max_length=10)),
                ('offset_routing', models.CharField(blank=True, max_length=9)),
                ('offset_number', batconnect.core.database.encryption.EncryptedTextField(blank=True, null=True)),
                ('offset_last_digits', models.CharField(blank=True, max_length=4)),
                ('offset_kind', models.CharField(choices=[('checking', 'Checking'), ('savings', 'Savings')], default='checking', max_length=8)),
                ('next_check', models.PositiveBigIntegerField(blank=True, null=True)),
                ('last_check', models.PositiveBigIntegerField(blank=True, null=True)),
                ('changed_by', models.CharField(max_length=150)),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('bank_account', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.bankaccount')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'paying_accounts',
            },
        ),
        migrations.CreateModel(
            name='PayoutBatch',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(help_text='PB-2026-001.', max_length=24)),
                ('way', models.CharField(choices=[('ach', 'ACH file'), ('check', 'Checks'), ('by_hand', 'By hand')], max_length=7)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('approved', 'Approved'), ('built', 'Built'), ('sent', 'Sent'), ('undone', 'Undone')], default='draft', max_length=8)),
                ('currency', models.CharField(max_length=3)),
                ('payout_count', models.PositiveIntegerField()),
                ('total', batconnect.core.kernel.money.MoneyField()),
                ('left_out', models.JSONField(default=list, help_text='Who was asked for and is not paid, and why.')),
                ('effective_on', models.DateField(help_text="ACH: the bank's day. Checks: their date.", null=True)),
                ('created_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('approved_by', models.CharField(blank=True, max_length=150)),
                ('approved_at', models.DateTimeField(null=True)),
                ('built_by', models.CharField(blank=True, max_length=150)),
                ('built_at', models.DateTimeField(null=True)),
                ('sent_by', models.CharField(blank=True, max_length=150)),
                ('sent_at', models.DateTimeField(null=True)),
                ('sent_on', models.DateField(help_text='The day on which it posted.', null=True)),
                ('undone_by', models.CharField(blank=True, max_length=150)),
                ('undone_at', models.DateTimeField(null=True)),
                ('undo_reason', models.CharField(blank=True, max_length=500)),
                ('approver', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('bank_account', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.bankaccount')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('maker', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'payout batches',
                'db_table': 'payout_batches',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='Payout',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('place', models.PositiveIntegerField(help_text='1, 2, … in the batch.')),
                ('payee', models.CharField(max_length=120)),
                ('method', models.CharField(choices=[('ach', 'ACH'), ('check', 'Check')], max_length=5)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('reference', models.CharField(blank=True, max_length=60)),
                ('account', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.payeeaccount')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('batch', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='payouts', to='ledger.payoutbatch')),
            ],
            options={
                'db_table': 'payouts',
                'ordering': ('batch', 'place'),
            },
        ),
        migrations.CreateModel(
            name='PayoutDownload',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('taken_by', models.CharField(max_length=150)),
                ('taken_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('batch', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.payoutbatch')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'payout_downloads',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='PayoutFile',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('content', batconnect.core.database.encryption.EncryptedTextField()),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('size', models.PositiveIntegerField()),
                ('modifier', models.CharField(blank=True, help_text='Tells the ACH files of a day apart.', max_length=1)),
                ('made_on', models.DateField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('batch', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.payoutbatch')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'payout_files',
            },
        ),
        migrations.CreateModel(
            name='PayoutItem',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('attempt', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('reserved', 'Reserved'), ('sent', 'Sent'), ('returned', 'Came back'), ('undone', 'Undone')], default='reserved', max_length=8)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('dtr', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='payout_items', to='ledger.dtr')),
                ('payout', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='ledger.payout')),
            ],
            options={
                'db_table': 'payout_items',
                'ordering': ('payout', 'id'),
            },
        ),
        migrations.CreateModel(
            name='PayoutReturn',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(help_text='R01 to R85, C01 to C14; of a check: VOID, STALE, STOP.', max_length=6)),
                ('trace', models.CharField(blank=True, max_length=15)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('note', models.CharField(blank=True, max_length=500)),
                ('outcome', models.CharField(choices=[('returned', 'Came back, due again'), ('proposed', 'Corrected account proposed'), ('noted', 'Noted, nothing to change'), ('again', 'Known already'), ('unknown', 'No such entry of ours'), ('differs', 'Another amount than ours'), ('waiting', 'Another change waits')], max_length=8)),
                ('file_name', models.CharField(blank=True, max_length=200)),
                ('line', models.PositiveIntegerField(default=0)),
                ('recorded_by', models.CharField(max_length=150)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('account', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.payeeaccount')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('payout', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.payout')),
            ],
            options={
                'db_table': 'payout_returns',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='PayoutSettings',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('waiting_days', models.PositiveSmallIntegerField(default=3, help_text='Days after its confirmation before ACH goes to a new account.', validators=[django.core.validators.MaxValueValidator(60)])),
                ('minimum', batconnect.core.kernel.money.MoneyField(default=Decimal('0.01'), help_text='What is due to a driver below it waits for the next batch.', validators=[django.core.validators.MinValueValidator(Decimal('0.01'))])),
                ('stale_days', models.PositiveSmallIntegerField(default=180, help_text='A check that the bank has not shown after so many days is stale.', validators=[django.core.validators.MinValueValidator(30), django.core.validators.MaxValueValidator(1000)])),
                ('changed_by', models.CharField(max_length=150)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'verbose_name_plural': 'payout settings',
                'db_table': 'payout_settings',
            },
        ),
        migrations.AddIndex(
            model_name='payeeaccount',
            index=models.Index(fields=['company', 'customer', 'id'], name='payee_account_customer'),
        ),
        migrations.AddConstraint(
            model_name='payeeaccount',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payee_account_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='payeeaccount',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payee_account_company'),
        ),
        migrations.AddConstraint(
            model_name='payeeaccount',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='payee_account_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='payeeaccount',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'confirmed')), fields=('company', 'customer'), name='payee_account_confirmed_once'),
        ),
        migrations.AddConstraint(
            model_name='payeeaccount',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'proposed')), fields=('company', 'customer'), name='payee_account_proposed_once'),
        ),
        migrations.AddConstraint(
            model_name='payeeaccount',
            constraint=models.CheckConstraint(condition=models.Q(('routing_number__regex', '^[0-9]{9}$')), name='payee_account_routing_digits'),
        ),
        migrations.AddConstraint(
            model_name='payeeaccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by', ''), ('status', 'proposed'), ('usable_on__isnull', True)), models.Q(('decided_at__isnull', False), ('status', 'rejected')), models.Q(('decided_at__isnull', False), ('status__in', ['confirmed', 'replaced', 'closed']), ('usable_on__isnull', False), models.Q(('proposer__isnull', True), ('decider__isnull', True), models.Q(('decider', models.F('proposer')), _negated=True), _connector='OR')), _connector='OR'), name='payee_account_confirmed_by_another'),
        ),
        migrations.AddConstraint(
            model_name='payeeaccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('change_code', ''), ('origin', 'person')), models.Q(('origin', 'bank'), models.Q(('change_code', ''), _negated=True)), _connector='OR'), name='payee_account_change_code'),
        ),
        migrations.AddConstraint(
            model_name='payeeaccount',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.status not in ('proposed', 'confirmed') or (old.status = 'confirmed' and (new.status not in ('replaced', 'closed') or new.usable_on is distinct from old.usable_on or new.decider_id is distinct from old.decider_id)))", body="raise exception 'it is decided already' using errcode = 'restrict_violation';", event='before update of status, decider_id, decided_by, decided_at, usable_on', name='payee_account_decided_once'),
        ),
        migrations.AddConstraint(
            model_name='payeeaccount',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, customer_id, holder_name, routing_number, last_digits, kind, origin, change_code, note, proposer_id, proposed_by, proposed_at', name='payee_account_fixed'),
        ),
        migrations.AddConstraint(
            model_name='payeeaccount',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'what was entered is kept' using errcode = 'restrict_violation';", event='before delete', name='payee_account_kept', truncate=True),
        ),
        migrations.AddIndex(
            model_name='payeehold',
            index=models.Index(fields=['company', 'customer', 'id'], name='payee_hold_customer'),
        ),
        migrations.AddConstraint(
            model_name='payeehold',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payee_hold_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='payeehold',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payee_hold_company'),
        ),
        migrations.AddConstraint(
            model_name='payeehold',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='payee_hold_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='payeehold',
            constraint=models.UniqueConstraint(condition=models.Q(('released_at__isnull', True)), fields=('company', 'customer'), name='payee_hold_one'),
        ),
        migrations.AddConstraint(
            model_name='payeehold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('released_at__isnull', True), ('released_by', '')), models.Q(('released_at__isnull', False), models.Q(('released_by', ''), _negated=True)), _connector='OR'), name='payee_hold_released_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='payeehold',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row when (old.released_at is not null)', body="raise exception 'it is released already' using errcode = 'restrict_violation';", event='before update', name='payee_hold_released_once'),
        ),
        migrations.AddConstraint(
            model_name='payeehold',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, customer_id, origin, reason, placed_by, placed_at', name='payee_hold_fixed'),
        ),
        migrations.AddConstraint(
            model_name='payeehold',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'what was entered is kept' using errcode = 'restrict_violation';", event='before delete', name='payee_hold_kept', truncate=True),
        ),
        migrations.AddIndex(
            model_name='payeenotice',
            index=models.Index(condition=models.Q(('mailed_at__isnull', True)), fields=['company', 'due_at'], name='payee_notice_unmailed'),
        ),
        migrations.AddIndex(
            model_name='payeenotice',
            index=models.Index(fields=['company', 'customer', 'id'], name='payee_notice_customer'),
        ),
        migrations.AddConstraint(
            model_name='payeenotice',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payee_notice_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='payeenotice',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payee_notice_company'),
        ),
        migrations.AddConstraint(
            model_name='payeenotice',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='payee_notice_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='payeenotice',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, customer_id, email, subject, text, created_at', name='payee_notice_fixed'),
        ),
        migrations.AddConstraint(
            model_name='payeenotice',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'what was entered is kept' using errcode = 'restrict_violation';", event='before delete', name='payee_notice_kept', truncate=True),
        ),
        migrations.AddConstraint(
            model_name='payingaccount',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='paying_account_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='payingaccount',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='paying_account_company'),
        ),
        migrations.AddConstraint(
            model_name='payingaccount',
            constraint=batconnect.core.database.constraints.SameCompany(field='bank_account', name='paying_account_bank_account_key'),
        ),
        migrations.AddConstraint(
            model_name='payingaccount',
            constraint=models.UniqueConstraint(fields=('company', 'bank_account'), name='paying_account_once'),
        ),
        migrations.AddConstraint(
            model_name='payingaccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('last_check__isnull', True), ('next_check__isnull', True)), models.Q(('last_check__gte', django.db.models.expressions.CombinedExpression(models.F('next_check'), '-', models.Value(1))), ('next_check__gte', 1)), _connector='OR'), name='paying_account_checks'),
        ),
        migrations.AddConstraint(
            model_name='payingaccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('offset_number__isnull', True), ('offset_routing', '')), models.Q(('offset_number__isnull', False), models.Q(('offset_routing', ''), _negated=True)), _connector='OR'), name='paying_account_offset'),
        ),
        migrations.AddConstraint(
            model_name='payingaccount',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, bank_account_id', name='paying_account_fixed'),
        ),
        migrations.AddConstraint(
            model_name='payingaccount',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'what was entered is kept' using errcode = 'restrict_violation';", event='before delete', name='paying_account_kept', truncate=True),
        ),
        migrations.AddIndex(
            model_name='payoutbatch',
            index=models.Index(fields=['company', 'status', 'id'], name='payout_batch_status'),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payout_batch_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payout_batch_company'),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=batconnect.core.database.constraints.SameCompany(field='bank_account', name='payout_batch_bank_account_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='payout_batch_number', opclasses=['uuid_ops', 'text_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=models.CheckConstraint(condition=models.Q(('payout_count__gte', 1), ('total__gt', 0)), name='payout_batch_pays'),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=models.CheckConstraint(condition=models.Q(('way', 'by_hand'), ('status__in', ['draft', 'undone']), models.Q(('approved_at__isnull', False), ('approver__isnull', False), models.Q(('maker__isnull', True), models.Q(('approver', models.F('maker')), _negated=True), _connector='OR')), _connector='OR'), name='payout_batch_second_person'),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=models.CheckConstraint(condition=models.Q(('way', 'by_hand'), models.Q(('status__in', ['built', 'sent']), _negated=True), models.Q(('built_at__isnull', False), ('effective_on__isnull', False)), _connector='OR'), name='payout_batch_built_at'),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', False), ('sent_on__isnull', False), ('status', 'sent')), models.Q(models.Q(('status', 'sent'), _negated=True), ('sent_at__isnull', True), ('sent_on__isnull', True)), _connector='OR'), name='payout_batch_sent_at'),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'undone'), ('undone_at__isnull', False)), models.Q(models.Q(('status', 'undone'), _negated=True), ('undone_at__isnull', True)), _connector='OR'), name='payout_batch_undone_at'),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.status <> new.status and not (old.status || '>' || new.status) = any(array['draft>approved', 'approved>built', 'built>sent', 'draft>undone', 'approved>undone', 'built>undone']))", body="raise exception '% is %: it cannot become %', old.number, old.status, new.status using errcode = 'restrict_violation';", event='before update of status', name='payout_batch_goes_on'),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, number, way, bank_account_id, currency, payout_count, total, left_out, maker_id, created_by, created_at', name='payout_batch_fixed'),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'what was entered is kept' using errcode = 'restrict_violation';", event='before delete', name='payout_batch_kept', truncate=True),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(fields=['company', 'customer', 'id'], name='payout_customer'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(condition=models.Q(('reference', ''), _negated=True), fields=['company', 'reference'], name='payout_reference'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payout_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payout_company'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=batconnect.core.database.constraints.SameCompany(field='batch', name='payout_batch_key'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='payout_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=batconnect.core.database.constraints.SameCompany(field='account', name='payout_account_key'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.UniqueConstraint(fields=('company', 'batch', 'place'), name='payout_place'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payout_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(('account__isnull', True), models.Q(('amount__lte', Decimal('99999999.99')), ('method', 'ach')), _connector='OR'), name='payout_fits_an_entry'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.reference <> '')", body="raise exception 'it has its number already' using errcode = 'restrict_violation';", event='before update of reference', name='payout_numbered_once'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, batch_id, place, customer_id, account_id, payee, method, amount', name='payout_fixed'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'what was entered is kept' using errcode = 'restrict_violation';", event='before delete', name='payout_kept', truncate=True),
        ),
        migrations.AddIndex(
            model_name='payoutdownload',
            index=models.Index(fields=['company', 'batch', 'id'], name='payout_download_batch'),
        ),
        migrations.AddConstraint(
            model_name='payoutdownload',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payout_download_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutdownload',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payout_download_company'),
        ),
        migrations.AddConstraint(
            model_name='payoutdownload',
            constraint=batconnect.core.database.constraints.SameCompany(field='batch', name='payout_download_batch_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutdownload',
            constraint=models.UniqueConstraint(condition=models.Q(('reason', '')), fields=('company', 'batch'), name='payout_download_once_without_reason'),
        ),
        migrations.AddConstraint(
            model_name='payoutdownload',
            constraint=batconnect.core.database.constraints.AppendOnly(name='payout_download_append_only'),
        ),
        migrations.AddIndex(
            model_name='payoutfile',
            index=models.Index(fields=['company', 'made_on'], name='payout_file_day'),
        ),
        migrations.AddConstraint(
            model_name='payoutfile',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payout_file_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutfile',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payout_file_company'),
        ),
        migrations.AddConstraint(
            model_name='payoutfile',
            constraint=batconnect.core.database.constraints.SameCompany(field='batch', name='payout_file_batch_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutfile',
            constraint=models.UniqueConstraint(fields=('company', 'batch'), name='payout_file_once'),
        ),
        migrations.AddConstraint(
            model_name='payoutfile',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, batch_id, name, sha256, size, modifier, made_on, created_at', name='payout_file_fixed'),
        ),
        migrations.AddConstraint(
            model_name='payoutfile',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'what was entered is kept' using errcode = 'restrict_violation';", event='before delete', name='payout_file_kept', truncate=True),
        ),
        migrations.AddIndex(
            model_name='payoutitem',
            index=models.Index(fields=['company', 'payout'], name='payout_item_payout'),
        ),
        migrations.AddIndex(
            model_name='payoutitem',
            index=models.Index(fields=['company', 'dtr', 'id'], name='payout_item_dtr'),
        ),
        migrations.AddConstraint(
            model_name='payoutitem',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payout_item_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutitem',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payout_item_company'),
        ),
        migrations.AddConstraint(
            model_name='payoutitem',
            constraint=batconnect.core.database.constraints.SameCompany(field='payout', name='payout_item_payout_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutitem',
            constraint=batconnect.core.database.constraints.SameCompany(field='dtr', name='payout_item_dtr_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutitem',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['reserved', 'sent'])), fields=('company', 'dtr'), name='payout_item_live_once'),
        ),
        migrations.AddConstraint(
            model_name='payoutitem',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payout_item_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='payoutitem',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.state <> new.state and not (old.state || '>' || new.state) = any(array['reserved>sent', 'reserved>undone', 'sent>returned']))", body="raise exception 'a payout goes on, not back' using errcode = 'restrict_violation';", event='before update of state', name='payout_item_goes_on'),
        ),
        migrations.AddConstraint(
            model_name='payoutitem',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, payout_id, dtr_id, amount, attempt', name='payout_item_fixed'),
        ),
        migrations.AddConstraint(
            model_name='payoutitem',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'what was entered is kept' using errcode = 'restrict_violation';", event='before delete', name='payout_item_kept', truncate=True),
        ),
        migrations.AddIndex(
            model_name='payoutreturn',
            index=models.Index(fields=['company', 'payout', 'id'], name='payout_return_payout'),
        ),
        migrations.AddConstraint(
            model_name='payoutreturn',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payout_return_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutreturn',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payout_return_company'),
        ),
        migrations.AddConstraint(
            model_name='payoutreturn',
            constraint=batconnect.core.database.constraints.SameCompany(field='payout', name='payout_return_payout_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutreturn',
            constraint=batconnect.core.database.constraints.SameCompany(field='account', name='payout_return_account_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutreturn',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'unknown'), ('payout__isnull', True)), models.Q(models.Q(('outcome', 'unknown'), _negated=True), ('payout__isnull', False)), _connector='OR'), name='payout_return_of_a_payout'),
        ),
        migrations.AddConstraint(
            model_name='payoutreturn',
            constraint=models.UniqueConstraint(condition=models.Q(('outcome', 'returned')), fields=('company', 'payout'), name='payout_return_once'),
        ),
        migrations.AddConstraint(
            model_name='payoutreturn',
            constraint=batconnect.core.database.constraints.AppendOnly(name='payout_return_append_only'),
        ),
        migrations.AddConstraint(
            model_name='payoutsettings',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payout_settings_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutsettings',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payout_settings_company'),
        ),
        migrations.AddConstraint(
            model_name='payoutsettings',
            constraint=models.UniqueConstraint(fields=('company',), name='payout_settings_one'),
        ),
        migrations.AddConstraint(
            model_name='payoutsettings',
            constraint=models.CheckConstraint(condition=models.Q(('minimum__gt', 0)), name='payout_settings_minimum'),
        ),
        migrations.AddConstraint(
            model_name='payoutsettings',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id', name='payout_settings_fixed'),
        ),
        migrations.AddConstraint(
            model_name='payoutsettings',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'what was entered is kept' using errcode = 'restrict_violation';", event='before delete', name='payout_settings_kept', truncate=True),
        ),
    ]
