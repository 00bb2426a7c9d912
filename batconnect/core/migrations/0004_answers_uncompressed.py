"""Answers that are kept for a repeated key are written far more often than read: compressing them costs more than room."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0003_saved_filters_and_job_runs")]

    operations = [
        migrations.RunSQL(
            "alter table idempotency_keys alter column body set storage external",
            "alter table idempotency_keys alter column body set storage extended",
        ),
    ]
