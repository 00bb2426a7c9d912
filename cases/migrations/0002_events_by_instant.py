"""The events of cases by the instant at which they happened."""

from django.db import migrations, models

from batconnect.core.database.building import BuildIndex


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [("cases", "0001_initial")]

    operations = [
        BuildIndex(
            model_name="caseevent",
            index=models.Index(fields=["company", "at", "id"], name="case_event_at"),
        ),
    ]
