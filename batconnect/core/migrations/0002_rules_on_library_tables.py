"""Rules on tables of libraries, which are made after the users that they refer to."""

import batconnect.core.database.constraints
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_initial'),
        ('django_celery_beat', '0019_alter_periodictasks_options'),
        ('otp_static', '0003_add_timestamps'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='user',
            constraint=batconnect.core.database.constraints.OwnersColumns(columns=('user_id', 'created_at'), name='static_device_owners_columns', table='otp_static_staticdevice'),
        ),
        migrations.AddConstraint(
            model_name='jobrun',
            constraint=batconnect.core.database.constraints.OwnersColumns(columns=('name', 'task', 'args', 'kwargs', 'queue', 'exchange', 'routing_key', 'headers', 'priority', 'solar_id', 'clocked_id', 'expires', 'expire_seconds', 'one_off', 'start_time'), name='schedule_owners_columns', table='django_celery_beat_periodictask'),
        ),
    ]
