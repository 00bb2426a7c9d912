import batconnect.core.constraints
import batconnect.core.ids
import batconnect.core.money
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        # Nothing here needs these. Each of their steps renders every model related to users anew,
        # so they are cheap only while there are few.
        ('admin', '0003_logentry_add_action_flag_choices'),
        ('axes', '0010_accessattemptexpiration'),
        ('django_celery_beat', '0019_alter_periodictasks_options'),
        ('otp_static', '0003_add_timestamps'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('sessions', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('address', models.TextField(blank=True)),
                ('external_reference', models.CharField(blank=True, help_text="The customer's number in another system; unique if given.", max_length=60, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'customers',
                'ordering': ('name', 'id'),
                'indexes': [models.Index(fields=['company', 'name'], name='customer_name')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='customer_company'), models.UniqueConstraint(fields=('company', 'external_reference'), name='customer_external_reference'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='customer_has_name')],
            },
        ),
        migrations.CreateModel(
            name='CustomerHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('address', models.TextField(blank=True)),
                ('external_reference', models.CharField(blank=True, help_text="The customer's number in another system; unique if given.", max_length=60, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.company')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='directory.customer')),
            ],
            options={
                'verbose_name': 'history of customers',
                'db_table': 'customers_history',
                'ordering': ('-pgh_id',),
                'abstract': False,
                'indexes': [models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='customer_history_row')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='customer_history_company'), batconnect.core.constraints.AppendOnly(name='customer_history_append_only')],
            },
        ),
        migrations.CreateModel(
            name='Driver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('driver_id', models.CharField(help_text='The number people use: DRV-101.', max_length=20)),
                ('tlc_license', models.CharField(max_length=20, verbose_name='TLC licence')),
                ('status', models.CharField(choices=[('Active', 'Active'), ('Inactive', 'Inactive')], default='Active', max_length=10)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='drivers', to='directory.customer')),
            ],
            options={
                'db_table': 'drivers',
                'ordering': ('driver_id',),
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='driver_company'), batconnect.core.constraints.SameCompany(field='customer', name='driver_customer_key'), models.UniqueConstraint(fields=('company', 'customer'), name='driver_one_per_customer'), models.UniqueConstraint(fields=('company', 'driver_id'), name='driver_number'), models.UniqueConstraint(fields=('company', 'tlc_license'), name='driver_tlc_license')],
            },
        ),
        migrations.CreateModel(
            name='DriverHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('driver_id', models.CharField(help_text='The number people use: DRV-101.', max_length=20)),
                ('tlc_license', models.CharField(max_length=20, verbose_name='TLC licence')),
                ('status', models.CharField(choices=[('Active', 'Active'), ('Inactive', 'Inactive')], default='Active', max_length=10)),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.company')),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='directory.customer')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='directory.driver')),
            ],
            options={
                'verbose_name': 'history of drivers',
                'db_table': 'drivers_history',
                'ordering': ('-pgh_id',),
                'abstract': False,
                'indexes': [models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='driver_history_row')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='driver_history_company'), batconnect.core.constraints.AppendOnly(name='driver_history_append_only')],
            },
        ),
        migrations.CreateModel(
            name='Lease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lease_id', models.CharField(help_text='The number people use: LS-2054.', max_length=20, verbose_name='lease')),
                ('lease_type', models.CharField(choices=[('Long term', 'Long term'), ('Short term', 'Short term'), ('Medallion only', 'Medallion only')], default='Long term', max_length=20)),
                ('weekly_amount', batconnect.core.money.MoneyField(validators=[django.core.validators.MinValueValidator(Decimal('0'))])),
                ('status', models.CharField(choices=[('Active', 'Active'), ('Ended', 'Ended')], default='Active', max_length=10)),
                ('started_on', models.DateField()),
                ('ended_on', models.DateField(blank=True, help_text='The last day of the lease.', null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'leases',
                'ordering': ('lease_id',),
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='lease_company'), models.UniqueConstraint(fields=('company', 'lease_id'), name='lease_number'), models.CheckConstraint(condition=models.Q(('weekly_amount__gte', 0)), name='lease_weekly_amount_not_negative'), models.CheckConstraint(condition=models.Q(('ended_on__isnull', True), ('ended_on__gte', models.F('started_on')), _connector='OR'), name='lease_ends_after_start'), models.CheckConstraint(condition=models.Q(('status', 'Active'), ('ended_on__isnull', False), _connector='OR'), name='lease_ended_has_last_day')],
            },
        ),
        migrations.CreateModel(
            name='LeaseDriver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('Primary', 'Primary'), ('Additional', 'Additional')], default='Primary', max_length=10)),
                ('from_on', models.DateField(verbose_name='from')),
                ('until_on', models.DateField(blank=True, help_text='The last day; empty while it lasts.', null=True, verbose_name='until')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('driver', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lease_drivers', to='directory.driver')),
                ('lease', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lease_drivers', to='directory.lease')),
            ],
            options={
                'db_table': 'lease_drivers',
                'indexes': [models.Index(fields=['company', 'driver'], name='lease_driver_driver')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='lease_driver_company'), batconnect.core.constraints.SameCompany(field='lease', name='lease_driver_lease_key'), batconnect.core.constraints.SameCompany(field='driver', name='lease_driver_driver_key'), batconnect.core.constraints.Trigger(after_table='for each row', body="if new.role = 'Primary' then perform 1 from leases where company_id = new.company_id and id = new.lease_id for update; if exists (select 1 from lease_drivers other where other.company_id = new.company_id and other.lease_id = new.lease_id and other.role = 'Primary' and other.id <> new.id and daterange(other.from_on, other.until_on, '[]') && daterange(new.from_on, new.until_on, '[]')) then raise exception 'lease % has a primary driver in that time', new.lease_id using errcode = 'exclusion_violation', constraint = 'lease_driver_one_primary'; end if; end if; return new;", event='before insert or update', name='lease_driver_one_primary'), models.UniqueConstraint(condition=models.Q(('role', 'Primary'), ('until_on__isnull', True)), fields=('company', 'lease'), name='lease_driver_one_current_primary'), models.UniqueConstraint(fields=('company', 'lease', 'driver', 'from_on'), name='lease_driver_once'), models.CheckConstraint(condition=models.Q(('until_on__isnull', True), ('until_on__gte', models.F('from_on')), _connector='OR'), name='lease_driver_ends_after_start')],
            },
        ),
        migrations.CreateModel(
            name='LeaseDriverHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('role', models.CharField(choices=[('Primary', 'Primary'), ('Additional', 'Additional')], default='Primary', max_length=10)),
                ('from_on', models.DateField(verbose_name='from')),
                ('until_on', models.DateField(blank=True, help_text='The last day; empty while it lasts.', null=True, verbose_name='until')),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.company')),
                ('driver', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='directory.driver')),
                ('lease', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='directory.lease')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='directory.leasedriver')),
            ],
            options={
                'verbose_name': 'history of lease drivers',
                'db_table': 'lease_drivers_history',
                'ordering': ('-pgh_id',),
                'abstract': False,
                'indexes': [models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='lease_driver_history_row')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='lease_driver_history_company'), batconnect.core.constraints.AppendOnly(name='lease_driver_history_append_only')],
            },
        ),
        migrations.CreateModel(
            name='Medallion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('medallion_no', models.CharField(max_length=10, verbose_name='medallion')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'medallions',
                'ordering': ('medallion_no',),
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='medallion_company'), models.UniqueConstraint(fields=('company', 'medallion_no'), name='medallion_number')],
            },
        ),
        migrations.AddField(
            model_name='lease',
            name='medallion',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.medallion'),
        ),
        migrations.CreateModel(
            name='MedallionHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('medallion_no', models.CharField(max_length=10, verbose_name='medallion')),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.company')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='directory.medallion')),
            ],
            options={
                'verbose_name': 'history of medallions',
                'db_table': 'medallions_history',
                'ordering': ('-pgh_id',),
                'abstract': False,
                'indexes': [models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='medallion_history_row')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='medallion_history_company'), batconnect.core.constraints.AppendOnly(name='medallion_history_append_only')],
            },
        ),
        migrations.CreateModel(
            name='Vehicle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('plate_no', models.CharField(max_length=12, verbose_name='plate')),
                ('vin', models.CharField(max_length=17, verbose_name='VIN')),
                ('make', models.CharField(blank=True, max_length=40)),
                ('model', models.CharField(blank=True, max_length=40)),
                ('year', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'vehicles',
                'ordering': ('plate_no',),
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='vehicle_company'), models.UniqueConstraint(fields=('company', 'vin'), name='vehicle_vin'), models.UniqueConstraint(fields=('company', 'plate_no'), name='vehicle_plate')],
            },
        ),
        migrations.CreateModel(
            name='LeaseHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('lease_id', models.CharField(help_text='The number people use: LS-2054.', max_length=20, verbose_name='lease')),
                ('lease_type', models.CharField(choices=[('Long term', 'Long term'), ('Short term', 'Short term'), ('Medallion only', 'Medallion only')], default='Long term', max_length=20)),
                ('weekly_amount', batconnect.core.money.MoneyField(validators=[django.core.validators.MinValueValidator(Decimal('0'))])),
                ('status', models.CharField(choices=[('Active', 'Active'), ('Ended', 'Ended')], default='Active', max_length=10)),
                ('started_on', models.DateField()),
                ('ended_on', models.DateField(blank=True, help_text='The last day of the lease.', null=True)),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.company')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='directory.lease')),
                ('medallion', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='directory.medallion')),
                ('vehicle', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='directory.vehicle')),
            ],
            options={
                'verbose_name': 'history of leases',
                'db_table': 'leases_history',
                'ordering': ('-pgh_id',),
                'abstract': False,
                'indexes': [models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='lease_history_row')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='lease_history_company'), batconnect.core.constraints.AppendOnly(name='lease_history_append_only')],
            },
        ),
        migrations.AddField(
            model_name='lease',
            name='vehicle',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.vehicle'),
        ),
        migrations.CreateModel(
            name='VehicleHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('plate_no', models.CharField(max_length=12, verbose_name='plate')),
                ('vin', models.CharField(max_length=17, verbose_name='VIN')),
                ('make', models.CharField(blank=True, max_length=40)),
                ('model', models.CharField(blank=True, max_length=40)),
                ('year', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.company')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='directory.vehicle')),
            ],
            options={
                'verbose_name': 'history of vehicles',
                'db_table': 'vehicles_history',
                'ordering': ('-pgh_id',),
                'abstract': False,
                'indexes': [models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='vehicle_history_row')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='vehicle_history_company'), batconnect.core.constraints.AppendOnly(name='vehicle_history_append_only')],
            },
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='customer_company_id'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "customers_history" ("address", "company_id", "created_at", "email", "external_reference", "id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone") VALUES (NEW."address", NEW."company_id", NEW."created_at", NEW."email", NEW."external_reference", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."phone"); RETURN NULL;', hash='7a05ecfc9432fe937b748610f2ca4c787335ab07', operation='INSERT', pgid='pgtrigger_insert_insert_77ef2', table='customers', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "customers_history" ("address", "company_id", "created_at", "email", "external_reference", "id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone") VALUES (NEW."address", NEW."company_id", NEW."created_at", NEW."email", NEW."external_reference", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."phone"); RETURN NULL;', hash='15d916388c724126cd2d5ecb813d5ae201301f6a', operation='UPDATE', pgid='pgtrigger_update_update_62f3c', table='customers', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "customers_history" ("address", "company_id", "created_at", "email", "external_reference", "id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone") VALUES (OLD."address", OLD."company_id", OLD."created_at", OLD."email", OLD."external_reference", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."phone"); RETURN NULL;', hash='51cc0f4315a0ed0c69309b5715840d65715672fc', operation='DELETE', pgid='pgtrigger_delete_delete_950e5', table='customers', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='driver',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='driver_company_id'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='driver',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "drivers_history" ("company_id", "customer_id", "driver_id", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "status", "tlc_license") VALUES (NEW."company_id", NEW."customer_id", NEW."driver_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."status", NEW."tlc_license"); RETURN NULL;', hash='c72cec5365d949dbd3270b510d0e4fe788256be3', operation='INSERT', pgid='pgtrigger_insert_insert_bbfb0', table='drivers', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='driver',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "drivers_history" ("company_id", "customer_id", "driver_id", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "status", "tlc_license") VALUES (NEW."company_id", NEW."customer_id", NEW."driver_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."status", NEW."tlc_license"); RETURN NULL;', hash='345dfff5f797294b7fee227bc3df342ec5c8902c', operation='UPDATE', pgid='pgtrigger_update_update_dec4c', table='drivers', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='driver',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "drivers_history" ("company_id", "customer_id", "driver_id", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "status", "tlc_license") VALUES (OLD."company_id", OLD."customer_id", OLD."driver_id", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."status", OLD."tlc_license"); RETURN NULL;', hash='32205aa4f23ba105e6d5c2afbab41ebeb9f4efaf', operation='DELETE', pgid='pgtrigger_delete_delete_8f0e6', table='drivers', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='leasedriver',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "lease_drivers_history" ("company_id", "driver_id", "from_on", "id", "lease_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "until_on") VALUES (NEW."company_id", NEW."driver_id", NEW."from_on", NEW."id", NEW."lease_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."role", NEW."until_on"); RETURN NULL;', hash='2d053b8ec5f00712f61570d597b1ed1a277f30ee', operation='INSERT', pgid='pgtrigger_insert_insert_e0140', table='lease_drivers', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='leasedriver',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "lease_drivers_history" ("company_id", "driver_id", "from_on", "id", "lease_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "until_on") VALUES (NEW."company_id", NEW."driver_id", NEW."from_on", NEW."id", NEW."lease_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."role", NEW."until_on"); RETURN NULL;', hash='8f19cdcf6d3256ac12db00b47c3247c1de4704c3', operation='UPDATE', pgid='pgtrigger_update_update_06b59', table='lease_drivers', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='leasedriver',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "lease_drivers_history" ("company_id", "driver_id", "from_on", "id", "lease_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "until_on") VALUES (OLD."company_id", OLD."driver_id", OLD."from_on", OLD."id", OLD."lease_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."role", OLD."until_on"); RETURN NULL;', hash='fff2e83d9263bf0d62005c9073c7c9b957d3794d', operation='DELETE', pgid='pgtrigger_delete_delete_e7bc6', table='lease_drivers', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='medallion',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='medallion_company_id'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='medallion',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "medallions_history" ("company_id", "id", "medallion_no", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."company_id", NEW."id", NEW."medallion_no", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='b5ce2856f3ff26e4f9d81321f3031ad58f350127', operation='INSERT', pgid='pgtrigger_insert_insert_8320b', table='medallions', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='medallion',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "medallions_history" ("company_id", "id", "medallion_no", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."company_id", NEW."id", NEW."medallion_no", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id"); RETURN NULL;', hash='2fdc3ac5fa09d007939e094af6c9688d1edd0948', operation='UPDATE', pgid='pgtrigger_update_update_3f59c', table='medallions', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='medallion',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "medallions_history" ("company_id", "id", "medallion_no", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."company_id", OLD."id", OLD."medallion_no", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='2858530b636a0c0ba6bfbd54e563c066c0a33c6e', operation='DELETE', pgid='pgtrigger_delete_delete_83ea4', table='medallions', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='vehicle',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='vehicle_company_id'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='vehicle',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "vehicles_history" ("company_id", "id", "make", "model", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "plate_no", "vin", "year") VALUES (NEW."company_id", NEW."id", NEW."make", NEW."model", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."plate_no", NEW."vin", NEW."year"); RETURN NULL;', hash='f8067d10ddecf101f77693b12e4984ee800b5c47', operation='INSERT', pgid='pgtrigger_insert_insert_f9991', table='vehicles', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='vehicle',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "vehicles_history" ("company_id", "id", "make", "model", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "plate_no", "vin", "year") VALUES (NEW."company_id", NEW."id", NEW."make", NEW."model", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."plate_no", NEW."vin", NEW."year"); RETURN NULL;', hash='dc9fa3dc046d5ca52c61d7de9045a07e7c4181f3', operation='UPDATE', pgid='pgtrigger_update_update_ffd62', table='vehicles', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='vehicle',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "vehicles_history" ("company_id", "id", "make", "model", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "plate_no", "vin", "year") VALUES (OLD."company_id", OLD."id", OLD."make", OLD."model", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."plate_no", OLD."vin", OLD."year"); RETURN NULL;', hash='bd0d5d72f7f2abb0e296b143de5e336388ae3e90', operation='DELETE', pgid='pgtrigger_delete_delete_e671b', table='vehicles', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='lease',
            index=models.Index(fields=['company', 'vehicle'], name='lease_vehicle'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=batconnect.core.constraints.SameCompany(field='medallion', name='lease_medallion_key'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=batconnect.core.constraints.SameCompany(field='vehicle', name='lease_vehicle_key'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='lease_company_id'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'Active')), fields=('company', 'medallion'), name='lease_one_active_per_medallion'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='lease',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "leases_history" ("company_id", "ended_on", "id", "lease_id", "lease_type", "medallion_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_on", "status", "vehicle_id", "weekly_amount") VALUES (NEW."company_id", NEW."ended_on", NEW."id", NEW."lease_id", NEW."lease_type", NEW."medallion_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."started_on", NEW."status", NEW."vehicle_id", NEW."weekly_amount"); RETURN NULL;', hash='f716901b7bfd3820734d4dd084cdca29add46486', operation='INSERT', pgid='pgtrigger_insert_insert_f791b', table='leases', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='lease',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "leases_history" ("company_id", "ended_on", "id", "lease_id", "lease_type", "medallion_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_on", "status", "vehicle_id", "weekly_amount") VALUES (NEW."company_id", NEW."ended_on", NEW."id", NEW."lease_id", NEW."lease_type", NEW."medallion_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."started_on", NEW."status", NEW."vehicle_id", NEW."weekly_amount"); RETURN NULL;', hash='b95b683ca7891cb7fd465db363feac45d7d9db0d', operation='UPDATE', pgid='pgtrigger_update_update_52f73', table='leases', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='lease',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "leases_history" ("company_id", "ended_on", "id", "lease_id", "lease_type", "medallion_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_on", "status", "vehicle_id", "weekly_amount") VALUES (OLD."company_id", OLD."ended_on", OLD."id", OLD."lease_id", OLD."lease_type", OLD."medallion_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."started_on", OLD."status", OLD."vehicle_id", OLD."weekly_amount"); RETURN NULL;', hash='43e09a967f31686f16463072bc21e9c0d9b2e813', operation='DELETE', pgid='pgtrigger_delete_delete_b8ff1', table='leases', when='AFTER')),
        ),
    ]
