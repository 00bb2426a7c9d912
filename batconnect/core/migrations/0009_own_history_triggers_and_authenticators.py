import batconnect.core.constraints
import batconnect.core.encryption
import django.db.models.deletion
import django_otp.util
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


def take_over_authenticators(apps, schema_editor):
    """Encrypt the keys that stood in the clear, and drop their table, of an app that is no longer installed."""
    connection = schema_editor.connection
    if 'otp_totp_totpdevice' not in connection.introspection.table_names():
        return
    Authenticator = apps.get_model('core', 'Authenticator')
    with connection.cursor() as cursor:
        cursor.execute(
            'select user_id, name, confirmed, throttling_failure_timestamp, throttling_failure_count, last_used_at, key, '
            'drift, last_t, created_at from otp_totp_totpdevice order by id'
        )
        rows = cursor.fetchall()
    names = (
        'user_id', 'name', 'confirmed', 'throttling_failure_timestamp', 'throttling_failure_count', 'last_used_at', 'key',
        'drift', 'last_step',
    )
    for *values, created_at in rows:
        device = Authenticator.objects.create(**dict(zip(names, values, strict=True)))
        Authenticator.objects.filter(pk=device.pk).update(created_at=created_at)
    schema_editor.execute('drop table otp_totp_totpdevice')


# Removing a trigger leaves its function behind.
UNUSED_FUNCTIONS = """
do $$ declare name text; begin
  for name in select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'public'::regnamespace
    and p.proname like 'pgtrigger\\_%' and not exists (select from pg_trigger t where t.tgfoid = p.oid)
  loop execute 'drop function ' || name; end loop;
end $$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('core', '0008_invitations_and_notices'),
        ('django_celery_beat', '0019_alter_periodictasks_options'),
        ('otp_static', '0003_add_timestamps'),
    ]

    operations = [
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
                ('key', batconnect.core.encryption.EncryptedTextField(default=django_otp.util.random_hex, help_text='The shared secret, in hexadecimal.')),
                ('drift', models.SmallIntegerField(default=0, help_text="By how many steps the phone's clock is wrong.")),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('last_step', models.BigIntegerField(default=-1, help_text='The step of the last right code: each is good once, and none before it.')),
            ],
            options={
                'verbose_name': 'authenticator app',
                'db_table': 'authenticators',
                'abstract': False,
            },
        ),
        migrations.RunPython(take_over_authenticators, migrations.RunPython.noop),
        pgtrigger.migrations.RemoveTrigger(
            model_name='companysettings',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='companysettings',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='companysettings',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='membership',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='membership',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='membership',
            name='delete_delete',
        ),
        migrations.RunSQL(UNUSED_FUNCTIONS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='companysettings',
            constraint=batconnect.core.constraints.Trigger(after_table='for each row', body='if tg_op = \'DELETE\' then here := old; else here := new; end if; if tg_op = \'UPDATE\' and old is not distinct from new then return null; end if; insert into "company_settings_history" ("id", "company_id", "legal_name", "address", "phone", "email", "logo", "brand_colour", "closed_until", "settles_from", "back_dating_days", "refund_approval_limit", "write_off_approval_limit", "void_approval_limit", "payout_approval_limit", "loan_approval_limit", "longest_schedule", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) values (here."id", here."company_id", here."legal_name", here."address", here."phone", here."email", here."logo", here."brand_colour", here."closed_until", here."settles_from", here."back_dating_days", here."refund_approval_limit", here."write_off_approval_limit", here."void_approval_limit", here."payout_approval_limit", here."loan_approval_limit", here."longest_schedule", now(), lower(tg_op), here."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb); return null;', declare='here record;', event='after insert or update or delete', name='company_settings_history_kept'),
        ),
        migrations.AddConstraint(
            model_name='companysettingshistory',
            constraint=batconnect.core.constraints.WrittenByTriggers(name='company_settings_history_by_trigger'),
        ),
        migrations.AddConstraint(
            model_name='jobrun',
            constraint=batconnect.core.constraints.OwnersColumns(columns=('name', 'task', 'args', 'kwargs', 'queue', 'exchange', 'routing_key', 'headers', 'priority', 'solar_id', 'clocked_id', 'expires', 'expire_seconds', 'one_off', 'start_time'), name='schedule_owners_columns', table='django_celery_beat_periodictask'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=batconnect.core.constraints.Trigger(after_table='for each row', body='if tg_op = \'DELETE\' then here := old; else here := new; end if; if tg_op = \'UPDATE\' and old is not distinct from new then return null; end if; insert into "memberships_history" ("id", "company_id", "user_id", "groups", "is_active", "suspended_since", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) values (here."id", here."company_id", here."user_id", here."groups", here."is_active", here."suspended_since", here."created_at", now(), lower(tg_op), here."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb); return null;', declare='here record;', event='after insert or update or delete', name='membership_history_kept'),
        ),
        migrations.AddConstraint(
            model_name='membershiphistory',
            constraint=batconnect.core.constraints.WrittenByTriggers(name='membership_history_by_trigger'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=batconnect.core.constraints.OwnersColumns(columns=('username', 'is_superuser', 'is_staff', 'date_joined', 'home_company_id'), name='user_owners_columns', never='new.is_superuser'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=batconnect.core.constraints.OwnersColumns(columns=('user_id', 'created_at'), name='static_device_owners_columns', table='otp_static_staticdevice'),
        ),
    ]
