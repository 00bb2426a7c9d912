"""What leases cost, from which day; a primary driver may be replaced on the very first day."""

import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.money
import datetime
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import pghistory.utils
from decimal import Decimal
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_rules_on_library_tables'),
        ('directory', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='LeaseRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_on', models.DateField(help_text='The first day that costs this much.', verbose_name='from')),
                ('weekly_amount', batconnect.core.kernel.money.MoneyField(validators=[django.core.validators.MinValueValidator(Decimal('0'))])),
                ('entered_by', models.CharField(blank=True, help_text='Who entered it; empty: it came with the lease.', max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('lease', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='rates', to='directory.lease')),
            ],
            options={
                'db_table': 'lease_rates',
                'ordering': ('lease', 'from_on'),
            },
        ),
        migrations.CreateModel(
            name='LeaseRateHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('from_on', models.DateField(help_text='The first day that costs this much.', verbose_name='from')),
                ('weekly_amount', batconnect.core.kernel.money.MoneyField(validators=[django.core.validators.MinValueValidator(Decimal('0'))])),
                ('entered_by', models.CharField(blank=True, help_text='Who entered it; empty: it came with the lease.', max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.company')),
                ('lease', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='directory.lease')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='directory.leaserate')),
            ],
            options={
                'verbose_name': 'history of lease rates',
                'db_table': 'lease_rates_history',
                'ordering': ('-pgh_id',),
                'abstract': False,
                'indexes': [models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='lease_rate_history_row')],
            },
        ),
        migrations.RemoveConstraint(
            model_name='leasedriver',
            name='lease_driver_one_primary',
        ),
        migrations.RemoveConstraint(
            model_name='leasedriver',
            name='lease_driver_ends_after_start',
        ),
        migrations.AlterField(
            model_name='lease',
            name='weekly_amount',
            field=batconnect.core.kernel.money.MoneyField(help_text='A week, by the latest rate of the lease.', validators=[django.core.validators.MinValueValidator(Decimal('0'))]),
        ),
        migrations.AlterField(
            model_name='leasehistory',
            name='weekly_amount',
            field=batconnect.core.kernel.money.MoneyField(help_text='A week, by the latest rate of the lease.', validators=[django.core.validators.MinValueValidator(Decimal('0'))]),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="insert into lease_rates (company_id, lease_id, from_on, weekly_amount, entered_by) values (new.company_id, new.id, new.started_on, new.weekly_amount, ''); return null;", event='after insert', name='lease_first_rate'),
        ),
        migrations.AddConstraint(
            model_name='leasedriver',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="if new.role = 'Primary' and new.until_on >= new.from_on is not false then perform 1 from leases where company_id = new.company_id and id = new.lease_id for update; if exists (select 1 from lease_drivers other where other.company_id = new.company_id and other.lease_id = new.lease_id and other.role = 'Primary' and other.id <> new.id and other.until_on >= other.from_on is not false and daterange(other.from_on, other.until_on, '[]') && daterange(new.from_on, new.until_on, '[]')) then raise exception 'lease % has a primary driver in that time', new.lease_id using errcode = 'exclusion_violation', constraint = 'lease_driver_one_primary'; end if; end if; return new;", event='before insert or update', name='lease_driver_one_primary'),
        ),
        AddConstraintNotValid(
            model_name='leasedriver',
            constraint=models.CheckConstraint(condition=models.Q(('until_on__isnull', True), ('until_on__gte', models.F('from_on')), models.Q(('role', 'Primary'), ('until_on', django.db.models.expressions.CombinedExpression(models.F('from_on'), '-', models.Value(datetime.timedelta(days=1))))), _connector='OR'), name='lease_driver_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='leaserate',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='lease_rate_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='leaserate',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='lease_rate_company'),
        ),
        migrations.AddConstraint(
            model_name='leaserate',
            constraint=batconnect.core.database.constraints.SameCompany(field='lease', name='lease_rate_lease_key'),
        ),
        migrations.AddConstraint(
            model_name='leaserate',
            constraint=models.UniqueConstraint(fields=('company', 'lease', 'from_on'), name='lease_rate_once'),
        ),
        migrations.AddConstraint(
            model_name='leaserate',
            constraint=models.CheckConstraint(condition=models.Q(('weekly_amount__gte', 0)), name='lease_rate_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='leaserate',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body='if tg_op = \'DELETE\' then here := old; else here := new; end if; if tg_op = \'UPDATE\' and old is not distinct from new then return null; end if; insert into "lease_rates_history" ("id", "company_id", "lease_id", "from_on", "weekly_amount", "entered_by", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) values (here."id", here."company_id", here."lease_id", here."from_on", here."weekly_amount", here."entered_by", here."created_at", now(), lower(tg_op), here."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb); return null;', declare='here record;', event='after insert or update or delete', name='lease_rate_history_kept'),
        ),
        migrations.AddConstraint(
            model_name='leaseratehistory',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'pgh_id'), name='lease_rate_history_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='leaseratehistory',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='lease_rate_history_company'),
        ),
        migrations.AddConstraint(
            model_name='leaseratehistory',
            constraint=batconnect.core.database.constraints.AppendOnly(name='lease_rate_history_append_only'),
        ),
        migrations.AddConstraint(
            model_name='leaseratehistory',
            constraint=batconnect.core.database.constraints.WrittenByTriggers(name='lease_rate_history_by_trigger'),
        ),
    ]
