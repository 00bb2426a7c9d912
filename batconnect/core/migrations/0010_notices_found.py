from django.db import migrations, models

from batconnect.core.database.building import BuildIndex, BuildUnique


class Migration(migrations.Migration):

    # Indexes of a table in use are built beside its work.
    atomic = False

    dependencies = [
        ('core', '0009_notes'),
    ]

    operations = [
        BuildIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('read_at__isnull', True)), fields=['user', 'kind'], name='notice_unread'),
        ),
        BuildUnique(
            model_name='notice',
            constraint=models.UniqueConstraint(condition=models.Q(('read_at__isnull', True), models.Q(('subject_key', ''), _negated=True)), fields=('company', 'user', 'kind', 'subject_model', 'subject_key'), name='notice_once_until_read'),
        ),
    ]
