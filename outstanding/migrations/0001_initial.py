import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import batconnect.core.kernel.money
import django.db.models.deletion
import django.db.models.functions.datetime
import outstanding.sequence
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('cases', '0001_initial'),
        ('core', '0001_initial'),
        ('directory', '0001_initial'),
        ('ledger', '0001_initial'),
        ('payments', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PaymentPlan',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('installment_count', models.PositiveSmallIntegerField()),
                ('frequency', models.CharField(choices=[('weekly', 'Weekly'), ('monthly', 'Monthly'), ('quarterly', 'Quarterly')], max_length=10)),
                ('start_date', models.DateField()),
                ('method', models.CharField(max_length=24)),
                ('auto_payment_enabled', models.BooleanField(default=False)),
                ('total_amount', batconnect.core.kernel.money.MoneyField()),
                ('notes', models.CharField(blank=True, max_length=500)),
                ('status', models.CharField(choices=[('active', 'Active'), ('completed', 'Completed'), ('cancelled', 'Cancelled'), ('replaced', 'Replaced'), ('defaulted', 'Defaulted')], default='active', max_length=10)),
                ('made_on', models.DateField(help_text="The company's day on which it began to count.")),
                ('ended_on', models.DateField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'payment_plans',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='PaymentSchedule',
            fields=[
                ('id', models.BigIntegerField(editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('due_date', models.DateField()),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('failed_attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_attempt_on', models.DateField(null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('plan', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='schedules', to='outstanding.paymentplan')),
            ],
            options={
                'db_table': 'payment_schedules',
                'ordering': ('plan', 'number'),
            },
        ),
        migrations.CreateModel(
            name='PaymentScheduleItem',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('obligation', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.obligation')),
                ('schedule', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='outstanding.paymentschedule')),
            ],
            options={
                'db_table': 'payment_schedule_items',
            },
        ),
        migrations.CreateModel(
            name='RenewalCase',
            fields=[
                ('case', batconnect.core.database.keys.TenantOneToOneKey(db_column='id', on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='cases.case')),
                ('policy_number', models.CharField(max_length=60)),
                ('policy_type', models.CharField(max_length=100)),
                ('premium', batconnect.core.kernel.money.MoneyField(help_text='The premium of the whole policy.')),
                ('currency', models.CharField(max_length=3)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
            ],
            options={
                'db_table': 'renewal_cases',
                'ordering': ('-case',),
            },
        ),
        migrations.CreateModel(
            name='PaymentReminder',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('row_id', models.BigIntegerField()),
                ('stage', models.CharField(help_text='upcoming, overdue, second, final', max_length=10)),
                ('due_date', models.DateField()),
                ('recipient', models.EmailField(max_length=254)),
                ('subject', models.CharField(max_length=200)),
                ('body', models.TextField()),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('sent', 'Sent'), ('failed', 'Failed')], default='pending', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('sent_at', models.DateTimeField(null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('renewal_case', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outstanding.renewalcase')),
            ],
            options={
                'db_table': 'payment_reminders',
                'ordering': ('-id',),
            },
        ),
        migrations.AddField(
            model_name='paymentplan',
            name='renewal_case',
            field=batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='outstanding.renewalcase'),
        ),
        migrations.CreateModel(
            name='CustomerPayment',
            fields=[
                ('id', models.BigIntegerField(editable=False, primary_key=True, serialize=False)),
                ('transaction_id', models.CharField(max_length=16)),
                ('mode', models.CharField(max_length=24)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('status', models.CharField(choices=[('initiated', 'Initiated'), ('processing', 'Processing'), ('completed', 'Completed'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], max_length=10)),
                ('settled_amount', batconnect.core.kernel.money.MoneyField(null=True)),
                ('failure_reason', models.CharField(blank=True, max_length=200)),
                ('notes', models.CharField(blank=True, max_length=500)),
                ('is_automatic', models.BooleanField(default=False)),
                ('initiated_on', models.DateField()),
                ('finished_on', models.DateField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('actor', models.CharField(max_length=150)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('payment', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.payment')),
                ('renewal_case', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='outstanding.renewalcase')),
            ],
            options={
                'db_table': 'customer_payments',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='CustomerInstallment',
            fields=[
                ('id', models.BigIntegerField(editable=False, primary_key=True, serialize=False)),
                ('period', models.CharField(help_text='Q1 2024 (Jan-Mar)', max_length=60)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('due_date', models.DateField()),
                ('description', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('obligation', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.obligation')),
                ('renewal_case', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='installments', to='outstanding.renewalcase')),
            ],
            options={
                'db_table': 'customer_installments',
                'ordering': ('due_date', 'id'),
            },
        ),
        migrations.CreateModel(
            name='CustomerPaymentItem',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('place', models.PositiveIntegerField(help_text='Oldest first.')),
                ('row_id', models.BigIntegerField()),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('is_open', models.BooleanField(default=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer_payment', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='outstanding.customerpayment')),
                ('obligation', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.obligation')),
            ],
            options={
                'db_table': 'customer_payment_items',
                'indexes': [models.Index(condition=models.Q(('is_open', True)), fields=['company', 'obligation'], name='customer_payment_item_on_way')],
                'constraints': [batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='customer_payment_item_primary_key'), batconnect.core.database.constraints.CompanyIsolation(name='customer_payment_item_company'), batconnect.core.database.constraints.SameCompany(field='customer_payment', name='customer_payment_item_customer_payment_key'), batconnect.core.database.constraints.SameCompany(field='obligation', name='customer_payment_item_obligation_key'), models.UniqueConstraint(fields=('company', 'customer_payment', 'place'), name='customer_payment_item_place'), models.UniqueConstraint(condition=models.Q(('is_open', True)), fields=('company', 'row_id', 'obligation'), name='customer_payment_item_one_open'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='customer_payment_item_amount_positive')],
            },
        ),
        migrations.AddConstraint(
            model_name='paymentschedule',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payment_schedule_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentschedule',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payment_schedule_company'),
        ),
        migrations.AddConstraint(
            model_name='paymentschedule',
            constraint=batconnect.core.database.constraints.SameCompany(field='plan', name='payment_schedule_plan_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentschedule',
            constraint=models.UniqueConstraint(fields=('company', 'plan', 'number'), name='payment_schedule_number'),
        ),
        migrations.AddConstraint(
            model_name='paymentschedule',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_schedule_amount_positive'),
        ),
        migrations.AddIndex(
            model_name='paymentscheduleitem',
            index=models.Index(fields=['company', 'obligation'], name='payment_schedule_item_owed'),
        ),
        migrations.AddConstraint(
            model_name='paymentscheduleitem',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payment_schedule_item_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentscheduleitem',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payment_schedule_item_company'),
        ),
        migrations.AddConstraint(
            model_name='paymentscheduleitem',
            constraint=batconnect.core.database.constraints.SameCompany(field='schedule', name='payment_schedule_item_schedule_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentscheduleitem',
            constraint=batconnect.core.database.constraints.SameCompany(field='obligation', name='payment_schedule_item_obligation_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentscheduleitem',
            constraint=models.UniqueConstraint(fields=('company', 'schedule', 'obligation'), name='payment_schedule_item_once'),
        ),
        migrations.AddConstraint(
            model_name='paymentscheduleitem',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_schedule_item_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='renewalcase',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='renewal_case_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='renewalcase',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='renewal_case_company'),
        ),
        migrations.AddConstraint(
            model_name='renewalcase',
            constraint=batconnect.core.database.constraints.SameCompany(field='case', name='renewal_case_case_key'),
        ),
        migrations.AddConstraint(
            model_name='renewalcase',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='renewal_case_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='renewalcase',
            constraint=models.UniqueConstraint(fields=('company', 'case'), name='renewal_case_company_id'),
        ),
        migrations.AddConstraint(
            model_name='renewalcase',
            constraint=models.UniqueConstraint(fields=('company', 'policy_number'), name='renewal_case_policy'),
        ),
        migrations.AddConstraint(
            model_name='renewalcase',
            constraint=models.CheckConstraint(condition=models.Q(('premium__gt', 0)), name='renewal_case_premium_positive'),
        ),
        migrations.AddIndex(
            model_name='paymentreminder',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['company', 'due_at'], name='payment_reminder_outbox'),
        ),
        migrations.AddConstraint(
            model_name='paymentreminder',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payment_reminder_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentreminder',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payment_reminder_company'),
        ),
        migrations.AddConstraint(
            model_name='paymentreminder',
            constraint=batconnect.core.database.constraints.SameCompany(field='renewal_case', name='payment_reminder_renewal_case_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentreminder',
            constraint=models.UniqueConstraint(fields=('company', 'row_id', 'stage', 'due_date'), name='payment_reminder_once'),
        ),
        migrations.AddConstraint(
            model_name='paymentreminder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', False), ('state', 'sent')), models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', True)), _connector='OR'), name='payment_reminder_sent_at'),
        ),
        migrations.AddIndex(
            model_name='paymentplan',
            index=models.Index(fields=['company', 'renewal_case', 'id'], name='payment_plan_case'),
        ),
        migrations.AddIndex(
            model_name='paymentplan',
            index=models.Index(condition=models.Q(('status', 'defaulted')), fields=['company', 'id'], name='payment_plan_defaulted'),
        ),
        migrations.AddConstraint(
            model_name='paymentplan',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payment_plan_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentplan',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payment_plan_company'),
        ),
        migrations.AddConstraint(
            model_name='paymentplan',
            constraint=batconnect.core.database.constraints.SameCompany(field='renewal_case', name='payment_plan_renewal_case_key'),
        ),
        migrations.AddConstraint(
            model_name='paymentplan',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('company', 'renewal_case'), name='payment_plan_one_active'),
        ),
        migrations.AddConstraint(
            model_name='paymentplan',
            constraint=models.CheckConstraint(condition=models.Q(('installment_count__gte', 2), ('installment_count__lte', 12)), name='payment_plan_count'),
        ),
        migrations.AddConstraint(
            model_name='paymentplan',
            constraint=models.CheckConstraint(condition=models.Q(('frequency__in', ['weekly', 'monthly', 'quarterly'])), name='payment_plan_frequency'),
        ),
        migrations.AddConstraint(
            model_name='paymentplan',
            constraint=models.CheckConstraint(condition=models.Q(('total_amount__gt', 0)), name='payment_plan_total_positive'),
        ),
        migrations.AddConstraint(
            model_name='paymentplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_on__isnull', True), ('status', 'active')), models.Q(models.Q(('status', 'active'), _negated=True), ('ended_on__isnull', False)), _connector='OR'), name='payment_plan_ended_on'),
        ),
        migrations.AddIndex(
            model_name='customerpayment',
            index=models.Index(fields=['company', 'renewal_case', 'id'], name='customer_payment_case'),
        ),
        migrations.AddIndex(
            model_name='customerpayment',
            index=models.Index(condition=models.Q(('payment__isnull', False)), fields=['company', 'payment'], name='customer_payment_payment'),
        ),
        migrations.AddConstraint(
            model_name='customerpayment',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='customer_payment_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='customerpayment',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='customer_payment_company'),
        ),
        migrations.AddConstraint(
            model_name='customerpayment',
            constraint=batconnect.core.database.constraints.SameCompany(field='renewal_case', name='customer_payment_renewal_case_key'),
        ),
        migrations.AddConstraint(
            model_name='customerpayment',
            constraint=batconnect.core.database.constraints.SameCompany(field='payment', name='customer_payment_payment_key'),
        ),
        migrations.AddConstraint(
            model_name='customerpayment',
            constraint=outstanding.sequence.IdSequence(name='customer_payment_ids'),
        ),
        migrations.AddConstraint(
            model_name='customerpayment',
            constraint=models.UniqueConstraint(fields=('company', 'transaction_id'), name='customer_payment_transaction'),
        ),
        migrations.AddConstraint(
            model_name='customerpayment',
            constraint=models.CheckConstraint(condition=models.Q(('transaction_id__regex', '^TXN_[0-9A-F]{12}$')), name='customer_payment_transaction_form'),
        ),
        migrations.AddConstraint(
            model_name='customerpayment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='customer_payment_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='customerpayment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('payment__isnull', False), ('settled_amount__gt', 0), ('settled_amount__isnull', False), ('status', 'completed')), models.Q(models.Q(('status', 'completed'), _negated=True), ('payment__isnull', True), ('settled_amount__isnull', True)), _connector='OR'), name='customer_payment_completed_has_payment'),
        ),
        migrations.AddConstraint(
            model_name='customerpayment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_on__isnull', True), ('status__in', ['initiated', 'processing'])), models.Q(('finished_on__isnull', False), ('status__in', ['completed', 'failed', 'cancelled'])), _connector='OR'), name='customer_payment_finished_on'),
        ),
        migrations.AddConstraint(
            model_name='customerinstallment',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='customer_installment_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='customerinstallment',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='customer_installment_company'),
        ),
        migrations.AddConstraint(
            model_name='customerinstallment',
            constraint=batconnect.core.database.constraints.SameCompany(field='renewal_case', name='customer_installment_renewal_case_key'),
        ),
        migrations.AddConstraint(
            model_name='customerinstallment',
            constraint=batconnect.core.database.constraints.SameCompany(field='obligation', name='customer_installment_obligation_key'),
        ),
        migrations.AddConstraint(
            model_name='customerinstallment',
            constraint=outstanding.sequence.IdSequence(name='outstanding_row_ids'),
        ),
        migrations.AddConstraint(
            model_name='customerinstallment',
            constraint=models.UniqueConstraint(fields=('company', 'obligation'), name='customer_installment_obligation'),
        ),
        migrations.AddConstraint(
            model_name='customerinstallment',
            constraint=models.UniqueConstraint(fields=('company', 'renewal_case', 'period'), name='customer_installment_period'),
        ),
        migrations.AddConstraint(
            model_name='customerinstallment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='customer_installment_amount_positive'),
        ),
    ]
