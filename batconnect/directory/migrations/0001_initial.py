import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import batconnect.core.kernel.money
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import pghistory.utils
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
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
            },
        ),
        migrations.CreateModel(
            name='CustomerHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, serialize=False)),
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
            },
        ),
        migrations.CreateModel(
            name='Driver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('driver_id', models.CharField(help_text='The number people use: DRV-101.', max_length=20)),
                ('tlc_license', models.CharField(max_length=20, verbose_name='TLC license')),
                ('status', models.CharField(choices=[('Active', 'Active'), ('Inactive', 'Inactive')], default='Active', max_length=10)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='drivers', to='directory.customer')),
            ],
            options={
                'db_table': 'drivers',
                'ordering': ('driver_id',),
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
                ('tlc_license', models.CharField(max_length=20, verbose_name='TLC license')),
                ('status', models.CharField(choices=[('Active', 'Active'), ('Inactive', 'Inactive')], default='Active', max_length=10)),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.company')),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='directory.customer')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='directory.driver')),
            ],
            options={
                'verbose_name': 'history of drivers',
                'db_table': 'drivers_history',
                'ordering': ('-pgh_id',),
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Lease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lease_id', models.CharField(help_text='The number people use: LS-2054.', max_length=20, verbose_name='lease')),
                ('lease_type', models.CharField(choices=[('Long term', 'Long term'), ('Short term', 'Short term'), ('Medallion only', 'Medallion only')], default='Long term', max_length=20)),
                ('weekly_amount', batconnect.core.kernel.money.MoneyField(validators=[django.core.validators.MinValueValidator(Decimal('0'))])),
                ('status', models.CharField(choices=[('Active', 'Active'), ('Ended', 'Ended')], default='Active', max_length=10)),
                ('started_on', models.DateField()),
                ('ended_on', models.DateField(blank=True, help_text='The last day of the lease.', null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'leases',
                'ordering': ('lease_id',),
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
                ('driver', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='lease_drivers', to='directory.driver')),
                ('lease', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='lease_drivers', to='directory.lease')),
            ],
            options={
                'db_table': 'lease_drivers',
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
                ('driver', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='directory.driver')),
                ('lease', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='directory.lease')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='directory.leasedriver')),
            ],
            options={
                'verbose_name': 'history of lease drivers',
                'db_table': 'lease_drivers_history',
                'ordering': ('-pgh_id',),
                'abstract': False,
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
            },
        ),
        migrations.AddField(
            model_name='lease',
            name='medallion',
            field=batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.medallion'),
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
            },
        ),
        migrations.CreateModel(
            name='SearchKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('target', models.CharField(help_text='The key of what is found.', max_length=40)),
                ('what', models.CharField(help_text='What of it: a plate, a VIN, a name.', max_length=30)),
                ('key', models.TextField()),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'search_keys',
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
                ('weekly_amount', batconnect.core.kernel.money.MoneyField(validators=[django.core.validators.MinValueValidator(Decimal('0'))])),
                ('status', models.CharField(choices=[('Active', 'Active'), ('Ended', 'Ended')], default='Active', max_length=10)),
                ('started_on', models.DateField()),
                ('ended_on', models.DateField(blank=True, help_text='The last day of the lease.', null=True)),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.company')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='directory.lease')),
                ('medallion', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='directory.medallion')),
                ('vehicle', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='directory.vehicle')),
            ],
            options={
                'verbose_name': 'history of leases',
                'db_table': 'leases_history',
                'ordering': ('-pgh_id',),
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='lease',
            name='vehicle',
            field=batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.vehicle'),
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
            },
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['company', 'name'], name='customer_name'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='customer_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='customer_company'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=batconnect.core.database.constraints.ReferencedFrom(column='customer_id', name='approval_customer_key', table='approvals'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=batconnect.core.database.constraints.ReferencedFrom(column='customer_id', name='limited_deed_customer_key', table='limited_deeds'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="if tg_op <> 'INSERT' then delete from search_keys where company_id = old.company_id and kind = 'customer' and target = old.id::text; end if; if tg_op <> 'DELETE' then insert into search_keys (company_id, kind, target, what, key) select new.company_id, 'customer', new.id::text, keys.what, keys.key from (select * from (values ('name', upper(translate(new.name, 'áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõøÓÒÔÖÕØúùûüÚÙÛÜñÑçÇ -_./\\,;:#()&''\t', 'aaaaaaAAAAAAeeeeEEEEiiiiIIIIooooooOOOOOOuuuuUUUUnNcC'))), ('external reference', upper(translate(new.external_reference, 'áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõøÓÒÔÖÕØúùûüÚÙÛÜñÑçÇ -_./\\,;:#()&''\t', 'aaaaaaAAAAAAeeeeEEEEiiiiIIIIooooooOOOOOOuuuuUUUUnNcC')))) v(what, key) union select 'name', upper(translate(word, 'áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõøÓÒÔÖÕØúùûüÚÙÛÜñÑçÇ -_./\\,;:#()&''\t', 'aaaaaaAAAAAAeeeeEEEEiiiiIIIIooooooOOOOOOuuuuUUUUnNcC')) from regexp_split_to_table(new.name, '[[:space:],./-]+') word) keys where keys.key <> '' on conflict do nothing; end if; return null;", event='after insert or update of name, external_reference or delete', name='customer_search_keys'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.UniqueConstraint(fields=('company', 'external_reference'), name='customer_external_reference'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='customer_has_name'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body='if tg_op = \'DELETE\' then here := old; else here := new; end if; if tg_op = \'UPDATE\' and old is not distinct from new then return null; end if; insert into "customers_history" ("company_id", "id", "name", "email", "phone", "address", "external_reference", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) values (here."company_id", here."id", here."name", here."email", here."phone", here."address", here."external_reference", here."created_at", now(), lower(tg_op), here."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb); return null;', declare='here record;', event='after insert or update or delete', name='customer_history_kept'),
        ),
        migrations.AddIndex(
            model_name='customerhistory',
            index=models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='customer_history_row'),
        ),
        migrations.AddConstraint(
            model_name='customerhistory',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'pgh_id'), name='customer_history_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='customerhistory',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='customer_history_company'),
        ),
        migrations.AddConstraint(
            model_name='customerhistory',
            constraint=batconnect.core.database.constraints.AppendOnly(name='customer_history_append_only'),
        ),
        migrations.AddConstraint(
            model_name='customerhistory',
            constraint=batconnect.core.database.constraints.WrittenByTriggers(name='customer_history_by_trigger'),
        ),
        migrations.AddConstraint(
            model_name='driver',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='driver_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='driver',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='driver_company'),
        ),
        migrations.AddConstraint(
            model_name='driver',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='driver_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='driver',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="if tg_op <> 'INSERT' then delete from search_keys where company_id = old.company_id and kind = 'driver' and target = old.id::text; end if; if tg_op <> 'DELETE' then insert into search_keys (company_id, kind, target, what, key) select new.company_id, 'driver', new.id::text, keys.what, keys.key from (select * from (values ('driver', upper(translate(new.driver_id, 'áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõøÓÒÔÖÕØúùûüÚÙÛÜñÑçÇ -_./\\,;:#()&''\t', 'aaaaaaAAAAAAeeeeEEEEiiiiIIIIooooooOOOOOOuuuuUUUUnNcC'))), ('TLC license', upper(translate(new.tlc_license, 'áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõøÓÒÔÖÕØúùûüÚÙÛÜñÑçÇ -_./\\,;:#()&''\t', 'aaaaaaAAAAAAeeeeEEEEiiiiIIIIooooooOOOOOOuuuuUUUUnNcC')))) v(what, key)) keys where keys.key <> '' on conflict do nothing; end if; return null;", event='after insert or update of driver_id, tlc_license or delete', name='driver_search_keys'),
        ),
        migrations.AddConstraint(
            model_name='driver',
            constraint=models.UniqueConstraint(fields=('company', 'customer'), name='driver_one_per_customer'),
        ),
        migrations.AddConstraint(
            model_name='driver',
            constraint=models.UniqueConstraint(fields=('company', 'driver_id'), name='driver_number'),
        ),
        migrations.AddConstraint(
            model_name='driver',
            constraint=models.UniqueConstraint(fields=('company', 'tlc_license'), name='driver_tlc_license'),
        ),
        migrations.AddConstraint(
            model_name='driver',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body='if tg_op = \'DELETE\' then here := old; else here := new; end if; if tg_op = \'UPDATE\' and old is not distinct from new then return null; end if; insert into "drivers_history" ("id", "company_id", "customer_id", "driver_id", "tlc_license", "status", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) values (here."id", here."company_id", here."customer_id", here."driver_id", here."tlc_license", here."status", now(), lower(tg_op), here."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb); return null;', declare='here record;', event='after insert or update or delete', name='driver_history_kept'),
        ),
        migrations.AddIndex(
            model_name='driverhistory',
            index=models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='driver_history_row'),
        ),
        migrations.AddConstraint(
            model_name='driverhistory',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'pgh_id'), name='driver_history_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='driverhistory',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='driver_history_company'),
        ),
        migrations.AddConstraint(
            model_name='driverhistory',
            constraint=batconnect.core.database.constraints.AppendOnly(name='driver_history_append_only'),
        ),
        migrations.AddConstraint(
            model_name='driverhistory',
            constraint=batconnect.core.database.constraints.WrittenByTriggers(name='driver_history_by_trigger'),
        ),
        migrations.AddIndex(
            model_name='leasedriver',
            index=models.Index(fields=['company', 'driver'], name='lease_driver_driver'),
        ),
        migrations.AddConstraint(
            model_name='leasedriver',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='lease_driver_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='leasedriver',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='lease_driver_company'),
        ),
        migrations.AddConstraint(
            model_name='leasedriver',
            constraint=batconnect.core.database.constraints.SameCompany(field='lease', name='lease_driver_lease_key'),
        ),
        migrations.AddConstraint(
            model_name='leasedriver',
            constraint=batconnect.core.database.constraints.SameCompany(field='driver', name='lease_driver_driver_key'),
        ),
        migrations.AddConstraint(
            model_name='leasedriver',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="if new.role = 'Primary' and new.until_on >= new.from_on is not false then perform 1 from leases where company_id = new.company_id and id = new.lease_id for update; if exists (select 1 from lease_drivers other where other.company_id = new.company_id and other.lease_id = new.lease_id and other.role = 'Primary' and other.id <> new.id and daterange(other.from_on, other.until_on, '[]') && daterange(new.from_on, new.until_on, '[]')) then raise exception 'lease % has a primary driver in that time', new.lease_id using errcode = 'exclusion_violation', constraint = 'lease_driver_one_primary'; end if; end if; return new;", event='before insert or update', name='lease_driver_one_primary'),
        ),
        migrations.AddConstraint(
            model_name='leasedriver',
            constraint=models.UniqueConstraint(condition=models.Q(('role', 'Primary'), ('until_on__isnull', True)), fields=('company', 'lease'), name='lease_driver_one_current_primary'),
        ),
        migrations.AddConstraint(
            model_name='leasedriver',
            constraint=models.UniqueConstraint(fields=('company', 'lease', 'driver', 'from_on'), name='lease_driver_once'),
        ),
        migrations.AddConstraint(
            model_name='leasedriver',
            constraint=models.CheckConstraint(condition=models.Q(('until_on__isnull', True), ('until_on__gte', models.F('from_on')), _connector='OR'), name='lease_driver_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='leasedriver',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body='if tg_op = \'DELETE\' then here := old; else here := new; end if; if tg_op = \'UPDATE\' and old is not distinct from new then return null; end if; insert into "lease_drivers_history" ("id", "company_id", "lease_id", "driver_id", "role", "from_on", "until_on", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) values (here."id", here."company_id", here."lease_id", here."driver_id", here."role", here."from_on", here."until_on", now(), lower(tg_op), here."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb); return null;', declare='here record;', event='after insert or update or delete', name='lease_driver_history_kept'),
        ),
        migrations.AddIndex(
            model_name='leasedriverhistory',
            index=models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='lease_driver_history_row'),
        ),
        migrations.AddConstraint(
            model_name='leasedriverhistory',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'pgh_id'), name='lease_driver_history_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='leasedriverhistory',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='lease_driver_history_company'),
        ),
        migrations.AddConstraint(
            model_name='leasedriverhistory',
            constraint=batconnect.core.database.constraints.AppendOnly(name='lease_driver_history_append_only'),
        ),
        migrations.AddConstraint(
            model_name='leasedriverhistory',
            constraint=batconnect.core.database.constraints.WrittenByTriggers(name='lease_driver_history_by_trigger'),
        ),
        migrations.AddConstraint(
            model_name='medallion',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='medallion_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='medallion',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='medallion_company'),
        ),
        migrations.AddConstraint(
            model_name='medallion',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="if tg_op <> 'INSERT' then delete from search_keys where company_id = old.company_id and kind = 'medallion' and target = old.id::text; end if; if tg_op <> 'DELETE' then insert into search_keys (company_id, kind, target, what, key) select new.company_id, 'medallion', new.id::text, keys.what, keys.key from (select * from (values ('medallion', upper(translate(new.medallion_no, 'áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõøÓÒÔÖÕØúùûüÚÙÛÜñÑçÇ -_./\\,;:#()&''\t', 'aaaaaaAAAAAAeeeeEEEEiiiiIIIIooooooOOOOOOuuuuUUUUnNcC')))) v(what, key)) keys where keys.key <> '' on conflict do nothing; end if; return null;", event='after insert or update of medallion_no or delete', name='medallion_search_keys'),
        ),
        migrations.AddConstraint(
            model_name='medallion',
            constraint=models.UniqueConstraint(fields=('company', 'medallion_no'), name='medallion_number'),
        ),
        migrations.AddConstraint(
            model_name='medallion',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body='if tg_op = \'DELETE\' then here := old; else here := new; end if; if tg_op = \'UPDATE\' and old is not distinct from new then return null; end if; insert into "medallions_history" ("id", "company_id", "medallion_no", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) values (here."id", here."company_id", here."medallion_no", now(), lower(tg_op), here."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb); return null;', declare='here record;', event='after insert or update or delete', name='medallion_history_kept'),
        ),
        migrations.AddIndex(
            model_name='medallionhistory',
            index=models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='medallion_history_row'),
        ),
        migrations.AddConstraint(
            model_name='medallionhistory',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'pgh_id'), name='medallion_history_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='medallionhistory',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='medallion_history_company'),
        ),
        migrations.AddConstraint(
            model_name='medallionhistory',
            constraint=batconnect.core.database.constraints.AppendOnly(name='medallion_history_append_only'),
        ),
        migrations.AddConstraint(
            model_name='medallionhistory',
            constraint=batconnect.core.database.constraints.WrittenByTriggers(name='medallion_history_by_trigger'),
        ),
        migrations.AddIndex(
            model_name='searchkey',
            index=models.Index(fields=['company', 'kind', 'target'], name='search_key_target'),
        ),
        migrations.AddConstraint(
            model_name='searchkey',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='search_key_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='searchkey',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='search_key_company'),
        ),
        migrations.AddConstraint(
            model_name='searchkey',
            constraint=models.UniqueConstraint(fields=('company', 'kind', 'key', 'target', 'what'), name='search_key_once', opclasses=['uuid_ops', 'text_ops', 'text_pattern_ops', 'text_ops', 'text_ops']),
        ),
        migrations.AddConstraint(
            model_name='vehicle',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='vehicle_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='vehicle',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='vehicle_company'),
        ),
        migrations.AddConstraint(
            model_name='vehicle',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="if tg_op <> 'INSERT' then delete from search_keys where company_id = old.company_id and kind = 'vehicle' and target = old.id::text; end if; if tg_op <> 'DELETE' then insert into search_keys (company_id, kind, target, what, key) select new.company_id, 'vehicle', new.id::text, keys.what, keys.key from (select * from (values ('plate', upper(translate(new.plate_no, 'áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõøÓÒÔÖÕØúùûüÚÙÛÜñÑçÇ -_./\\,;:#()&''\t', 'aaaaaaAAAAAAeeeeEEEEiiiiIIIIooooooOOOOOOuuuuUUUUnNcC'))), ('VIN', upper(translate(new.vin, 'áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõøÓÒÔÖÕØúùûüÚÙÛÜñÑçÇ -_./\\,;:#()&''\t', 'aaaaaaAAAAAAeeeeEEEEiiiiIIIIooooooOOOOOOuuuuUUUUnNcC')))) v(what, key)) keys where keys.key <> '' on conflict do nothing; end if; return null;", event='after insert or update of plate_no, vin or delete', name='vehicle_search_keys'),
        ),
        migrations.AddConstraint(
            model_name='vehicle',
            constraint=models.UniqueConstraint(fields=('company', 'vin'), name='vehicle_vin'),
        ),
        migrations.AddConstraint(
            model_name='vehicle',
            constraint=models.UniqueConstraint(fields=('company', 'plate_no'), name='vehicle_plate'),
        ),
        migrations.AddConstraint(
            model_name='vehicle',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body='if tg_op = \'DELETE\' then here := old; else here := new; end if; if tg_op = \'UPDATE\' and old is not distinct from new then return null; end if; insert into "vehicles_history" ("id", "company_id", "plate_no", "vin", "make", "model", "year", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) values (here."id", here."company_id", here."plate_no", here."vin", here."make", here."model", here."year", now(), lower(tg_op), here."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb); return null;', declare='here record;', event='after insert or update or delete', name='vehicle_history_kept'),
        ),
        migrations.AddIndex(
            model_name='leasehistory',
            index=models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='lease_history_row'),
        ),
        migrations.AddConstraint(
            model_name='leasehistory',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'pgh_id'), name='lease_history_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='leasehistory',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='lease_history_company'),
        ),
        migrations.AddConstraint(
            model_name='leasehistory',
            constraint=batconnect.core.database.constraints.AppendOnly(name='lease_history_append_only'),
        ),
        migrations.AddConstraint(
            model_name='leasehistory',
            constraint=batconnect.core.database.constraints.WrittenByTriggers(name='lease_history_by_trigger'),
        ),
        migrations.AddIndex(
            model_name='lease',
            index=models.Index(fields=['company', 'vehicle'], name='lease_vehicle'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='lease_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='lease_company'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=batconnect.core.database.constraints.SameCompany(field='medallion', name='lease_medallion_key'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=batconnect.core.database.constraints.SameCompany(field='vehicle', name='lease_vehicle_key'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="if tg_op <> 'INSERT' then delete from search_keys where company_id = old.company_id and kind = 'lease' and target = old.id::text; end if; if tg_op <> 'DELETE' then insert into search_keys (company_id, kind, target, what, key) select new.company_id, 'lease', new.id::text, keys.what, keys.key from (select * from (values ('lease', upper(translate(new.lease_id, 'áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõøÓÒÔÖÕØúùûüÚÙÛÜñÑçÇ -_./\\,;:#()&''\t', 'aaaaaaAAAAAAeeeeEEEEiiiiIIIIooooooOOOOOOuuuuUUUUnNcC')))) v(what, key)) keys where keys.key <> '' on conflict do nothing; end if; return null;", event='after insert or update of lease_id or delete', name='lease_search_keys'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=models.UniqueConstraint(fields=('company', 'lease_id'), name='lease_number'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'Active')), fields=('company', 'medallion'), name='lease_one_active_per_medallion'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=models.CheckConstraint(condition=models.Q(('weekly_amount__gte', 0)), name='lease_weekly_amount_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=models.CheckConstraint(condition=models.Q(('ended_on__isnull', True), ('ended_on__gte', models.F('started_on')), _connector='OR'), name='lease_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'Active'), ('ended_on__isnull', False), _connector='OR'), name='lease_ended_has_last_day'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body='if tg_op = \'DELETE\' then here := old; else here := new; end if; if tg_op = \'UPDATE\' and old is not distinct from new then return null; end if; insert into "leases_history" ("id", "company_id", "lease_id", "lease_type", "medallion_id", "vehicle_id", "weekly_amount", "status", "started_on", "ended_on", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) values (here."id", here."company_id", here."lease_id", here."lease_type", here."medallion_id", here."vehicle_id", here."weekly_amount", here."status", here."started_on", here."ended_on", now(), lower(tg_op), here."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb); return null;', declare='here record;', event='after insert or update or delete', name='lease_history_kept'),
        ),
        migrations.AddIndex(
            model_name='vehiclehistory',
            index=models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='vehicle_history_row'),
        ),
        migrations.AddConstraint(
            model_name='vehiclehistory',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'pgh_id'), name='vehicle_history_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='vehiclehistory',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='vehicle_history_company'),
        ),
        migrations.AddConstraint(
            model_name='vehiclehistory',
            constraint=batconnect.core.database.constraints.AppendOnly(name='vehicle_history_append_only'),
        ),
        migrations.AddConstraint(
            model_name='vehiclehistory',
            constraint=batconnect.core.database.constraints.WrittenByTriggers(name='vehicle_history_by_trigger'),
        ),
    ]
