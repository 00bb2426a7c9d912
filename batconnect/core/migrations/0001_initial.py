import batconnect.core.database.constraints
import batconnect.core.database.encryption
import batconnect.core.database.keys
import batconnect.core.kernel.clock
import batconnect.core.kernel.ids
import batconnect.core.kernel.money
import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import django_otp.util
import pghistory.utils
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
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120, unique=True)),
                ('time_zone', models.CharField(default='America/New_York', max_length=60, validators=[batconnect.core.kernel.clock.validate_time_zone])),
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
                ('second_factor_since', models.DateTimeField(blank=True, editable=False, help_text="When the person's device was set up; a session proves it anew after each change. Empty: none.", null=True)),
                ('one_time_password_until', models.DateTimeField(blank=True, editable=False, help_text='The password was set by somebody else: good until then, and only to choose a new one.', null=True)),
                ('token_generation', models.PositiveIntegerField(default=0, editable=False, help_text='Tokens name the one they were made in; raised by the database when the sign-in changes.')),
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
            name='Authenticator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='The human-readable name of this device.', max_length=64)),
                ('confirmed', models.BooleanField(default=True, help_text='Is this device ready for use?')),
                ('throttling_failure_timestamp', models.DateTimeField(blank=True, default=None, help_text='A timestamp of the last failed verification attempt. Null if last attempt succeeded.', null=True)),
                ('throttling_failure_count', models.PositiveIntegerField(default=0, help_text='Number of successive failed attempts.')),
                ('created_at', models.DateTimeField(auto_now_add=True, help_text='The date and time when this device was initially created in the system.', null=True)),
                ('last_used_at', models.DateTimeField(blank=True, help_text='The most recent date and time this device was used.', null=True)),
                ('key', batconnect.core.database.encryption.EncryptedTextField(default=django_otp.util.random_hex, help_text='The shared secret, in hexadecimal.')),
                ('drift', models.SmallIntegerField(default=0, help_text="By how many steps the phone's clock is wrong.")),
                ('last_step', models.BigIntegerField(default=-1, help_text='The step of the last right code: each is good once, and none before it.')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'authenticator app',
                'db_table': 'authenticators',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(help_text='`refund`, `write_off`, …: see core.approvals.kinds.', max_length=30)),
                ('status', models.CharField(choices=[('pending_approval', 'Pending approval'), ('approved', 'Approved'), ('rejected', 'Rejected')], default='pending_approval', max_length=20)),
                ('subject_type', models.CharField(help_text='What it is about: `payments.payment`, …', max_length=60)),
                ('subject_id', models.CharField(max_length=60)),
                ('title', models.CharField(help_text='What was asked for, in words.', max_length=200)),
                ('customer_id', models.UUIDField(null=True)),
                ('amount', batconnect.core.kernel.money.MoneyField(help_text='Up to which amount; empty where it is not about money.', null=True)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('limit_then', batconnect.core.kernel.money.MoneyField(help_text='The limit that it is above.', null=True)),
                ('counted', batconnect.core.kernel.money.MoneyField(help_text='What counted against the limit before it.', null=True)),
                ('parameters', models.JSONField(default=dict)),
                ('holds', models.CharField(blank=True, help_text='For what nobody can ask again while this waits; empty: nothing.', max_length=80)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('requested_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision_reason', models.CharField(blank=True, max_length=500)),
                ('outcome', models.JSONField(default=dict, help_text='What came of an approved request: numbers and ids.')),
                ('decided_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requested_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'approvals',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='CompanySettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('legal_name', models.CharField(blank=True, help_text="As documents print it; empty: the company's name.", max_length=160)),
                ('address', models.TextField(blank=True)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('logo', models.BinaryField(blank=True, help_text='PNG or JPEG, at most 200 kB', null=True)),
                ('brand_colour', models.CharField(default='#1f2937', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}$')], verbose_name='brand color')),
                ('closed_until', models.DateField(blank=True, help_text='No payment, issue or allocation date lies on or before this day.', null=True)),
                ('settles_from', models.DateField(blank=True, help_text='The first Sunday that is settled.', null=True)),
                ('back_dating_days', models.PositiveSmallIntegerField(default=10, help_text='A payment dated further back than this earns no early-payment discount by itself.')),
                ('refund_approval_limit', batconnect.core.kernel.money.MoneyField(default=Decimal('1000.00'), help_text='Above it a second person approves.', validators=[django.core.validators.MinValueValidator(Decimal('0'))])),
                ('write_off_approval_limit', batconnect.core.kernel.money.MoneyField(default=Decimal('1000.00'), help_text='Above it a second person approves.', validators=[django.core.validators.MinValueValidator(Decimal('0'))])),
                ('void_approval_limit', batconnect.core.kernel.money.MoneyField(blank=True, help_text='Above it a second person approves; empty: nobody does.', null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='limit for voids of payments')),
                ('payout_approval_limit', batconnect.core.kernel.money.MoneyField(blank=True, help_text='Above it a second person approves; empty: nobody does.', null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='limit for payouts to drivers')),
                ('loan_approval_limit', batconnect.core.kernel.money.MoneyField(blank=True, help_text='Above it a second person approves; empty: nobody does.', null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='limit for driver loans')),
                ('longest_schedule', models.PositiveSmallIntegerField(default=260, help_text='Most rows of a repayment schedule.')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'verbose_name_plural': 'company settings',
                'db_table': 'company_settings',
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
                ('legal_name', models.CharField(blank=True, help_text="As documents print it; empty: the company's name.", max_length=160)),
                ('address', models.TextField(blank=True)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('logo', models.BinaryField(blank=True, help_text='PNG or JPEG, at most 200 kB', null=True)),
                ('brand_colour', models.CharField(default='#1f2937', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}$')], verbose_name='brand color')),
                ('closed_until', models.DateField(blank=True, help_text='No payment, issue or allocation date lies on or before this day.', null=True)),
                ('settles_from', models.DateField(blank=True, help_text='The first Sunday that is settled.', null=True)),
                ('back_dating_days', models.PositiveSmallIntegerField(default=10, help_text='A payment dated further back than this earns no early-payment discount by itself.')),
                ('refund_approval_limit', batconnect.core.kernel.money.MoneyField(default=Decimal('1000.00'), help_text='Above it a second person approves.', validators=[django.core.validators.MinValueValidator(Decimal('0'))])),
                ('write_off_approval_limit', batconnect.core.kernel.money.MoneyField(default=Decimal('1000.00'), help_text='Above it a second person approves.', validators=[django.core.validators.MinValueValidator(Decimal('0'))])),
                ('void_approval_limit', batconnect.core.kernel.money.MoneyField(blank=True, help_text='Above it a second person approves; empty: nobody does.', null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='limit for voids of payments')),
                ('payout_approval_limit', batconnect.core.kernel.money.MoneyField(blank=True, help_text='Above it a second person approves; empty: nobody does.', null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='limit for payouts to drivers')),
                ('loan_approval_limit', batconnect.core.kernel.money.MoneyField(blank=True, help_text='Above it a second person approves; empty: nobody does.', null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='limit for driver loans')),
                ('longest_schedule', models.PositiveSmallIntegerField(default=260, help_text='Most rows of a repayment schedule.')),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.company')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='core.companysettings')),
            ],
            options={
                'verbose_name': 'history of company settings',
                'db_table': 'company_settings_history',
                'ordering': ('-pgh_id',),
                'abstract': False,
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
            },
        ),
        migrations.CreateModel(
            name='Currency',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
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
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('username', models.CharField(max_length=150)),
                ('groups', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('Cashier', 'Cashier'), ('Finance manager', 'Finance manager'), ('Auditor', 'Auditor'), ('Administrator', 'Administrator')], max_length=30), default=list, size=None)),
                ('state', models.CharField(choices=[('pending', 'Waiting'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn')], default='pending', max_length=10)),
                ('invited_by', models.CharField(help_text="The administrator's name, or the command's.", max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_at', models.DateTimeField(help_text='From then on it can no longer be accepted.')),
                ('decided_at', models.DateTimeField(null=True)),
                ('mailed_at', models.DateTimeField(help_text='When the job has looked whom to write to.', null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'invitations',
                'ordering': ('-created_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='JobRun',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('task', models.CharField(max_length=100)),
                ('state', models.CharField(choices=[('queued', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('refused', 'Refused'), ('failed', 'Failed'), ('retried', 'Tried again')], max_length=10)),
                ('requested_by', models.CharField(blank=True, help_text='Who asked for it; empty: the schedule.', max_length=150)),
                ('requested_at', models.DateTimeField(null=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('detail', models.CharField(blank=True, help_text='Why it was refused, or which fault it met.', max_length=300)),
                ('counts', models.JSONField(default=dict, help_text='What it did, as it told.')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'job_runs',
            },
        ),
        migrations.CreateModel(
            name='LimitedAction',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=30)),
                ('subject_id', models.CharField(help_text='The payment, obligation or document it was done to.', max_length=60)),
                ('customer_id', models.UUIDField()),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('currency', models.CharField(max_length=3)),
                ('day', models.DateField()),
                ('approval', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.approval')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'limited_deeds',
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('groups', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('Cashier', 'Cashier'), ('Finance manager', 'Finance manager'), ('Auditor', 'Auditor'), ('Administrator', 'Administrator')], max_length=30), default=list, size=None)),
                ('is_active', models.BooleanField(default=True)),
                ('suspended_since', models.DateTimeField(blank=True, editable=False, help_text='The company that keeps the account reset its sign-in: inactive until confirmed here.', null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'memberships',
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
                ('suspended_since', models.DateTimeField(blank=True, editable=False, help_text='The company that keeps the account reset its sign-in: inactive until confirmed here.', null=True)),
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
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('text', models.CharField(max_length=500)),
                ('email', models.EmailField(blank=True, help_text="The person's address when it happened; empty: no mail.", max_length=254)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('read_at', models.DateTimeField(null=True)),
                ('mailed_at', models.DateTimeField(help_text='Sent, given up, or nowhere to send it to.', null=True)),
                ('mail_due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text='Not before then; a sender that takes it on moves it ahead.')),
                ('mail_attempts', models.PositiveSmallIntegerField(default=0)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'notices',
                'ordering': ('-created_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='SavedFilter',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('page', models.CharField(help_text='The list it belongs to: `payments.payment`.', max_length=80)),
                ('name', models.CharField(max_length=60)),
                ('query', models.CharField(help_text='Known parameters of that list alone.', max_length=2000)),
                ('is_shared', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'saved_filters',
            },
        ),
        migrations.CreateModel(
            name='TokenFamily',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('begun_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ends_at', models.DateTimeField(db_index=True, help_text='No token of it is good from then on.')),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_why', models.CharField(blank=True, choices=[('signed_out', 'Signed out'), ('reused', 'A spent token was used again')], max_length=10)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'token families',
                'db_table': 'token_families',
            },
        ),
        migrations.CreateModel(
            name='SpentToken',
            fields=[
                ('jti', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('spent_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('family', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tokenfamily')),
            ],
            options={
                'db_table': 'spent_tokens',
            },
        ),
        migrations.CreateModel(
            name='WorkHold',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(help_text='`ledger.weekly_run`, `payments.batch`, …', max_length=60)),
                ('subject', models.CharField(help_text='Which of its kind.', max_length=100)),
                ('share', models.CharField(blank=True, help_text="Empty: held alone. Else the hold's own id.", max_length=36)),
                ('held_by', models.CharField(help_text='Job, process and machine.', max_length=200)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'work_holds',
            },
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
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
                'constraints': [batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='audit_event_primary_key'), batconnect.core.database.constraints.CompanyIsolation(name='audit_event_company'), batconnect.core.database.constraints.AppendOnly(name='audit_event_append_only')],
            },
        ),
        migrations.AddIndex(
            model_name='approval',
            index=models.Index(condition=models.Q(('status', 'pending_approval')), fields=['company', 'kind', 'subject_id'], name='approval_pending'),
        ),
        migrations.AddIndex(
            model_name='approval',
            index=models.Index(fields=['company', 'subject_type', 'subject_id'], name='approval_subject'),
        ),
        migrations.AddIndex(
            model_name='approval',
            index=models.Index(fields=['company', 'kind', 'id'], name='approval_kind'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='approval_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='approval_company'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__isnull', True), ('currency', '')), models.Q(('amount__gt', 0), models.Q(('currency', ''), _negated=True)), _connector='OR'), name='approval_amount_with_currency'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('status', 'pending_approval')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('status__in', ['approved', 'rejected']), models.Q(('decided_by', models.F('requested_by')), _negated=True)), _connector='OR'), name='approval_second_person'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(('outcome', {}), ('status', 'approved'), _connector='OR'), name='approval_outcome_of_approved'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'pending_approval'), models.Q(('holds', ''), _negated=True)), fields=('company', 'kind', 'holds'), name='approval_one_pending'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="if new.status <> 'pending_approval' then raise exception 'nothing is asked for and decided at once' using errcode = 'restrict_violation'; end if; return new;", event='before insert', name='approval_begins_waiting'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="if (new.id, new.company_id, new.kind, new.subject_type, new.subject_id, new.title, new.customer_id, new.amount, new.currency, new.limit_then, new.counted, new.parameters, new.holds, new.reason, new.requested_by_id, new.requested_at) is distinct from (old.id, old.company_id, old.kind, old.subject_type, old.subject_id, old.title, old.customer_id, old.amount, old.currency, old.limit_then, old.counted, old.parameters, old.holds, old.reason, old.requested_by_id, old.requested_at) then raise exception 'what was asked for never changes' using errcode = 'restrict_violation'; end if; if old.status <> 'pending_approval' and (new.status, new.decided_by_id, new.decided_at, new.decision_reason) is distinct from (old.status, old.decided_by_id, old.decided_at, old.decision_reason) then raise exception 'a request is decided once' using errcode = 'restrict_violation'; end if; if old.outcome <> '{}'::jsonb and new.outcome is distinct from old.outcome then raise exception 'what came of a request never changes' using errcode = 'restrict_violation'; end if; return new;", event='before update', name='approval_decided_once'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'requests are decided, never deleted' using errcode = 'restrict_violation';", event='before delete', name='approval_kept', truncate=True),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=batconnect.core.database.constraints.OwnersColumns(columns=('username', 'is_superuser', 'is_staff', 'date_joined', 'home_company_id'), name='user_owners_columns', never='new.is_superuser'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body='new.token_generation := old.token_generation + ((new.password, new.second_factor_since, new.is_active) is distinct from (old.password, old.second_factor_since, old.is_active))::int; return new;', event='before update', name='user_token_generation'),
        ),
        migrations.AddConstraint(
            model_name='companysettings',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id',), name='company_settings_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='companysettings',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='company_settings_company'),
        ),
        migrations.AddConstraint(
            model_name='companysettings',
            constraint=models.CheckConstraint(condition=models.Q(('settles_from__isnull', True), ('settles_from__week_day', 1), _connector='OR'), name='company_settings_settles_from_sunday', violation_error_message='Settlement must begin on a Sunday.'),
        ),
        migrations.AddConstraint(
            model_name='companysettings',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body='if tg_op = \'DELETE\' then here := old; else here := new; end if; if tg_op = \'UPDATE\' and old is not distinct from new then return null; end if; insert into "company_settings_history" ("id", "company_id", "legal_name", "address", "phone", "email", "logo", "brand_colour", "closed_until", "settles_from", "back_dating_days", "refund_approval_limit", "write_off_approval_limit", "void_approval_limit", "payout_approval_limit", "loan_approval_limit", "longest_schedule", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) values (here."id", here."company_id", here."legal_name", here."address", here."phone", here."email", here."logo", here."brand_colour", here."closed_until", here."settles_from", here."back_dating_days", here."refund_approval_limit", here."write_off_approval_limit", here."void_approval_limit", here."payout_approval_limit", here."loan_approval_limit", here."longest_schedule", now(), lower(tg_op), here."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb); return null;', declare='here record;', event='after insert or update or delete', name='company_settings_history_kept'),
        ),
        migrations.AddIndex(
            model_name='companysettingshistory',
            index=models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='company_settings_history_row'),
        ),
        migrations.AddConstraint(
            model_name='companysettingshistory',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'pgh_id'), name='company_settings_history_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='companysettingshistory',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='company_settings_history_company'),
        ),
        migrations.AddConstraint(
            model_name='companysettingshistory',
            constraint=batconnect.core.database.constraints.AppendOnly(name='company_settings_history_append_only'),
        ),
        migrations.AddConstraint(
            model_name='companysettingshistory',
            constraint=batconnect.core.database.constraints.WrittenByTriggers(name='company_settings_history_by_trigger'),
        ),
        migrations.AddConstraint(
            model_name='counter',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='counter_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='counter',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='counter_company'),
        ),
        migrations.AddConstraint(
            model_name='counter',
            constraint=models.UniqueConstraint(fields=('company', 'series', 'period'), name='counter_series'),
        ),
        migrations.AddIndex(
            model_name='idempotencykey',
            index=models.Index(fields=['company', 'created_at'], name='idempotency_age'),
        ),
        migrations.AddConstraint(
            model_name='idempotencykey',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='idempotency_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='idempotencykey',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='idempotency_company'),
        ),
        migrations.AddConstraint(
            model_name='idempotencykey',
            constraint=models.UniqueConstraint(fields=('company', 'user', 'key'), name='idempotency_once'),
        ),
        migrations.AddConstraint(
            model_name='idempotencykey',
            constraint=batconnect.core.database.constraints.Uncompressed(column='body', name='idempotency_body_uncompressed'),
        ),
        migrations.AddIndex(
            model_name='invitation',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['username'], name='invitation_username'),
        ),
        migrations.AddIndex(
            model_name='invitation',
            index=models.Index(fields=['company', 'created_at'], name='invitation_created'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='invitation_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='invitation_company', or_own_username=True),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'pending')), fields=('company', 'username'), name='invitation_one_pending'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('groups__contained_by', ['Cashier', 'Finance manager', 'Auditor', 'Administrator'])), name='invitation_known_groups'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('state', 'pending')), models.Q(models.Q(('state', 'pending'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='invitation_decided_at'),
        ),
        migrations.AddIndex(
            model_name='jobrun',
            index=models.Index(fields=['company', 'task', 'id'], name='job_run_task'),
        ),
        migrations.AddConstraint(
            model_name='jobrun',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='job_run_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='jobrun',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='job_run_company'),
        ),
        migrations.AddConstraint(
            model_name='jobrun',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'queued')), fields=('company', 'task'), name='job_run_queued_once'),
        ),
        migrations.AddIndex(
            model_name='limitedaction',
            index=models.Index(fields=['company', 'kind', 'subject_id', 'day'], name='limited_deed_subject'),
        ),
        migrations.AddIndex(
            model_name='limitedaction',
            index=models.Index(fields=['company', 'kind', 'customer_id', 'day'], name='limited_deed_customer'),
        ),
        migrations.AddConstraint(
            model_name='limitedaction',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='limited_deed_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='limitedaction',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='limited_deed_company'),
        ),
        migrations.AddConstraint(
            model_name='limitedaction',
            constraint=batconnect.core.database.constraints.SameCompany(field='approval', name='limited_deed_approval_key'),
        ),
        migrations.AddConstraint(
            model_name='limitedaction',
            constraint=batconnect.core.database.constraints.AppendOnly(name='limited_deed_append_only'),
        ),
        migrations.AddConstraint(
            model_name='limitedaction',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='limited_deed_amount_positive'),
        ),
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(fields=['user'], name='membership_user'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='membership_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='membership_company', or_own_user=True),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('company', 'user'), name='membership_once_per_company'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('groups__contained_by', ['Cashier', 'Finance manager', 'Auditor', 'Administrator'])), name='membership_known_groups'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('is_active', False), ('suspended_since__isnull', True), _connector='OR'), name='membership_suspended_is_inactive'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="\nif new.groups && '{Finance manager,Administrator}'::varchar[]\n   and (tg_op = 'INSERT' or new.groups is distinct from old.groups or new.user_id is distinct from old.user_id)\n   and exists (select from users where id = new.user_id and not is_staff) then\n  raise exception 'a program account decides nothing: %', new.groups using errcode = 'check_violation',\n    constraint = tg_name;\nend if;\nreturn new;\n", event='before insert or update of groups, user_id', name='membership_no_program_decides'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body='if tg_op = \'DELETE\' then here := old; else here := new; end if; if tg_op = \'UPDATE\' and old is not distinct from new then return null; end if; insert into "memberships_history" ("id", "company_id", "user_id", "groups", "is_active", "suspended_since", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) values (here."id", here."company_id", here."user_id", here."groups", here."is_active", here."suspended_since", here."created_at", now(), lower(tg_op), here."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb); return null;', declare='here record;', event='after insert or update or delete', name='membership_history_kept'),
        ),
        migrations.AddIndex(
            model_name='membershiphistory',
            index=models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='membership_history_row'),
        ),
        migrations.AddConstraint(
            model_name='membershiphistory',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'pgh_id'), name='membership_history_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='membershiphistory',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='membership_history_company'),
        ),
        migrations.AddConstraint(
            model_name='membershiphistory',
            constraint=batconnect.core.database.constraints.AppendOnly(name='membership_history_append_only'),
        ),
        migrations.AddConstraint(
            model_name='membershiphistory',
            constraint=batconnect.core.database.constraints.WrittenByTriggers(name='membership_history_by_trigger'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['user', 'created_at'], name='notice_user'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('mailed_at__isnull', True)), fields=['company', 'mail_due_at'], name='notice_unmailed'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='notice_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='notice_company', or_own_user=True),
        ),
        migrations.AddConstraint(
            model_name='savedfilter',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='saved_filter_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='savedfilter',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='saved_filter_company'),
        ),
        migrations.AddConstraint(
            model_name='savedfilter',
            constraint=models.UniqueConstraint(fields=('company', 'page', 'user', 'name'), name='saved_filter_name'),
        ),
        migrations.AddConstraint(
            model_name='tokenfamily',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_why', '')), models.Q(('ended_at__isnull', False), models.Q(('ended_why', ''), _negated=True)), _connector='OR'), name='token_family_ended_why'),
        ),
        migrations.AddConstraint(
            model_name='workhold',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='work_hold_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='workhold',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='work_hold_company'),
        ),
        migrations.AddConstraint(
            model_name='workhold',
            constraint=models.UniqueConstraint(fields=('company', 'kind', 'subject', 'share'), name='work_hold_once'),
        ),
    ]
