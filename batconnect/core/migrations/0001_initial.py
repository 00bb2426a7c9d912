import batconnect.core.clock
import batconnect.core.constraints
import batconnect.core.ids
import batconnect.core.money
import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Company',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120, unique=True)),
                ('time_zone', models.CharField(default='America/New_York', max_length=60, validators=[batconnect.core.clock.validate_time_zone])),
                ('base_currency', models.CharField(default='USD', max_length=3)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name_plural': 'companies',
                'db_table': 'companies',
                'ordering': ('name',),
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('home_company', models.ForeignKey(blank=True, editable=False, help_text='Whose administrators keep the account; other companies only give it memberships.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'db_table': 'users',
                'abstract': False,
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='CompanySettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.TextField(blank=True)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('logo', models.BinaryField(blank=True, help_text='PNG or JPEG, at most 200 kB', null=True)),
                ('brand_colour', models.CharField(default='#1f2937', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}$')])),
                ('closed_until', models.DateField(blank=True, help_text='No payment, issue or allocation date lies on or before this day.', null=True)),
                ('settles_from', models.DateField(blank=True, help_text='The first Sunday that is settled.', null=True)),
                ('back_dating_days', models.PositiveSmallIntegerField(default=10, help_text='A payment dated further back than this earns no early-payment discount by itself.')),
                ('refund_approval_limit', batconnect.core.money.MoneyField(default=Decimal('1000.00'), help_text='Above it a second person approves.', validators=[django.core.validators.MinValueValidator(Decimal('0'))])),
                ('write_off_approval_limit', batconnect.core.money.MoneyField(default=Decimal('1000.00'), help_text='Above it a second person approves.', validators=[django.core.validators.MinValueValidator(Decimal('0'))])),
                ('longest_schedule', models.PositiveSmallIntegerField(default=260, help_text='Most rows of a repayment schedule.')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'verbose_name_plural': 'company settings',
                'db_table': 'company_settings',
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='company_settings_company'), models.UniqueConstraint(fields=('company',), name='company_settings_one_per_company'), models.CheckConstraint(condition=models.Q(('settles_from__isnull', True), ('settles_from__week_day', 1), _connector='OR'), name='company_settings_settles_from_sunday', violation_error_message='Settlement begins on a Sunday.')],
            },
        ),
        migrations.CreateModel(
            name='CompanySettingsHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('address', models.TextField(blank=True)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('logo', models.BinaryField(blank=True, help_text='PNG or JPEG, at most 200 kB', null=True)),
                ('brand_colour', models.CharField(default='#1f2937', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}$')])),
                ('closed_until', models.DateField(blank=True, help_text='No payment, issue or allocation date lies on or before this day.', null=True)),
                ('settles_from', models.DateField(blank=True, help_text='The first Sunday that is settled.', null=True)),
                ('back_dating_days', models.PositiveSmallIntegerField(default=10, help_text='A payment dated further back than this earns no early-payment discount by itself.')),
                ('refund_approval_limit', batconnect.core.money.MoneyField(default=Decimal('1000.00'), help_text='Above it a second person approves.', validators=[django.core.validators.MinValueValidator(Decimal('0'))])),
                ('write_off_approval_limit', batconnect.core.money.MoneyField(default=Decimal('1000.00'), help_text='Above it a second person approves.', validators=[django.core.validators.MinValueValidator(Decimal('0'))])),
                ('longest_schedule', models.PositiveSmallIntegerField(default=260, help_text='Most rows of a repayment schedule.')),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.company')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='core.companysettings')),
            ],
            options={
                'verbose_name': 'history of company settings',
                'db_table': 'company_settings_history',
                'ordering': ('-pgh_id',),
                'abstract': False,
                'indexes': [models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='company_settings_history_row')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='company_settings_history_company'), batconnect.core.constraints.AppendOnly(name='company_settings_history_append_only')],
            },
        ),
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('series', models.CharField(max_length=20)),
                ('period', models.CharField(blank=True, max_length=8)),
                ('value', models.BigIntegerField(default=0)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'counters',
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='counter_company'), models.UniqueConstraint(fields=('company', 'series', 'period'), name='counter_series')],
            },
        ),
        migrations.CreateModel(
            name='Currency',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=3, unique=True, validators=[django.core.validators.RegexValidator('^[A-Z]{3}$')])),
                ('name', models.CharField(max_length=60)),
                ('decimals', models.PositiveSmallIntegerField(default=2)),
            ],
            options={
                'verbose_name_plural': 'currencies',
                'db_table': 'currencies',
                'ordering': ('code',),
                'constraints': [models.CheckConstraint(condition=models.Q(('decimals', 2)), name='currency_two_decimals')],
            },
        ),
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField()),
                ('request_hash', models.BinaryField(max_length=32)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('body', models.BinaryField(null=True)),
                ('headers', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'idempotency_keys',
                'indexes': [models.Index(fields=['company', 'created_at'], name='idempotency_age')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='idempotency_company'), models.UniqueConstraint(fields=('company', 'user', 'key'), name='idempotency_once')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('groups', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('Cashier', 'Cashier'), ('Finance manager', 'Finance manager'), ('Auditor', 'Auditor'), ('Administrator', 'Administrator')], max_length=30), default=list, size=None)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'memberships',
                'indexes': [models.Index(fields=['user'], name='membership_user')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='membership_company', or_own_user=True), models.UniqueConstraint(fields=('company', 'user'), name='membership_once_per_company'), models.CheckConstraint(condition=models.Q(('groups__contained_by', ['Cashier', 'Finance manager', 'Auditor', 'Administrator'])), name='membership_known_groups')],
            },
        ),
        migrations.CreateModel(
            name='MembershipHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('groups', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('Cashier', 'Cashier'), ('Finance manager', 'Finance manager'), ('Auditor', 'Auditor'), ('Administrator', 'Administrator')], max_length=30), default=list, size=None)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.company')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='core.membership')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'history of memberships',
                'db_table': 'memberships_history',
                'ordering': ('-pgh_id',),
                'abstract': False,
                'indexes': [models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='membership_history_row')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='membership_history_company'), batconnect.core.constraints.AppendOnly(name='membership_history_append_only')],
            },
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor', models.CharField(help_text="The person's name, or the job's.", max_length=150)),
                ('action', models.CharField(help_text='`payments.void`, `ledger.write_off`, …', max_length=60)),
                ('subject_type', models.CharField(max_length=60)),
                ('subject_id', models.CharField(max_length=60)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('details', models.JSONField(default=dict)),
                ('user', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'audit_events',
                'ordering': ('-at', '-id'),
                'indexes': [models.Index(fields=['company', 'subject_type', 'subject_id'], name='audit_event_subject'), models.Index(fields=['company', 'at'], name='audit_event_at')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='audit_event_company'), batconnect.core.constraints.AppendOnly(name='audit_event_append_only')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='companysettings',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "company_settings_history" ("address", "back_dating_days", "brand_colour", "closed_until", "company_id", "email", "id", "logo", "longest_schedule", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "refund_approval_limit", "settles_from", "write_off_approval_limit") VALUES (NEW."address", NEW."back_dating_days", NEW."brand_colour", NEW."closed_until", NEW."company_id", NEW."email", NEW."id", NEW."logo", NEW."longest_schedule", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."phone", NEW."refund_approval_limit", NEW."settles_from", NEW."write_off_approval_limit"); RETURN NULL;', hash='b6fc27eeef69f4819c4f668c715c337a77a80454', operation='INSERT', pgid='pgtrigger_insert_insert_4c9ae', table='company_settings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='companysettings',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "company_settings_history" ("address", "back_dating_days", "brand_colour", "closed_until", "company_id", "email", "id", "logo", "longest_schedule", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "refund_approval_limit", "settles_from", "write_off_approval_limit") VALUES (NEW."address", NEW."back_dating_days", NEW."brand_colour", NEW."closed_until", NEW."company_id", NEW."email", NEW."id", NEW."logo", NEW."longest_schedule", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."phone", NEW."refund_approval_limit", NEW."settles_from", NEW."write_off_approval_limit"); RETURN NULL;', hash='bbadf4ccf788d0dd73e541534d932b593b7b1348', operation='UPDATE', pgid='pgtrigger_update_update_3e7fd', table='company_settings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='companysettings',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "company_settings_history" ("address", "back_dating_days", "brand_colour", "closed_until", "company_id", "email", "id", "logo", "longest_schedule", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "refund_approval_limit", "settles_from", "write_off_approval_limit") VALUES (OLD."address", OLD."back_dating_days", OLD."brand_colour", OLD."closed_until", OLD."company_id", OLD."email", OLD."id", OLD."logo", OLD."longest_schedule", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."phone", OLD."refund_approval_limit", OLD."settles_from", OLD."write_off_approval_limit"); RETURN NULL;', hash='2b5dc978b77f1415cfdc21cbac2ad38d378d8eb3', operation='DELETE', pgid='pgtrigger_delete_delete_3a4d7', table='company_settings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "memberships_history" ("company_id", "created_at", "groups", "id", "is_active", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."company_id", NEW."created_at", NEW."groups", NEW."id", NEW."is_active", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."user_id"); RETURN NULL;', hash='3d89654279e3aa95a226ae03092024b0217e50b5', operation='INSERT', pgid='pgtrigger_insert_insert_ec0e8', table='memberships', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "memberships_history" ("company_id", "created_at", "groups", "id", "is_active", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."company_id", NEW."created_at", NEW."groups", NEW."id", NEW."is_active", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."user_id"); RETURN NULL;', hash='77c4eb2b12440fc0e2791979d997544b3d9a67b5', operation='UPDATE', pgid='pgtrigger_update_update_af665', table='memberships', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "memberships_history" ("company_id", "created_at", "groups", "id", "is_active", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (OLD."company_id", OLD."created_at", OLD."groups", OLD."id", OLD."is_active", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."user_id"); RETURN NULL;', hash='90d8aa24fcc56652e975334e3b4612e46dedfc7c', operation='DELETE', pgid='pgtrigger_delete_delete_bf7cb', table='memberships', when='AFTER')),
        ),
    ]
