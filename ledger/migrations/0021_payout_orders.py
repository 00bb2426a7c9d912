"""Orders of courts and tax authorities on payouts, and what payouts keep for them."""
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
        ('core', '0006_outgoing_mail'),
        ('directory', '0004_outgoing_mail'),
        ('ledger', '0020_payouts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PayoutOrder',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('court', 'Court'), ('tax', 'Tax authority')], max_length=5)),
                ('creditor', models.CharField(help_text='To whom it is owed.', max_length=80)),
                ('creditor_code', models.CharField(help_text="Names the creditor's account in the chart.", max_length=20)),
                ('reference', models.CharField(help_text='The number of the order.', max_length=60)),
                ('rank', models.PositiveSmallIntegerField(help_text='1 takes first.')),
                ('amount', batconnect.core.kernel.money.MoneyField(help_text='Of each payout.', null=True)),
                ('percent', models.DecimalField(decimal_places=2, help_text='Of each payout.', max_digits=5, null=True)),
                ('total', batconnect.core.kernel.money.MoneyField(help_text='When so much is kept, nothing more is; empty: until it ends.', null=True)),
                ('currency', models.CharField(max_length=3)),
                ('from_on', models.DateField(verbose_name='from')),
                ('until_on', models.DateField(null=True, verbose_name='until')),
                ('status', models.CharField(choices=[('proposed', 'Proposed'), ('confirmed', 'Confirmed'), ('rejected', 'Turned down'), ('ended', 'Ended')], default='proposed', max_length=9)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('proposed_by', models.CharField(max_length=150)),
                ('proposed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('decided_by', models.CharField(blank=True, max_length=150)),
                ('decided_at', models.DateTimeField(null=True)),
                ('ended_by', models.CharField(blank=True, max_length=150)),
                ('ended_at', models.DateTimeField(null=True)),
                ('end_reason', models.CharField(blank=True, max_length=500)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('decider', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'payout_orders',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='PayoutDeduction',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('item', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='deductions', to='ledger.payoutitem')),
                ('order', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='deductions', to='ledger.payoutorder')),
            ],
            options={
                'db_table': 'payout_deductions',
                'ordering': ('id',),
            },
        ),
        migrations.AddIndex(
            model_name='payoutorder',
            index=models.Index(fields=['company', 'customer', 'id'], name='payout_order_customer'),
        ),
        migrations.AddConstraint(
            model_name='payoutorder',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payout_order_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutorder',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payout_order_company'),
        ),
        migrations.AddConstraint(
            model_name='payoutorder',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='payout_order_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutorder',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'confirmed')), fields=('company', 'customer', 'rank'), name='payout_order_rank_once'),
        ),
        migrations.AddConstraint(
            model_name='payoutorder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('percent__isnull', True)), models.Q(('amount__isnull', True), ('percent__gt', 0), ('percent__lte', 100)), _connector='OR'), name='payout_order_takes_something'),
        ),
        migrations.AddConstraint(
            model_name='payoutorder',
            constraint=models.CheckConstraint(condition=models.Q(('total__isnull', True), ('total__gt', 0), _connector='OR'), name='payout_order_total_positive'),
        ),
        migrations.AddConstraint(
            model_name='payoutorder',
            constraint=models.CheckConstraint(condition=models.Q(('rank__gte', 1), ('rank__lte', 99), models.Q(('until_on__isnull', True), ('until_on__gte', models.F('from_on')), _connector='OR')), name='payout_order_days'),
        ),
        migrations.AddConstraint(
            model_name='payoutorder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('status', 'proposed')), models.Q(models.Q(('status', 'proposed'), _negated=True), ('decided_at__isnull', False), ('decider__isnull', False), models.Q(('proposer__isnull', True), models.Q(('decider', models.F('proposer')), _negated=True), _connector='OR')), _connector='OR'), name='payout_order_second_person'),
        ),
        migrations.AddConstraint(
            model_name='payoutorder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('status', 'ended')), models.Q(models.Q(('status', 'ended'), _negated=True), ('ended_at__isnull', True)), _connector='OR'), name='payout_order_ended_at'),
        ),
        migrations.AddConstraint(
            model_name='payoutorder',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, customer_id, kind, creditor, creditor_code, reference, rank, amount, percent, total, currency, from_on, until_on, note, proposer_id, proposed_by, proposed_at', name='payout_order_fixed'),
        ),
        migrations.AddConstraint(
            model_name='payoutorder',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'what was entered is kept' using errcode = 'restrict_violation';", event='before delete', name='payout_order_kept', truncate=True),
        ),
        migrations.AddIndex(
            model_name='payoutdeduction',
            index=models.Index(fields=['company', 'order', 'id'], name='payout_deduction_order'),
        ),
        migrations.AddConstraint(
            model_name='payoutdeduction',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='payout_deduction_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutdeduction',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='payout_deduction_company'),
        ),
        migrations.AddConstraint(
            model_name='payoutdeduction',
            constraint=batconnect.core.database.constraints.SameCompany(field='item', name='payout_deduction_item_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutdeduction',
            constraint=batconnect.core.database.constraints.SameCompany(field='order', name='payout_deduction_order_key'),
        ),
        migrations.AddConstraint(
            model_name='payoutdeduction',
            constraint=models.UniqueConstraint(fields=('company', 'item', 'order'), name='payout_deduction_once'),
        ),
        migrations.AddConstraint(
            model_name='payoutdeduction',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payout_deduction_positive'),
        ),
        migrations.AddConstraint(
            model_name='payoutdeduction',
            constraint=batconnect.core.database.constraints.AppendOnly(name='payout_deduction_append_only'),
        ),
    ]
