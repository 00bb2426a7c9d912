"""The list of payments of every kind by date."""

from django.db import migrations, models

from batconnect.core.database.building import BuildIndex


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [("payments", "0018_orders_of_lists")]

    operations = [
        BuildIndex(
            model_name="payment",
            index=models.Index(fields=["company", "payment_date", "number_order"], name="payment_date_order"),
        ),
    ]
